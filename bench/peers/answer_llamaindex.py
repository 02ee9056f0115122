"""LlamaIndex answering with its own defaults, of a model that an OpenAI-compatible address serves.

    python -m bench.peers.answer_llamaindex CORPUS QUESTIONS OUTPUT WEIGHTS ADDRESS

Runs in the peers' environment. https://developers.llamaindex.ai/python/framework/getting_started/starter_example/
"""

# mypy: disable-error-code="import-not-found, misc"

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.llms.openai_like import OpenAILike

from bench.peers.encoding import SharedEncoder
from bench.peers.run_llamaindex import JudianEmbedding

_CONTEXT = 4096  # tokens, as the model is served


def main() -> None:
    corpus, questions, output, weights, address = sys.argv[1:]
    rows = map(json.loads, Path(corpus).read_text(encoding="utf-8").splitlines())
    documents = [
        Document(text=row["text"], doc_id=row["id"], metadata={"title": row["title"]}) for row in rows
    ]
    embedding = JudianEmbedding(SharedEncoder(Path(weights), None))
    index = VectorStoreIndex(SentenceSplitter().get_nodes_from_documents(documents), embed_model=embedding)
    llm = OpenAILike(
        model="local", api_base=f"{address}/v1", api_key="none", is_chat_model=True, context_window=_CONTEXT,
        temperature=0.0, timeout=600.0,
    )  # fmt: skip
    engine = index.as_query_engine(llm=llm)
    engine.query("热身")
    answers = []
    for question in json.loads(Path(questions).read_text(encoding="utf-8")):
        started = time.perf_counter()
        said = str(engine.query(question))
        answers.append({"answer": said, "seconds": time.perf_counter() - started})
    Path(output).write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
