"""ui -> rag -> index, never upward; and each heavy library has one home."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

BELOW = {"index": {"index"}, "rag": {"index", "rag"}, "ui": {"index", "rag", "ui"}}
HOMES = {
    "faiss": {"index/vectors.py"},
    "tantivy": {"index/lexical.py"},
    "sentence_transformers": {"index/encoder.py", "index/compiled.py"},
    "openvino": {
        "index/compiled.py",
        "index/e5_weights.py",
        "rag/generators/openvino.py",
        "rag/generators/eight_bits.py",
    },
    "openvino_genai": {"rag/generators/openvino.py"},
    "xllamacpp": {"rag/generators/llamacpp.py"},
    "httpx": {"rag/generators/server.py"},
    "docx": {"index/readers/word.py", "ui/word.py"},
    "openpyxl": {"index/readers/sheets.py"},
    "pptx": {"index/readers/slides.py"},
    "pypdfium2": {"index/readers/pdf.py", "index/readers/pdf_fonts.py"},
    "rapidocr": {"index/readers/ocr.py"},
    "watchdog": {"index/watching.py"},
    "opencc": {"index/normalize.py"},
    "rjieba": {"index/tokens.py"},
    "gradio": {
        "ui/page.py",
        "ui/chat.py",
        "ui/documents.py",
        "ui/viewer.py",
        "ui/retrieval.py",
        "ui/settings.py",
        "ui/evaluation.py",
    },
}


def modules() -> list[Path]:
    return sorted(path for room in BELOW for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    upward = {name for name in imported(path) if name in {*BELOW, "bench", "tests", "train"}} - BELOW[room]
    assert not upward, f"{path} imports {upward}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_have_one_home(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    strangers = {library for library in imported(path) if library in HOMES and name not in HOMES[library]}
    assert not strangers, f"{name} imports {strangers}"


def test_every_module_says_what_it_is() -> None:
    silent = [
        path for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_the_commands_help_loads_no_heavy_library() -> None:
    program = (
        "import sys, rag.cli\n"
        "try: rag.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & {set(HOMES) | {'torch', 'transformers', 'numpy', 'rich'}!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"
