"""Headers that every answer has, requests that none gets, and originals as attachments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from index.errors import JudianError
from index.library import Library
from rag.assistant import Assistant
from tests.browser import Server
from tests.conftest import SayingGenerator
from ui.guard import Guard
from ui.originals import original_route
from ui.page import USER, serve
from ui.shelf import Shelf
from ui.text import ENGLISH, SIMPLIFIED

Writer = Callable[..., Path]
HERE = "http://127.0.0.1:7860"


def client(*routes: Route, local: bool = True, base: str = HERE) -> TestClient:
    said = Route("/", lambda _: PlainTextResponse("据典"), methods=["GET", "POST"])
    app = Starlette(routes=[said, *routes], middleware=[Middleware(Guard, local=local)])
    return TestClient(app, base_url=base)


def test_every_answer_has_a_policy_that_lets_nothing_in() -> None:
    headers = client().get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert headers["x-content-type-options"] == "nosniff"
    assert client().get("/missing").headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        (HERE, 200),
        ("http://evil.example", 403),
        ("http://127.0.0.1:9999", 403),
        ("null", 403),
    ],
)
def test_other_sites_cannot_post(origin: str | None, status: int) -> None:
    headers = {"Origin": origin} if origin else {}
    assert client().post("/", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:7860", 200), ("localhost:7860", 200), ("[::1]:7860", 200), ("evil.example:7860", 403)],
)
def test_another_name_for_this_machine_is_not_answered(host: str, status: int) -> None:
    assert client().get("/", headers={"Host": host}).status_code == status
    assert client(local=False).get("/", headers={"Host": host}).status_code == 200


def test_originals_are_attachments_and_go_by_id_alone(library: Library, write: Writer) -> None:
    file = write("甲<b>.html", "<p>甲镇有三千人。</p><script>alert(1)</script>")
    library.add(file)
    shelf = Shelf(Assistant(library, SayingGenerator("")))
    asked = client(original_route(shelf))
    found = asked.get(f"/original/{library.documents()[0].id}")
    assert found.content == file.read_bytes()
    assert found.headers["content-type"] == "application/octet-stream"
    assert found.headers["content-disposition"].startswith("attachment")
    assert found.headers["x-content-type-options"] == "nosniff"
    for wanted in ("..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", file.name, str(file).replace("/", "%2f")):
        assert asked.get(f"/original/{wanted}").status_code == 404
    earlier = library.documents()[0].id
    write(file.name, "<p>甲镇有四千人，比去年多。</p>")
    library.add(file)
    assert asked.get(f"/original/{earlier}").text == SIMPLIFIED.ORIGINAL_GONE, "its file is the newer one"
    file.unlink()
    gone = asked.get(f"/original/{library.documents()[0].id}", params={"in": ENGLISH.LANGUAGE})
    assert (gone.status_code, gone.text) == (404, ENGLISH.ORIGINAL_GONE)


@pytest.mark.model
def test_originals_are_for_those_who_gave_the_password(
    library: Library, write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"))
    original = f"/original/{library.documents()[0].id}"
    monkeypatch.setenv("JUDIAN_PASSWORD", "geheim")
    server = Server(library.folder, 7995, "reader")
    server.start()
    try:
        with httpx.Client(base_url=server.address) as asked:
            assert asked.get(original).status_code == 403
            wrong = asked.post("/login", data={"username": USER, "password": "falsch"})
            assert wrong.status_code == 400
            assert asked.get(original).status_code == 403
            asked.post("/login", data={"username": USER, "password": "geheim"}).raise_for_status()
            assert asked.get(original).text == "甲镇有三千人。"
    finally:
        server.kill()


def test_beyond_this_machine_a_password_is_needed(library: Library) -> None:
    assistant = Assistant(library, SayingGenerator(""))
    with pytest.raises(JudianError, match="JUDIAN_PASSWORD"):
        serve(assistant, port=7999, open_browser=False, block=False, host="0.0.0.0")
