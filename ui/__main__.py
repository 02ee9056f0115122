"""``python -m ui``: the chat page for the library that Settings name."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from index.errors import JudianError
from index.store import is_library
from rag.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="judian ui")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    try:
        from rag.wiring import Assistant, Library, encoders_here, generator_if_any
        from ui.page import serve
        from ui.shelf import Shelf

        settings = Settings.read()
        library = Library(settings.library, settings=settings)
        if library.is_there:
            library.size()  # what is wrong with it is told now
        assistant = Assistant(library, settings=settings)
        if assistant.notice:
            print(assistant.notice, file=sys.stderr)

        def another(folder: Path) -> Library:
            encoder = None if is_library(folder) else settings.encoder  # one that is there has its own
            return Library(folder, settings=replace(settings, library=folder, encoder=encoder))

        shelf = Shelf(
            assistant,
            another,
            lambda name: generator_if_any(replace(settings, generator=name)),
            lambda: encoders_here(settings),
        )
        serve(
            shelf,
            port=asked.port,
            open_browser=not asked.no_browser,
            host=asked.host,
            password=os.environ.get("JUDIAN_PASSWORD", ""),
        )
    except JudianError as error:
        print(f"judian: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
