"""Zip archives are read member by member, under names that lead nowhere, within limits."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest

from index.readers import archive
from index.readers.parsed import UnreadableError


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return stream.getvalue()


def named_in(encoding: str, *names: str) -> bytes:
    """An archive as Windows makes it: names in its code page, without the flag for UTF-8."""
    stand_ins = [f"{number}" * len(name.encode(encoding)) for number, name in enumerate(names)]
    data = zipped({key: name.encode() for key, name in zip(stand_ins, names, strict=True)})
    for key, name in zip(stand_ins, names, strict=True):
        data = data.replace(key.encode(), name.encode(encoding))
    return data


def patched(data: bytes, *, offset: int, value: int, width: str = "<I") -> bytes:
    """``data`` with a field of its first entry in the central directory changed."""
    start = data.index(b"PK\x01\x02") + offset
    return data[:start] + struct.pack(width, value) + data[start + struct.calcsize(width) :]


def test_members_come_in_order_with_their_content() -> None:
    data = zipped({"报告/一.txt": "甲".encode(), "b.md": b"two"})
    assert list(archive.members(data)) == [("报告/一.txt", "甲".encode()), ("b.md", b"two")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_usual_compression_is_read(method: int) -> None:
    content = bytes(range(256)) * 300
    assert list(archive.members(zipped({"a.bin": content}, method))) == [("a.bin", content)]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("文档\\报告.docx", "文档/报告.docx"),
        ("../../etc/passwd", "etc/passwd"),
        ("/root/a.txt", "root/a.txt"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("c:a.txt", "a.txt"),
        ("a//./b/../c.txt", "a/b/c.txt"),
        ("a\x00b\x1f\x7f.txt", "ab.txt"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("e\u0301.txt", "e\u0301.txt"),
        ("长" * 300 + ".docx", "长" * 195 + ".docx"),
        ("长" * 300, "长" * 200),
        ("坏\udcff.txt", "坏.txt"),
    ],
)
def test_a_name_leads_nowhere_else(name: str, safe: str) -> None:
    assert archive.safe_name(name) == safe


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("gb18030", ("会议记录.txt", "年度工作总结.txt")),
        ("big5hkscs", ("會議記錄.txt", "年度工作總結.txt")),
        ("utf-8", ("会议记录.txt", "年度工作总结.txt")),
    ],
)
def test_names_of_a_chinese_windows_are_decoded(encoding: str, names: tuple[str, ...]) -> None:
    found = list(archive.members(named_in(encoding, *names)))
    assert found == [(name, name.encode()) for name in names]


def test_the_name_in_an_extra_field_wins() -> None:
    raw = "會議.txt".encode("gb18030")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        info = zipfile.ZipInfo("x" * len(raw))
        field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + "真名.txt".encode()
        info.extra = struct.pack("<HH", 0x7075, len(field)) + field
        target.writestr(info, b"content")
    data = stream.getvalue().replace(b"x" * len(raw), raw)
    assert list(archive.members(data)) == [("真名.txt", b"content")]


def test_directories_links_and_hidden_files_are_left_out() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("a/", b"")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
        for name in ("__MACOSX/a.txt", "a/.DS_Store", ".git/config", "a/b.txt"):
            target.writestr(name, b"text")
    assert list(archive.members(stream.getvalue())) == [("a/b.txt", b"text")]


def errors(data: bytes) -> list[tuple[str, str]]:
    """The members that cannot be read, and why."""
    found = list(archive.members(data))
    return [(name, str(content)) for name, content in found if isinstance(content, UnreadableError)]


def test_an_encrypted_member_is_told_and_the_others_are_read() -> None:
    data = patched(zipped({"密.txt": b"secret", "明.txt": b"open"}), offset=8, value=0x801, width="<H")
    assert errors(data) == [
        ("密.txt", "is encrypted; unpack it with its password and add what comes out"),
    ]
    assert list(archive.members(data))[1] == ("明.txt", b"open")


def test_a_damaged_member_is_told_and_the_others_are_read() -> None:
    data = patched(zipped({"坏.txt": b"broken", "好.txt": b"whole"}), offset=16, value=1)
    assert errors(data) == [("坏.txt", "is damaged in its archive; pack it again and add that")]
    assert list(archive.members(data))[1] == ("好.txt", b"whole")


def test_a_member_that_unpacks_too_far_is_told_and_refused_in_a_document() -> None:
    data = zipped({"bomb.txt": bytes(5_000_000), "好.txt": b"whole"})
    assert errors(data) == [
        ("bomb.txt", "unpacks to more than 200 times its size; unpack it and add it by itself")
    ]
    assert list(archive.members(data))[1] == ("好.txt", b"whole")
    with pytest.raises(UnreadableError, match="200 times"):
        archive.check(data)


def test_a_member_that_says_a_smaller_size_is_not_read_beyond_it() -> None:
    data = patched(zipped({"liar.txt": b"a" * 100_000}), offset=24, value=10)
    assert errors(data) == [("liar.txt", "is damaged in its archive; pack it again and add that")]


@pytest.mark.parametrize(
    ("size", "message"), [(200_000_001, "larger than 200 MB"), (500_000_001, "more than 500 MB")]
)
def test_sizes_are_checked_before_anything_is_unpacked(size: int, message: str) -> None:
    stored = zipped({"big.bin": bytes(range(256)) * 4000}, zipfile.ZIP_STORED)
    with pytest.raises(UnreadableError, match=message):
        archive.check(patched(stored, offset=24, value=size))


def test_too_many_members_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for number in range(archive.MOST_MEMBERS + 1):
            target.writestr(f"{number}.txt", b"")
    with pytest.raises(UnreadableError, match="more than 10,000 files"):
        list(archive.members(stream.getvalue()))
    with pytest.raises(UnreadableError, match="more than 10,000 files"):
        archive.check(stream.getvalue())


def test_entries_that_lie_over_one_another_are_refused() -> None:
    """Many entries of the directory that name the same packed bytes, as the newer zip bombs have them."""
    data = zipped({"a.txt": bytes((number * 7919) % 256 for number in range(50_000))}, zipfile.ZIP_STORED)
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start:end]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 40, 40, len(entry) * 40, start, 0)
    with pytest.raises(UnreadableError, match="200 times"):
        list(archive.members(data[:start] + entry * 40 + tail))


def test_what_is_no_archive_is_unreadable() -> None:
    for data in (b"", b"PK\x03\x04", b"text", zipped({"a": b"b"})[:20]):
        with pytest.raises(UnreadableError, match="no zip archive"):
            list(archive.members(data))
        with pytest.raises(UnreadableError, match="no zip archive"):
            archive.check(data)


def test_a_document_within_the_limits_passes() -> None:
    archive.check(zipped({"word/document.xml": b"<w:p/>" * 100_000}))
