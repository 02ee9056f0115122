"""``python -m ui``: the chat page for the library that Settings name."""

from __future__ import annotations

import argparse
import sys

from index.errors import JudianError
from rag.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="judian ui")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    try:
        from rag.wiring import Assistant, Library
        from ui.page import serve

        settings = Settings.read()
        library = Library(settings.library, settings=settings)
        if library.is_there:
            library.size()  # what is wrong with it is told now
        assistant = Assistant(library, settings=settings)
        if assistant.notice:
            print(assistant.notice, file=sys.stderr)
        serve(assistant, port=asked.port, open_browser=not asked.no_browser)
    except JudianError as error:
        print(f"judian: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
