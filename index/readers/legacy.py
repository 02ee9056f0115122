"""An old, rich-text or OpenDocument file to the Open XML file LibreOffice makes of it. Reads no text."""

from __future__ import annotations

import codecs
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from index.readers.parsed import Tick, UnreadableError

# What each suffix becomes.
SUFFIXES = {
    ".doc": ".docx",
    ".rtf": ".docx",
    ".odt": ".docx",
    ".ppt": ".pptx",
    ".odp": ".pptx",
    ".xls": ".xlsx",
    ".ods": ".xlsx",
}

_PACKAGES = {".docx": "writer", ".pptx": "impress", ".xlsx": "calc"}
_FOLDERS = {".docx": b"word/", ".pptx": b"ppt/", ".xlsx": b"xl/"}
_TIMEOUT = 120.0  # seconds
_LOOK = 0.2  # seconds between two looks at the process
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK = "Workbook".encode("utf-16-le")
# The streams without which a file in the older container is not what its name says. LibreOffice would show
# its bytes as text.
_STREAMS = {
    ".doc": ("WordDocument".encode("utf-16-le"),),
    ".ppt": ("PowerPoint Document".encode("utf-16-le"), "PP40".encode("utf-16-le")),
    ".xls": (_WORKBOOK, "Book".encode("utf-16-le")),
}
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD = 4096  # bytes
# What a file of plain text is that goes by one of these names.
_TEXT = {".doc": ".txt", ".rtf": ".txt", ".xls": ".csv"}

# A document must not make LibreOffice call out: linked pictures and sheets stay unread, and every protocol
# goes to a proxy that is not there. Macros are never run.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
{items}</oor:items>
"""
_ITEM = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>\n'
_VALUES = (
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "1"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetNoProxy", ""),
)


def convert(data: bytes, suffix: str, tick: Tick) -> tuple[bytes, str]:
    """The bytes and the suffix of the Open XML file made of ``data``, whose name ends in ``suffix``.

    What is only named so comes back as it is, with the suffix it should have: Open XML, and the web pages and
    plain text that many programs export as .doc and .xls. Raises UnreadableError.
    """
    wanted = SUFFIXES[suffix]
    real = _real_suffix(data, suffix)
    if real != suffix:
        return data, real
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise UnreadableError(
            "needs LibreOffice, which is not installed; install it"
            f" (apt install libreoffice-{_PACKAGES[wanted]}-nogui) or save the file as {wanted}",
            "no_office",
            wanted=wanted,
        )
    if data.startswith(_COMPOUND) and not any(name in data for name in _STREAMS.get(suffix, (_COMPOUND,))):
        raise _damaged(suffix, wanted)
    with tempfile.TemporaryDirectory(prefix="judian-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / f"document{suffix}"
        source.write_bytes(data)
        _run(program, source, wanted, tick, _options(data, suffix))
        made = folder / "converted" / f"document{wanted}"
        if not made.is_file():
            raise UnreadableError(
                f"was not converted by LibreOffice, so it is encrypted, damaged or no {suffix} file;"
                f" open it in its program and save it as {wanted}",
                "unconverted",
                wanted=wanted,
            )
        return made.read_bytes(), wanted


def _real_suffix(data: bytes, suffix: str) -> str:
    """The suffix that the content asks for: ``suffix`` for all that LibreOffice is to convert."""
    wanted = SUFFIXES[suffix]
    if data.startswith(b"PK"):
        return wanted if _FOLDERS[wanted] in data and b"[Content_Types].xml" in data else suffix
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(_COMPOUND) or head.startswith(b"{\\rtf") or b"mso-application" in head:
        return suffix
    if not data.strip(b"\0"):
        raise UnreadableError("is empty; there is nothing to read, add another file", "empty")
    is_text = b"\0" not in data[:_HEAD] or data.startswith(_BYTE_ORDER_MARKS)
    if not is_text or suffix not in _TEXT:
        # LibreOffice would show any bytes as text.
        raise _damaged(suffix, wanted)
    if head.startswith(b"MIME-Version:"):
        return ".mht"
    return (
        ".html"
        if re.search(rb"<(?:!doctype html|html|head|body|table)\b", head, re.IGNORECASE)
        else _TEXT[suffix]
    )


def _options(data: bytes, suffix: str) -> tuple[str, ...]:
    if suffix != ".xls" or not data.startswith(_COMPOUND):
        return ()
    # Left to choose, LibreOffice reads a damaged workbook as text.
    return ("--infilter=MS Excel 97",) if _WORKBOOK in data else ("--infilter=MS Excel 95",)


def _damaged(suffix: str, wanted: str) -> UnreadableError:
    line = f"is no {suffix} file, or is damaged; open it in its program and save it as {wanted}"
    return UnreadableError(line, "unconverted", wanted=wanted)


def refuse_compound(data: bytes, suffix: str) -> None:
    """Raises UnreadableError if ``data``, named as an Open XML file, is in the older container.

    Open XML files with a password are kept in that container too.
    """
    if not data.startswith(_COMPOUND):
        return
    if _ENCRYPTED in data:
        raise UnreadableError("is encrypted; save it without its password and add it again", "encrypted")
    raise UnreadableError(
        f"is an older file under a new name; rename it to {suffix[:4]} and add it again",
        "older",
        suffix=suffix[:4],
    )


def _run(program: str, source: Path, wanted: str, tick: Tick, options: Sequence[str] = ()) -> None:
    profile = source.parent / "profile"
    (profile / "user").mkdir(parents=True)
    items = "".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _VALUES)
    settings = _SETTINGS.format(items=items)
    (profile / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(
        [
            program,
            f"-env:UserInstallation={profile.as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", *options, "--convert-to", wanted[1:]),
            *("--outdir", str(source.parent / "converted"), str(source)),
        ],
        cwd=source.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + _TIMEOUT
        while not _ended(process):
            if time.monotonic() > end:
                raise UnreadableError(
                    f"took LibreOffice more than {_TIMEOUT:.0f} seconds;"
                    f" open it in its program and save it as {wanted}",
                    "unconverted",
                    wanted=wanted,
                )
            tick(0, 0)
    finally:
        # The program is a script that starts others, which must not outlive this call.
        _kill_group(process)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        process.wait()
