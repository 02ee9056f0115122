"""Files made to harm who reads them, each with what is to become of it. Knows no reader and no library."""

from __future__ import annotations

import base64
import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from tests.make_pdf import PdfMaker

TEXT = (".txt", ".md", ".markdown", ".text")
TABLES = (".csv", ".tsv")
PAGES = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
RECORDS = (".json", ".jsonl", ".ndjson")
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
PACKAGES = (".docx", ".pptx", ".xlsx", ".epub")
OLDER = (".doc", ".ppt", ".xls", ".rtf", ".odt", ".odp", ".ods")


@dataclass(frozen=True, slots=True)
class Lure:
    """What a file would reach for: ``url`` of a server that listens, ``secret`` a file beside the folder."""

    url: str
    secret: Path


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, and its outcome: ``message`` is a pattern for it, ``members`` those of the files inside it.

    A status may be several, with ``|`` between them.
    """

    name: str
    make: Callable[[Lure], bytes]
    status: str
    message: str = ""
    members: Mapping[str, tuple[str, str]] | None = None


def same(data: bytes) -> Callable[[Lure], bytes]:
    return lambda _lure: data


def noise(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


# -- PDF -----------------------------------------------------------------------------------------------------


def pdf(*objects: bytes, start: int | None = None) -> bytes:
    """A PDF of ``objects``, numbered from 1, the catalog first; ``start`` is where it says its xref is."""
    data = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    where = len(data) if start is None else start
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, where)
    return data + table + trailer


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), entries, content)


def one_page(page: bytes = b"/MediaBox[0 0 300 300]", content: bytes | None = None, *more: bytes) -> bytes:
    shown = (
        stream(b"BT /F1 12 Tf 20 200 Td (Turnover rose by 36 per cent) Tj ET") if content is None else content
    )
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R%s/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>"
        % page,
        shown,
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *more,
    )


def good_pdf(**settings: object) -> bytes:
    maker = PdfMaker(**settings)
    maker.text(72, 100, "机密合同于十二月到期。")
    maker.page()
    return maker.data()


def bomb_page(size: int) -> bytes:
    """A page whose content, ``size`` bytes of it, unpacks from two layers of compression."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b"q " * 500_000) for _ in range(size // 1_000_000)) + packer.flush()
    return one_page(content=stream(zlib.compress(once, 9), b"/Filter[/FlateDecode/FlateDecode]"))


def form_page(depth: int) -> bytes:
    """A page of forms, each of which shows the next twice: 2 ** depth pieces of text."""
    forms = [
        stream(
            b"/X Do /X Do",
            b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<</XObject<</X %d 0 R>>>>" % (7 + number),
        )
        for number in range(depth)
    ]
    last = stream(
        b"BT /F1 12 Tf 20 200 Td (round and round) Tj ET",
        b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<</Font<</F1 5 0 R>>>>",
    )
    return one_page(b"/MediaBox[0 0 300 300]", stream(b"/X Do"), *forms, last)


def million_pages() -> bytes:
    """A page tree of six levels, each of which names the next a hundred times."""
    levels = [
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (100 ** (6 - level), b"%d 0 R " % (level + 3) * 100)
        for level in range(6)
    ]
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", *levels, b"<</Type/Page/MediaBox[0 0 9 9]>>")


_CYCLE = pdf(
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 9>>",
    b"<</Type/Pages/Kids[2 0 R]/Count 9>>",
)
_SELF_FORM = stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")

PDF = [
    Hostile("truncated.pdf", lambda _: good_pdf()[:300], "failed", "is damaged or no PDF"),
    Hostile("header-and-noise.pdf", same(b"%PDF-1.7\n" + noise(9000)), "failed", "is damaged or no PDF"),
    Hostile("wrong-xref.pdf", lambda _: one_page().replace(b" 00000 n", b"9 0000 n"), "added|duplicate"),
    Hostile(
        "xref-elsewhere.pdf", same(pdf(b"<</Type/Catalog/Pages 2 0 R>>", start=99_999)), "failed", "PDF|text"
    ),
    Hostile("cyclic-pages.pdf", same(_CYCLE), "failed", "PDF|text"),
    Hostile("no-pages.pdf", same(pdf(b"<</Type/Catalog>>")), "failed", "PDF|text"),
    Hostile(
        "missing-pages.pdf",
        same(pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[7 0 R 8 0 R]/Count 2>>")),
        "failed",
        "PDF|text",
    ),
    Hostile("million-pages.pdf", lambda _: million_pages(), "failed", "pages|text"),
    Hostile("negative-box.pdf", same(one_page(b"/MediaBox[300 300 -300 -300]")), "added|duplicate"),
    Hostile("huge-box.pdf", same(one_page(b"/MediaBox[0 0 9e30 9e30]")), "added|duplicate"),
    Hostile("empty-box.pdf", same(one_page(b"/MediaBox[0 0 0 0]")), "added|duplicate"),
    Hostile("words-for-box.pdf", same(one_page(b"/MediaBox[(a) /b null true]")), "added|duplicate"),
    Hostile(
        "deep-array.pdf",
        same(one_page(b"/MediaBox[0 0 300 300]/X" + b"[" * 200_000 + b"]" * 200_000)),
        "added|duplicate",
    ),
    Hostile("deep-states.pdf", same(one_page(content=stream(b"q " * 500_000))), "failed", "text"),
    Hostile(
        "self-form.pdf", same(one_page(b"/MediaBox[0 0 9 9]", stream(b"/X Do"), _SELF_FORM)), "failed", "text"
    ),
    Hostile(
        "encrypted.pdf",
        lambda _: good_pdf(encrypt=StandardEncryption("secret", strength=128)),
        "failed",
        "is encrypted; save it without its password",
    ),
    Hostile(
        "launcher.pdf",
        lambda lure: (
            one_page(b"/MediaBox[0 0 300 300]/AA<</O<</S/URI/URI(%s)>>>>" % lure.url.encode())
            .replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(/bin/true)>>")
            .replace(b"36 per cent", b"63 per cent")
        ),
        "added",
    ),
]


# -- archives ------------------------------------------------------------------------------------------------


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def renamed(name: bytes, content: str) -> bytes:
    """An archive with one member of this name, which no program would write."""
    plain = "x" * len(name)
    return zipped({plain: content}, zipfile.ZIP_STORED).replace(plain.encode(), name)


def linked(target: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, target)
        archive.writestr("beside.txt", "链接旁边的文件照常收录。")
    return made.getvalue()


def overlapping() -> bytes:
    """Two thousand entries of the directory that all mean the same five megabytes."""
    inside = zipped({"0000.txt": bytes(5_000_000)})
    local, directory = (
        inside[: inside.index(b"PK\1\2")],
        inside[inside.index(b"PK\1\2") : inside.index(b"PK\5\6")],
    )
    entries = b"".join(directory.replace(b"0000.txt", b"%04d.txt" % number) for number in range(2000))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2000, 2000, len(entries), len(local), 0)
    return local + entries + end


def patched(data: bytes, offset: int, value: int, width: str = "<I") -> bytes:
    """``data`` with a field of its first directory entry changed."""
    start = data.index(b"PK\1\2") + offset
    return data[:start] + struct.pack(width, value) + data[start + struct.calcsize(width) :]


def nested(depth: int) -> bytes:
    data = zipped({"innermost.txt": "最里面的文字。"})
    for level in range(depth):
        data = zipped({f"{level}.zip": data})
    return data


def doubled() -> bytes:
    data = zipped({"a.txt": "同名文件的第一份内容。", "b.txt": "同名文件的第二份内容。"}, zipfile.ZIP_STORED)
    return data.replace(b"b.txt", b"a.txt")


def nameless() -> bytes:
    """An archive whose first member has no name at all."""
    data = zipped({"a": "没有名字。", "b.txt": "有名字的邻居。"}, zipfile.ZIP_STORED)
    directory = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    second = data.index(b"PK\1\2", directory + 4)
    entry = bytearray(data[directory : directory + 46])
    struct.pack_into("<H", entry, 28, 0)
    local = bytearray(data[:directory])
    struct.pack_into("<HH", local, 26, 0, 1)  # the letter becomes an extra field, so that offsets stay
    size = len(entry) + end - second
    return (
        bytes(local + entry)
        + data[second:end]
        + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2, 2, size, directory, 0)
    )


def odd_names() -> bytes:
    names = ["😀.txt", "\u202etxt.exe.txt", "长" * 300 + ".txt", " .txt", "a\tb\x1b[31m\n.txt"]
    return zipped({name: f"第{number}个名字古怪的文件。" for number, name in enumerate(names, 1)})


_READ = ("added", "")
_BOMB = "unpacks to more than 200 times its size"
_BAD_ZIP = "is damaged, or no zip archive"

ARCHIVES = [
    Hostile(
        "slip.zip",
        same(zipped({"../../slipped.txt": "从压缩包里溜出来的文字甲。"})),
        "added",
        "",
        {"slipped.txt": _READ},
    ),
    Hostile(
        "absolute.zip",
        same(zipped({"/tmp/slipped.txt": "从压缩包里溜出来的文字乙。"})),
        "added",
        "",
        {"tmp/slipped.txt": _READ},
    ),
    Hostile(
        "drive.zip",
        same(renamed(b"C:\\slipped.txt", "从压缩包里溜出来的文字丙。")),
        "added",
        "",
        {"slipped.txt": _READ},
    ),
    Hostile(
        "backslashes.zip",
        same(renamed(b"..\\..\\slipped.txt", "从压缩包里溜出来的文字丁。")),
        "added",
        "",
        {"slipped.txt": _READ},
    ),
    Hostile("link.zip", lambda lure: linked(str(lure.secret)), "added", "", {"beside.txt": _READ}),
    Hostile("bomb.zip", same(zipped({"zeros.txt": bytes(50_000_000)})), "failed", _BOMB),
    Hostile(
        "half-a-bomb.zip",
        lambda _: zipped(
            {"zeros.txt": bytes(5_000_000), "noise.bin": noise(100_000), "good.txt": "炸弹旁边的好文件。"}
        ),
        "failed",
        "",
        {
            "zeros.txt": ("failed", _BOMB),
            "noise.bin": ("skipped", "is of a kind that is not read"),
            "good.txt": _READ,
        },
    ),
    Hostile(
        "nested.zip",
        lambda _: nested(4),
        "failed",
        "more than 3 archives deep",
        {"3.zip/2.zip/1.zip": ("failed", "archives deep")},
    ),
    Hostile("overlapping.zip", lambda _: overlapping(), "failed", _BOMB + "|holds more than 500 MB"),
    Hostile(
        "says-less.zip",
        lambda _: patched(zipped({"a.txt": "甲" * 9000}), 24, 10),
        "failed",
        "",
        {"a.txt": ("failed", "damaged|larger than")},
    ),
    Hostile(
        "says-more.zip",
        lambda _: patched(zipped({"a.txt": "甲" * 9000}), 24, 4_000_000_000),
        "failed",
        "",
        {"a.txt": ("failed", "larger than 200 MB")},
    ),
    Hostile(
        "many.zip",
        lambda _: zipped({f"{number}.txt": "" for number in range(20_000)}, zipfile.ZIP_STORED),
        "failed",
        "holds more than 10,000 files",
    ),
    Hostile(
        "encrypted.zip",
        lambda _: patched(zipped({"a.txt": "加密"}), 8, 1, "<H"),
        "failed",
        "",
        {"a.txt": ("failed", "is encrypted; unpack it")},
    ),
    Hostile("truncated.zip", lambda _: zipped({"a.txt": "甲" * 99})[:-30], "failed", _BAD_ZIP),
    Hostile(
        "wrong-sum.zip",
        lambda _: patched(zipped({"a.txt": "校验和"}), 16, 1),
        "failed",
        "",
        {"a.txt": ("failed", "is damaged in its archive")},
    ),
    Hostile(
        "nul-name.zip", same(renamed(b"a\0b.txt", "名字里有空字符的文件。")), "added", "", {"ab.txt": _READ}
    ),
    Hostile(
        "nameless.zip",
        lambda _: nameless(),
        "skipped",
        "",
        {"unnamed": ("skipped", "not read"), "b.txt": _READ},
    ),
    Hostile("doubled.zip", lambda _: doubled(), "added|updated", "", None),
    Hostile(
        "odd-names.zip",
        lambda _: odd_names(),
        "added",
        "",
        {"😀.txt": _READ, "长" * 196 + ".txt": _READ, "ab[31m.txt": _READ},
    ),
    Hostile("empty.zip", same(zipped({})), "failed", "holds no file that can be read"),
]


# -- Office files and books ----------------------------------------------------------------------------------

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def types(part: str, kind: str, more: str = "") -> str:
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{_OFFICE}.{kind}"/>{more}</Types>'
    )


def relations(*targets: tuple[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="r{number}" Type="{_LINK}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{each}</Relationships>'


def docx(head: str, text: str, more: Mapping[str, bytes | str] | None = None) -> bytes:
    body = (
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    )
    return zipped(
        {
            "[Content_Types].xml": types("word/document.xml", "wordprocessingml.document.main+xml"),
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f'<?xml version="1.0"?>{head}{body}',
            **(more or {}),
        }
    )


def xlsx(head: str, rows: str, dimension: str = "A1:B2") -> bytes:
    kind = f"{_OFFICE}.spreadsheetml.worksheet+xml"
    sheet = f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}"/>'
    return zipped(
        {
            "[Content_Types].xml": types("xl/workbook.xml", "spreadsheetml.sheet.main+xml", sheet),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_LINK}"><sheets>'
            '<sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?>{head}<worksheet xmlns="{_SHEET}">'
            f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def pptx(head: str, text: str) -> bytes:
    draw = "http://schemas.openxmlformats.org/drawingml/2006/main"
    slide = f'<Override PartName="/ppt/slides/slide1.xml" ContentType="{_OFFICE}.presentationml.slide+xml"/>'
    return zipped(
        {
            "[Content_Types].xml": types(
                "ppt/presentation.xml", "presentationml.presentation.main+xml", slide
            ),
            "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/_rels/presentation.xml.rels": relations(("slide", "slides/slide1.xml")),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{_LINK}"><p:sldIdLst>'
            '<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
            "ppt/slides/slide1.xml": f'<?xml version="1.0"?>{head}<p:sld xmlns:p="{_SLIDE}" xmlns:a="{draw}">'
            "<p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>"
            '<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:cNvSpPr/><p:nvPr/>'
            f"</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
            "</p:spTree></p:cSld></p:sld>",
        }
    )


def epub(head: str, text: str) -> bytes:
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<?xml version="1.0"?>{head}<container><rootfiles>'
            '<rootfile full-path="book.opf"/></rootfiles></container>',
            "book.opf": f'<?xml version="1.0"?>{head}<package><manifest>'
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "a.xhtml": f'<?xml version="1.0"?>{head}<html><body><p>{text}</p></body></html>',
        }
    )


def external(lure: Lure) -> str:
    """A document type that takes an entity from a file, and itself from the network."""
    return f'<!DOCTYPE x SYSTEM "{lure.url}/x.dtd" [<!ENTITY lure SYSTEM "{lure.secret.as_uri()}">]>'


def remote(lure: Lure) -> str:
    load = f'<!ENTITY % load SYSTEM "{lure.url}/p.dtd"> %load;'
    return f'<!DOCTYPE x [{load} <!ENTITY lure SYSTEM "{lure.url}/e">]>'


def laughs() -> str:
    """A document type whose last entity stands for ten to the ninth power of its first."""
    steps = "".join(f'<!ENTITY l{step} "{f"&l{step - 1};" * 10}">' for step in range(1, 9))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{steps}<!ENTITY lure "{"&l8;" * 10}">]>'


def quadratic() -> str:
    return f'<!DOCTYPE x [<!ENTITY lure "{"a" * 100_000}">]>'


def xml_attacks(suffix: str, make: Callable[[str, str], bytes]) -> list[Hostile]:
    """The ways to abuse entities, in one format. ``make`` takes a document type and the text."""
    either = ("added|duplicate|failed", "^$|is damaged|holds no text|is no|is not|unpacks")
    return [
        Hostile(
            f"external{suffix}", lambda lure: make(external(lure), f"外部实体{suffix}：&lure;。"), *either
        ),
        Hostile(f"remote{suffix}", lambda lure: make(remote(lure), f"远程实体{suffix}：&lure;。"), *either),
        Hostile(f"laughs{suffix}", lambda _: make(laughs(), f"十亿次大笑{suffix}：&lure;。"), *either),
        Hostile(
            f"quadratic{suffix}",
            lambda _: make(quadratic(), f"平方膨胀{suffix}：" + "&lure;" * 20_000),
            *either,
        ),
    ]


def many_rows() -> str:
    """Few cells far apart, and a row number beyond the last that Excel has."""
    rows = ((1, "A"), (1_048_576, "XFD"), (99_999_999, "ZZZ"))
    return "".join(
        f'<row r="{row}">{cell(f"{column}{row}", f"遥远的格子{row}")}</row>' for row, column in rows
    )


OFFICE = [
    *xml_attacks(".docx", docx),
    *xml_attacks(".xlsx", lambda head, text: xlsx(head, f'<row r="1">{cell("A1", text)}</row>')),
    *xml_attacks(".pptx", pptx),
    *xml_attacks(".epub", epub),
    Hostile("no-parts.docx", same(zipped({"a.xml": "<a/>"})), "failed", "is damaged or no .docx"),
    Hostile("no-parts.xlsx", same(zipped({"b.xml": "<b/>"})), "failed", "is damaged or no .xlsx"),
    Hostile("no-parts.pptx", same(zipped({"c.xml": "<c/>"})), "failed", "is damaged or no .pptx"),
    Hostile("no-parts.epub", same(zipped({"d.xml": "<d/>"})), "failed", "is damaged, or not a book"),
    Hostile(
        "wrong-type.docx",
        lambda _: docx(
            "",
            "错的类型",
            {"[Content_Types].xml": types("word/document.xml", "spreadsheetml.sheet.main+xml")},
        ),
        "added|failed",
    ),
    Hostile(
        "no-types.docx",
        lambda _: docx("", "没有类型", {"[Content_Types].xml": ""}),
        "failed",
        "is damaged or no .docx",
    ),
    Hostile(
        "a-sheet.docx",
        lambda _: xlsx("", f'<row r="1">{cell("A1", "其实是表格")}</row>'),
        "failed",
        "is damaged or no .docx|holds no text",
    ),
    Hostile("a-letter.xlsx", lambda _: docx("", "其实是信"), "failed", "is damaged or no .xlsx"),
    Hostile("a-letter.pptx", lambda _: docx("", "其实也是信"), "failed", "is damaged or no .pptx"),
    Hostile(
        "bomb.docx", lambda _: docx("", "炸弹", {"word/media/zeros.bin": bytes(30_000_000)}), "failed", _BOMB
    ),
    Hostile(
        "deep.docx",
        lambda _: docx("", "深" + "<a>" * 20_000 + "</a>" * 20_000),
        "failed",
        "is damaged|nested",
    ),
    Hostile("far.xlsx", lambda _: xlsx("", many_rows(), "A1:XFD1048576"), "added"),
    Hostile(
        "slip.epub", lambda _: epub("", "书").replace(b"a.xhtml", b"../../x"), "failed", "damaged|no text"
    ),
]


# -- pages of the web, mail ----------------------------------------------------------------------------------


def html(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()


def fetching(lure: Lure) -> bytes:
    """A page that would load a thing of every kind."""
    url = lure.url
    return html(
        f'<p>网页里的链接一个也不会打开。<a href="javascript:alert(1)">点我</a></p>'
        f'<script src="{url}/s.js"></script>'
        f'<script>document.write("脚本写的字")</script><img src="{url}/i.png"><iframe src="{url}/f"></iframe>'
        f'<object data="{lure.secret.as_uri()}"></object>'
        f'<embed src="{url}/e"><svg><image href="{url}/v"/></svg>',
        f'<base href="{url}"><link rel=stylesheet href="{url}/c.css">'
        f'<meta http-equiv=refresh content="0;{url}">'
        f"<style>@import url({url}/d.css)</style>",
    )


def mail(body: str, *headers: str) -> bytes:
    lines = ["From: a@example.org", "To: b@example.org", *headers, "", body]
    return "\r\n".join(lines).encode()


def with_attachment(name: str, content: str) -> bytes:
    encoded = base64.b64encode(content.encode()).decode()
    return mail(
        f"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n附件见{name[-5:]}。\r\n--x\r\n"
        f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--x--",
        'Content-Type: multipart/mixed; boundary="x"',
    )


def mail_in_mail(depth: int) -> bytes:
    return b"".join(
        b"Subject: level %d\r\nContent-Type: message/rfc822\r\n\r\n" % level for level in range(depth)
    ) + mail("最里面的一封信。", "Subject: innermost", "Content-Type: text/plain; charset=utf-8")


def parts_in_parts(depth: int) -> bytes:
    """Multiparts in each other, of which none is closed."""
    head = mail("", 'Content-Type: multipart/mixed; boundary="b0"')
    levels = (
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (level, level + 1)
        for level in range(depth)
    )
    return head + b"".join(levels)


WEB = [
    Hostile("fetching.html", fetching, "added"),
    Hostile(
        "deep.html",
        lambda _: html("<div>" * 100_000 + "深处的文字。" + "</div>" * 100_000),
        "failed",
        "is nested deeper than 2048",
    ),
    Hostile(
        "attributes.html",
        lambda _: html("<p " + " ".join(f"a{number}=1" for number in range(30_000)) + ">三万个属性。</p>"),
        "added",
    ),
    Hostile(
        "one-attribute.html",
        lambda _: html("<p " + "a=1 " * 1_000_000 + ">同一个属性一百万次。</p>"),
        "added",
    ),
    Hostile(
        "comment.html", lambda _: html("<p>注释之前的文字。</p><!--" + "很长的注释" * 2_000_000), "added"
    ),
    Hostile(
        "unclosed.html",
        lambda _: html("<p>没有收尾的标签，<b>一个<i>接<table><tr><td>一个" + "<b><i>" * 300 + "<a href="),
        "added",
    ),
    Hostile("nul.html", lambda _: html("<p>页面里有\0空字\0符。</p>"), "doubtful", "Choose with: judian add"),
    Hostile(
        "only-script.html",
        same(html("<script>var text = '看不见的脚本';</script>")),
        "failed",
        "holds no text",
    ),
    Hostile(
        "entities.xhtml",
        lambda _: (laughs() + "<html><body><p>网页的实体：&lure;。</p></body></html>").encode(),
        "added",
    ),
    Hostile(
        "external.xhtml",
        lambda lure: (external(lure) + "<html><body><p>外部的实体：&lure;。</p></body></html>").encode(),
        "added",
    ),
    Hostile(
        "table.html",
        lambda _: html("<table>" + "<tr><td rowspan=99999 colspan=99999>格" * 300 + "</table>"),
        "added",
    ),
    Hostile(
        "no-parts.mhtml",
        same(b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"),
        "failed",
        "holds no text",
    ),
    Hostile(
        "unbounded.mhtml",
        same(b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n--x\r\n"),
        "failed",
        "holds no text",
    ),
]

MAIL = [
    Hostile("in-each-other.eml", lambda _: mail_in_mail(50), "failed", "archives deep", None),
    Hostile("parts.eml", lambda _: parts_in_parts(3000), "added|failed", "^$|nested|not a mail"),
    Hostile(
        "base64.eml",
        lambda _: mail(
            "!!!===\r\n5b=,6\r\n",
            "Subject: broken base64",
            "Content-Transfer-Encoding: base64",
            "Content-Type: text/plain; charset=utf-8",
        ),
        "added|doubtful",
    ),
    Hostile(
        "injection.eml",
        lambda _: mail(
            "正文在这里，没有密送。",
            "Subject: =?utf-8?q?hello=0D=0ABcc:_evil=40example.org?=",
            "Content-Type: text/plain; charset=utf-8",
        ),
        "added",
    ),
    Hostile(
        "charset.eml",
        lambda _: mail(
            "字符集无人知晓。", "Subject: unknown", 'Content-Type: text/plain; charset="no-such-set"'
        ),
        "added",
    ),
    Hostile(
        "codec.eml",
        lambda _: mail(
            "这是一个不该执行的编码。", "Subject: codec", "Content-Type: text/plain; charset=zlib_codec"
        ),
        "added",
    ),
    Hostile(
        "slip.eml",
        lambda _: with_attachment("../../slipped.txt", "从附件里溜出来的文字。"),
        "added",
        "",
        {"slipped.txt": _READ},
    ),
    Hostile(
        "nul.eml",
        lambda _: with_attachment("a\0b/../c.txt", "附件名里有空字符。"),
        "added",
        "",
        {"ab/c.txt": _READ},
    ),
    Hostile(
        "bomb.eml",
        lambda _: with_attachment("bomb.zip", "").replace(
            b"\r\n\r\n\r\n--x--",
            b"\r\n\r\n" + base64.encodebytes(zipped({"zeros.txt": bytes(5_000_000)})) + b"\r\n--x--",
        ),
        "failed",
        "",
        {"bomb.zip/zeros.txt": ("failed", _BOMB)},
    ),
    Hostile(
        "header.eml",
        lambda _: mail(
            "标题长达两百万字。",
            "Subject: " + "=?utf-8?b?5a2X?= " * 200_000,
            "Content-Type: text/plain; charset=utf-8",
        ),
        "added",
    ),
]


# -- text, tables, records -----------------------------------------------------------------------------------

_HAN = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜"


def unbroken(characters: int) -> bytes:
    """Chinese characters at random, without a mark or a line break."""
    return "".join(random.Random(5).choices(_HAN, k=characters)).encode()


def long_table() -> bytes:
    head = ",".join(f"列{number}" for number in range(100_000))
    return f"{head}\n{','.join(map(str, range(100_000)))}\n".encode()


RECORDS_AND_TEXT = [
    Hostile(
        "beyond.txt", lambda _: b"a" * 200_000_001, "failed", "has 200,000,001 bytes, more than 200,000,000"
    ),
    Hostile(
        "one-line.txt",
        lambda _: unbroken(1000) * 30_000,
        "failed",
        "holds 30,000,000 characters, more than 20,000,000",
    ),
    Hostile(
        "controls.txt",
        same("控制\x1b[2J\x07字符\0".encode() * 30),
        "doubtful|failed",
        "Choose with: judian add|is binary",
    ),
    Hostile(
        "escape.txt",
        lambda _: "终端转义\x1b[31m只有一处，其余都是普通的文字。".encode() + "普通的句子。".encode() * 200,
        "added",
    ),
    Hostile("marks.txt", lambda _: ("e" + "\u0301" * 200_000 + "组合符号很多。").encode(), "added"),
    Hostile(
        "bidi.md", lambda _: "\u202e反向\u202c的文字\u2066夹在中间\u2069。\ufeff\u200b".encode(), "added"
    ),
    Hostile("half-utf16.txt", same("半个字符的编码".encode("utf-16") + b"\xd8"), "added|failed|doubtful"),
    Hostile("fences.md", lambda _: ("```\n" * 50_000 + "围栏没有收尾。").encode(), "added"),
    Hostile(
        "headings.md",
        lambda _: "".join(f"{'#' * (number % 9)} 标题{number}\n" for number in range(9000)).encode(),
        "added",
    ),
    Hostile("quotes.md", lambda _: (">" * 100_000 + " 引用很深。").encode(), "added"),
    Hostile("wide.csv", lambda _: long_table(), "added"),
    Hostile("unclosed.csv", lambda _: ('城市,"人口\n长沙,1051\n' + "株洲,390\n" * 3000).encode(), "added"),
    Hostile(
        "nul.csv",
        same("城市,人\0口\n长沙,10\0".encode()),
        "doubtful|failed",
        "Choose with: judian add|is binary",
    ),
    Hostile("separator.csv", same('sep="\n甲"乙"丙\n'.encode()), "added|failed"),
    Hostile("deep.json", same(b"[" * 100_000 + b"]" * 100_000), "failed", "is nested too deeply"),
    Hostile("deep-open.json", same(b'{"a":' * 100_000), "failed", "nested too deeply|not valid JSON"),
    Hostile("integer.json", lambda _: b'{"number": ' + b"9" * 1_000_000 + b"}", "added"),
    Hostile("exponent.json", same(b'{"n": 1e999999999, "m": -1E-999999999}'), "added"),
    Hostile("truncated.json", same('{"题目": "没有写完'.encode()), "failed", "is not valid JSON"),
    Hostile("twice.json", same('{"城市": "长沙", "城市": "株洲", "城市": "湘潭市的记录"}'.encode()), "added"),
    Hostile("nan.json", same('{"温度": NaN, "上限": -Infinity, "名": "不是数"}'.encode()), "added"),
    Hostile("surrogate.json", same(b'{"text": "\\ud800 alone and \\udfff the other"}'), "added"),
    Hostile(
        "growing.json",
        lambda _: b'{"%s": %s}' % (b"k" * 500_000, b"[" + b'{"a": 1},' * 4000 + b'{"a":1}]'),
        "failed|added",
    ),
    Hostile(
        "bad-line.jsonl",
        lambda _: "".join(f'{{"编号": {number}}}\n' for number in range(30)).encode() + b"{oops\n",
        "added",
    ),
    Hostile("bad-lines.jsonl", same(b"{oops\n" * 9), "failed", "is not valid JSON"),
]


# -- pictures ------------------------------------------------------------------------------------------------


def picture(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "white").save(made, kind)
    return made.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG that claims this size and has one row of it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(300)))
        + chunk(b"IEND", b"")
    )


def circular_tiff() -> bytes:
    """A TIFF whose first page is followed by itself."""
    data = bytearray(picture("TIFF"))
    start = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * entries, start)
    return bytes(data)


IMAGES = [
    Hostile(
        "huge.png", lambda _: png(100_000, 100_000), "failed", "has too many pixels|is damaged or no picture"
    ),
    Hostile("wide.png", lambda _: png(2_000_000_000, 1), "failed", "pixels|is damaged or no picture"),
    Hostile("short.png", lambda _: png(3000, 3000), "failed", "is damaged or no picture|no text"),
    Hostile(
        "truncated.jpg", lambda _: picture("JPEG", (600, 400))[:400], "failed", "is damaged or no picture"
    ),
    Hostile("gif.png", lambda _: picture("GIF"), "failed", "holds no text that could be recognised"),
    Hostile(
        "postscript.png",
        same(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) show\n"),
        "failed",
        "is damaged or no picture",
    ),
    Hostile("circular.tiff", lambda _: circular_tiff(), "failed", "picture|no text"),
    Hostile("thin.bmp", lambda _: picture("BMP", (1, 20_000)), "failed", "no text"),
    Hostile("dot.webp", lambda _: picture("WEBP", (1, 1)), "failed", "no text"),
]


# -- files that are not what they are called -----------------------------------------------------------------

_EXECUTABLE = b"MZ\x90\0\3\0\0\0" + bytes(52) + b"PE\0\0" + noise(2000)
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_EMPTY = "is empty|is damaged|holds no|is not|is no |needs LibreOffice"
_EVERY = (*TEXT, *TABLES, *PAGES, *RECORDS, *PICTURES, *PACKAGES, *OLDER, ".pdf", ".eml", ".zip")
_BINARY = "is binary|" + _EMPTY


def prose(suffix: str) -> bytes:
    return f"这只是一段普通的文字，却取名为{suffix}文件。\n".encode()


DISGUISED = [
    *(Hostile(f"empty{suffix}", same(b""), "failed", _EMPTY) for suffix in _EVERY),
    *(Hostile(f"noise{suffix}", same(noise(3000)), "failed|doubtful", _BINARY) for suffix in _EVERY),
    *(
        Hostile(f"prose{suffix}", same(prose(suffix)), "added")
        for suffix in (*TEXT, *TABLES, *PAGES, ".doc", ".rtf", ".xls")
    ),
    *(
        Hostile(f"prose{suffix}", same(prose(suffix)), "failed", _EMPTY)
        for suffix in _EVERY
        if suffix not in (*TEXT, *TABLES, *PAGES, ".doc", ".rtf", ".xls")
    ),
    Hostile("program.pdf", same(_EXECUTABLE), "failed", "is damaged or no PDF"),
    Hostile("program.docx", same(_EXECUTABLE), "failed", "zip archive"),
    Hostile("program.txt", same(_EXECUTABLE), "failed", "is binary"),
    Hostile(
        "old.doc", same(_COMPOUND + noise(4000)), "failed", "is no .doc file, or is damaged|needs LibreOffice"
    ),
    Hostile("old.docx", same(_COMPOUND + noise(4000)), "failed", "zip archive|is an older file"),
    Hostile(
        "locked.docx",
        same(_COMPOUND + "EncryptedPackage".encode("utf-16-le") + noise(400)),
        "failed",
        "is encrypted|zip archive",
    ),
]

GROUPS = {
    "pdf": PDF,
    "archives": ARCHIVES,
    "office": OFFICE,
    "web": WEB,
    "mail": MAIL,
    "records": RECORDS_AND_TEXT,
    "images": IMAGES,
    "disguised": DISGUISED,
}
