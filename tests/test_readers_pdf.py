"""The PDF reader on files written for the purpose: paragraphs, headings, columns, tables, pages, bad ones."""

from __future__ import annotations

import contextlib
import random

import pytest
from PIL import Image, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption

from index.readers import pdf
from index.readers.parsed import Parsed, UnreadableError
from index.readers.pdf_fonts import SQUARES
from index.types import Place
from tests import make_font
from tests.make_pdf import LEFT, PITCH, PdfMaker

# 37 characters of 12 points fill a line of 444 points.
FULL = "湘绣起源于民间刺绣艺人取百家之长融于一身经过两千多年的发展形成了自己独特的风格和"
FULL = FULL[:37]
WHOLE = "它以丝线为墨以绣针为笔在柔软的缎面上画出山水人物走兽花鸟并且讲究色彩的阴阳浓淡"[:37]


def quiet(done: int, total: int) -> None: ...


def read(maker: PdfMaker) -> Parsed:
    return pdf.parse(maker.data(), quiet)


def blocks(parsed: Parsed) -> list[tuple[str, int, str]]:
    return [(each.kind, each.level, parsed.text[each.start : each.end]) for each in parsed.blocks or ()]


def test_lines_of_a_paragraph_are_joined_without_spaces() -> None:
    maker = PdfMaker()
    maker.lines(100, ["　　" + FULL[:35], WHOLE, "而闻名。", "　　第二段从这里开始。"])
    maker.page()
    parsed = read(maker)
    assert parsed.text == f"{FULL[:35]}{WHOLE}而闻名。\n第二段从这里开始。\n"
    assert parsed.places == (Place(0, "page", 1),)
    assert parsed.confidence == 1.0


def test_words_are_joined_with_a_space_and_a_divided_word_is_made_whole() -> None:
    maker = PdfMaker()
    lines = [
        "The museum keeps eight thousand pieces of em-",
        "broidery, which were made between the Han and",
        "the Qing dynasty.",
    ]
    maker.lines(100, lines, font="Courier")
    maker.page()
    assert read(maker).text == (
        "The museum keeps eight thousand pieces of embroidery, "
        "which were made between the Han and the Qing dynasty.\n"
    )


def test_a_paragraph_that_runs_over_a_page_break_is_one_and_knows_both_pages() -> None:
    maker = PdfMaker()
    maker.lines(100, ["　　" + FULL[:35], *[WHOLE] * 9])
    maker.page()
    maker.lines(100, ["传到了海外。", "　　另一段在第二页。"])
    maker.page()
    parsed = read(maker)
    first = FULL[:35] + WHOLE * 9
    assert parsed.text == f"{first}传到了海外。\n另一段在第二页。\n"
    assert parsed.places == (Place(0, "page", 1), Place(len(first), "page", 2))


def test_a_footnote_at_the_foot_of_a_page_does_not_split_the_paragraph_above_it() -> None:
    maker = PdfMaker()
    maker.lines(100, ["　　" + FULL[:35], *[WHOLE] * 9])
    maker.text(LEFT, 740, "① 见《湖南工艺美术史》第二章。", size=9)
    maker.text(LEFT, 754, "② 一说始于清代。", size=9)
    maker.page()
    maker.lines(100, ["传到了海外。", "　　另一段在第二页。"])
    maker.page()
    parsed = read(maker)
    first = FULL[:35] + WHOLE * 9
    whole, notes = f"{first}传到了海外。\n", "① 见《湖南工艺美术史》第二章。\n② 一说始于清代。\n"
    assert parsed.text == f"{whole}{notes}另一段在第二页。\n"
    assert parsed.places == (
        Place(0, "page", 1),
        Place(len(first), "page", 2),
        Place(len(whole), "page", 1),
        Place(len(whole + notes), "page", 2),
    )


def test_small_print_without_a_mark_stays_where_it_is() -> None:
    maker = PdfMaker()
    maker.lines(100, ["　　" + FULL[:35], *[WHOLE] * 9])
    maker.text(LEFT, 740, "资料由各门店提供，仅供参考。", size=9)
    maker.page()
    maker.lines(100, ["　　另一段在第二页。"])
    maker.page()
    assert read(maker).text == f"{FULL[:35]}{WHOLE * 9}\n资料由各门店提供，仅供参考。\n另一段在第二页。\n"


def test_the_title_of_a_chapter_stays_where_the_headers_repeat_it() -> None:
    maker = PdfMaker()
    maker.text(LEFT, 90, "第二章　选址", size=20)
    texts = ["春天来了。", "夏天很热。", "秋高气爽。", "冬日有雪。"]
    for number, text in enumerate(texts):
        if number:
            maker.text(LEFT, 40, "第二章　选址", size=9)
        maker.lines(140, ["　　" + FULL[:35], WHOLE, text])
        maker.page()
    paragraphs = "".join(f"{FULL[:35]}{WHOLE}{text}\n" for text in texts)
    assert read(maker).text == f"第二章 选址\n{paragraphs}"


def test_printers_marks_above_the_visible_page_are_left_out() -> None:
    maker = PdfMaker()
    maker.canvas.setCropBox((40, 40, 555, 800))
    maker.text(300, 20, "印前标记：青品黄黑", size=9)
    maker.lines(100, ["正文。"])
    maker.page()
    assert read(maker).text == "正文。\n"


def test_headings_get_levels_from_size_and_number() -> None:
    maker = PdfMaker()
    maker.text(LEFT, 90, "第一章　总则", size=20)
    maker.text(LEFT, 130, "一、目的", size=15)
    maker.lines(160, ["　　" + FULL[:35], WHOLE, "为准。"])
    maker.text(LEFT, 240, "二、范围", size=15)
    maker.lines(270, ["　　本办法适用于全部门店。"])
    maker.page()
    assert blocks(read(maker)) == [
        ("heading", 1, "第一章 总则"),
        ("heading", 2, "一、目的"),
        ("text", 0, f"{FULL[:35]}{WHOLE}为准。"),
        ("heading", 2, "二、范围"),
        ("text", 0, "本办法适用于全部门店。"),
    ]


def test_bookmarks_tell_headings_that_look_like_text() -> None:
    maker = PdfMaker()
    maker.canvas.bookmarkPage("a")
    maker.canvas.addOutlineEntry("适用范围", "a", level=0)
    maker.lines(100, ["适用范围", "　　本办法适用于全部门店。"])
    maker.page()
    assert blocks(read(maker)) == [("heading", 1, "适用范围"), ("text", 0, "本办法适用于全部门店。")]


def test_list_items_keep_their_marks_and_their_further_lines() -> None:
    maker = PdfMaker()
    maker.lines(100, [WHOLE, "应当备齐：", "（1）营业执照副本；", "（2）" + FULL[:34]])
    maker.lines(180, ["原件。"], x=LEFT + 36)
    maker.page()
    assert blocks(read(maker))[1:] == [
        ("item", 0, "（1）营业执照副本；"),
        ("item", 0, f"（2）{FULL[:34]}原件。"),
    ]


def test_running_headers_and_page_numbers_are_left_out() -> None:
    maker = PdfMaker()
    texts = ["春天来了。", "夏天很热。", "秋高气爽。", "冬日有雪。"]
    for number, text in enumerate(texts, start=1):
        maker.text(LEFT, 40, "门店管理办法", size=9)
        maker.lines(140, ["　　" + text])
        maker.text(290, 815, f"第 {number} 页 共 4 页", size=9)
        maker.page()
    parsed = read(maker)
    assert parsed.text == "".join(f"{text}\n" for text in texts)
    assert [place.number for place in parsed.places] == [1, 2, 3, 4]


def test_two_columns_are_read_one_after_the_other() -> None:
    maker = PdfMaker()
    maker.text(LEFT, 80, "两栏排版的文章题目写在两栏之上横跨整个版面", size=20)
    for row in range(8):
        maker.text(LEFT, 130 + PITCH * row, FULL[:17])
        maker.text(320, 130 + PITCH * row, WHOLE[:17])
    maker.page()
    assert read(maker).text == (
        f"两栏排版的文章题目写在两栏之上横跨整个版面\n{FULL[:17] * 8}{WHOLE[:17] * 8}\n"
    )


ROWS = [
    ["城市", "人口", "面积"],
    ["长沙", "1051万", "11819"],
    ["株洲", "387万", "11262"],
    ["湘潭", "270万", "5006"],
]


def table_blocks(parsed: Parsed) -> list[tuple[str, str]]:
    found = []
    for block in parsed.blocks or ():
        if block.kind == "row":
            header = parsed.text[slice(*block.header)] if block.header else ""
            found.append((parsed.text[block.start : block.end], header))
    return found


EXPECTED = [
    ("城市 | 人口 | 面积", ""),
    ("长沙 | 1051万 | 11819", "城市 | 人口 | 面积"),
    ("株洲 | 387万 | 11262", "城市 | 人口 | 面积"),
    ("湘潭 | 270万 | 5006", "城市 | 人口 | 面积"),
]


def test_aligned_cells_are_table_rows() -> None:
    maker = PdfMaker()
    maker.lines(100, [WHOLE, "见下表。"])
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            maker.text(LEFT + 120 * column, 160 + 18 * number, cell)
    maker.page()
    assert table_blocks(read(maker)) == EXPECTED


@pytest.mark.parametrize("sides", [True, False], ids=["closed at the sides", "open at the sides"])
def test_ruled_cells_are_table_rows_even_if_their_text_wraps(sides: bool) -> None:
    maker = PdfMaker()
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            top = 158 + 40 * number
            if len(cell) > 4:
                maker.text(LEFT + 5 + 60 * column, top, cell[:3])
                maker.text(LEFT + 5 + 60 * column, top + 14, cell[3:])
            else:
                maker.text(LEFT + 5 + 60 * column, top, cell)
    for edge in range(5):
        maker.rule(LEFT, 143 + 40 * edge, LEFT + 180, 143 + 40 * edge)
    for column in range(4) if sides else (1, 2):
        maker.rule(LEFT + 60 * column, 143, LEFT + 60 * column, 303)
    maker.page()
    rows = table_blocks(read(maker))
    assert [text.replace(" ", "") for text, _ in rows] == [text.replace(" ", "") for text, _ in EXPECTED]
    assert [header for _, header in rows] == [header for _, header in EXPECTED]


def test_a_page_turned_on_its_side_is_read() -> None:
    maker = PdfMaker()
    maker.canvas.rotate(90)
    maker.canvas.setFont("STSong-Light", 12)
    for row, line in enumerate([WHOLE, "横着放的页。"]):
        maker.canvas.drawString(100, -100 - 20 * row, line)
    maker.page()
    assert read(maker).text == f"{WHOLE}横着放的页。\n"


def test_equal_lines_in_a_font_that_the_file_does_not_bring_are_all_read() -> None:
    maker = PdfMaker()
    for row in range(4):
        maker.text(LEFT, 130 + PITCH * row, WHOLE)
    maker.page()
    assert read(maker).text == f"{WHOLE * 4}\n"


def test_what_stands_for_missing_fonts_is_a_square_and_draws_nothing() -> None:
    assert make_font.font() == SQUARES.read_bytes()
    squares = ImageFont.truetype(SQUARES, 20)
    assert squares.getlength("鑫〇》①，𠮷") == 6 * 20
    assert squares.getmask("鑫〇》①，𠮷").getbbox() is None


def test_the_title_comes_from_the_metadata() -> None:
    maker = PdfMaker()
    maker.canvas.setTitle("门店管理办法（试行）")
    maker.lines(100, ["正文。"])
    maker.page()
    assert read(maker).title == "门店管理办法（试行）"


@pytest.mark.parametrize(
    "title", ["Microsoft Word - 通知.doc", "untitled", "未命名文档", "doc1", "报告终稿.docx", "x"]
)
def test_a_title_that_a_program_made_up_is_none(title: str) -> None:
    maker = PdfMaker()
    maker.canvas.setTitle(title)
    maker.lines(100, ["正文。"])
    maker.page()
    assert read(maker).title == ""


def test_progress_is_told_page_by_page() -> None:
    maker = PdfMaker()
    for _ in range(3):
        maker.lines(100, ["正文。"])
        maker.page()
    told: list[tuple[int, int]] = []
    pdf.parse(maker.data(), lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_encrypted_file_says_what_to_do() -> None:
    maker = PdfMaker(encrypt=StandardEncryption("geheim", canPrint=0))
    maker.lines(100, ["正文。"])
    maker.page()
    with pytest.raises(UnreadableError, match=r"^is encrypted; save it without its password"):
        read(maker)


def test_a_file_that_only_forbids_printing_is_read() -> None:
    maker = PdfMaker(encrypt=StandardEncryption("", ownerPassword="geheim", canPrint=0))
    maker.lines(100, ["正文。"])
    maker.page()
    assert read(maker).text == "正文。\n"


def test_empty_pages_hold_no_text() -> None:
    maker = PdfMaker()
    maker.page()
    with pytest.raises(UnreadableError, match=r"^holds no text"):
        read(maker)


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 2)
    maker = PdfMaker()
    for _ in range(3):
        maker.lines(100, ["正文。"])
        maker.page()
    with pytest.raises(UnreadableError, match=r"has 3 pages; split it into parts of at most 2 pages"):
        read(maker)


def test_a_giant_page_is_drawn_small() -> None:
    maker = PdfMaker()
    maker.canvas.setPageSize((200_000, 200_000))
    maker.canvas.drawInlineImage(Image.new("RGB", (8, 8), "white"), 0, 0, 200_000, 200_000)
    maker.page()
    with pytest.raises(UnreadableError, match=r"^holds no text"):
        read(maker)


def test_damaged_files_raise_nothing_else() -> None:
    maker = PdfMaker()
    maker.text(LEFT, 90, "第一章　总则", size=20)
    maker.lines(160, ["　　" + FULL[:35], WHOLE, "为准。"])
    maker.page()
    good = maker.data()
    generator = random.Random(7)
    broken = [b"", b"%PDF-1.7", generator.randbytes(2000), good[: len(good) // 2]]
    for _ in range(150):
        mutated = bytearray(good)
        for _ in range(generator.randint(1, 12)):
            mutated[generator.randrange(len(mutated))] = generator.randrange(256)
        broken.append(bytes(mutated))
    for data in broken:
        with contextlib.suppress(UnreadableError):
            assert pdf.parse(data, quiet).text.endswith("\n")
    with pytest.raises(UnreadableError, match=r"^is damaged or no PDF; "):
        pdf.parse(b"", quiet)
