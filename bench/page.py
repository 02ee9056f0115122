"""The page as people wait for it, in a real browser on this machine.

    python -m bench.page [--parts open,five,many,long,memory]

open: until a page can be used, until evidence stands on the screen. five: five people ask at once. many: a
library of 10,000 documents is listed and filtered. long: a conversation of 500 messages. memory: the page's
heap over 100 questions.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.answer import Answer, Citation, Sentence
from rag.wiring import Library
from tests.browser import ROOT, Server, ask, chromium, open_page, tab
from ui.conversation import Conversation, Exchange
from ui.kept import FOLDER, Conversations

_QUESTIONS = (
    "德国的It’s OWL集群有多少家成员？",
    "2020年长沙工程机械的省内配套率是多少？",
    "云岭市的创新券过多久会作废？",
    "挪威推进集群计划的是哪三家机构？",
    "很多企业对数字化持哪三种态度？",
)
_DOCUMENTS, _MESSAGES, _ASKED = 10_000, 500, 100
_PORT = 7980
_NOTED = """() => { window.noted = {}; const note = (what, seen) => { if (seen) noted[what] ??= Date.now(); };
  document.addEventListener("keydown", (event) => note("enter", event.key === "Enter"), true);
  new MutationObserver(() => {
    note("evidence", document.querySelector("#evidence article.passage"));
    note("answer", document.querySelector("#chat .answer .times"));
    note("queued", document.querySelector("#chat").innerText.includes("正在排队"));
  }).observe(document.body, { childList: true, subtree: true, characterData: true }); }"""
_GAP = """() => { window.worst = 0; let last = performance.now(); const look = (now) => {
  window.worst = Math.max(window.worst, now - last); last = now; requestAnimationFrame(look); };
  requestAnimationFrame(look); }"""


def opened(server: Server, browser: Any) -> None:
    """Until the page can be used, and from Enter to the first evidence."""
    waits, evidence = [], []
    for question in _QUESTIONS:
        started = time.perf_counter()
        page = open_page(browser, server.address)
        waits.append(time.perf_counter() - started)
        page.wait_for_timeout(1_000)
        evidence.append(_until_evidence(page, question))
        page.wait_for_selector("#chat .answer .times")
        page.close()
    print(f"page usable after opening: median {statistics.median(waits):.2f} s, most {max(waits):.2f} s")
    print(f"evidence after Enter: median {statistics.median(evidence):.2f} s, most {max(evidence):.2f} s")


def five(server: Server, browser: Any) -> None:
    """Five people press Enter in the same moment. Each page notes itself what it shows when: to ask it over

    and over takes time from the server on this machine.
    """
    pages = [open_page(browser, server.address) for _ in _QUESTIONS]
    for page, question in zip(pages, _QUESTIONS, strict=True):
        page.wait_for_timeout(300)
        page.fill("#question textarea", question)
        page.evaluate(_NOTED)
    for page in pages:
        page.keyboard.press("Enter")
    started = time.monotonic()
    while not all(page.evaluate("'answer' in noted") for page in pages) and time.monotonic() - started < 120:
        time.sleep(1)
    noted = [page.evaluate("noted") for page in pages]
    for page in pages:
        page.close()
    waits = [
        sorted((each[what] - each["enter"]) / 1000 for each in noted if what in each)
        for what in ("evidence", "answer")
    ]
    evidence, answers = (", ".join(f"{each:.2f}" for each in found) for found in waits)
    print(f"five at once: evidence after {evidence} s; answers after {answers} s")
    print(f"  {sum('queued' in each for each in noted)} of 5 were shown a place in the queue")


def many(folder: Path, browser: Any) -> None:
    """A library of many documents: the list and the filter, as seen in the browser."""
    made, files = folder / "many" / "library", folder / "files"
    files.mkdir()
    for number in range(_DOCUMENTS):
        text = f"第{number}号村的人口是{number * 7 % 9973}人。"
        (files / f"村志{number:05}.txt").write_text(text, encoding="utf-8")
    library = Library(made)
    started = time.perf_counter()
    library.add(files)
    library.close()
    print(f"{_DOCUMENTS} documents taken in: {time.perf_counter() - started:.0f} s")
    server = Server(made, _PORT + 1, "reader")
    server.start()
    try:
        waits = []
        for settled in (0, 0, 2, 2, 2):  # seconds after the page is usable
            page = open_page(browser, server.address)
            time.sleep(settled)
            started = time.perf_counter()
            tab(page, "文档")
            page.wait_for_function("document.querySelector('#documents').innerText.includes('村志')")
            waits.append(time.perf_counter() - started)
        page.wait_for_selector(f"#counted >> text=100 / {_DOCUMENTS:,}")
        first, at_once, *later = (round(1000 * wait) for wait in waits)
        print(f"listed as soon as the page is there: first after the start {first} ms, then {at_once} ms")
        print(f"listed on a page that is open: median {statistics.median(later)}, most {max(later)} ms")
        waits = []
        for wanted, seen in (
            ("04242", "04242"),
            ("09999", "09999"),
            ("村志077", "07700"),
            ("答 04321", "04321"),
        ):
            started = time.perf_counter()
            page.fill("#find-document textarea", wanted)
            page.wait_for_function(
                "seen => document.querySelector('#documents').innerText.includes(seen)", arg=f"村志{seen}"
            )
            waits.append(time.perf_counter() - started)
            page.fill("#find-document textarea", "")
            page.wait_for_selector(f"#counted >> text=100 / {_DOCUMENTS:,}")
        print(f"filtered: median {1000 * statistics.median(waits):.0f} ms, most {1000 * max(waits):.0f} ms")
    finally:
        server.kill()


def long(library: Path, server: Server, browser: Any) -> None:
    """A conversation of many messages: opened, typed in, asked in."""
    kept = Conversations(library / FOLDER)
    conversation = Conversation()
    conversation.exchanges = [Exchange(f"第{n}问？", answer=_answer(n)) for n in range(_MESSAGES // 2)]
    kept.keep(conversation)
    page = open_page(browser, server.address)
    page.locator("#conversations > button").click()
    page.wait_for_selector("a.conversation")
    started = time.perf_counter()
    page.locator("a.conversation", has_text="第0问").click()
    page.wait_for_selector(f"#chat .answer >> text=第{_MESSAGES // 2 - 1}问")
    print(f"a conversation of {_MESSAGES} messages opened: {time.perf_counter() - started:.2f} s")
    page.evaluate(_GAP)
    page.locator("#question textarea").press_sequentially("德国的It’s OWL集群有多少家成员？", delay=30)
    print(f"  typing in it: no frame later than {page.evaluate('window.worst'):.0f} ms")
    page.evaluate("window.worst = 0")
    started = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .answer:not(.streaming) >> text=196")
    took, gap = time.perf_counter() - started, page.evaluate("window.worst")
    print(f"  asked in it: answered after {took:.2f} s, no frame later than {gap:.0f} ms")
    kept.delete(conversation.id)
    page.close()


def memory(server: Server, browser: Any) -> None:
    """The heap of a page that asks and begins anew, over and over."""
    page = open_page(browser, server.address)
    session = page.context.new_cdp_session(page)
    heaps = []
    for number in range(1, _ASKED + 1):
        ask(page, _QUESTIONS[number % len(_QUESTIONS)])
        if number % 10 == 0:
            page.locator("#new").click()
            page.wait_for_function("document.querySelectorAll('#chat .answer').length == 0")
            session.send("HeapProfiler.collectGarbage")
            heaps.append(session.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
    print("heap after every 10 questions, MB: " + ", ".join(f"{heap:.1f}" for heap in heaps))
    page.close()


def _until_evidence(page: Any, question: str) -> float:
    page.fill("#question textarea", question)
    started = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_selector("#evidence article.passage")
    return time.perf_counter() - started


def _answer(number: int) -> Answer:
    from index.types import DocumentInfo

    said = f"第{number}问的回答有一句话，它有自己的依据。"
    document = DocumentInfo("d", "一份文档", ("/d.txt",), "", 1.0, 0, 0, "")
    citation = Citation(1, document, 0, 40, "这是被引用的原文，长度和平常的句子差不多。" * 2, 1.0)
    sentence = Sentence(said, 0, len(said), True, (1,))
    return Answer(
        f"第{number}问？", f"第{number}问？", False, said, (sentence,), (citation,), (), {"total": 900}
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="open,five,many,long,memory")
    parts = parser.parse_args().parts.split(",")
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        folder = Path(temporary)
        made = Library(folder / "seeds")
        made.add(ROOT / "seeds")
        made.close()
        server, alone = Server(folder / "seeds", _PORT), Server(folder / "seeds", _PORT + 2, "reader")
        measures: dict[str, tuple[Server, Callable[[], None]]] = {
            "open": (server, lambda: opened(server, browser)),
            "five": (server, lambda: five(server, browser)),
            "many": (alone, lambda: many(folder, browser)),
            "long": (server, lambda: long(folder / "seeds", server, browser)),
            "memory": (alone, lambda: memory(alone, browser)),
        }
        for part in parts:
            serving, measure = measures[part]
            serving.start()
            try:
                warm = open_page(browser, serving.address)
                ask(warm, _QUESTIONS[0])  # models are loaded
                warm.close()
                measure()
            finally:
                serving.kill()


if __name__ == "__main__":
    main()
