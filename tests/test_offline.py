"""Once the weights are here nothing needs the network: sockets to anywhere but this machine are errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.weights import WeightStore
from tests.conftest import ROOT, SEEDS

_PROGRAM = """
import socket, sys

def guarded(real):
    def connect(self, address):
        here = ("127.0.0.1", "::1", "localhost")
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in here:
            raise AssertionError(f"tried to reach {address}")
        return real(self, address)

    return connect

def resolve(host, *rest, **named):
    if host not in ("127.0.0.1", "::1", "localhost", None, ""):
        raise AssertionError(f"tried to resolve {host}")
    return known(host, *rest, **named)

known, socket.getaddrinfo = socket.getaddrinfo, resolve
socket.socket.connect = guarded(socket.socket.connect)
socket.socket.connect_ex = guarded(socket.socket.connect_ex)

from pathlib import Path
from rag import Assistant, Library

library = Library(sys.argv[1])
library.add(Path(sys.argv[2]))
assistant = Assistant(library)
answer = assistant.ask("2020年长沙工程机械的省内配套率是多少？")
assert "36%" in answer.text and answer.citations, answer

import urllib.request
from ui.page import serve

address = serve(assistant, port=7990, open_browser=False, block=False)
page = urllib.request.urlopen(address).read().decode()
assert "据典" in page
print("answered offline")
"""


@pytest.mark.model
def test_indexing_asking_and_the_page_need_no_network(tmp_path: Path, weights: WeightStore) -> None:
    assert weights.folder.exists()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "0"}
    document = SEEDS / "01-先进制造业集群概览.md"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "library"), str(document)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )
    assert "answered offline" in done.stdout, done.stderr[-3000:]
