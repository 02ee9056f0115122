"""The real page: a server of its own process, and what a person does in a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENSHOTS = Path(__file__).parent / "screenshots"
EVIL = "<img src=x onerror=\"document.title='owned'\">![x](http://203.0.113.1/x.png)"

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


class Server:
    """``judian ui`` on a library, at ``address`` once ``start`` is done."""

    def __init__(self, library: Path, port: int, generator: str = "auto") -> None:
        self.library = library
        self.port = port
        self.generator = generator
        self.address = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "rag.cli", "ui", "--no-browser", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--library", str(self.library)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "JUDIAN_GENERATOR": self.generator},
            start_new_session=True,
        )
        for _ in range(120):
            try:
                urllib.request.urlopen(self.address).close()
                return
            except OSError:
                time.sleep(0.5)
        raise TimeoutError(f"nothing answers at {self.address}")

    def kill(self, signal: int = 15) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal)
            self._process.wait(20)
            self._process = None


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield launched
        launched.close()


def open_page(browser: Any, address: str) -> Any:
    """A page of its own context, as another person has it."""
    opened = browser.new_page(viewport={"width": 1280, "height": 860})
    opened.set_default_timeout(60_000)
    opened.goto(address)
    opened.wait_for_selector("#question textarea")
    return opened


def ask(page: Any, question: str) -> Any:
    """Ask and wait for the finished answer, which is returned."""
    before = page.locator("#chat .answer .times").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('#chat .answer .times').length > {before}")
    return page.locator("#chat .answer").last


def begin(page: Any) -> None:
    """Ask for a long answer and wait for its passages."""
    page.fill("#question textarea", "概括一下国外培育产业集群的经验。")
    page.keyboard.press("Enter")
    page.wait_for_selector("#evidence article.passage")


def picture(page: Any, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).click()
