"""The user's dictionary and synonyms: what their lines say, which are left out, and what they change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.query import Group
from index.terms import BrokenTermError, Terms, Word, add_lines, with_lines

Writer = Callable[..., Path]


def read(folder: Path, *, dictionary: str = "", synonyms: str = "", encoding: str = "utf-8") -> Terms:
    (folder / "dictionary.txt").write_text(dictionary, encoding=encoding)
    (folder / "synonyms.txt").write_text(synonyms, encoding=encoding)
    return Terms.read(folder)


def phrases(terms: Terms, question: str) -> list[tuple[str, ...]]:
    return [each.spellings for each in terms.query(question).groups if each.field == "phrase"]


def names(library: Library, question: str) -> list[str]:
    return [Path(hit.document.path).name for hit in library.search(question)]


def test_lines_as_jieba_writes_them(tmp_path: Path) -> None:
    terms = read(tmp_path, dictionary="# 注释\n\n小蓝书\n龙芯中科 500\n云岭市 20 ns\n  C919大飞机 nz  \n")
    assert terms.words == (
        Word("小蓝书"),
        Word("龙芯中科", 500),
        Word("云岭市", 20, "ns"),
        Word("c919大飞机", None, "nz"),
    )
    assert terms.problems == ()


def test_lines_of_synonyms_in_normal_form(tmp_path: Path) -> None:
    terms = read(tmp_path, synonyms="員工手冊＝小蓝书 = Employee  Handbook\r\nＡＩ = 人工智能\n")
    assert terms.synonyms == (("员工手册", "小蓝书", "employee  handbook"), ("ai", "人工智能"))
    assert terms.problems == ()


def test_no_files_are_no_terms(tmp_path: Path) -> None:
    assert Terms.read(tmp_path) == Terms.read(tmp_path / "nowhere") == Terms()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("小蓝书 10 n 20", "more than a word, a frequency and a part of speech"),
        ("小蓝书 十 n", "the frequency 十 is not a whole number"),
        ("小蓝书 -5", "the frequency -5 is not a whole number"),
        ("小蓝书 3.5", "the frequency 3.5 is not a whole number"),
        ("小蓝书 手册", "the frequency 手册 is not a whole number"),
        ("小蓝书 " + "9" * 5000, "is more than 1000000000000"),
        ("小蓝书 10 名词", "名词 is no part of speech of one to four Latin letters"),
        ("machine learning", "learning is not a whole number"),
        ("长" * 41, "the word has more than 40 characters"),
        ("！！！", "the word has no letter, digit or Chinese character"),
    ],
)
def test_a_broken_line_of_the_dictionary_is_named_and_the_rest_counts(
    tmp_path: Path, line: str, reason: str
) -> None:
    terms = read(tmp_path, dictionary=f"云岭市\n# 注释\n{line}\n龙芯中科 5\n")
    assert terms.words == (Word("云岭市"), Word("龙芯中科", 5))
    (problem,) = terms.problems
    assert problem.startswith(f"{tmp_path / 'dictionary.txt'}, line 3 is left out: ")
    assert reason in problem
    assert "\n" not in problem
    assert terms.cut("云岭市的龙芯中科") == ["云岭市", "的", "龙芯中科"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("小蓝书", "there is no = between two spellings"),
        ("小蓝书 =", "there is nothing on one side of ="),
        ("= = 小蓝书", "there is nothing on one side of ="),
        ("小蓝书 = ！", "a spelling has no letter, digit or Chinese character"),
        ("軟體 = 软体", "all spellings are the same in search"),
    ],
)
def test_a_broken_line_of_the_synonyms_is_named_and_the_rest_counts(
    tmp_path: Path, line: str, reason: str
) -> None:
    terms = read(tmp_path, synonyms=f"员工手册 = 小红书\n{line}\n人工智能 = AI\n")
    assert terms.synonyms == (("员工手册", "小红书"), ("人工智能", "ai"))
    assert terms.problems == (f"{tmp_path / 'synonyms.txt'}, line 2 is left out: {reason}",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    terms = read(tmp_path, dictionary="小蓝书\n", synonyms="磐石计划 = 红石\n", encoding=encoding)
    assert terms == Terms((Word("小蓝书"),), (("磐石计划", "红石"),))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "dictionary.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "synonyms.txt").mkdir()
    terms = Terms.read(tmp_path)
    assert (terms.words, terms.synonyms) == ((), ())
    assert [problem.split(":")[0] for problem in terms.problems] == [
        str(tmp_path / "dictionary.txt"),
        str(tmp_path / "synonyms.txt"),
    ]
    with pytest.raises(BrokenTermError, match="cannot be read"):
        add_lines(tmp_path, ["小蓝书"])


def test_a_word_is_kept_together_and_asked_for_as_one() -> None:
    terms = Terms((Word("小蓝书"), Word("c919大飞机")))
    assert Terms().cut("小蓝书怎么写") == ["小", "蓝", "书", "怎么", "写"]
    assert terms.cut("小蓝书怎么写") == ["小蓝书", "怎么", "写"]
    assert phrases(Terms(), "小蓝书怎么写") == []
    assert phrases(terms, "小藍書怎么写") == [("小蓝书",)]
    assert phrases(terms, "国产C919大飞机") == [("c919大飞机",)]


def test_a_synonym_is_all_its_spellings() -> None:
    terms = Terms(synonyms=(("员工手册", "小蓝书", "employee handbook"),))
    spellings = ("员工手册", "小蓝书", "employee handbook")
    for asked in ("小藍書", "员工手册", "Employee Handbook"):
        assert phrases(terms, f"{asked}怎么写") == [spellings]
    assert terms.query("小蓝书怎么写？").encoded == "小蓝书（员工手册、employee handbook）怎么写？"
    assert terms.query("小蓝书是员工手册吗").encoded == (
        "小蓝书（employee handbook）是员工手册（employee handbook）吗"
    )
    assert terms.query("别的问题").encoded == "别的问题"


def test_a_latin_spelling_stands_in_no_longer_word() -> None:
    terms = Terms(synonyms=(("人工智能", "ai"),))
    assert terms.query("AI是什么").groups == (Group("phrase", ("人工智能", "ai")),)
    assert ("人工智能", "ai") not in phrases(terms, "email 怎么发")
    assert terms.query("email 怎么发").encoded == "email 怎么发"


def test_lines_that_share_a_spelling_are_one() -> None:
    terms = Terms(synonyms=(("人工智能", "ai"), ("ai", "智能技术"), ("手册", "小蓝书")))
    assert phrases(terms, "智能技术") == [("人工智能", "ai", "智能技术")]
    assert phrases(terms, "人工智能") == [("人工智能", "ai", "智能技术")]


def test_synonyms_find_both_ways(library: Library, write: Writer) -> None:
    library.add(
        write("a.txt", "员工手册由人事部编写。"),
        write("b.txt", "电子邮件由行政部管理，email 地址见墙上。"),
        write("c.txt", "AI由研发部负责。"),
    )
    (library.folder / "synonyms.txt").write_text("员工手册 = 小蓝书\n人工智能 = AI\n", encoding="utf-8")
    assert names(library, "小蓝书由谁编写？")[0] == "a.txt"
    assert names(library, "人工智能由谁负责？")[0] == "c.txt"
    (library.folder / "synonyms.txt").write_text("地址簿 = email\n甲甲 = AI\n", encoding="utf-8")
    assert names(library, "地址簿")[0] == "b.txt"
    assert names(library, "甲甲")[0] == "c.txt"


def test_files_count_as_soon_as_they_are_saved(library: Library, write: Writer) -> None:
    """Nothing is opened or indexed again between two searches of one library."""
    library.add(write("a.txt", "红石项目的负责人是林晓。"), write("b.txt", "花园里的桃花开了。"))

    def score(question: str) -> float:
        ranking = library.rank(question)
        owners = library.owners([*ranking.lexical])
        wanted = library.find(str(write("a.txt", "红石项目的负责人是林晓。"))).id
        return max(value for number, value in ranking.lexical.items() if owners[number] == wanted)

    assert score("磐石") == 0.0
    synonyms = library.folder / "synonyms.txt"
    synonyms.write_text("磐石 = 红石\n", encoding="utf-8")
    assert score("磐石") > 0.5
    synonyms.write_text("磐石 = 桃花 = 杏花\n", encoding="utf-8")
    assert score("磐石") == 0.0
    assert names(library, "磐石")[0] == "b.txt"
    synonyms.unlink()
    assert library.terms == Terms()
    dictionary = library.folder / "dictionary.txt"
    dictionary.write_text("红石项目\n", encoding="utf-8")
    assert library.terms.cut("红石项目的") == ["红石项目", "的"]


def test_terms_are_tried_without_being_saved(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "红石项目的负责人是林晓。"), write("b.txt", "花园里的桃花开了。"))
    with library.trying(Terms(synonyms=(("磐石", "桃花"),))):
        assert names(library, "磐石")[0] == "b.txt"
    assert library.terms == Terms()
    assert not (library.folder / "synonyms.txt").exists()


def test_added_lines_go_to_their_file_once(tmp_path: Path) -> None:
    (tmp_path / "dictionary.txt").write_text("# 我的词\n云岭市", encoding="utf-8")
    outcomes = add_lines(
        tmp_path, ["小蓝书", " 员工手册  =  手册 ", "云岭市", "龙芯 20 nz", "小蓝书", "手册=員工手冊"]
    )
    assert [(each.line, each.file.name, each.duplicate) for each in outcomes] == [
        ("小蓝书", "dictionary.txt", False),
        ("员工手册 = 手册", "synonyms.txt", False),
        ("云岭市", "dictionary.txt", True),
        ("龙芯 20 nz", "dictionary.txt", False),
        ("小蓝书", "dictionary.txt", True),
        ("手册=員工手冊", "synonyms.txt", True),
    ]
    dictionary = (tmp_path / "dictionary.txt").read_text(encoding="utf-8")
    assert dictionary == "# 我的词\n云岭市\n小蓝书\n龙芯 20 nz\n"
    assert (tmp_path / "synonyms.txt").read_text(encoding="utf-8") == "员工手册 = 手册\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dictionary.txt", "synonyms.txt"]


@pytest.mark.parametrize(("encoding", "kept"), [("gb18030", "gb18030"), ("utf-8-sig", "utf-8-sig")])
def test_a_file_keeps_its_encoding(tmp_path: Path, encoding: str, kept: str) -> None:
    (tmp_path / "dictionary.txt").write_text("小蓝书\n员工手册\n", encoding=encoding)
    add_lines(tmp_path, ["云岭市"])
    data = (tmp_path / "dictionary.txt").read_bytes()
    assert data == "小蓝书\n员工手册\n云岭市\n".encode(kept)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("小蓝书 =", "nothing on one side"),
        ("小蓝书 十 n", "not a whole number"),
        ("# 注释", "a comment or empty"),
        ("  ", "a comment or empty"),
        ("\udcba\udcc3", "not UTF-8"),
    ],
)
def test_a_broken_line_is_refused_before_anything_is_written(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(BrokenTermError, match=told):
        add_lines(tmp_path, ["云岭市", line])
    with pytest.raises(BrokenTermError, match=told):
        with_lines(Terms(), [line])
    assert list(tmp_path.iterdir()) == []
