"""A mail to its subject, who wrote it to whom, and its body; and the files in it. Knows no mailboxes."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import Compat32
from typing import Any

from lxml import etree

from index.encodings import Decoded, DoubtfulEncodingError, decode
from index.readers import html
from index.readers.archive import safe_name
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError, clean

_LABELS = (("From", "发件人"), ("To", "收件人"), ("Cc", "抄送"), ("Date", "日期"))
_USUAL_HEADERS = ("From", "To", "Subject", "Date", "Received", "Message-ID", "MIME-Version", "Content-Type")
_NAMELESS = "附件"

# gb2312 and big5 are what mails say of the larger sets they are in.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs"}
_ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_ENOUGH = 0.9  # of the text of the HTML; what is less has lost something
_SUFFIXES = {"text/calendar": ".ics", "text/html": ".html", "text/plain": ".txt", "application/pdf": ".pdf"}

_FOREIGN = (
    MessageError,
    etree.LxmlError,
    binascii.Error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)


def parse(data: bytes, tick: Tick, *, encoding: str | None = None) -> Parsed:
    """One mail (.eml); ``encoding`` is that of its body. Raises UnreadableError and DoubtfulEncodingError."""
    tick(0, 0)
    try:
        message = _message(data)
        builder = TextBuilder()
        subject = _header(message, "Subject")
        builder.heading(subject, 1)
        lines = [(label, _header(message, name)) for name, label in _LABELS]
        builder.paragraph("\n".join(f"{label}：{value}" for label, value in lines if value))
        bodies = [_body(choice, encoding) for choice in _choices(message)]
        if not any(body.text for body in bodies) and _is_encrypted(message):
            raise UnreadableError(
                "is encrypted; save it decrypted in your mail program and add that", "encrypted_mail"
            )
        for body in bodies:
            body.write(builder)
    except _FOREIGN as error:
        raise UnreadableError(
            "is not a mail that can be read; export it again and add that", "no_mail"
        ) from error
    if builder.empty:
        raise UnreadableError("holds no text; there is nothing to index, add another file", "no_text")
    parsed = builder.build(subject, min((body.confidence for body in bodies), default=1.0))
    encodings = [body.encoding for body in bodies if body.encoding]
    return replace(parsed, encoding=encodings[0] if encodings else "utf-8")


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files attached to a mail, name and content; an attached mail as its name with ``.eml``.

    Files inside an attached mail are its own. Raises UnreadableError.
    """
    try:
        for part in _parts(_message(data)):
            name = _file_name(part)
            if part.get_content_type() == "message/rfc822":
                yield _named_mail(part, name)
            elif name or part.get_content_disposition() == "attachment":
                content = part.get_payload(decode=True)
                suffix = _SUFFIXES.get(part.get_content_type(), "")
                yield safe_name(name or _NAMELESS + suffix), content if isinstance(content, bytes) else b""
    except _FOREIGN as error:
        raise UnreadableError(
            "is not a mail that can be read; export it again and add that", "no_mail"
        ) from error


class _RawHeaders(Compat32):
    """Leaves bytes of a header that are not ASCII as surrogates, where its base makes them U+FFFD."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002
        return value


def _message(data: bytes) -> Message:
    """The mail in ``data``.

    The policy "default" parses headers by grammar, breaks Chinese characters that stand across two encoded
    words, and raises on headers that mail programs show.
    """
    message: Message = message_from_bytes(data.lstrip(), policy=_RawHeaders())
    if not any(name in message for name in _USUAL_HEADERS):
        raise UnreadableError(
            "is not a mail; export it from your mail program as .eml and add that", "no_mail"
        )
    return message


def _named_mail(part: Message, name: str) -> tuple[str, bytes]:
    payload: Any = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    content = inner.as_bytes() if isinstance(inner, Message) else b""
    name = name or (_header(inner, "Subject").replace("/", "／") if isinstance(inner, Message) else "")
    name = name or _NAMELESS
    return safe_name(name if name.lower().endswith(".eml") else f"{name}.eml"), content


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a mail in their order; an attached mail is one."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload: Any = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting += [each for each in reversed(payload) if isinstance(each, Message)]
        else:
            yield part


def _choices(message: Message) -> Iterator[tuple[list[Message], list[Message]]]:
    """The stretches of the body in their order: the parts that are plain text, and those that are HTML."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload: Any = part.get_payload()
        if part.get_content_type() == "multipart/alternative":
            leaves = [each for each in _parts(part) if _is_text(each)]
            plain = [each for each in leaves if each.get_content_type() == "text/plain"]
            yield plain, [each for each in leaves if each not in plain]
        elif isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting += [each for each in reversed(payload) if isinstance(each, Message)]
        elif _is_text(part):
            is_html = part.get_content_type() == "text/html"
            yield ([], [part]) if is_html else ([part], [])


def _is_text(part: Message) -> bool:
    attached = part.get_content_disposition() == "attachment" or _file_name(part)
    return part.get_content_type() in ("text/plain", "text/html") and not attached


def _is_encrypted(message: Message) -> bool:
    if message.get_content_type() == "multipart/encrypted":
        return True
    is_smime = message.get_content_type() in ("application/pkcs7-mime", "application/x-pkcs7-mime")
    return is_smime and message.get_param("smime-type") != "signed-data"


@dataclass(frozen=True, slots=True)
class _Body:
    """A stretch of the body: plain text, or the roots of HTML."""

    text: str
    roots: tuple[Any, ...] = ()
    encoding: str = ""
    confidence: float = 1.0

    def write(self, builder: TextBuilder) -> None:
        for root in self.roots:
            html.blocks_into(builder, root)
        if not self.roots:
            for paragraph in _BLANK_LINES.split(self.text):
                builder.paragraph(paragraph.strip("\n"))


def _body(choice: tuple[list[Message], list[Message]], encoding: str | None) -> _Body:
    """The plain text if it holds as much as the HTML, which may hold it in tables, else the HTML."""
    plain = _plain_body(choice[0], encoding)
    pages = [_decoded(part, encoding) for part in choice[1]]
    roots = tuple(html.tree(page.text) for page in pages)
    builder = TextBuilder()
    for root in roots:
        html.blocks_into(builder, root)
    text = builder.build().text
    if builder.empty or len("".join(plain.text.split())) >= _ENOUGH * len("".join(text.split())):
        return plain
    return _Body(text, roots, pages[0].encoding, min(page.confidence for page in pages))


def _plain_body(parts: list[Message], encoding: str | None) -> _Body:
    texts = [_decoded(part, encoding) for part in parts]
    if not texts:
        return _Body("")
    joined = "\n\n".join(
        _unflowed(part, clean(text.text))
        for part, text in zip(parts, texts, strict=True)
        if text.text.strip()
    )
    return _Body(joined, (), texts[0].encoding, min(text.confidence for text in texts))


def _unflowed(part: Message, text: str) -> str:
    """RFC 3676: a line that ends in a space goes on in the next; with ``delsp``, the space is not text."""
    if str(part.get_param("format") or "").lower() != "flowed":
        return text
    joint = "" if str(part.get_param("delsp") or "").lower() == "yes" else " "
    return re.sub(r"(?<=[^\s>]) \n(?![>\s]|-- \n)", joint, text)


def _decoded(part: Message, encoding: str | None) -> Decoded:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = str(part.get_content_charset("") or "")
    read = html.page_text if part.get_content_type() == "text/html" else _plain_text
    try:
        return read(data, encoding, charset)
    except DoubtfulEncodingError:
        text = None if encoding else _by_name(data, charset)
        if text is None:
            raise
        return Decoded(text, _WIDER.get(charset, charset), 0.5)  # too short to tell, but the mail does


def _plain_text(data: bytes, encoding: str | None, charset: str) -> Decoded:
    return decode(data, encoding, declared=charset)


def _by_name(data: bytes, charset: str) -> str | None:
    """``data`` in a charset as mails name it, None if it is not in that."""
    try:
        return data.decode(_WIDER.get(charset.lower(), charset))
    except (UnicodeError, LookupError, ValueError):
        return None


def _header(message: Message, name: str) -> str:
    """A header's value in one line, "" if there is none."""
    return " ".join(clean(_unencoded(str(message.get(name, "")))).split())


def _unencoded(value: str) -> str:
    """``value`` with its encoded words and its bare bytes as text.

    Words that follow each other are joined before they are decoded: programs cut Chinese characters in half.
    """
    value = _BETWEEN_WORDS.sub("", value)
    parts: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        name = word.group(1).partition("*")[0].lower()
        if pending and (word.start() != end or name != charset):
            parts.append(_text_of(pending, charset))
            pending = b""
        parts.append(_bare(value[end : word.start()]))
        pending, charset, end = pending + _word_bytes(word), name, word.end()
    if pending:
        parts.append(_text_of(pending, charset))
    return "".join([*parts, _bare(value[end:])])


def _word_bytes(word: re.Match[str]) -> bytes:
    content = word.group(3).encode("utf-8", "surrogateescape")
    if word.group(2) in "qQ":
        return quopri.decodestring(content, header=True)
    content = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    whole = len(content) // 4 * 4 + (len(content) % 4 if len(content) % 4 > 1 else 0)
    return base64.b64decode(content[:whole] + b"=" * (-whole % 4))


def _bare(text: str) -> str:
    """Header text as the parser gives it, with bytes that are not ASCII as surrogates."""
    if text.isascii():
        return text
    return _text_of(text.encode("utf-8", "surrogateescape"), "utf-8")


def _text_of(data: bytes, charset: str) -> str:
    """``data`` as text, in what it is said to be in if that is so: a name is too short to tell by."""
    text = _by_name(data, charset)
    if text is not None:
        return text
    try:
        return decode(data).text
    except DoubtfulEncodingError:
        known = _by_name(b"", charset) is not None
        return data.decode(_WIDER.get(charset, charset) if known else "gb18030", "replace")


def _file_name(part: Message) -> str:
    """The name of an attached file, "" if it has none."""
    for parameter, header in (("filename", "content-disposition"), ("name", "content-type")):
        value = part.get_param(parameter, None, header)
        if isinstance(value, tuple):  # RFC 2231: charset, language, and the bytes as characters
            charset, _, text = value
            return _text_of(text.encode("latin-1", "replace"), (charset or "utf-8").lower())
        if value:
            return _unencoded(str(value))
    return ""
