"""Which documents a search may look at, and how a date is typed. Knows no storage and no search engine."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a document must be to be searched; what is not given excludes nothing.

    ``documents`` are ids or their beginnings, and paths of files or folders: one of them must fit.
    ``types`` are endings of the file's name (``pdf``): one must fit. ``since`` and ``until`` are the first
    and the last day, in local time, on which the file may have been modified.
    """

    documents: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings in lower case, with their dot."""
        return tuple("." + each.strip().lstrip(".").lower() for each in self.types)

    def __str__(self) -> str:
        """In words that stand after "document": ``in contracts, of type pdf, since 2024-01-01``."""
        parts = [f"in {' or '.join(self.documents)}"] if self.documents else []
        parts += [f"of type {' or '.join(each[1:] for each in self.suffixes)}"] if self.types else []
        parts += [f"since {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        return ", ".join(parts)


def first_day(text: str) -> date:
    """The first day of a year, month or day: 2024 is 2024-01-01. Raises ValueError."""
    year, month, day = _parts(text)
    return date(year, 1 if month is None else month, 1 if day is None else day)


def last_day(text: str) -> date:
    """The last day of a year, month or day: 2024-02 is 2024-02-29. Raises ValueError."""
    year, month, day = _parts(text)
    first = date(year, 12 if month is None else month, 1)
    return first.replace(day=calendar.monthrange(year, first.month)[1] if day is None else day)


def _parts(text: str) -> tuple[int, int | None, int | None]:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text} is not YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = match.groups()
    return int(year), None if month is None else int(month), None if day is None else int(day)
