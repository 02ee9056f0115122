"""Office files and tables: what a person reads in them is their text, in blocks of known role and place."""

from __future__ import annotations

import contextlib
import csv
import datetime
import http.server
import io
import random
import shutil
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.shared import Pt
from openpyxl.styles import Font
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from index.encodings import DoubtfulEncodingError
from index.readers import delimited, legacy, sheets, slides, word
from index.readers.parsed import Parsed, UnreadableError
from index.reading import FileReader

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


def quiet(done: int, total: int) -> None:
    assert done >= 0
    assert total >= 0


def blocks(parsed: Parsed) -> list[tuple[str, str]]:
    """Each block's kind, with its level if it has one, and its text."""
    return [
        (f"{block.kind}{block.level or ''}", parsed.text[block.start : block.end])
        for block in parsed.blocks or ()
    ]


def headers(parsed: Parsed) -> list[str | None]:
    """The header of each row."""
    return [
        parsed.text[slice(*block.header)] if block.header else None
        for block in parsed.blocks or ()
        if block.kind == "row"
    ]


def places(parsed: Parsed) -> list[tuple[str, int, str, str]]:
    """Each place with the line that begins or goes on there."""
    return [
        (place.kind, place.number, place.name, parsed.text[place.start :].partition("\n")[0])
        for place in parsed.places
    ]


def saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def read_word(*elements: str, numbering: str = "", styles: str = "") -> Parsed:
    return word.parse(document_of(*elements, numbering=numbering, styles=styles), quiet)


def document_of(*elements: str, numbering: str = "", styles: str = "") -> bytes:
    """A document with this XML in its body."""
    document: Any = docx.Document()
    body = document.element.body
    for element in reversed(elements):
        for child in reversed(list(parse_xml(f"<w:body {W}>{element}</w:body>"))):
            body.insert(0, child)
    if numbering:
        root = document.part.numbering_part.element
        for child in list(root):
            root.remove(child)
        root.extend(list(parse_xml(f"<w:numbering {W}>{numbering}</w:numbering>")))
    if styles:
        document.styles.element.extend(list(parse_xml(f"<w:styles {W}>{styles}</w:styles>")))
    return saved(document)


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def listed(text: str, number: int, level: int = 0) -> str:
    return paragraph(text, f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr>")


def level(number: int, form: str, text: str, more: str = "", start: int = 1) -> str:
    return (
        f"<w:lvl w:ilvl='{number}'><w:start w:val='{start}'/><w:numFmt w:val='{form}'/>{more}"
        f"<w:lvlText w:val='{text}'/></w:lvl>"
    )


def lists(*levels: str, overrides: str = "") -> str:
    return (
        f"<w:abstractNum w:abstractNumId='0'>{''.join(levels)}</w:abstractNum>"
        "<w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>"
        f"<w:num w:numId='2'><w:abstractNumId w:val='0'/>{overrides}</w:num>"
    )


def rewritten(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The archive with each member's content changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return stream.getvalue()


# Word


def test_headings_paragraphs_and_lists_keep_their_order_and_level() -> None:
    document = docx.Document()
    document.add_paragraph("湘江新区年报", style="Title")
    document.add_heading("一、基本情况", 1)
    document.add_paragraph("全区有企业三百家。\n其中上市十二家。")
    document.add_heading("（一）人口", 2)
    document.add_paragraph("常住人口增加", style="List Bullet")
    document.add_paragraph("户籍人口减少", style="List Number")
    document.core_properties.title = "Microsoft Word - 年报.doc"
    parsed = word.parse(saved(document), quiet)
    assert parsed.title == "湘江新区年报"
    assert blocks(parsed) == [
        ("heading1", "湘江新区年报"),
        ("heading1", "一、基本情况"),
        ("text", "全区有企业三百家。\n其中上市十二家。"),
        ("heading2", "（一）人口"),
        ("item", "• 常住人口增加"),
        ("item", "1. 户籍人口减少"),
    ]
    assert parsed.places == ()


def test_a_clause_in_a_heading_style_is_no_heading() -> None:
    parsed = read_word(
        paragraph("甲方应当在三日内付清余款。", "<w:pStyle w:val='Heading2'/>"),
        paragraph("付款", "<w:outlineLvl w:val='2'/>"),
    )
    assert blocks(parsed) == [("text", "甲方应当在三日内付清余款。"), ("heading3", "付款")]


def test_heading_levels_come_from_styles_that_others_are_based_on() -> None:
    styles = (
        "<w:style w:type='paragraph' w:styleId='a1'><w:name w:val='章标题'/>"
        "<w:basedOn w:val='Heading2'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='a2'><w:name w:val='标题 4'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='a3'><w:name w:val='目录头'/><w:basedOn w:val='Heading1'/>"
        "<w:pPr><w:outlineLvl w:val='9'/></w:pPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='a4'><w:name w:val='圈'/><w:basedOn w:val='a4'/></w:style>"
    )
    parsed = read_word(
        *(paragraph(f"样式{each}", f"<w:pStyle w:val='a{each}'/>") for each in (1, 2, 3, 4)), styles=styles
    )
    assert [kind for kind, _ in blocks(parsed)] == ["heading2", "heading4", "text", "text"]


def test_clauses_are_numbered_as_word_shows_them() -> None:
    numbering = lists(
        level(0, "chineseCountingThousand", "第%1条"),
        level(1, "decimal", "（%2）", "<w:suff w:val='nothing'/>"),
        level(2, "lowerLetter", "%3)"),
        overrides="<w:lvlOverride w:ilvl='0'><w:startOverride w:val='10'/></w:lvlOverride>",
    )
    parsed = read_word(
        listed("标的", 1),
        listed("数量", 1, 1),
        listed("单价", 1, 1),
        listed("含税", 1, 2),
        listed("付款", 1),
        listed("期限", 1, 1),
        paragraph("以下为附则。"),
        listed("生效", 2),
        listed("解除", 2),
        numbering=numbering,
    )
    assert [text for _, text in blocks(parsed)] == [
        "第一条 标的",
        "（1）数量",
        "（2）单价",
        "a) 含税",
        "第二条 付款",
        "（1）期限",
        "以下为附则。",
        "第十条 生效",
        "第十一条 解除",
    ]


def test_headings_are_numbered_through_their_styles() -> None:
    numbering = lists(
        level(0, "chineseCounting", "第%1章", "<w:pStyle w:val='Heading1'/>"),
        level(1, "decimal", "%1.%2", "<w:pStyle w:val='Heading2'/><w:isLgl/>"),
    )
    document: Any = docx.Document(io.BytesIO(document_of(numbering=numbering)))
    for name in ("Heading 1", "Heading 2"):
        properties = document.styles[name].element.get_or_add_pPr()
        properties.insert(0, parse_xml(f"<w:numPr {W}><w:numId w:val='1'/></w:numPr>"))
    for text, depth in (("总则", 1), ("范围", 2), ("定义", 2), ("分则", 1), ("罚款", 2)):
        document.add_heading(text, depth)
    assert blocks(word.parse(saved(document), quiet)) == [
        ("heading1", "第一章 总则"),
        ("heading2", "1.1 范围"),
        ("heading2", "1.2 定义"),
        ("heading1", "第二章 分则"),
        ("heading2", "2.1 罚款"),
    ]


@pytest.mark.parametrize(
    ("count", "form", "shown"),
    [
        (10, "chineseCountingThousand", "十"),
        (12, "chineseCountingThousand", "十二"),
        (20, "chineseCountingThousand", "二十"),
        (101, "chineseCountingThousand", "一百零一"),
        (110, "chineseCountingThousand", "一百一十"),
        (1010, "chineseCountingThousand", "一千零一十"),
        (101, "chineseCounting", "一〇一"),
        (21, "japaneseCounting", "二十一"),
        (10, "ideographDigital", "一〇"),
        (12, "chineseLegalSimplified", "壹拾贰"),
        (3, "ideographTraditional", "丙"),
        (12, "ideographZodiac", "亥"),
        (3, "decimalEnclosedCircle", "③"),
        (21, "decimalEnclosedCircleChinese", "㉑"),
        (12, "decimalFullWidth", "１２"),
        (5, "decimalZero", "05"),
        (28, "upperLetter", "BB"),
        (2, "lowerLetter", "b"),
        (14, "upperRoman", "XIV"),
        (9, "lowerRoman", "ix"),
        (7, "a form of tomorrow", "7"),
    ],
)
def test_number_formats(count: int, form: str, shown: str) -> None:
    assert word.format_number(count, form) == shown


def test_rows_stand_alone_where_cells_are_merged() -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    for row, texts in enumerate(
        [["地区", "城市", "产值"], ["华中", "长沙", "1.5万亿"], ["", "武汉", "2万亿"]]
    ):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1)).text = "合计"
    table.cell(3, 2).text = "3.5万亿"
    parsed = word.parse(saved(document), quiet)
    assert blocks(parsed) == [
        ("row", "地区 | 城市 | 产值"),
        ("row", "华中 | 长沙 | 1.5万亿"),
        ("row", "华中 | 武汉 | 2万亿"),
        ("row", "合计 | 3.5万亿"),
    ]
    assert headers(parsed) == [None, "地区 | 城市 | 产值", "地区 | 城市 | 产值", "地区 | 城市 | 产值"]


def test_a_title_row_is_no_header_and_a_header_may_have_two_rows() -> None:
    document = docx.Document()
    table = document.add_table(5, 3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "表一 各市收支"
    rows = [["城市", "二〇二三年", ""], ["", "收入", "支出"], ["株洲", "12", "9"], ["湘潭", "8", "7"]]
    for row, texts in enumerate(rows, 1):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 1).merge(table.cell(1, 2)).text = "二〇二三年"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "城市"
    parsed = word.parse(saved(document), quiet)
    assert blocks(parsed)[0] == ("text", "表一 各市收支")
    header = "城市 | 二〇二三年\n城市 | 收入 | 支出"
    assert headers(parsed) == [None, None, header, header]


def test_a_table_of_one_column_is_a_frame_and_inner_tables_are_flattened() -> None:
    document = docx.Document()
    frame = document.add_table(1, 1).cell(0, 0)
    frame.text = "框里的话"
    inner = frame.add_table(2, 2)
    for row, texts in enumerate([["品名", "规格"], ["螺栓", ""]]):
        for column, text in enumerate(texts):
            inner.cell(row, column).text = text
    deep = inner.cell(1, 1).add_table(1, 2)
    deep.cell(0, 0).text, deep.cell(0, 1).text = "M8", "镀锌"
    parsed = word.parse(saved(document), quiet)
    assert blocks(parsed) == [("text", "框里的话"), ("row", "品名 | 规格"), ("row", "螺栓 | M8 镀锌")]


def test_automatic_numbers_alone_fill_a_cell() -> None:
    cell = "<w:tc><w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr></w:p></w:tc>"
    rows = "".join(
        f"<w:tr>{first}<w:tc>{paragraph(name)}</w:tc></w:tr>"
        for first, name in ((f"<w:tc>{paragraph('序号')}</w:tc>", "姓名"), (cell, "何晓"), (cell, "谭立"))
    )
    parsed = read_word(f"<w:tbl>{rows}</w:tbl>", numbering=lists(level(0, "decimal", "%1")))
    assert parsed.text == "序号 | 姓名\n1 何晓\n2 谭立\n".replace("1 何", "1 | 何").replace("2 谭", "2 | 谭")


def test_revisions_controls_boxes_and_links_are_read() -> None:
    box = (
        "<w:r><mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
        f"<mc:Choice Requires='wps'><w:txbxContent>{paragraph('框中注释')}</w:txbxContent></mc:Choice>"
        f"<mc:Fallback><w:pict><w:txbxContent>{paragraph('框中注释')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    parsed = read_word(
        "<w:p><w:r><w:t>定金</w:t></w:r><w:del><w:r><w:delText>五</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>八</w:t></w:r></w:ins><w:r><w:t>万元</w:t></w:r>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>暗语</w:t></w:r>"
        "<w:hyperlink><w:r><w:t>见附件</w:t></w:r></w:hyperlink>"
        "<w:r><w:sym w:font='Wingdings' w:char='F0FE'/><w:t>同意</w:t></w:r>"
        f"{box}</w:p>",
        f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('控件里的话')}</w:sdtContent></w:sdt>",
    )
    assert parsed.text == "定金八万元见附件☑同意\n框中注释\n控件里的话\n"


def test_notes_come_last_and_are_marked_where_they_belong() -> None:
    data = document_of(
        "<w:p><w:r><w:t>产值增长8%</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
    )
    notes = f"<w:footnotes {W}><w:footnote w:id='2'>{paragraph('按不变价计算。')}</w:footnote></w:footnotes>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"

    def change(name: str, content: bytes) -> bytes:
        if name == "[Content_Types].xml":
            part = f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
            return content.replace(b"</Types>", part.encode())
        if name == "word/_rels/document.xml.rels":
            part = f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/></Relationships>'
            return content.replace(b"</Relationships>", part.encode())
        return content

    stream = io.BytesIO(rewritten(data, change))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("word/footnotes.xml", notes)
    assert word.parse(stream.getvalue(), quiet).text == "产值增长8%[1]\n[1] 按不变价计算。\n"


def test_pages_are_those_where_word_broke_them() -> None:
    end = "<w:r><w:lastRenderedPageBreak/></w:r>"
    row = "".join(f"<w:tc><w:p>{end}<w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in "丙丁")
    parsed = read_word(
        paragraph("第一页的话。"),
        f"<w:p>{end}<w:r><w:t>第二页的话，</w:t></w:r>{end}<w:r><w:t>说到第三页。</w:t></w:r></w:p>",
        f"<w:tbl><w:tr><w:tc>{paragraph('甲')}</w:tc><w:tc>{paragraph('乙')}</w:tc></w:tr><w:tr>{row}</w:tr></w:tbl>",
        paragraph("第四页的话。"),
    )
    assert parsed.text == "第一页的话。\n第二页的话，说到第三页。\n甲 | 乙\n丙 | 丁\n第四页的话。\n"
    assert [(place.number, parsed.text[place.start :][:4]) for place in parsed.places] == [
        (1, "第一页的"),
        (2, "第二页的"),
        (3, "说到第三"),
        (4, "第四页的"),
    ]


def test_relations_to_parts_that_are_not_there_are_passed_over() -> None:
    dangling = b'<Relationship Id="rId98" Type="http://x/image" Target="NULL"/></Relationships>'
    data = rewritten(
        document_of(paragraph("照样能读。")),
        lambda name, content: (
            content.replace(b"</Relationships>", dangling)
            if name == "word/_rels/document.xml.rels"
            else content
        ),
    )
    assert word.parse(data, quiet).text == "照样能读。\n"


# Slides


def presentation_of() -> Any:
    presentation: Any = pptx.Presentation()
    presentation.core_properties.title = "PowerPoint 演示文稿"
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "产业\v布局"
    frame = slide.placeholders[1].text_frame
    frame.text = "工程机械"
    below = frame.add_paragraph()
    below.text, below.level = "挖掘机", 1
    right = slide.shapes.add_textbox(Inches(6), Inches(6), Inches(2), Inches(1))
    right.text_frame.text = "右边"
    left = slide.shapes.add_textbox(Inches(1), Inches(6.05), Inches(2), Inches(1))
    left.text_frame.text = "左边"
    slide.notes_slide.notes_text_frame.text = "讲到这里停一下"
    return presentation


def test_slides_are_read_from_top_to_bottom_with_their_notes() -> None:
    parsed = slides.parse(saved(presentation_of()), quiet)
    assert parsed.title == ""
    assert blocks(parsed) == [
        ("heading1", "产业 布局"),
        ("item", "• 工程机械"),
        ("item", "– 挖掘机"),
        ("text", "左边"),
        ("text", "右边"),
        ("text", "讲到这里停一下"),
    ]
    assert places(parsed) == [("slide", 1, "产业 布局", "产业 布局")]


def test_hidden_slides_are_left_out_but_counted() -> None:
    presentation = presentation_of()
    for text in ("不给人看", "给人看"):
        presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = text
    presentation.slides[1]._element.set("show", "0")
    parsed = slides.parse(saved(presentation), quiet)
    assert "不给人看" not in parsed.text
    assert places(parsed)[1] == ("slide", 3, "给人看", "给人看")


def test_tables_charts_and_groups_of_slides_are_read() -> None:
    presentation: Any = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(3, 2, 0, 0, Inches(4), Inches(1)).table
    for row, texts in enumerate([["园区", "税收"], ["麓谷", "3亿"], ["", "4亿"]]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    data: Any = CategoryChartData(number_format="0%")  # type: ignore[no-untyped-call]
    data.categories = ["上半年", "下半年"]
    data.add_series("增速", (0.1 + 0.2, 0.07))
    box = (0, Inches(2), Inches(4), Inches(2))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "税收增速"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, Inches(6), Inches(1), Inches(1)).text_frame.text = "组内文字"
    parsed = slides.parse(saved(presentation), quiet)
    assert parsed.text == (
        "园区 | 税收\n麓谷 | 3亿\n麓谷 | 4亿\n税收增速\n| 增速\n上半年 | 30%\n下半年 | 7%\n组内文字\n"
    )
    assert headers(parsed) == [None, "园区 | 税收", "园区 | 税收", None, "| 增速", "| 增速"]


def test_numbered_paragraphs_of_slides_count() -> None:
    presentation = presentation_of()
    frame = presentation.slides[0].placeholders[1].text_frame
    frame.paragraphs[1].level = 0
    namespace = "http://schemas.openxmlformats.org/drawingml/2006/main"
    for entry in frame.paragraphs:
        number = parse_xml(f'<a:buAutoNum xmlns:a="{namespace}" type="ea1ChsPlain"/>')
        entry._p.get_or_add_pPr().append(number)
    assert blocks(slides.parse(saved(presentation), quiet))[1:3] == [
        ("item", "一、 工程机械"),
        ("item", "二、 挖掘机"),
    ]


# Workbooks


def book_of(rows: list[list[Any]], title: str = "收支", merged: tuple[str, ...] = ()) -> Any:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    return book


def read_sheet(rows: list[list[Any]], title: str = "收支", merged: tuple[str, ...] = ()) -> Parsed:
    return sheets.parse(saved(book_of(rows, title, merged)), quiet)


def test_rows_have_the_numbers_and_the_header_that_excel_shows() -> None:
    parsed = read_sheet(
        [
            ["二季度收支表", None, None],
            ["单位：万元"],
            ["项目", "收入", "支出"],
            ["餐饮", 12, 7.5],
            [],
            ["客房", 30, None],
        ],
        merged=("A1:C1",),
    )
    assert blocks(parsed) == [
        ("heading1", "收支"),
        ("heading2", "二季度收支表"),
        ("text", "单位：万元"),
        ("row", "项目 | 收入 | 支出"),
        ("row", "餐饮 | 12 | 7.5"),
        ("row", "客房 | 30"),
    ]
    assert headers(parsed) == [None, "项目 | 收入 | 支出", "项目 | 收入 | 支出"]
    assert places(parsed) == [
        ("row", 1, "收支", "收支"),
        ("row", 1, "收支", "二季度收支表"),
        ("row", 2, "收支", "单位：万元"),
        ("row", 3, "收支", "项目 | 收入 | 支出"),
        ("row", 4, "收支", "餐饮 | 12 | 7.5"),
        ("row", 6, "收支", "客房 | 30"),
    ]


def test_a_line_of_a_few_words_above_the_header_is_not_the_header() -> None:
    parsed = read_sheet(
        [
            ["编制：财务科", None, None, "三月"],
            ["科目", "预算", "实际", "差额"],
            ["差旅", 10, 8, 2],
            ["会议", 5, 6, -1],
        ]
    )
    assert headers(parsed)[1:] == ["科目 | 预算 | 实际 | 差额"] * 2
    assert blocks(parsed)[1][0] != "row"


def test_two_header_rows_are_joined_and_merged_cells_repeat_downward() -> None:
    parsed = read_sheet(
        [
            ["地区", "2023年", None, "2024年"],
            [None, "收入", "利润", "收入"],
            ["湘东", 1, 2, 3],
            [None, 4, 5, 6],
            ["湘西", 7, 8, 9],
        ],
        merged=("A1:A2", "B1:C1", "A3:A4"),
    )
    header = "地区 | 2023年 / 收入 | 2023年 / 利润 | 2024年 / 收入"
    assert blocks(parsed)[1:] == [
        ("row", header),
        ("row", "湘东 | 1 | 2 | 3"),
        ("row", "湘东 | 4 | 5 | 6"),
        ("row", "湘西 | 7 | 8 | 9"),
    ]
    assert headers(parsed) == [None, header, header, header]


def test_a_blank_row_may_begin_another_table() -> None:
    parsed = read_sheet(
        [
            ["车号", "里程"],
            ["湘A1", 300],
            [],
            ["司机", "电话", "备注"],
            ["老周", 731, "夜班"],
            [],
            ["老吴", 732, "白班"],
        ]
    )
    assert headers(parsed) == [None, "车号 | 里程", None, "司机 | 电话 | 备注", "司机 | 电话 | 备注"]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (3.0, "General", "3"),
        (1234567, "#,##0", "1234567"),
        (12.3456, "0.00", "12.35"),
        (12.5, "0.0#", "12.5"),
        (0.36, "0%", "36%"),
        (0.3625, "0.0%", "36.3%"),
        (1.5e-7, "General", "0.00000015"),
        (430100198001011, "0", "430100198001011"),
        (7, "000", "007"),
        (1234.5, '"¥"#,##0.00', "¥1234.50"),
        (-8, '0"人"', "-8人"),
        (5_000_000, '0.0,,"百万"', "5000000"),
        (12, "0.00E+00", "12"),
        (True, "General", "TRUE"),
        (datetime.datetime(2023, 5, 1), 'yyyy"年"m"月"d"日"', "2023-05-01"),
        (datetime.datetime(2023, 5, 1), 'yyyy"年"m"月"', "2023-05"),
        (datetime.datetime(2023, 5, 1, 8, 30), "yyyy/m/d h:mm", "2023-05-01 08:30"),
        (datetime.time(8, 30), "h:mm", "08:30"),
        (datetime.timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
    ],
)
def test_values_are_shown_as_a_person_sees_them(value: Any, number_format: str, shown: str) -> None:
    book = book_of([["名称", "数值"], ["样", None]])
    book.active["B2"] = value
    book.active["B2"].number_format = number_format
    assert sheets.parse(saved(book), quiet).text.splitlines()[-1] == f"样 | {shown}"


def test_a_formula_without_a_value_is_shown_and_an_error_is_not() -> None:
    book = book_of([["甲数", "合计"], [1, "=SUM(A2:A9)"], [2, "#N/A"]])
    assert sheets.parse(saved(book), quiet).text == "收支\n甲数 | 合计\n1 | =SUM(A2:A9)\n2\n"


def test_hidden_sheets_are_left_out() -> None:
    book = book_of([["甲", "乙"]])
    hidden = book.create_sheet("底稿")
    hidden["A1"] = "秘密"
    hidden.sheet_state = "hidden"
    assert sheets.parse(saved(book), quiet).text == "收支\n甲 | 乙\n"


def test_a_sheet_that_claims_to_be_huge_is_read_at_once() -> None:
    book = book_of([["甲", "乙"], [1, 2]], merged=("A2:A1048576",))
    book.active["XFD3"] = "远"
    data = rewritten(
        saved(book),
        lambda name, content: (
            content.replace(b'<dimension ref="A1:XFD1048576"/>', b"").replace(
                b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'
            )
            if name.startswith("xl/worksheets/sheet")
            else content
        ),
    )
    began = time.monotonic()
    assert sheets.parse(data, quiet).text == "收支\n甲 | 乙\n1 | 2\n1 | 远\n"
    assert time.monotonic() - began < 20


# Delimited text


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_delimiters_and_encodings_are_found(delimiter: str, encoding: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerows(
        [
            ["姓名", "单位", "备注"],
            ["陈平", "长沙机械厂", f"说过{delimiter}两句话\n分成两行"],
            [],
            ["刘英", "湘潭大学", '带“引号”的"话"'],
        ]
    )
    parsed = delimited.parse(stream.getvalue().encode(encoding), quiet)
    shown = delimiter if delimiter != "\t" else " "
    header = "姓名 | 单位 | 备注"
    assert blocks(parsed) == [
        ("row", header),
        ("row", f"陈平 | 长沙机械厂 | 说过{shown}两句话 分成两行"),
        ("row", '刘英 | 湘潭大学 | 带“引号”的"话"'),
    ]
    assert headers(parsed) == [None, header, header]
    assert [place.number for place in parsed.places] == [1, 2, 4]
    assert parsed.encoding == encoding.removesuffix("-sig")
    assert parsed.confidence > 0.5


def test_a_quote_that_never_ends_does_not_swallow_the_table() -> None:
    parsed = delimited.parse('尺寸,数量\n"5寸管,3\n8寸管,4\n'.encode(), quiet)
    assert parsed.text == '尺寸 | 数量\n"5寸管 | 3\n8寸管 | 4\n'


def test_lines_without_a_delimiter_are_rows_of_one_cell() -> None:
    assert delimited.parse("苹果\n香蕉\n".encode(), quiet).text == "苹果\n香蕉\n"


def test_data_without_a_header_has_none() -> None:
    assert headers(delimited.parse("长沙,1051\n株洲,388\n".encode(), quiet)) == [None, None]


def test_the_line_that_excel_reads_for_the_delimiter_is_no_text() -> None:
    parsed = delimited.parse("sep=;\r\n城市;人口\r\n长沙;1051\r\n".encode(), quiet)
    assert parsed.text == "城市 | 人口\n长沙 | 1051\n"
    assert [place.number for place in parsed.places] == [2, 3]


def test_bytes_in_no_encoding_are_left_to_the_caller() -> None:
    with pytest.raises(DoubtfulEncodingError):
        delimited.parse(random.Random(1).randbytes(3000), quiet)


# What cannot be read


def samples() -> list[tuple[Callable[..., Parsed], bytes]]:
    return [
        (word.parse, document_of(listed("条文", 1), "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>")),
        (slides.parse, saved(presentation_of())),
        (sheets.parse, saved(book_of([["甲", "乙"], [1, datetime.date(2024, 1, 2)]], merged=("A2:A3",)))),
    ]


@pytest.mark.parametrize("index", range(3), ids=["word", "slides", "sheets"])
def test_damaged_files_are_unreadable_and_nothing_worse(index: int) -> None:
    parse, good = samples()[index]
    chance = random.Random(7)
    for data in (b"", b"PK\x03\x04", chance.randbytes(500), good[: len(good) // 2]):
        with pytest.raises(UnreadableError):
            parse(data, quiet)
    stored = rewritten(good, lambda _, content: content)  # not compressed, so that the changes reach the XML
    refused = 0
    for _ in range(60):
        changed = bytearray(stored)
        for _ in range(chance.randrange(1, 30)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        refused += not readable(parse, bytes(changed))
    assert refused


def readable(parse: Callable[..., Parsed], data: bytes) -> bool:
    try:
        parse(data, quiet)
    except UnreadableError:
        return False
    return True


@pytest.mark.parametrize("index", range(3), ids=["word", "slides", "sheets"])
@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY x0 "哈哈哈哈">'
        + "".join(f'<!ENTITY x{each + 1} "{f"&x{each};" * 10}">' for each in range(9))
        + '<!ENTITY x "&x9;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
    ids=["laughs", "external"],
)
def test_entities_are_neither_expanded_nor_fetched(index: int, declaration: str) -> None:
    parse, good = samples()[index]

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith((".xml", ".rels")):
            return content
        text = (
            content.decode().partition("?>")[2].lstrip() if content.startswith(b"<?xml") else content.decode()
        )
        return (
            declaration + text.replace("条文", "&x;").replace("甲", "&x;").replace("右边", "&x;")
        ).encode()

    began = time.monotonic()
    try:
        text = parse(rewritten(good, change), quiet).text
    except UnreadableError:
        text = ""
    assert time.monotonic() - began < 10
    assert "root:" not in text
    assert text.count("哈") < 1000


@pytest.mark.parametrize(
    ("parse", "old"),
    [(word.parse, ".doc"), (slides.parse, ".ppt"), (sheets.parse, ".xls")],
    ids=["word", "slides", "sheets"],
)
def test_encrypted_and_older_files_are_told_apart(parse: Callable[..., Parsed], old: str) -> None:
    with pytest.raises(
        UnreadableError, match=r"^is encrypted; save it without its password and add it again$"
    ):
        parse(COMPOUND + bytes(500) + "EncryptedPackage".encode("utf-16-le"), quiet)
    with pytest.raises(UnreadableError, match=rf"rename it to {old} and add it again$"):
        parse(COMPOUND + bytes(500), quiet)


@pytest.mark.parametrize(
    ("parse", "document"),
    [(word.parse, docx.Document()), (slides.parse, pptx.Presentation()), (sheets.parse, openpyxl.Workbook())],
    ids=["word", "slides", "sheets"],
)
def test_files_of_no_text_say_so(parse: Callable[..., Parsed], document: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^holds no text; "):
        parse(saved(document), quiet)
    with pytest.raises(UnreadableError, match=r"^holds no text; "):
        delimited.parse(b" ,\n,\n", quiet)


# Older formats, through LibreOffice

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None and shutil.which("libreoffice") is None,
    reason="LibreOffice is not installed",
)


def made_by_libreoffice(data: bytes, suffix: str, wanted: str, folder: Path) -> bytes:
    """``data`` saved by LibreOffice in an older format."""
    source = folder / f"document{suffix}"
    source.write_bytes(data)
    legacy._run(shutil.which("soffice") or "libreoffice", source, wanted, quiet)
    return (folder / "converted" / f"document{wanted}").read_bytes()


@needs_libreoffice
@pytest.mark.parametrize("suffix", [".doc", ".rtf", ".odt"])
def test_older_text_documents_are_read(suffix: str, tmp_path: Path) -> None:
    document: Any = docx.Document(
        io.BytesIO(
            document_of(listed("标的", 1), listed("价款", 1), numbering=lists(level(0, "decimal", "(%1)")))
        )
    )
    document.add_heading("附则", 1)
    document.add_paragraph("自签字之日起生效。").runs[0].font.size = Pt(12)
    data, made = legacy.convert(
        made_by_libreoffice(saved(document), ".docx", suffix, tmp_path), suffix, quiet
    )
    assert made == ".docx"
    assert blocks(word.parse(data, quiet)) == [
        ("item", "(1) 标的"),
        ("item", "(2) 价款"),
        ("heading1", "附则"),
        ("text", "自签字之日起生效。"),
    ]


@needs_libreoffice
@pytest.mark.parametrize("suffix", [".xls", ".ods"])
def test_older_workbooks_are_read(suffix: str, tmp_path: Path) -> None:
    book = book_of([["城市", "增速"], ["长沙", 0.36]])
    book.active["B2"].number_format = "0%"
    book.active["A1"].font = Font(bold=True)
    data, made = legacy.convert(made_by_libreoffice(saved(book), ".xlsx", suffix, tmp_path), suffix, quiet)
    assert made == ".xlsx"
    assert sheets.parse(data, quiet).text == "收支\n城市 | 增速\n长沙 | 36%\n"


@needs_libreoffice
@pytest.mark.parametrize("suffix", [".ppt", ".odp"])
def test_older_presentations_are_read(suffix: str, tmp_path: Path) -> None:
    old = made_by_libreoffice(saved(presentation_of()), ".pptx", suffix, tmp_path)
    data, made = legacy.convert(old, suffix, quiet)
    assert made == ".pptx"
    parsed = slides.parse(data, quiet)
    assert parsed.places[0].name == "产业 布局"
    assert "• 工程机械\n– 挖掘机\n左边\n右边\n讲到这里停一下\n" in parsed.text


@needs_libreoffice
def test_a_document_cannot_make_libreoffice_call_out() -> None:
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    data, _ = legacy.convert(open_document_with_picture(server.server_port), ".odt", quiet)
    server.shutdown()
    server.server_close()
    assert word.parse(data, quiet).text == "正文在此。\n"
    assert asked == []


def open_document_with_picture(port: int) -> bytes:
    """An .odt whose only picture is kept on this machine's ``port``."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.text"
    content = (
        f'<o:document-content xmlns:o="{names}:office:1.0" xmlns:t="{names}:text:1.0" o:version="1.2"'
        f' xmlns:d="{names}:drawing:1.0" xmlns:s="{names}:svg-compatible:1.0"'
        ' xmlns:x="http://www.w3.org/1999/xlink"><o:body>'
        '<o:text><t:p>正文在此。<d:frame t:anchor-type="as-char" s:width="2cm" s:height="2cm">'
        f'<d:image x:href="http://127.0.0.1:{port}/a.png" x:type="simple" x:show="embed" x:actuate="onLoad"/>'
        "</d:frame></t:p></o:text></o:body></o:document-content>"
    )
    manifest = (
        f'<m:manifest xmlns:m="{names}:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="{kind}"/>'
        '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return stream.getvalue()


@needs_libreoffice
@pytest.mark.parametrize(
    "data", [COMPOUND + bytes(4000), b"PK\x03\x04" + bytes(100)], ids=["compound", "archive"]
)
def test_a_damaged_older_file_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"save it as \.xlsx$"):
        legacy.convert(data, ".xls", quiet)


@needs_libreoffice
def test_a_conversion_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "_TIMEOUT", 0.0)
    with pytest.raises(UnreadableError, match="took LibreOffice more than 0 seconds"):
        legacy.convert(rb"{\rtf1 hello}", ".rtf", quiet)


@pytest.mark.parametrize(
    ("suffix", "wanted", "package"),
    [(".doc", ".docx", "writer"), (".ppt", ".pptx", "impress"), (".ods", ".xlsx", "calc")],
)
def test_without_libreoffice_the_way_out_is_named(
    suffix: str, wanted: str, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableError) as caught:
        legacy.convert(COMPOUND + bytes(500), suffix, quiet)
    assert str(caught.value) == (
        "needs LibreOffice, which is not installed; install it"
        f" (apt install libreoffice-{package}-nogui) or save the file as {wanted}"
    )


def test_bytes_that_are_no_document_never_reach_libreoffice() -> None:
    with pytest.raises(UnreadableError, match=r"^is no \.doc file, or is damaged; "):
        legacy.convert(b"\x01\x00" * 500, ".doc", quiet)
    with pytest.raises(UnreadableError, match=r"^is empty; "):
        legacy.convert(b"", ".doc", quiet)


@pytest.mark.parametrize(
    ("data", "suffix", "real"),
    [
        (document_of(paragraph("名不副实。")), ".doc", ".docx"),
        ("<html><table><tr><td>城市</td></tr></table></html>".encode(), ".xls", ".html"),
        ("城市\t人口\n长沙\t1051\n".encode("utf-16"), ".xls", ".csv"),
        ("一份通知".encode("gb18030"), ".doc", ".txt"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", ".doc", ".mht"),
    ],
    ids=["docx", "html", "table", "text", "web archive"],
)
def test_a_file_that_is_only_named_so_comes_back_as_it_is(data: bytes, suffix: str, real: str) -> None:
    assert legacy.convert(data, suffix, quiet) == (data, real)


@needs_libreoffice
@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are looked for in /proc")
def test_libreoffice_ends_with_the_reader_that_started_it(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a conversion leaves no process behind."""
    document: Any = docx.Document()
    document.add_paragraph("转换到一半。")
    (tmp_path / "a.doc").write_bytes(made_by_libreoffice(saved(document), ".docx", ".doc", tmp_path))
    before = offices()
    with FileReader() as reader:
        reader.ask(tmp_path / "a.doc")
        until = time.monotonic() + 60
        # Looked for once: a process that is just taking another's place has no name for a moment.
        while not (started := offices() - before) and time.monotonic() < until:
            time.sleep(0.01)
        assert started
    assert not offices() - before


def offices() -> set[str]:
    """The processes of LibreOffice on this machine that have not ended."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if b"soffice" in (folder / "cmdline").read_bytes() and state != "Z":
                found.add(folder.name)
    return found
