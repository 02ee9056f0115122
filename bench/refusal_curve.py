"""The curve of the refusal that the page draws, from runs of ``judian eval``.

    python -m bench.refusal_curve RUN.json ...

Prints the rows of ``CURVE`` in rag/refusal.py, over the questions of all runs together.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.refusal import CURVE


def main(runs: Sequence[Path]) -> None:
    records = [row for run in runs for row in json.loads(run.read_text(encoding="utf-8"))["records"]]
    kinds = [[row["probability"] for row in records if row["answerable"] is kind] for kind in (True, False)]
    for least, _, _ in CURVE:
        shares = (sum(sure < least for sure in kind) / len(kind) for kind in kinds)
        print(f"    ({least}, {', '.join(f'{share:.3f}' for share in shares)}),")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
