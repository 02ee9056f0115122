"""A question in, a cited answer out.

from rag import Assistant, Library
library = Library("my-library")
library.add("contracts/")
answer = Assistant(library).ask("违约金怎么算？")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answer import Answer, Citation, Sentence
    from rag.followup import Turn
    from rag.settings import Settings
    from rag.wiring import Assistant, Library

__all__ = ["Answer", "Assistant", "Citation", "Library", "Sentence", "Settings", "Turn"]

_HOMES = {
    "Answer": "rag.answer",
    "Assistant": "rag.wiring",
    "Citation": "rag.answer",
    "Library": "rag.wiring",
    "Sentence": "rag.answer",
    "Settings": "rag.settings",
    "Turn": "rag.followup",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``judian --help`` does not wait for search engines."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
