"""What the page does with files and documents, without a browser."""

from __future__ import annotations

import json
import resource
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import docx
import gradio as gr
import pytest

from index.embedding import Vectors
from index.errors import WeightsError
from index.library import Left, Library
from index.types import DocumentInfo, EncoderMark
from rag.assistant import Assistant
from rag.form import BUDGET, SURE_BUDGET
from tests.conftest import HashingEncoder
from tests.make_pdf import PdfMaker
from ui.documents import Documents
from ui.dropped import FOLDER, placed
from ui.evaluation import Evaluation
from ui.names import titles
from ui.render import escaped, quiet
from ui.retrieval import Retrieval
from ui.settings import SettingsTab
from ui.shelf import Shelf
from ui.text import ENGLISH, SIMPLIFIED
from ui.viewer import Viewer

Writer = Callable[..., Path]


def shelf(library: Library) -> Shelf:
    return Shelf(Assistant(library, None))


def tab(library: Library) -> Documents:
    return Documents(shelf(library), SIMPLIFIED)


def last(events: Iterable[Any]) -> Any:
    *_, final = events
    return final


def test_without_a_library_there_are_no_rows(library: Library) -> None:
    assert tab(library).rows() == []


def test_dropped_files_are_kept_and_told(library: Library, write: Writer) -> None:
    documents = tab(library)
    good, bad = write("年报.txt", "甲镇有三千人。"), write("坏.pdf", b"nothing")
    _, told = last(documents.take_in([str(good), str(bad)]))
    assert "新收入 1" in str(told)
    assert "坏&#46;pdf" in str(told)
    assert [row[0] for row in documents.rows()] == ["年报"]
    assert (library.folder / FOLDER / "年报.txt").read_text(encoding="utf-8") == "甲镇有三千人。"


def test_what_the_browser_cannot_read_of_a_dropped_folder_is_told(library: Library) -> None:
    documents = tab(library)
    told = documents.dropped('{"count": 2, "unread": ["/合同/<b>甲.txt", "/合同/乙.txt"]}')
    assert escaped("/合同/<b>甲.txt") in told
    assert "<b>" not in told
    many = documents.dropped(json.dumps({"count": 0, "unread": [f"/{n}号" for n in range(9)]}))
    assert "4号" in many
    assert "5号" not in many
    assert SIMPLIFIED.NOTHING_TAKEN in documents.dropped('{"count": 0, "unread": []}')
    for nothing in ('{"count": 3, "unread": []}', "", "[1]", '{"count": 1, "unread": 2}'):
        assert documents.dropped(nothing) == ""


def test_equal_files_in_two_folders_are_two_files_of_one_document(library: Library, write: Writer) -> None:
    same = str(write("说明.txt", "先拧上面的螺丝。"))  # as gradio gives them: stored once
    told = json.dumps({"count": 2, "paths": ["/甲/说明.txt", "/乙/说明.txt"], "unread": []})
    _, said = last(tab(library).take_in([same, same], told))
    assert "新收入 1" in said
    assert "内容重复 1" in said
    assert all((library.folder / FOLDER / place / "说明.txt").exists() for place in ("甲", "乙"))


def test_files_of_one_name_that_wait_for_each_other_are_both_taken_in(
    library: Library, tmp_path: Path
) -> None:
    documents, waiting = tab(library), []
    with library.writing():
        for year in ("2023", "2024"):
            (tmp_path / year).mkdir()
            (tmp_path / year / "年报.txt").write_text(f"{year}年有三千人。", encoding="utf-8")
            waiting.append(documents.take_in([str(tmp_path / year / "年报.txt")]))
            next(waiting[-1])
            while not (library.folder / FOLDER / ("年报.txt", "年报 (2).txt")[len(waiting) - 1]).exists():
                time.sleep(0.01)
    for each in waiting:
        assert "新收入 1" in last(each)[1]
    assert [row[6] for row in documents.rows()] == ["可回答", "可回答"]


def test_what_was_dropped_is_taken_in_though_the_page_is_gone(library: Library, write: Writer) -> None:
    documents = tab(library)
    events = documents.take_in([str(write("a.txt", "一句话。"))])
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert SIMPLIFIED.STATUSES["added"] in [*documents.follow()][-2][0]
    assert [row[0] for row in documents.rows()] == ["a"]


def test_dropped_folders_keep_their_files_apart(library: Library, tmp_path: Path) -> None:
    documents, folder = tab(library), library.folder / FOLDER

    def drop(place: str, text: str) -> str:
        (tmp_path / "合同.txt").write_text(text, encoding="utf-8")
        told = json.dumps({"count": 1, "paths": [place], "unread": []})
        return str(last(documents.take_in([str(tmp_path / "合同.txt")], told))[1])

    assert "新收入 1" in drop("/甲/合同.txt", "甲方付三千元。")
    assert "新收入 1" in drop("/乙/合同.txt", "乙方付五千元。")
    assert [row[6] for row in documents.rows()] == ["可回答", "可回答"]
    assert [row[0] for row in documents.rows()] == ["合同 (甲/合同.txt)", "合同 (乙/合同.txt)"]
    told = drop("/甲/合同.txt", "甲方付四千元，分两次。")
    assert quiet(SIMPLIFIED.REPLACED.format(names="甲/合同.txt")) in told
    assert [row[6] for row in documents.rows()] == ["可回答", "可回答", "旧版本"]
    for row in documents.rows():
        documents.remove(row[-1])
    assert not [*folder.rglob("*")], "no folder is left behind either"


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("合同.txt", "合同.txt"),
        ("/甲/乙/合同.txt", "甲/乙/合同.txt"),
        ("../../etc/合同.txt", "etc/合同.txt"),
        ("C:\\.earlier\\合同.txt", "C/earlier/合同.txt"),
        ("/甲\n/" + "长" * 300 + "/合同.txt", "甲/" + "长" * 60 + "/合同.txt"),
        ("/甲/另一份.txt", "合同.txt"),
        ("/甲/#合同.txt", "甲/合同.txt"),
        ("", "合同.txt"),
    ],
)
def test_a_browsers_path_names_folders_below_the_librarys_alone(told: str, place: str) -> None:
    assert placed("/tmp/x/合同.txt", told) == Path(place)


def test_a_page_that_is_loaded_meanwhile_follows_what_is_taken_in(library: Library, write: Writer) -> None:
    begun = shelf(library)
    first, other = Documents(begun, SIMPLIFIED), Documents(begun, ENGLISH)
    assert [ended for _, ended in other.follow()] == [gr.skip()]
    with library.writing():  # it waits for another who writes
        events = first.take_in([str(write("a.txt", "一句话。"))])
        next(events)
        followed = other.follow()
        assert ENGLISH.ADDING in next(followed)[0]
        other.cancel()
        *_, end = [*events]
    assert "已取消" in end[1]
    *_, (told, _), (_, ended) = [*followed]
    assert quiet(ENGLISH.CANCELLED) in told
    assert ended != gr.skip()


def test_the_same_name_again_is_a_new_version(library: Library, write: Writer) -> None:
    documents = tab(library)
    last(documents.take_in([str(write("a.txt", "第一版。"))]))
    _, told = last(documents.take_in([str(write("a.txt", "第二版，多了些字。"))]))
    assert "已更新 1" in str(told)
    assert [row[6] for row in documents.rows()] == ["可回答", "旧版本"]
    old = library.versions()[0]
    documents.remove(old.id)
    assert (library.folder / FOLDER / "a.txt").exists(), "the newest version was read from there"
    documents.remove(library.documents()[0].id)
    assert not (library.folder / FOLDER / "a.txt").exists()
    assert documents.rows() == []


def test_two_files_of_one_name_are_both_taken_in(library: Library, tmp_path: Path) -> None:
    dropped = []
    for year in ("2023", "2024"):
        (tmp_path / year).mkdir()
        file = tmp_path / year / "年报.txt"
        file.write_text(f"{year}年有三千人。", encoding="utf-8")
        dropped.append(str(file))
    documents = tab(library)
    _, told = last(documents.take_in(dropped))
    assert "新收入 2" in told
    assert sorted(row[0] for row in documents.rows()) == ["年报", "年报 (2)"]


def test_what_cannot_be_read_is_not_kept(library: Library, write: Writer) -> None:
    last(tab(library).take_in([str(write("坏.pdf", b"nothing")), str(write("a.txt", "一句话。"))]))
    assert [path.name for path in (library.folder / FOLDER).iterdir()] == ["a.txt"]


def test_an_archive_goes_with_its_last_document(library: Library, tmp_path: Path) -> None:
    archive = tmp_path / "两份.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("一.txt", "第一份讲的是茶叶。")
        opened.writestr("二.txt", "第二份讲的是丝绸。")
    documents = tab(library)
    last(documents.take_in([str(archive)]))
    one, two = library.documents()
    kept = library.folder / FOLDER / "两份.zip"
    assert "已移除 1 篇" in documents.remove(one.id)[1]
    assert kept.exists()
    documents.remove(two.id)
    assert not kept.exists()
    assert documents.rows() == []


def test_a_doubtful_file_is_read_again_or_removed(library: Library, write: Writer) -> None:
    documents = tab(library)
    last(documents.take_in([str(write("谜.txt", "龘靐".encode("gb18030")))]))
    ((path, *_),) = documents.rows()
    assert Path(path).exists(), "kept until its encoding is chosen"
    told = last(documents.read_again(path, "gb18030"))
    assert told
    documents.remove(documents.rows()[0][-1])
    assert not Path(path).exists()


def test_a_path_that_is_not_there_is_told(library: Library, tmp_path: Path) -> None:
    told = last(tab(library).take_folder(str(tmp_path / "没有")))
    assert 'class="failed"' in str(told)


def test_files_of_this_machine_are_read_where_they_lie(library: Library, write: Writer) -> None:
    file = write("a.txt", "乙镇有两千人。")
    told = last(tab(library).take_folder(str(file)))
    assert "新收入 1" in str(told)
    assert not (library.folder / FOLDER).exists()
    documents = tab(library)
    documents.remove(library.documents()[0].id)
    assert file.exists(), "a person's own file is never deleted"


def test_who_cancels_keeps_what_is_there(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"第{number}号文件有{number + 1000}字。", encoding="utf-8")
    documents = tab(library)
    events = documents.take_folder(str(folder))
    next(events)
    documents.cancel()
    told = last(events)
    assert "已取消" in str(told)
    assert library.check() == []


def test_what_a_browser_sends_cannot_open_anything_else(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "丙镇有一千人。"))
    for data in (
        {"document": "/etc/passwd", "start": "0", "end": "5"},
        {"document": "../../etc/passwd"},
        {"document": library.documents()[0].id, "start": "x"},
        {"document": ["a"], "start": None},
        None,
    ):
        shown = Viewer(shelf(library), SIMPLIFIED).sheet(data)
        assert "root:" not in shown
        assert "sheet" in shown
    whole = Viewer(shelf(library), SIMPLIFIED).sheet(
        {"document": library.documents()[0].id, "start": "2", "end": "4"}
    )
    assert "<mark>有一</mark>" in whole


def test_a_document_is_shown_under_the_headings_of_the_place(library: Library, write: Writer) -> None:
    library.add(write("a.md", "# 丙镇\n\n概况。\n\n## 人口\n\n丙镇有一千人。\n"))
    (document,) = library.documents()
    start = library.document(document.id).text.index("丙镇有")
    shown = Viewer(shelf(library), SIMPLIFIED).sheet(
        {"document": document.id, "start": start, "end": start + 3}
    )
    assert " › 人口</small>" in shown


def test_each_leg_shows_what_it_finds_alone(library: Library, write: Writer) -> None:
    library.add(write("甲.txt", "甲镇的人口是三千人。"), write("乙.txt", "茶厂有一座。"))
    shown = Retrieval(shelf(library), SIMPLIFIED).search("甲镇的人口是多少？", 10)
    both, words, meaning = shown.split("<section>")[1:]
    assert "甲镇的人口是三千人" in both
    assert "甲镇的人口是三千人" in words
    assert "茶厂有一座" not in words
    assert "茶厂有一座" in meaning
    assert 'class="failed"' in Retrieval(shelf(library), SIMPLIFIED).search("  ", 10)


def test_words_are_saved_and_broken_lines_are_named(library: Library, write: Writer) -> None:
    upkeep = SettingsTab(shelf(library), SIMPLIFIED)
    assert 'class="failed"' in upkeep.save("茶马古道", "", str(library.folder))
    library.add(write("a.txt", "员工手册规定每年休假十天。"))
    told = upkeep.save("茶马古道\n", "员工手册 = 小蓝书\n没有等号的一行\n", str(library.folder))
    assert "1 个词，1 组" in told
    assert 'class="failed"' in told
    assert library.terms.synonyms == (("员工手册", "小蓝书"),)
    assert "完好" in upkeep.check()
    (library.folder / "synonyms.txt").write_bytes("员工手册 = 小蓝书\n".encode("gb18030"))
    assert "UTF&#45;8" in upkeep.save("", "别的 = 另外的", str(library.folder))
    assert (library.folder / "synonyms.txt").read_bytes() == "员工手册 = 小蓝书\n".encode("gb18030")


def test_the_list_is_read_again_when_the_library_has_changed(library: Library, write: Writer) -> None:
    listing = tab(library)
    assert listing.listed()[0] == []
    first = write("甲.txt", "甲镇有三千人。")
    library.add(first)
    assert [row[0] for row in listing.listed()[0]] == ["甲"]
    unsure = write("乙.txt", "啊".encode("gb18030"))
    library.add(unsure)
    assert str(unsure) in [row[0] for row in listing.listed()[0]]
    first.write_text("甲镇有四千人。", encoding="utf-8")
    library.add(first)
    assert len(listing.listed("甲")[0]) == 2
    library.remove(str(first))
    assert not [row for row in listing.listed()[0] if row[0] == "甲" and row[6] == SIMPLIFIED.ANSWERS]


def test_how_much_is_read_is_chosen_within_bounds(library: Library) -> None:
    chosen = shelf(library)
    tab = SettingsTab(chosen, SIMPLIFIED)
    assert tab.budget() == BUDGET
    for asked, kept in ((600, 600), (10**9, 1_500), (-5, 100), (BUDGET, None)):
        told, facts = tab.read_up_to(asked)
        assert chosen.evidence == kept
        for said in (told, facts):
            assert f"{kept or BUDGET} 字" in said
            assert (f"{SURE_BUDGET}–" in said) == (kept is None)
            assert ("900 字" in said) == (kept is None)


def test_a_library_is_encoded_again_with_an_encoder_of_the_list(tmp_path: Path, write: Writer) -> None:
    class Gone(HashingEncoder):
        """Says only when it is used that it is not there."""

        def __init__(self, name: str) -> None:
            self.name = name

        @property
        def mark(self) -> EncoderMark:  # type: ignore[override]
            raise WeightsError("its file is gone")

    def open_encoder(name: str) -> HashingEncoder:
        return (
            Gone(name) if name == "verschwunden" else HashingEncoder(name, 256 if name == "hashing" else 64)
        )

    library = Library(tmp_path / "library", open_encoder=open_encoder, encoder="hashing")
    library.add(write("a.txt", "甲镇的人口是三千二百人。"))
    upkeep = SettingsTab(
        Shelf(Assistant(library, None), encoders_here=lambda: ["other", "verschwunden"]), SIMPLIFIED
    )
    assert upkeep.encoder().choices[0][1] == "hashing"
    for wrong, why in (("verschwunden", "its file is gone"), ("/etc/passwd", "从列表里选一个")):
        *_, (said, _, _) = upkeep.encode(wrong)
        assert 'class="failed"' in said
        assert escaped(why) in said
        assert library.encoder_name == "hashing"
        assert library.search("甲镇的人口")
    steps = []
    for step in upkeep.encode("other"):
        steps.append(step)
        assert library.search("甲镇的人口"), "questions are answered meanwhile"
    said, _, facts = steps[-1]
    assert 'class="failed"' not in said
    assert "other" in facts
    assert library.encoder.mark.dimension == 64
    assert library.search("甲镇的人口")
    assert library.check() == []
    library.close()


def test_while_it_is_encoded_again_the_encoder_before_answers(tmp_path: Path, write: Writer) -> None:
    library = Library(
        tmp_path / "library", open_encoder=lambda name: HashingEncoder(name, 64 + len(name)), encoder="first"
    )
    library.add(write("a.txt", "甲镇的人口是三千二百人。"))
    used = []

    class Watched(HashingEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            used.append(library.encoder.mark.name)
            assert library.search("甲镇的人口")
            return super().encode_passages(texts)

    library._open_encoder = lambda name: Watched(name, 64 + len(name))
    assert library.repair(encoder="second one") == []
    assert used
    assert set(used) == {"first"}
    assert library.encoder.mark.name == "second one"
    library.close()


def test_pages_are_counted_where_there_are_some(library: Library, write: Writer) -> None:
    maker = PdfMaker()
    maker.text(72, 100, "第一页有一句话。")
    maker.page()
    maker.text(72, 100, "第二页也有一句话。")
    maker.page()
    library.add(write("甲.txt", "没有页。"), write("乙.pdf", maker.data()))
    assert {row[0]: row[2] for row in tab(library).rows()} == {"甲": "", "乙": "2"}


def test_documents_of_one_title_go_by_as_much_of_their_path_as_tells_them_apart() -> None:
    def made(path: str, title: str) -> DocumentInfo:
        return DocumentInfo(path, title, (path,), "utf-8", 1.0, 9, 1, "2024-01-01")

    paths = ["/l/files/甲/终稿/合同.docx", "/l/files/乙/终稿/合同.docx", "/d/合同.docx", "/d/章程.docx"]
    assert titles([made(path, path.split("/")[-1][:2]) for path in paths]) == [
        "合同 (甲/终稿/合同.docx)",
        "合同 (乙/终稿/合同.docx)",
        "合同 (d/合同.docx)",
        "章程",
    ]


def test_who_drops_a_file_of_a_name_again_is_told_what_it_replaced(library: Library, write: Writer) -> None:
    documents = tab(library)
    _, told = last(documents.take_in([str(write("合同.txt", "第一版。"))]))
    assert "代替" not in told
    _, told = last(documents.take_in([str(write("合同.txt", "第二版，多了些字。"))]))
    assert quiet(SIMPLIFIED.REPLACED.format(names="合同.txt")) in told
    assert [path.name for path in (library.folder / FOLDER).glob("*.txt")] == ["合同.txt"]


def test_an_original_stays_when_the_new_file_of_its_name_cannot_be_read(
    library: Library, tmp_path: Path
) -> None:
    def named(year: str, data: bytes) -> str:
        (tmp_path / year).mkdir()
        (tmp_path / year / "合同.docx").write_bytes(data)
        return str(tmp_path / year / "合同.docx")

    paper = docx.Document()
    paper.add_paragraph("甲镇有三千人。")
    paper.save(str(tmp_path / "a.docx"))
    good = (tmp_path / "a.docx").read_bytes()
    documents, kept = tab(library), library.folder / FOLDER / "合同.docx"
    last(documents.take_in([named("2023", good)]))
    _, told = last(documents.take_in([named("2024", b"nothing")]))
    assert "读不了 1" in told
    assert kept.read_bytes() == good
    assert library.add(kept).count("unchanged") == 1
    assert [path.name for path in kept.parent.iterdir() if path.is_file()] == ["合同.docx"]


def test_an_original_stays_when_the_new_file_of_its_name_is_cancelled(
    library: Library, write: Writer
) -> None:
    documents, kept = tab(library), library.folder / FOLDER / "a.txt"
    last(documents.take_in([str(write("a.txt", "第一版。"))]))
    with library.writing():  # it waits for another who writes
        events = documents.take_in([str(write("a.txt", "第二版，多了些字。"))])
        next(events)
        documents.cancel()
        _, told = last(events)
    assert "已取消" in told
    assert kept.read_text(encoding="utf-8") == "第一版。"
    assert [row[6] for row in documents.rows()] == ["可回答"]


def test_a_doubtful_file_takes_no_other_with_it(library: Library, write: Writer) -> None:
    documents = tab(library)
    last(documents.take_in([str(write("谜.txt", "谜底是一只猫。"))]))
    last(documents.take_in([str(write("谜.txt", "龘靐".encode("gb18030")))]))
    doubtful, answers = documents.rows()
    assert [doubtful[6], answers[6]] == [SIMPLIFIED.DOUBTFUL, SIMPLIFIED.ANSWERS]
    ((path,),) = [info.paths for info in library.documents()]
    assert Path(path).read_text(encoding="utf-8") == "谜底是一只猫。"
    documents.remove(doubtful[-1])
    assert [row[-1] for row in documents.rows()] == [answers[-1]]
    assert Path(path).exists()


def test_one_of_two_files_of_a_name_is_known_when_it_is_dropped_again(
    library: Library, tmp_path: Path
) -> None:
    documents = tab(library)
    for _ in range(2):
        dropped = []
        for place in ("甲", "乙"):
            (tmp_path / place).mkdir(exist_ok=True)
            (tmp_path / place / "合同.txt").write_text(f"{place}方付三千元。", encoding="utf-8")
            dropped.append(str(tmp_path / place / "合同.txt"))
        if len(library.documents() if library.is_there else []) == 2:
            dropped = dropped[1:]
        _, told = last(documents.take_in(dropped))
    assert "没有变化 1" in told
    assert [row[6] for row in documents.rows()] == ["可回答", "可回答"]


def test_a_page_that_others_reach_names_no_files_of_this_machine(library: Library, write: Writer) -> None:
    secret = write("秘密.txt", "丙镇有一千人。")
    remote = Documents(shelf(library), SIMPLIFIED, local=False)
    settings = SettingsTab(shelf(library), SIMPLIFIED, local=False)
    evaluation = Evaluation(shelf(library), SIMPLIFIED, local=False)
    refused = (
        last(remote.take_folder(str(secret))),
        remote.watch(str(secret.parent)),
        settings.restore(str(secret), "新的")[0],
        last(evaluation.run(str(secret), 0, 0))[0],
    )
    for told in refused:
        assert escaped(SIMPLIFIED.ONLY_HERE) in told
    assert not library.is_there
    assert shelf(library).watched.names() == []
    _, told = last(remote.take_in([str(secret)]))
    assert "新收入 1" in told


def test_a_removal_shows_what_it_found_when_it_looked(library: Library, write: Writer) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"), write("乙.txt", "乙镇有五千人。"))
    one = library.documents()[0].id
    assert library.left_of(library.passage_ids(one)) == Left(1, 1, 1, 1)
    told = tab(library).remove(one)[1]
    assert quiet(SIMPLIFIED.LEFT_OF.format(texts=0, passages=0, postings=0, vectors=0)) in told
    assert "备份" in told


def test_a_path_with_a_tilde_that_is_nobodys_home_is_told(library: Library) -> None:
    documents = tab(library)
    for told in (last(documents.take_folder("~合同")), documents.watch("~合同")):
        assert 'class="failed"' in told
    (told, _, _) = last(Evaluation(shelf(library), SIMPLIFIED).run("~合同", 0, 0))
    assert 'class="failed"' in told


def test_a_click_into_an_empty_table_shows_nothing(library: Library, write: Writer) -> None:
    class Click:
        row_value: ClassVar[list[str]] = [""] * 8

    assert tab(library).choose(Click())[0] == ""  # type: ignore[arg-type]
    library.add(write("a.txt", "一句话。"))
    assert 'class="failed"' not in tab(library).choose(Click())[1]  # type: ignore[arg-type]


def test_the_filter_counts_what_it_finds(library: Library, write: Writer) -> None:
    for number in range(3):
        library.add(write(f"甲{number}.txt", f"第{number}号文件有{number + 1000}字。"))
    library.add(write("乙.txt", "另一份。"))
    shown, counted = tab(library).listed("甲")
    assert len(shown) == 3
    assert quiet(SIMPLIFIED.SHOWN_OF.format(shown=3, count=3)) == counted


def test_an_original_that_is_not_there_cannot_be_downloaded(library: Library, tmp_path: Path) -> None:
    archive, alone = tmp_path / "两份.zip", tmp_path / "三.txt"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("一.txt", "第一份讲的是茶叶。")
    alone.write_text("第三份讲的是瓷器。", encoding="utf-8")
    library.add(archive, alone)
    documents = tab(library)

    def shown(name: str) -> str:
        class Click:
            row_value: ClassVar[list[str]] = [
                info.id for info in library.documents() if info.path.endswith(name)
            ]

        return str(documents.choose(Click())[1])  # type: ignore[arg-type]

    assert "/original/" in shown("三.txt")
    assert "/original/" not in shown("一.txt")
    alone.unlink()
    assert "/original/" not in shown("三.txt")


def test_a_second_drop_does_not_undo_a_cancel(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "一句话。"))
    documents = tab(library)
    with library.writing():  # both wait
        first = documents.take_folder(str(write("甲.txt", "甲镇有三千人。")))
        next(first)
        waiting = threading.Thread(target=lambda: told.append(last(first)))
        told: list[str] = []
        waiting.start()
        documents.cancel()
        second = documents.take_folder(str(write("乙.txt", "乙镇有五千人。")))
        next(second)
        waiting.join(10)
        assert "已取消" in told[0]
    assert "新收入 1" in last(second)


def test_a_backup_that_finds_no_room_is_told_in_a_line(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "一句话。"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))  # bytes of a file, as on a full disk
    try:
        *_, told = SettingsTab(shelf(library), SIMPLIFIED).back_up()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert 'class="failed"' in told
    assert [path.name for path in library.folder.parent.glob("*.zip*")] == []
