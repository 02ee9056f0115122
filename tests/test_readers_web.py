"""Web pages, mails, books and records become the text that their readers see."""

from __future__ import annotations

import base64
import io
import zipfile
from email.message import EmailMessage

import pytest

from index.encodings import DoubtfulEncodingError
from index.readers import book, html, mail, records
from index.readers.parsed import Parsed, UnreadableError
from index.types import Place


def tick(_done: int, _of: int) -> None:
    """Nobody looks at the progress."""


def page(body: str, head: str = "") -> Parsed:
    return html.parse(f"<html><head>{head}</head><body>{body}</body></html>".encode(), tick)


def blocks(parsed: Parsed) -> list[tuple[str, str]]:
    assert parsed.blocks is not None
    return [(each.kind + str(each.level or ""), parsed.text[each.start : each.end]) for each in parsed.blocks]


def headers(parsed: Parsed) -> list[str]:
    """The header above each table row, "" for none."""
    assert parsed.blocks is not None
    rows = [each for each in parsed.blocks if each.kind == "row"]
    return [parsed.text[slice(*each.header)] if each.header else "" for each in rows]


# Web pages


def test_a_page_becomes_headings_paragraphs_and_items() -> None:
    parsed = page("<h1>养蚕手册</h1><p>蚕吃<b>桑</b><i>叶</i>。</p><h2>准备</h2><ul><li>蚕匾<li>桑叶</ul>")
    assert blocks(parsed) == [
        ("heading1", "养蚕手册"),
        ("text", "蚕吃桑叶。"),
        ("heading2", "准备"),
        ("item", "蚕匾"),
        ("item", "桑叶"),
    ]
    assert (parsed.title, parsed.encoding, parsed.confidence) == ("养蚕手册", "utf-8", 1.0)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>春天\n   来了</p>", "春天来了\n"),
        ("<p>春天。\n<b>花</b>开</p>", "春天。花开\n"),
        ("<p>用 Python\n写程序</p>", "用 Python 写程序\n"),
        ("<p>one\n two</p>", "one two\n"),
        ("<p>甲<br>乙<br><br>丙</p>", "甲\n乙\n丙\n"),
        ("<pre>第一行\n第二行</pre>", "第一行\n第二行\n"),
        ('<div style="white-space: pre-wrap">一\n二</div>', "一\n二\n"),
        ("<p>&nbsp;&nbsp;正文&ensp;起</p>", "正文 起\n"),
        ("<p>零\u200b宽\u2060与\u202e方向\u202c</p>", "零宽与方向\n"),
        ("<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby></p>", "漢字\n"),
        ("<p>面积10<sup>3</sup>平方米，2019年<sup>1</sup></p>", "面积10³平方米，2019年¹\n"),
        ("<p>设<math alttext='{\\displaystyle x^{2}}'><mi>x</mi></math>为正</p>", "设x^{2}为正\n"),
        ("<p>设<math><mi>x</mi><annotation>\\x</annotation></math>为正</p>", "设x为正\n"),
        ("<p>前<!-- 注 -->后</p>", "前后\n"),
        ('<p>图<img alt="一只猫" src="cat.png">下</p>', "图下\n"),
    ],
)
def test_white_space_and_marks_read_as_in_a_browser(source: str, text: str) -> None:
    assert page(source).text == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>暗</p>",
        '<p aria-hidden="true">暗</p>',
        '<p style="color:red; DISPLAY : none">暗</p>',
        '<div style="visibility:hidden"><p>暗</p></div>',
        '<p style="font-size:0px">暗</p>',
        '<p style="opacity: 0.0;">暗</p>',
        '<div style="font-size:0"><table><tr><td>暗<td>暗</table></div>',
        "<script>暗</script><style>暗</style><template>暗</template><noscript>暗</noscript>",
        "<select><option>暗</select><button>暗</button><textarea>暗</textarea>",
        "<dialog>暗</dialog><svg><text>暗</text></svg>",
    ],
)
def test_what_a_reader_does_not_see_is_not_text(hidden: str) -> None:
    assert page(f"<p>明</p>{hidden}<p>亮</p>").text == "明\n亮\n"


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="color:#fff;background:#fff">暗</p>',
        '<p style="color:white">暗</p>',
        '<p style="COLOR: rgb(254, 254, 254)">暗</p>',
        '<font color="#FFFFFF">暗</font>',
        '<div style="background-color:#000"><p><span style="color:black">暗</span></p></div>',
        '<table bgcolor="navy"><tr><td style="color:#000080">暗</td></tr></table>',
    ],
)
def test_text_in_the_colour_of_its_background_is_not_text(hidden: str) -> None:
    assert page(f"<p>明</p>{hidden}").text == "明\n"


@pytest.mark.parametrize(
    "shown",
    [
        '<style>div {background: black}</style><div><p style="color:white">明</p></div>',
        '<link rel="stylesheet" href="a.css"><p style="color:#fff">明</p>',
        '<div style="background:#c00"><p style="color:#fff">明</p></div>',
        '<div style="background:#fff url(a.png)"><p style="color:#fff">明</p></div>',
        '<div style="background-image:url(a.png)"><p style="color:#fff">明</p></div>',
        '<p style="color:var(--ink)">明</p>',
        '<style>.h {background: #123}</style><p bgcolor="#fff"><b class="h" style="color:#fff">明</b></p>',
        '<p style="border-color:#fff">明</p>',
        '<p style="color:#ccc">明</p>',
    ],
    ids=["style", "link", "on red", "picture", "image", "variable", "class", "border", "grey"],
)
def test_light_text_that_a_reader_may_see_is_text(shown: str) -> None:
    assert page(shown).text == "明\n"


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="font-size:0"><p style="font-size:14px">明</p></div>',
        '<div style="visibility:hidden"><p style="visibility:visible">明</p></div>',
        '<p style="opacity:0.5">明</p>',
        '<p style="font-size:0.9em">明</p>',
        '<div id="js_content" style="visibility: hidden; opacity: 0;"><p>明</p></div>',
        '<span style="display:none"><math alttext="明"><mi>x</mi></math></span>',
    ],
)
def test_what_only_looks_hidden_is_text(shown: str) -> None:
    assert page(shown).text == "明\n"


def test_navigation_and_what_surrounds_the_content_is_left_out() -> None:
    parsed = page(
        "<header>某某网 登录</header><nav>首页 频道</nav><main><header><h1>标题</h1></header><p>正文。</p>"
        "<nav>本页目录</nav></main><div role=navigation>相关</div><aside>广告</aside><footer>版权</footer>"
    )
    assert parsed.text == "标题\n正文。\n"


def test_a_title_in_the_header_of_a_page_without_main_stays() -> None:
    parsed = page(
        "<header><h1>旅行记</h1><p>作者甲</p></header><nav>目录</nav><p>出发。</p><footer>尾</footer>"
    )
    assert parsed.text == "旅行记\n作者甲\n出发。\n"


def test_a_page_that_is_nothing_but_navigation_is_read_whole() -> None:
    assert page("<nav><a>通讯录</a></nav>").text == "通讯录\n"


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>桥梁 - 某百科</title>", "<h1>桥梁</h1>文", "桥梁"),
        ("<title>桥梁_某网</title>", "<h1>站名</h1><h1>桥梁</h1>文", "桥梁"),
        ("<title>桥梁 - 结构</title>", "<h1>概论</h1>文", "桥梁 - 结构"),
        ("<title>桥梁工程</title>", "<h1>桥梁</h1>文", "桥梁工程"),
        ("", "<h1>桥<b>梁</b></h1>文", "桥梁"),
        ("", "文", ""),
    ],
)
def test_the_title_loses_the_site_only_where_a_heading_confirms_it(head: str, body: str, title: str) -> None:
    assert page(body, head).title == title


def test_ordered_lists_have_their_numbers_and_nest() -> None:
    parsed = page(
        "<ol start=3><li>洗净<li value=7>切块<ol type=a><li>大块<li>小块</ol>之后<li>下锅</ol>"
        "<ol reversed><li>末<li>首</ol><ol type=I><li>卷</ol>"
    )
    assert [text for _, text in blocks(parsed)] == [
        "3. 洗净",
        "7. 切块",
        "a. 大块",
        "b. 小块",
        "之后",
        "8. 下锅",
        "2. 末",
        "1. 首",
        "I. 卷",
    ]


def test_a_term_stands_with_its_definition() -> None:
    parsed = page(
        "<dl><dt>目录一</dt><dt>句读</dt><dd><p>断句的标记。</p><p>又一段。</p></dd><dt>末</dt></dl>"
    )
    assert blocks(parsed) == [
        ("item", "目录一"),
        ("item", "句读\n断句的标记。"),
        ("text", "又一段。"),
        ("item", "末"),
    ]


def test_a_table_has_its_caption_its_header_and_cells_over_several_rows() -> None:
    parsed = page(
        "<table><caption>收成</caption><thead><tr><th rowspan=2>年份<th colspan=2>粮食"
        "<tr><th>稻<th>麦</thead><tbody><tr><td rowspan=2>2021<td>10吨<td>8吨<tr><td>11吨<td></table>"
    )
    assert [text for _, text in blocks(parsed)] == [
        "收成",
        "年份 | 粮食",
        "年份 | 稻 | 麦",
        "2021 | 10吨 | 8吨",
        "2021 | 11吨",
    ]
    header = "年份 | 粮食\n年份 | 稻 | 麦"
    assert headers(parsed) == ["", "", header, header]


def test_a_table_without_header_cells_has_its_first_row_for_one() -> None:
    parsed = page("<table><tr><td colspan=2>值班表<tr><td>日<td>人<tr><td>周一<td>甲</table>")
    assert blocks(parsed) == [("text", "值班表"), ("row", "日 | 人"), ("row", "周一 | 甲")]
    assert headers(parsed) == ["", "日 | 人"]


def test_a_table_with_a_column_of_headers_has_no_header_row() -> None:
    parsed = page("<table><tr><th>姓名<td>甲<tr><th>年龄<td>30</table>")
    assert [text for _, text in blocks(parsed)] == ["姓名 | 甲", "年龄 | 30"]
    assert headers(parsed) == ["", ""]


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td>甲<tr><td>乙</table>",
        "<table><tr><td rowspan=2><img><th>甲<tr><td>乙</table>",
        "<table role=presentation><tr><td>甲<td>乙</table>",
        "<table><tr><td><h2>甲</h2><td>乙</table>",
        "<table><tr><td>甲<td><table><tr><td>乙</table></table>",
        "<table><form><tr><td>甲<td>乙</form></table>",
    ],
)
def test_a_table_that_arranges_the_page_is_no_table(table: str) -> None:
    parsed = page(table)
    assert parsed.text == "甲\n乙\n"
    assert "row" not in [kind for kind, _ in blocks(parsed)]


@pytest.mark.parametrize(
    ("name", "declared"), [("gb18030", "gb2312"), ("big5hkscs", "big5"), ("utf-8", ""), ("gb18030", "")]
)
def test_a_page_is_read_in_its_own_encoding(name: str, declared: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    source = f"<html>{meta}<title>天氣</title><p>今天下午有大雨，請大家帶好雨傘，注意交通安全。</p>"
    parsed = html.parse(source.encode(name), tick)
    assert (parsed.text, parsed.encoding) == ("今天下午有大雨，請大家帶好雨傘，注意交通安全。\n", name)


def test_the_encoding_that_the_user_names_is_obeyed() -> None:
    data = "<meta charset=utf-8><p>今天下午有大雨</p>".encode("gb18030")
    assert html.parse(data, tick, encoding="gb18030").text == "今天下午有大雨\n"
    with pytest.raises(DoubtfulEncodingError):
        html.parse(data, tick, encoding="utf-8")


def test_half_a_character_does_not_make_a_page_unreadable() -> None:
    text = "今天下午有大雨，请大家带好雨伞，注意交通安全。" * 10
    data = b"<meta charset=gb2312><p>" + text.encode("gb18030") + b"\xc4</p>"
    parsed = html.parse(data, tick)
    assert parsed.text == text + "\ufffd\n"
    assert parsed.encoding == "gb18030"


def test_nesting_is_read_to_a_depth_and_refused_beyond() -> None:
    assert page("<font>" * 1500 + "深处" + "</font>" * 1500 + "之后").text == "深处之后\n"
    with pytest.raises(UnreadableError, match="nested deeper"):
        page("<div>" * 100_000 + "深处")
    with pytest.raises(UnreadableError, match="nested deeper"):
        page("<table><tr><td>" * 100_000)


def test_a_large_embedded_picture_costs_no_text() -> None:
    picture = "A" * 11_000_000
    assert page(f'<p>前</p><img src="data:image/png;base64,{picture}"><p>后</p>').text == "前\n后\n"


@pytest.mark.parametrize("data", [b"", b" \n", b"<!-- x -->", b"<html><body><img></body></html>"])
def test_a_page_without_text_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="holds no text"):
        html.parse(data, tick)


def test_an_mhtml_file_is_read_as_the_page_in_it() -> None:
    source = '<html><head><meta charset="gb2312"><title>存档</title></head><p>保存下来的网页正文。</p>'
    content = base64.encodebytes(source.encode("gb18030"))
    data = (
        b'From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/css\r\n\r\np{}\r\n"
        b"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + content
        + b"--b--\r\n"
    )
    parsed = html.parse(data, tick)
    assert (parsed.title, parsed.text, parsed.encoding) == ("存档", "保存下来的网页正文。\n", "gb18030")


# Mails


def letter(body: str = "周三上午开会，请准时参加。") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "张三 <zhang@example.com>"
    message["To"] = "li@example.com"
    message["Date"] = "Mon, 01 Jul 2024 09:00:00 +0800"
    message["Subject"] = "会议通知"
    message.set_content(body)
    return message


HEAD = "发件人：张三 <zhang@example.com>\n收件人：li@example.com\n日期：Mon, 01 Jul 2024 09:00:00 +0800"


def test_a_mail_is_its_subject_its_people_and_its_body() -> None:
    parsed = mail.parse(letter("周三上午开会。\n\n> 何时开会？\n\n此致").as_bytes(), tick)
    assert blocks(parsed) == [
        ("heading1", "会议通知"),
        ("text", HEAD),
        ("text", "周三上午开会。"),
        ("text", "> 何时开会？"),
        ("text", "此致"),
    ]
    assert (parsed.title, parsed.encoding) == ("会议通知", "utf-8")


@pytest.mark.parametrize(
    ("plain", "page_source", "body"),
    [
        ("全文在此。", "<p>全文在此。</p>", [("text", "全文在此。")]),
        ("见网页。", "<p>见网页。</p><table><tr><th>项<th>数<tr><td>甲<td>3</table>", None),
    ],
    ids=["plain text", "the HTML has more"],
)
def test_the_body_that_holds_more_is_read(
    plain: str, page_source: str, body: list[tuple[str, str]] | None
) -> None:
    message = letter(plain)
    message.add_alternative(page_source, subtype="html")
    expected = body or [("text", "见网页。"), ("row", "项 | 数"), ("row", "甲 | 3")]
    assert blocks(mail.parse(message.as_bytes(), tick))[2:] == expected


@pytest.mark.parametrize(
    "subject",
    [
        b"=?gb2312?B?" + base64.b64encode("關于开會".encode("gb18030")) + b"?=",
        b"=?utf-8?B?"
        + base64.b64encode("關于开會".encode()[:4])
        + b"?=\r\n =?utf-8?B?"
        + base64.b64encode("關于开會".encode()[4:]).rstrip(b"=")
        + b"?=",
        "關于开會".encode(),
        "=?utf-8?Q?=E9=97=9C=E4=BA=8E?=开會".encode(),
    ],
    ids=["GBK called gb2312", "a character in two words, no padding", "bare UTF-8", "half encoded"],
)
def test_a_subject_is_read_as_mail_programs_show_it(subject: bytes) -> None:
    data = b"From: a@example.com\r\nSubject: " + subject + b"\r\n\r\nhello\r\n"
    assert mail.parse(data, tick).title == "關于开會"


@pytest.mark.parametrize("charset", [b"gb2312", b"unknown-8bit", b"no-such-charset"])
def test_a_body_is_read_though_its_charset_is_wrong(charset: bytes) -> None:
    text = "朱镕基总理视察了长江大堤，要求各地做好防汛工作。"
    data = b"From: a@example.com\r\nContent-Type: text/plain; charset=" + charset + b"\r\n\r\n"
    parsed = mail.parse(data + text.encode("gb18030"), tick)
    assert blocks(parsed) == [("text", "发件人：a@example.com"), ("text", text)]
    assert parsed.encoding == "gb18030"


def test_a_body_too_short_to_tell_is_read_as_the_mail_says() -> None:
    data = b"Subject: x\r\nContent-Type: text/plain; charset=gbk\r\n\r\n" + "嗯嗯".encode("gb18030")
    assert mail.parse(data, tick).text == "x\n嗯嗯\n"


def test_flowed_text_has_its_lines_joined() -> None:
    head = b"Subject: x\r\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    body = "这一行很长 \r\n还没有完\r\n下一行\r\n".encode()
    assert mail.parse(head + body, tick).text == "x\n这一行很长还没有完\n下一行\n"


def test_attached_files_and_mails_are_handed_out_with_safe_names() -> None:
    message = letter()
    message.add_attachment("甲,乙\n".encode(), maintype="text", subtype="csv", filename="../数据.csv")
    inner = letter("里面的信。")
    inner.add_attachment(b"inner", maintype="application", subtype="pdf", filename="内.pdf")
    message.add_attachment(inner)
    data = message.as_bytes()
    found = list(mail.members(data))
    assert [name for name, _ in found] == ["数据.csv", "会议通知.eml"]
    assert found[0][1] == "甲,乙\n".encode()
    assert mail.parse(found[1][1], tick).text.endswith("里面的信。\n")
    assert list(mail.members(found[1][1])) == [("内.pdf", b"inner")]
    assert "里面" not in mail.parse(data, tick).text


@pytest.mark.parametrize(
    "disposition",
    [
        b"attachment; filename*=gb2312''%D6%EC%E9%46.txt",
        b'attachment; filename="=?gb2312?B?' + base64.b64encode("朱镕".encode("gb18030")) + b'?=.txt"',
        b'attachment; filename="' + "朱镕.txt".encode() + b'"',
    ],
    ids=["RFC 2231", "encoded word", "bare bytes"],
)
def test_the_name_of_an_attachment_is_decoded(disposition: bytes) -> None:
    data = b"Subject: x\r\nContent-Type: text/plain\r\nContent-Disposition: " + disposition + b"\r\n\r\nabc"
    assert list(mail.members(data)) == [("朱镕.txt", b"abc")]


def test_an_encrypted_mail_and_no_mail_are_unreadable() -> None:
    head = b"Subject: x\r\nContent-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n"
    with pytest.raises(UnreadableError, match="is encrypted"):
        mail.parse(head + b"Content-Type: application/octet-stream\r\n\r\nQUJD\r\n--b--", tick)
    with pytest.raises(UnreadableError, match="is not a mail"):
        mail.parse(b"\x00\x01 nothing of the kind", tick)


def test_mails_nested_without_end_are_unreadable() -> None:
    deep = b"Content-Type: message/rfc822\r\n\r\n" * 3000
    with pytest.raises(UnreadableError):
        mail.parse(b"Subject: x\r\n" + deep, tick)


# Books

CONTAINER = '<container><rootfiles><rootfile full-path="O/c.opf"/></rootfiles></container>'
NAV = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>'
    '<nav epub:type="landmarks"><a href="b.xhtml">正文开始</a></nav>'
    '<nav epub:type="toc"><ol><li><a href="text/%E4%B8%80.xhtml#p1">卷一 山</a></li></ol></nav></body></html>'
)
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>山水 志</dc:title></metadata><manifest>
<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>
<item id="cover" href="cover.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/%E4%B8%80.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="cover"/><itemref idref="nav"/><itemref idref="a"/><itemref idref="b"/></spine>
</package>"""


def epub(**extra: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("O/c.opf", extra.get("package", PACKAGE))
        archive.writestr("O/nav.xhtml", NAV)
        archive.writestr("O/cover.xhtml", "<html><title>封面</title><body><img/></body></html>")
        archive.writestr("O/text/一.xhtml", '<html><title/><body><a id="p1"/><p>山很高。</p></body></html>')
        archive.writestr("O/B.xhtml", "<html><body><h2>卷二 水</h2><aside>水注。</aside></body></html>")
        if "encryption" in extra:
            archive.writestr("META-INF/encryption.xml", extra["encryption"])
    return stream.getvalue()


def test_a_book_is_its_chapters_in_reading_order() -> None:
    parsed = book.parse(epub(), tick)
    assert blocks(parsed) == [("text", "山很高。"), ("heading2", "卷二 水"), ("text", "水注。")]
    assert parsed.places == (Place(0, "chapter", 1, "卷一 山"), Place(5, "chapter", 2, "卷二 水"))
    assert parsed.title == "山水 志"


def encryption(path: str) -> str:
    return (
        f'<encryption xmlns:e="x"><e:CipherData><e:CipherReference URI="{path}"/></e:CipherData></encryption>'
    )


def test_a_protected_book_is_unreadable_but_not_one_with_protected_fonts() -> None:
    with pytest.raises(UnreadableError, match="is protected"):
        book.parse(epub(encryption=encryption("O/text/%E4%B8%80.xhtml")), tick)
    assert book.parse(epub(encryption=encryption("O/font.otf")), tick).title == "山水 志"


def test_a_book_never_expands_entities_nor_opens_other_files() -> None:
    bomb = '<!DOCTYPE package [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "&a;&a;">]>'
    package = PACKAGE.replace('<?xml version="1.0"?>', bomb).replace("山水 志", "志&b;")
    assert book.parse(epub(package=package), tick).title in ("志", "志&b;")


def test_a_damaged_book_is_unreadable() -> None:
    for data in (b"", b"PK\x03\x04", epub()[:200], epub(package="<package/>"), epub(package="")):
        with pytest.raises(UnreadableError):
            book.parse(data, tick)


# Records


def test_every_record_is_a_block_of_keys_and_values() -> None:
    source = """[{"标题": "借阅须知", "作者": {"姓名": "甲", "电话": null}, "标签": ["图书", "规定"],
      "价": 1.50, "正文": "每人五册。\\n期限一月。", "有效": true, "附": [{"名": "表一"}, "表二"]},
      {"标题": "开放时间"}, {"标题": ""}]"""
    parsed = records.parse(source.encode(), tick)
    first = (
        "标题: 借阅须知\n作者.姓名: 甲\n标签: 图书、规定\n价: 1.50\n正文: 每人五册。\n期限一月。\n"
        "有效: true\n附.1.名: 表一\n附.2: 表二"
    )
    assert blocks(parsed) == [("text", first), ("text", "标题: 开放时间")]
    assert parsed.places == (Place(0, "row", 1), Place(len(first) + 1, "row", 2))
    assert parsed.encoding == "utf-8"


def test_a_list_of_lists_is_a_table_and_one_of_strings_paragraphs() -> None:
    table = records.parse('[["城", "人口"], ["甲城", 120], ["乙城", null]]'.encode(), tick)
    assert blocks(table) == [("row", "城 | 人口"), ("row", "甲城 | 120"), ("row", "乙城")]
    assert headers(table) == ["", "城 | 人口", "城 | 人口"]
    assert blocks(records.parse('["第一句。", "第二句。"]'.encode(), tick)) == [
        ("text", "第一句。"),
        ("text", "第二句。"),
    ]


def test_an_object_that_wraps_a_list_gives_its_records() -> None:
    parsed = records.parse('{"title": "馆藏", "书": [{"名": "甲"}, {"名": "乙"}]}'.encode(), tick)
    assert parsed.text == "title: 馆藏\n名: 甲\n名: 乙\n"
    assert parsed.title == "馆藏"
    assert parsed.places == (Place(0, "row", 1), Place(10, "row", 1, "书"), Place(15, "row", 2, "书"))


def test_an_object_of_objects_gives_a_record_for_each_key() -> None:
    parsed = records.parse('{"甲城": {"人口": 1}, "乙城": {"人口": 2}}'.encode(), tick)
    assert blocks(parsed) == [("text", "甲城.人口: 1"), ("text", "乙城.人口: 2")]
    assert [place.name for place in parsed.places] == ["甲城", "乙城"]


def test_json_lines_know_their_line_and_a_few_may_be_bad() -> None:
    lines = ["", *(f'{{"问": "第{number}题"}}' for number in range(9)), "{bad", '["甲", "乙"]']
    parsed = records.parse("\n".join(lines).encode(), tick)
    assert blocks(parsed)[0] == ("text", "问: 第0题")
    assert blocks(parsed)[-1] == ("text", "甲、乙")
    assert [place.number for place in parsed.places] == [*range(2, 11), 12]
    assert {place.kind for place in parsed.places} == {"line"}
    assert parsed.confidence == pytest.approx(10 / 11)
    with pytest.raises(UnreadableError, match="not valid JSON"):
        records.parse("\n".join([*lines, "{worse"]).encode(), tick)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'[{"a": 1}', "not valid JSON"),
        (b"plain words", "not valid JSON"),
        (b"[]", "holds no text"),
        (b'{"a": null}', "holds no text"),
        (
            b'{"' + b"k" * 100_000 + b'": [' + b'{"a": 1, "b": 2},' * 100 + b'{"a": 1}, 2]}',
            "repeats long keys",
        ),
    ],
)
def test_what_is_no_json_or_a_bomb_is_unreadable(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        records.parse(data, tick)


def test_numbers_stay_as_they_are_written() -> None:
    digits = "7" * 10_000
    parsed = records.parse(f'[{{"a": {digits}, "b": 1e3, "c": NaN}}]'.encode(), tick)
    assert parsed.text == f"a: {digits}\nb: 1e3\nc: NaN\n"


def test_records_are_read_in_gbk() -> None:
    source = '[{"正文": "今天下午有大雨，请大家带好雨伞，注意交通安全。"}]'
    parsed = records.parse(source.encode("gb18030"), tick)
    assert (parsed.text, parsed.encoding) == (
        "正文: 今天下午有大雨，请大家带好雨伞，注意交通安全。\n",
        "gb18030",
    )
