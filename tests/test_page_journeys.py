"""Longer ways through the page: what is kept, taken along, switched, killed and started again."""

from __future__ import annotations

import contextlib
import io
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Error

from rag.answer import Answer
from tests.browser import CHROMIUM, Server, ask, begin, open_page, picture, tab
from tests.conftest import SEEDS
from ui.conversation import Conversation, Exchange
from ui.documents import MOST_FILES
from ui.dropped import FOLDER as FILES
from ui.kept import FOLDER, Conversations

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page is not looked at"),
    pytest.mark.filterwarnings("ignore"),
]

OWL = "德国的It’s OWL集群有多少家成员？"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without any library yet, which tests may kill. The reader alone answers: it is fast."""
    server = Server(tmp_path_factory.mktemp("own") / "第一个", 7970, "reader")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_page(browser: Any, own: Server) -> Iterator[Any]:
    opened = open_page(browser, own.address)
    yield opened
    opened.close()


def test_the_first_start_takes_a_folder_in_and_answers(own_page: Any) -> None:
    assert "资料库还是空的" in own_page.locator("#banner").inner_text()
    tab(own_page, "文档")
    own_page.fill("#folder textarea, #folder input", str(SEEDS))
    own_page.locator("#take").click()
    own_page.wait_for_selector("#progress progress")
    own_page.wait_for_selector("#progress >> text=新收入")
    own_page.wait_for_selector("#banner >> text=篇文档")
    own_page.wait_for_selector("#documents >> text=国外产业集群经验")
    own_page.fill("#find-document textarea, #find-document input", "经验 md")
    own_page.wait_for_selector("#counted >> text=显示 1 /")
    picture(own_page, "first-start")
    tab(own_page, "问答")
    own_page.locator("a.example").first.click()
    assert own_page.locator("#question textarea").input_value()
    assert "196" in ask(own_page, OWL).inner_text()


def test_a_folder_that_is_dropped_is_taken_in_with_its_folders(
    own: Server, own_page: Any, tmp_path: Path
) -> None:
    for name in ("甲/青禾镇.txt", "甲/乙/白杨镇.txt", "甲/.git/不收.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{file.stem}\n\n{file.stem}在{name}里写着。\n", encoding="utf-8")
    tab(own_page, "文档")
    box = own_page.locator("#drop button").first.bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(tmp_path / "甲")], "dragOperationsMask": 1}
    browser = own_page.context.new_cdp_session(own_page)
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    own_page.wait_for_selector("#progress >> text=新收入 2")
    for name in ("青禾镇", "白杨镇"):
        own_page.wait_for_selector(f"#documents >> text={name}")
    assert (own.library / FILES / "甲/乙/白杨镇.txt").exists()


def test_more_files_than_are_taken_are_not_uploaded(own: Server, own_page: Any) -> None:
    tab(own_page, "文档")
    own_page.set_input_files(
        "#drop input[type=file]",
        [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"a"} for n in range(MOST_FILES + 1)],
    )
    own_page.wait_for_selector(f"#undropped >> text={MOST_FILES + 1}")
    assert not (own.library / FILES / "0.txt").exists()


UNREADABLE = """
const file = (name) => ({ name, fullPath: `/甲/${name}`, isFile: true, isDirectory: false });
const good = { ...file("红枫镇.txt"), file: (done) => done(new File(["红枫镇在山里。"], "红枫镇.txt")) };
const bad = { ...file("锁着.txt"), file: (_, failed) => failed(new DOMException("no", "NotReadableError")) };
let unread = [good, bad];
const folder = {
  name: "甲", fullPath: "/甲", isFile: false, isDirectory: true,
  createReader: () => ({ readEntries: (done) => { done(unread); unread = []; } }),
};
const event = new Event("drop", { bubbles: true, cancelable: true });
event.dataTransfer = { items: [{ webkitGetAsEntry: () => folder }] };
document.querySelector("#drop button").dispatchEvent(event);
"""


def test_a_file_that_the_browser_cannot_read_is_told(own_page: Any) -> None:
    tab(own_page, "文档")
    own_page.evaluate(f"() => {{ {UNREADABLE} }}")
    own_page.wait_for_selector("#undropped >> text=锁着.txt")
    own_page.wait_for_selector("#documents >> text=红枫镇")
    picture(own_page, "unread")


def test_a_long_conversation_is_shown_from_its_end(own: Server, own_page: Any) -> None:
    said = "早先的回答。"
    long = Conversation()
    long.exchanges = [
        Exchange(f"早先第{n}问？", answer=Answer(f"早先第{n}问？", f"早先第{n}问？", True, said))
        for n in range(50)
    ]
    Conversations(own.library / FOLDER).keep(long)
    own_page.locator("#conversations > button").click()
    own_page.fill("#find-conversation textarea, #find-conversation input", "早先")
    own_page.locator("a.conversation", has_text="早先").click()
    own_page.wait_for_selector("#chat .question >> text=早先第49问")
    assert own_page.locator("#chat .answer").count() == 20
    own_page.locator("#earlier", has_text="更早的 30 轮").click()
    own_page.wait_for_selector("#earlier >> text=更早的 10 轮")
    assert own_page.locator("#chat .answer").count() == 40
    own_page.locator("#earlier").click()
    own_page.wait_for_selector("#chat .question >> text=早先第0问")
    assert not own_page.locator("#earlier").is_visible()
    own_page.fill("#question textarea", OWL)
    own_page.keyboard.press("Enter")
    own_page.wait_for_selector("#chat .answer:not(.streaming) >> text=196")
    own_page.wait_for_selector("#earlier >> text=更早的 31 轮")
    picture(own_page, "long")


def test_a_conversation_is_kept_found_renamed_and_deleted(own_page: Any) -> None:
    ask(own_page, OWL)
    own_page.locator("#new").click()
    own_page.wait_for_function("document.querySelectorAll('#chat .answer').length == 0")
    ask(own_page, "云岭市的创新券过多久会作废？")
    own_page.locator("#conversations > button").click()
    own_page.wait_for_selector("a.conversation >> text=创新券")
    own_page.fill("#find-conversation textarea, #find-conversation input", "OWL 没有")
    own_page.wait_for_function("document.querySelectorAll('a.conversation').length == 0")
    own_page.fill("#find-conversation textarea, #find-conversation input", "owl集群")
    own_page.locator("a.conversation", has_text="OWL").first.click()
    own_page.wait_for_function("document.querySelector('#chat .answer')?.innerText.includes('196')")
    assert own_page.locator("#evidence mark").count() == 1
    own_page.fill("#rename-to textarea, #rename-to input", "德国集群")
    own_page.locator("#rename").click()
    own_page.fill("#find-conversation textarea, #find-conversation input", "")
    own_page.wait_for_selector("a.conversation >> text=德国集群")
    picture(own_page, "conversations")
    own_page.locator("#delete").click()
    own_page.locator("#delete-sure").click()
    own_page.wait_for_function(
        "![...document.querySelectorAll('a.conversation')].some(each => each.innerText.includes('德国集群'))"
    )
    assert own_page.locator("#chat .answer").count() == 0


def test_the_only_question_is_answered_again_in_place(own: Server, own_page: Any) -> None:
    ask(own_page, OWL)
    kept = Conversations(own.library / FOLDER)
    before = kept.found()
    own_page.locator("#chat .icon-button-wrapper button:nth-last-child(4)").click()
    for _ in range(40):
        own_page.wait_for_timeout(250)
        if kept.found()[0].changed_at != before[0].changed_at:
            break
    own_page.wait_for_selector("#chat .answer:not(.streaming) .times")
    assert [each.id for each in kept.found()] == [each.id for each in before]
    assert kept.found()[0].changed_at != before[0].changed_at
    assert own_page.locator("#chat .answer").count() == 1


def test_the_passage_around_a_quote_is_there_again_when_the_page_is_loaded_again(own_page: Any) -> None:
    ask(own_page, OWL)
    own_page.reload()
    own_page.wait_for_selector("#evidence mark strong")
    assert "集群共有" in own_page.locator("#evidence mark").inner_text()
    passage = own_page.locator("#evidence article.passage")
    assert "大型企业53个" in passage.locator("blockquote").inner_text(), "what stands around the sentence"
    assert "二、德国 › 2. It’s OWL集群" in passage.locator("header").inner_text()


def test_script_and_length_outlive_the_server_and_the_language(own: Server, own_page: Any) -> None:
    own_page.locator("#options > button").click()
    own_page.get_by_label("繁體").check()
    own_page.wait_for_timeout(1_000)
    own.kill()
    own.start()
    own_page.goto(f"{own.address}/en")
    own_page.wait_for_selector("#question textarea")
    own_page.locator("#options > button").click()
    own_page.wait_for_function("document.querySelector('#options input:checked')?.value === 'traditional'")


def test_the_table_of_documents_can_be_read_on_a_phone(own_page: Any) -> None:
    own_page.set_viewport_size({"width": 390, "height": 844})
    tab(own_page, "文档")
    own_page.wait_for_selector("#documents >> text=国外产业集群经验")
    columns = [box for each in own_page.locator("#documents th").all() if (box := each.bounding_box())]
    assert len(columns) == 3, "name, date and state"
    assert min(box["width"] for box in columns) > 80
    cells = [own_page.locator(f"[data-row='0'][data-col='{n}']").bounding_box() for n in (0, 5, 6)]
    assert [round(box["x"]) for box in columns] == [round(box["x"]) for box in cells if box]
    picture(own_page, "documents-phone")


def test_an_answer_is_copied_and_a_conversation_taken_along_in_three_forms(
    own_page: Any, tmp_path: Path
) -> None:
    ask(own_page, OWL)
    own_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    own_page.locator("#chat a.copy").last.click()
    own_page.wait_for_function(
        "async () => /196[^]*来源：[^]*国外产业集群经验/.test(await navigator.clipboard.readText())"
    )
    own_page.locator("#conversations > button").click()
    said = {}
    for kind in ("md", "html", "docx"):
        with own_page.expect_download() as download:
            own_page.locator(f"#export-{kind}").click()
        assert download.value.suggested_filename == f"judian.{kind}"
        download.value.save_as(tmp_path / kind)
        said[kind] = (tmp_path / kind).read_bytes()
    assert "[^1]: 国外产业集群经验" in said["md"].decode()
    assert 'id="note-1"' in said["html"].decode()
    assert any("196" in each.text for each in docx.Document(io.BytesIO(said["docx"])).paragraphs)


def test_the_server_is_killed_and_started_again(own: Server, own_page: Any) -> None:
    ask(own_page, OWL)
    own.kill(9)
    own.start()
    with contextlib.suppress(Error):  # the page may be loading itself again already
        own_page.reload()
    own_page.wait_for_function("document.querySelector('#chat .answer')?.innerText.includes('196')")
    ask(own_page, "云岭市的创新券过多久会作废？")
    assert own_page.locator("#chat .answer").count() == 2


def test_another_library_is_made_filled_by_watching_and_left(own_page: Any, tmp_path: Path) -> None:
    tab(own_page, "设置")
    own_page.fill("#new-library textarea, #new-library input", "../外面")
    own_page.locator("#create").click()
    own_page.wait_for_selector("#opened .failed")
    own_page.fill("#new-library textarea, #new-library input", "第二个")
    own_page.locator("#create").click()
    own_page.wait_for_selector("#banner >> text=第二个")
    watched = tmp_path / "监视"
    watched.mkdir()
    tab(own_page, "文档")
    own_page.locator("#watching > button").click()
    own_page.fill("#watched textarea", f"{watched}\n{tmp_path / '没有'}")
    own_page.locator("#watch").click()
    own_page.wait_for_selector("#following .failed")
    own_page.fill("#watched textarea", str(watched))
    own_page.locator("#watch").click()
    own_page.wait_for_selector("#following >> text=正在监视 1 个")
    (watched / "新到.txt").write_text("石竹镇的人口是四千零八十六人。", encoding="utf-8")
    for _ in range(20):
        own_page.wait_for_timeout(1_000)
        own_page.reload()
        if "：1 篇文档" in own_page.locator("#banner").inner_text():
            break
    assert "四千零八十六" in ask(own_page, "石竹镇的人口是多少？").inner_text()
    tab(own_page, "设置")
    own_page.locator("#backup").click()
    own_page.wait_for_selector("#upkeep >> text=备份好了")
    picture(own_page, "settings")
    own_page.locator("#libraries input").click()
    own_page.get_by_role("option", name="第一个").click()
    own_page.locator("#switch").click()
    own_page.wait_for_selector("#banner >> text=第一个")
    tab(own_page, "问答")
    assert "四千零八十六" not in ask(own_page, "石竹镇的人口是多少？").inner_text()


def test_an_evaluation_is_run_and_looked_at(own_page: Any) -> None:
    tab(own_page, "评测")
    own_page.fill("#set textarea, #set input", str(SEEDS / "missing"))
    own_page.locator("#run").click()
    own_page.wait_for_selector("#measured .failed")
    own_page.fill("#set textarea, #set input", str(SEEDS))
    own_page.get_by_label("问题数").fill("16")
    own_page.get_by_label("其中要回答的").fill("4")
    own_page.locator("#run").click()
    own_page.wait_for_selector("#measured .quiet >> text=评测完了", timeout=240_000)
    own_page.locator("#show-run").click()
    frame = own_page.frame_locator("iframe.report")
    frame.locator("h1").wait_for()
    assert "seeds" in frame.locator("h1").inner_text()
    assert frame.locator("svg").count() > 0
    picture(own_page, "evaluation")


def test_the_page_speaks_three_languages(own_page: Any, own: Server) -> None:
    for name, path, wanted in (("繁體", "hant", "問答"), ("English", "en", "Ask"), ("简体", "", "问答")):
        own_page.locator("#banner nav a", has_text=name).click()
        own_page.wait_for_selector(f"#banner nav b >> text={name}")
        assert own_page.url.rstrip("/") == f"{own.address}/{path}".rstrip("/")
        own_page.wait_for_selector(f"[role=tab] >> text={wanted}")
    own_page.goto(f"{own.address}/en")
    own_page.wait_for_selector("#question textarea")
    assert "196" in ask(own_page, OWL).inner_text()
    assert "search" in own_page.locator("#chat .times").inner_text()
    assert own_page.locator("#evidence a.open").first.inner_text() == "Whole text"
    picture(own_page, "english")


def test_what_a_follow_up_was_understood_as_can_be_edited(page: Any) -> None:
    ask(page, "2020年长沙工程机械的省内配套率是多少？")
    ask(page, "零部件呢？")
    page.locator("#chat .understood a.edit").click()
    assert "零部件" in page.locator("#question textarea").input_value()
    assert page.locator("#question textarea").input_value() != "零部件呢？"


def test_an_answer_that_is_stopped_says_no_more(page: Any) -> None:
    begin(page)
    page.wait_for_selector("#chat .coming")
    page.locator("#stop").click()
    page.wait_for_selector("#chat .answer .times", timeout=5_000)
    said = page.locator("#chat .answer").last.inner_text()
    page.wait_for_timeout(2_000)
    assert page.locator("#chat .answer").last.inner_text() == said
    picture(page, "stopped")


def test_a_page_that_is_loaded_again_in_the_middle_has_its_question_back(page: Any) -> None:
    ask(page, OWL)
    begin(page)
    page.wait_for_selector("#chat .coming")
    page.reload()
    page.wait_for_function("document.querySelector('#chat .answer')?.innerText.includes('196')")
    if page.locator("#chat .answer").count() == 1:  # else it was finished meanwhile
        assert "国外培育产业集群" in page.locator("#question textarea").input_value()


def test_no_file_is_given_to_who_asks_for_a_path(address: str) -> None:
    paths = ["/gradio_api/file=/etc/passwd", "/gradio_api/file=../../etc/passwd", "/original/%2Fetc%2Fpasswd"]
    paths.append("/gradio_api/file=" + urllib.parse.quote(str(SEEDS / "questions.jsonl")))
    for path in paths:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address + path)
        assert refused.value.code in (403, 404), path


def test_a_file_of_ones_own_choice_is_not_taken_in(address: str) -> None:
    """Who speaks to the server without the page cannot make it read a path as if it had been dropped."""
    config = json.loads(urllib.request.urlopen(f"{address}/config").read())
    taking = [each for each in config["dependencies"] if [1] and "upload" in str(each["targets"])]
    assert taking, "the page takes files"
    for each in taking:
        data = [[{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}, "orig_name": "passwd"}]]
        body = json.dumps({"data": data, "fn_index": each["id"], "session_hash": "x"}).encode()
        request = urllib.request.Request(
            f"{address}/gradio_api/queue/join", body, {"Content-Type": "application/json"}
        )
        try:
            urllib.request.urlopen(request).read()
            stream = urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash=x", timeout=20)
            said = b"".join(iter(stream.readline, b"")).decode()
        except urllib.error.HTTPError as error:
            said = f'"success": false {error.code}'
        assert '"success":false' in said.replace(" ", "") or "not in" in said, said[:400]
        assert "root:" not in said
