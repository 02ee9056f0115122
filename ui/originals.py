"""The files that documents were read from, to take along: always as attachments, only by a document's id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from index.errors import JudianError
from ui.messages import message
from ui.shelf import Shelf
from ui.text import SIMPLIFIED, languages


def original_route(shelf: Shelf, *, guarded: bool = False) -> Any:
    """``/original/ID?in=LANGUAGE``: the first file of that document that is still there.

    An older version has none: its file holds the newer one. Where the page is ``guarded`` by a password, only
    to those who gave it there.
    """

    def original(request: Request) -> Response:
        wanted = request.query_params.get("in")
        text = next((each for each in languages().values() if wanted == each.LANGUAGE), SIMPLIFIED)
        if guarded and not _signed_in(request):
            return PlainTextResponse(text.SIGN_IN, 403)
        identity = str(request.path_params["identity"])
        try:
            # By its id alone: ``find`` would also take a path, and a path is not to come from a browser.
            infos = shelf.library.documents() if shelf.library.is_there else []
        except JudianError as error:
            return PlainTextResponse(message(error, text), 404)
        paths = [Path(path) for info in infos if info.id == identity for path in info.paths]
        file = next(filter(_is_file, paths), None)
        if file is None:
            return PlainTextResponse(text.ORIGINAL_GONE, 404)
        return FileResponse(file, filename=file.name, media_type="application/octet-stream")

    return Route("/original/{identity}", original)


def _signed_in(request: Request) -> bool:
    """Whether gradio knows the browser: it keeps the tokens that it gave for a password."""
    app = request.app
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(request.cookies.get(name) in app.tokens for name in names)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # below a folder that is closed, or on a disk that is gone
        return False
