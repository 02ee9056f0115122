"""The page in a real browser, with the real server and the real models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser import CHROMIUM, EVIL, ask, begin, picture, tab

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page is not looked at"),
    pytest.mark.filterwarnings("ignore"),
]


def test_an_answer_its_citation_and_the_highlight(page: Any) -> None:
    answer = ask(page, "德国的It’s OWL集群有多少家成员？")
    assert "196" in answer.inner_text()
    mark = page.locator("#evidence article.passage mark").first
    assert "196" in mark.inner_text()
    assert page.locator("#evidence article.passage cite").first.inner_text()
    assert page.locator("article.passage.active").count() == 0
    answer.locator("a.citation").first.click()
    page.wait_for_selector("article.passage.active")
    assert "196" in page.locator("article.passage.active mark").inner_text()
    assert mark.is_visible()
    picture(page, "answer")


def test_passages_come_before_the_answer_and_a_follow_up_is_understood(page: Any) -> None:
    ask(page, "2020年长沙工程机械的省内配套率是多少？")
    page.fill("#question textarea", "零部件呢？")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#evidence section.turn').length > 1")
    page.wait_for_function("document.querySelectorAll('#chat .answer .times').length > 1")
    last = page.locator("#chat .answer").last
    assert "理解为" in last.inner_text()
    assert "50%" in last.inner_text()
    assert last.locator("a.citation").first.get_attribute("href").startswith("#citation-2-")
    picture(page, "follow-up")


def test_a_refusal_shows_the_nearest_passages(page: Any) -> None:
    answer = ask(page, "梅西拿过几次金球奖？")
    assert answer.locator("a.citation").count() == 0
    assert "没有找到" in answer.inner_text()
    assert page.locator("#evidence article.passage").count() >= 1
    picture(page, "refusal")


def test_nothing_in_a_document_becomes_markup_and_nothing_leaves_the_machine(page: Any, address: str) -> None:
    asked_of: list[str] = []
    page.on("request", lambda request: asked_of.append(request.url))
    ask(page, f"紫水晶工厂的产能是多少？{EVIL}")
    assert page.title() == "据典"
    assert page.locator("#evidence img, #chat .answer img, #chat .question img").count() == 0
    assert "onerror" in page.locator("#evidence").inner_text()
    page.locator("#evidence a.open").first.click()
    page.wait_for_selector("#viewer .sheet")
    assert page.locator("#viewer img").count() == 0
    page.keyboard.press("Escape")
    tab(page, "文档")
    page.fill("#find-document textarea", "攻击")
    page.wait_for_selector("#counted >> text=显示 1 /")
    page.locator("#documents").get_by_text("攻击").last.click()
    page.wait_for_selector("#details blockquote")
    assert page.locator("#documents img, #details img, #within img").count() == 0
    tab(page, "检索测试")
    page.fill("#search-question textarea", "紫水晶工厂的产能是多少？")
    page.locator("#search").click()
    page.wait_for_selector("#found .rankings article")
    assert page.locator("#found img").count() == 0
    page.locator("#conversations > button").dispatch_event("click")
    assert page.locator("#kept img").count() == 0
    assert page.title() == "据典"
    strangers = [url for url in asked_of if not url.startswith((address, "data:", "blob:"))]
    assert strangers == []


def test_an_empty_question_and_a_long_one_are_told(page: Any) -> None:
    page.locator("#send").click()
    page.wait_for_timeout(1_000)
    assert page.locator("#chat .answer").count() == 0
    page.fill("#question textarea", "长" * 2500)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#chat .answer.refused').length == 1")
    assert "2,500" in page.locator("#chat .answer.refused").inner_text()


def test_on_a_phone_everything_fits_the_width(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, "上海的智能工厂领航计划要打造多少家标杆性智能工厂？")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    picture(page, "phone")


def test_a_citation_opens_the_whole_document_at_its_place(page: Any) -> None:
    ask(page, "德国的It’s OWL集群有多少家成员？")
    link = page.locator("#evidence a.open").first
    for _ in range(2):  # what was closed opens again
        link.click()
        page.wait_for_selector("#viewer .sheet mark")
        mark = page.locator("#viewer .sheet mark")
        assert "196" in mark.inner_text()
        page.wait_for_function(
            "(() => { const box = document.querySelector('#viewer .sheet mark').getBoundingClientRect();"
            " return box.top > 0 && box.bottom < window.innerHeight; })()"
        )
        picture(page, "document")
        page.keyboard.press("Escape")
        assert page.locator("#viewer .sheet").count() == 0


def test_files_that_are_dropped_answer_and_are_removed(page: Any, page_folder: Path) -> None:
    dropped = page_folder / "红杉镇年报.txt"
    dropped.write_text("红杉镇年报\n\n红杉镇共有居民三千二百一十七人。\n", encoding="utf-8")
    damaged = page_folder / "损坏.pdf"
    damaged.write_bytes(b"no pdf")
    tab(page, "文档")
    page.set_input_files("#drop input[type=file]", [str(dropped), str(damaged)])
    page.wait_for_selector("#progress >> text=新收入 1")
    assert "损坏.pdf" in page.locator("#progress").inner_text()
    picture(page, "documents")
    tab(page, "问答")
    assert "3217" in ask(page, "红杉镇有多少居民？").inner_text().replace("三千二百一十七", "3217")
    tab(page, "文档")
    page.locator("#documents").get_by_text("红杉镇年报", exact=True).last.click()
    page.wait_for_selector("#details blockquote")
    assert "三千二百一十七" in page.locator("#details").inner_text()
    page.locator("#remove").click()
    page.locator("#sure").click()
    page.wait_for_selector("text=已移除 1 篇")
    assert not (page_folder / "library" / "files" / "红杉镇年报.txt").exists()
    assert dropped.exists(), "only the page's own copy goes"
    tab(page, "问答")
    assert "三千二百一十七" not in ask(page, "红杉镇有多少居民？").inner_text()


def test_an_answer_in_the_other_script_and_short(page: Any) -> None:
    page.locator("#options button").first.click()
    page.get_by_label("繁體").check()
    page.get_by_label("只要原文词句").check()
    answer = ask(page, "德国的It’s OWL集群有多少家成员？")
    assert "196" in answer.inner_text()
    assert len(answer.locator("p").first.inner_text()) < 20, "the words of the document alone"
    page.get_by_label("一两句").check()
    answer = ask(page, "“泰连锡”指的是哪几个城市？")
    assert "連雲港" in answer.inner_text()


def test_an_exchange_is_taken_back_and_asked_again(page: Any) -> None:
    ask(page, "德国的It’s OWL集群有多少家成员？")
    names = []
    for button in page.locator("#chat .icon-button-wrapper button").all():
        button.hover()
        names.append(button.get_attribute("title"))
    assert names == ["新对话", "重新回答", "撤回这一问", "回答有问题", "好回答"], (
        "whatever the browser speaks"
    )
    page.get_by_role("button", name="撤回这一问").click()
    page.wait_for_function("document.querySelectorAll('#chat .answer').length == 0")
    assert page.locator("#question textarea").input_value() == "德国的It’s OWL集群有多少家成员？"


def test_what_is_typed_while_an_answer_streams_stays(page: Any) -> None:
    begin(page)
    page.fill("#question textarea", "下一个问题")
    page.wait_for_selector("#chat .answer .times")
    assert page.locator("#question textarea").input_value() == "下一个问题"


def test_what_is_sent_while_an_answer_streams_stays_and_is_told(page: Any) -> None:
    begin(page)
    page.wait_for_selector("#chat .answer.streaming")
    page.fill("#question textarea", "下一个问题")
    page.locator("#send").click()
    page.wait_for_selector("text=上一个回答还没有完")
    page.wait_for_selector("#chat .answer .times")
    page.wait_for_timeout(1_000)
    assert page.locator("#question textarea").input_value() == "下一个问题"
    assert page.locator("#chat .question").count() == 1


def test_a_new_conversation_ends_the_answer_that_streams(page: Any) -> None:
    begin(page)
    page.locator("#new").click()
    page.wait_for_function("document.querySelectorAll('#chat .answer').length == 0")
    page.wait_for_timeout(6_000)
    assert page.locator("#chat .answer").count() == 0
    assert page.locator("#evidence article.passage").count() == 0


def test_retrieval_and_words_have_tabs_of_their_own(page: Any) -> None:
    tab(page, "检索测试")
    page.fill("#search-question textarea", "德国集群有多少成员？")
    page.locator("#search").click()
    page.wait_for_selector("#found .rankings article")
    assert page.locator("#found .rankings section").count() == 4
    picture(page, "retrieval")
    tab(page, "设置")
    page.fill("#synonyms textarea", "省内配套率 = 本省供货比例")
    page.locator("#save-terms").click()
    page.wait_for_selector("text=1 组同义词")
    page.locator("#check").click()
    page.wait_for_selector("text=资料库完好")
    picture(page, "upkeep")
    page.reload()
    tab(page, "设置")
    page.wait_for_function("document.querySelector('#synonyms textarea')?.value.includes('本省供货比例')")


def test_two_tabs_do_not_mix(page: Any, browser: Any, address: str) -> None:
    other = browser.new_page()
    other.goto(address)
    other.wait_for_selector("#question textarea")
    ask(page, "德国的It’s OWL集群有多少家成员？")
    assert other.locator("#chat .answer").count() == 0
    assert other.locator("#evidence article").count() == 0
    other.close()


def test_a_thumbs_down_keeps_the_question_as_a_case(page: Any, cases: Path) -> None:
    ask(page, "德国的It’s OWL集群有多少家成员？")
    page.locator("#chat .icon-button-wrapper button:nth-last-child(2)").last.click()
    page.get_by_label("引用不对").check()
    page.fill("#right textarea", "196家")
    page.fill("#complaint-note textarea", "应引用第二段")
    picture(page, "complaint")
    page.locator("#complain").click()
    page.wait_for_selector("text=记下了")
    row = json.loads(cases.read_text(encoding="utf-8").splitlines()[-1])
    assert (row["question"], row["answerable"]) == ("德国的It’s OWL集群有多少家成员？", True)
    assert row["answers"] == ["196家"]
    assert "196" in row["answered"]["text"]
    assert row["note"] == "引用不对：应引用第二段"
    assert not page.locator("#complaint").is_visible()
