"""A row of a table as proof: a figure there speaks of its row's first cell and of its column's header.

Knows one sentence of evidence, and no answer but the clause it is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.normalize import squeezed
from index.numerals import possible_values, values
from rag.evidence import Evidence

_RULE = re.compile(r"[\s:\-]*")
# What a header says its figures are counted in: 利润（万元）.
_COUNTED_IN = re.compile(r"[（(](?:[^）)]*[：:])?(百万|千万|万|亿|千|百|%)[^）)]*[）)]")
_IN_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_SHORTEST_KEY = 2


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` under ``header``, as many; ``others`` are the first cells of the table's other rows."""

    cells: tuple[str, ...]
    header: tuple[str, ...]
    others: frozenset[str]

    def numbers(self) -> frozenset[str]:
        """Those of the cells, also multiplied by what their headers count in, and those of the headers."""
        found: set[str] = set()
        for cell, header in zip(self.cells, self.header, strict=True):
            found |= possible_values(cell) | values(header)
            if (scale := _COUNTED_IN.search(header)) and len(values(cell)) == 1:
                found |= values(cell + scale[1])
        return frozenset(found)

    def speaks_of(self, clause: str) -> bool:
        """Whether ``clause`` may take its figures from here: it names no other row, and no other column."""
        clause = squeezed(clause)
        if self.cells[0] not in clause and any(other in clause for other in self.others):
            return False
        said = values(clause)
        names = [_IN_BRACKETS.sub("", header) for header in self.header]
        own = {name for name, cell in zip(names, self.cells, strict=True) if values(cell) & said}
        named = {name for name in names[1:] if len(name) >= _SHORTEST_KEY and name in clause}
        return not (own and named) or bool(own & named)


def row_of(evidence: Evidence) -> Row | None:
    """The row that ``evidence`` is, None when it is none or does not fit its header."""
    cells, header = _cells(evidence.text), _cells(evidence.context)
    if len(cells) < 2 or len(cells) != len(header):
        return None
    rows = [_cells(line) for line in evidence.around.splitlines()]
    keys = {row[0] for row in rows if len(row) == len(cells) and not _RULE.fullmatch(row[0])}
    keys = {key for key in keys - {cells[0], header[0]} if len(key) >= _SHORTEST_KEY}
    return Row(cells, header, frozenset(key for key in keys if key not in cells[0]))


def _cells(line: str) -> tuple[str, ...]:
    separator = "|" if "|" in line else "\t"
    return tuple(squeezed(cell) for cell in line.strip().strip("|").split(separator)) if line.strip() else ()
