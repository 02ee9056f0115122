"""A zip archive to its members, one after the other, within limits. Knows nothing of what they hold."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from index.encodings import plausibility
from index.readers.parsed import UnreadableError

MOST_MEMBERS = 10_000
LARGEST_MEMBER = 200_000_000  # bytes, unpacked
LARGEST_TOTAL = 500_000_000
MOST_RATIO = 200  # unpacked to packed; text seldom packs better than 20, a bomb 1000
RATIO_FREE = 1_000_000  # bytes that may be packed as well as they can be

_LONGEST_PART = 200
# bzip2 and LZMA unpack all of a piece at once, whatever length is asked for; a small piece bounds that.
_PIECE = 4096
_UNWANTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_UNICODE_PATH = 0x7075  # an extra field, in which WinRAR and 7-Zip write the name in UTF-8

FOREIGN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # and NotImplementedError: a compression that Python lacks
    ValueError,
    LookupError,
    OverflowError,
    TypeError,
    AttributeError,
)


def members(data: bytes) -> Iterator[tuple[str, bytes | UnreadableError]]:
    """The files in a zip archive, in its order: name with ``/`` between its parts, and content.

    A member that cannot be read comes with the reason in place of its content. Raises UnreadableError when
    that is so for the archive as a whole. Directories, links and hidden files are left out.
    """
    with opened(data) as archive:
        infos = [info for info in archive.infolist() if not (_is_folder(info) or _is_link(info))]
        wanted = [
            (name, info) for name, info in zip(_names(infos), infos, strict=True) if not _is_hidden(name)
        ]
        _check_overlap(archive.infolist(), len(data))
        _check_whole([info for _, info in wanted if not _problem(info)], len(data))
        for name, info in wanted:
            try:
                content: bytes | UnreadableError = read(archive, info)
            except UnreadableError as error:
                content = error
            yield safe_name(name), content


def check(data: bytes) -> None:
    """Raises UnreadableError if the zip archive that a document consists of is beyond the limits of any."""
    with opened(data) as archive:
        infos = archive.infolist()
        _check_overlap(infos, len(data))
        _check_whole(infos, len(data))
        for problem in filter(None, map(_problem, infos)):
            raise problem


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive in ``data``. Raises UnreadableError."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except FOREIGN as error:
        raise UnreadableError(
            "is damaged, or no zip archive; make it again and add that", "damaged_archive"
        ) from error


def read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The content of one member, never more than it says it has. Raises UnreadableError."""
    if problem := _problem(info):
        raise problem
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > min(info.file_size, LARGEST_MEMBER):
                    raise UnreadableError(
                        "is larger than its archive says; pack it again and add that", "damaged_archive"
                    )
    except FOREIGN as error:
        raise UnreadableError(
            "is damaged in its archive; pack it again and add that", "damaged_archive"
        ) from error
    return b"".join(pieces)


def safe_name(name: str) -> str:
    """``name`` as a relative path with ``/`` between its parts, which leads nowhere else."""
    parts: list[str] = []
    for part in name.replace("\\", "/").split("/"):
        kept = _UNWANTED.sub("", part).strip()
        if not parts and len(kept) > 1 and kept[0].isascii() and kept[0].isalpha() and kept[1] == ":":
            kept = kept[2:]
        if kept.strip(". "):  # not empty, "." or ".."
            parts.append(_cut(kept))
    return "/".join(parts) or "unnamed"


def _cut(part: str) -> str:
    """``part`` at a length that file systems take, with its suffix."""
    if len(part) <= _LONGEST_PART:
        return part
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 20:
        return part[:_LONGEST_PART]
    return stem[: _LONGEST_PART - 1 - len(suffix)] + dot + suffix


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith("/")  # ``is_dir`` fails on a name of no characters


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _is_hidden(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return any(
        part == "__MACOSX" or (part.startswith(".") and part.strip(".") != "") for part in parts if part
    )


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The members' names. Windows writes them in the code page of its language without saying which."""
    raw = [_raw_name(info) for info in infos]
    unknown = b"\n".join(name for name in raw if isinstance(name, bytes))
    encoding = _encoding_of(unknown)
    return [name if isinstance(name, str) else name.decode(encoding, "replace") for name in raw]


def _raw_name(info: zipfile.ZipInfo) -> str | bytes:
    """The name, or its bytes if they do not say their encoding. Python reads these as cp437, one for one."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_NAME or name.isascii():
        return name
    raw = name.encode("cp437")
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5 and field[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return field[5:].decode("utf-8", "replace")
    return raw


def _encoding_of(names: bytes) -> str:
    scores: dict[str, float] = {}
    for encoding in ("utf-8", "gb18030", "big5hkscs"):
        try:
            text = names.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8":
            return encoding
        scores[encoding] = plausibility(text)
    return max(scores, key=lambda each: scores[each], default="cp437")


def _check_whole(infos: list[zipfile.ZipInfo], size: int) -> None:
    if len(infos) > MOST_MEMBERS:
        raise UnreadableError(
            f"holds more than {MOST_MEMBERS:,} files; unpack it and add its folder", "large_archive"
        )
    total = sum(info.file_size for info in infos)
    if total > LARGEST_TOTAL:
        raise UnreadableError(
            f"holds more than {LARGEST_TOTAL // 1_000_000} MB unpacked; unpack it and add its folder",
            "large_archive",
        )
    if total > max(RATIO_FREE, MOST_RATIO * size):
        raise UnreadableError(
            f"unpacks to more than {MOST_RATIO} times its size; unpack it and add its folder",
            "large_archive",
        )


def _check_overlap(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Entries can lie over one another, so that each looks innocent."""
    if sum(info.compress_size for info in infos) > size:
        raise UnreadableError(
            f"unpacks to more than {MOST_RATIO} times its size; unpack it and add its folder",
            "large_archive",
        )


def _problem(info: zipfile.ZipInfo) -> UnreadableError | None:
    """Why a member is not to be unpacked, None if it may be."""
    if info.flag_bits & _ENCRYPTED:
        line = "is encrypted; unpack it with its password and add what comes out"
        return UnreadableError(line, "encrypted_archive")
    if info.file_size > LARGEST_MEMBER:
        line = f"is larger than {LARGEST_MEMBER // 1_000_000} MB unpacked; unpack it and split it up"
        return UnreadableError(line, "large_archive")
    if info.file_size > RATIO_FREE and info.file_size > MOST_RATIO * info.compress_size:
        line = f"unpacks to more than {MOST_RATIO} times its size; unpack it and add it by itself"
        return UnreadableError(line, "large_archive")
    return None
