"""An EPUB book to the text of its chapters in reading order. Knows no styles and breaks no protection."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from index.encodings import DoubtfulEncodingError
from index.readers import archive, html
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CONTENT_TYPES = ("application/xhtml+xml", "text/html", "application/xml", "text/xml", "text/x-oeb1-document")
_NCX_TYPE = "application/x-dtbncx+xml"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FOREIGN = (*archive.FOREIGN, etree.LxmlError, RecursionError)
_DAMAGED = "is damaged, or not a book in EPUB format; get it again, or convert it with Calibre and add that"


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book as its package lists it; ``path`` is that in the archive."""

    path: str
    media_type: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Package:
    title: str
    chapters: tuple[_Item, ...]
    contents: tuple[_Item, ...]  # the tables of contents, the newest format first


def parse(data: bytes, tick: Tick) -> Parsed:
    """A book (.epub), each file of its spine a chapter. Raises UnreadableError."""
    try:
        with archive.opened(data) as book:
            files = _Files(book)
            package = _package(files)
            _refuse_protected(files, package)
            builder = TextBuilder()
            for number, (name, root) in enumerate(_chapters(files, package, tick), start=1):
                builder.place("chapter", number, name)
                html.blocks_into(builder, root)
    except _FOREIGN as error:
        raise UnreadableError(_DAMAGED, "damaged") from error
    if builder.empty:
        raise UnreadableError(
            "holds no text; if its pages are pictures, convert it to PDF and add that", "no_text"
        )
    return builder.build(package.title)


class _Files:
    """The archive's files by path. Books err in letter case, and some stand in a folder of their own."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self._book = book
        infos = {info.filename.replace("\\", "/"): info for info in book.infolist()}
        root = next((name.removesuffix(_CONTAINER) for name in infos if name.endswith(_CONTAINER)), "")
        self._infos = {name.removeprefix(root): info for name, info in infos.items()}
        self._folded = {name.casefold(): info for name, info in self._infos.items()}

    def read(self, path: str) -> bytes | None:
        info = self._infos.get(path) or self._folded.get(path.casefold())
        return archive.read(self._book, info) if info else None

    def xml(self, path: str) -> Any:
        """The root element of an XML file, None if there is none. Nothing outside the file is looked at."""
        data = self.read(path)
        if data is None:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        return etree.fromstring(data, parser)


def _package(files: _Files) -> _Package:
    container = files.xml(_CONTAINER)
    roots = [] if container is None else [_value(each, "full-path") for each in _named(container, "rootfile")]
    path = next((root for root in roots if root), "")
    root = files.xml(path)
    if root is None:
        raise UnreadableError(_DAMAGED, "damaged")
    items = {
        _value(each, "id"): _Item(
            _resolved(path, _value(each, "href")),
            _value(each, "media-type").lower(),
            tuple(_value(each, "properties").split()),
        )
        for each in _named(root, "item")
    }
    spine = [items[key] for each in _named(root, "itemref") if (key := _value(each, "idref")) in items]
    chapters = [item for item in spine if item.media_type in _CONTENT_TYPES and "nav" not in item.properties]
    contents = [item for item in items.values() if "nav" in item.properties]
    contents += [item for item in items.values() if item.media_type == _NCX_TYPE]
    title = next((_text(each) for each in _named(root, "title") if _text(each)), "")
    return _Package(title, tuple(dict.fromkeys(chapters)), tuple(contents))


def _refuse_protected(files: _Files, package: _Package) -> None:
    """Fonts are often obfuscated, which hides no text; encrypted chapters do."""
    encryption = files.xml(_ENCRYPTION)
    if encryption is None:
        return
    hidden = {_resolved("", _value(each, "URI")) for each in _named(encryption, "CipherReference")}
    if any(item.path in hidden for item in package.chapters):
        raise UnreadableError(
            "is protected against copying (DRM); read it in its shop's program, or add an unprotected copy",
            "protected",
        )


def _chapter_names(files: _Files, package: _Package) -> dict[str, str]:
    """What the table of contents calls each file: its first entry, which stands for the whole."""
    names: dict[str, str] = {}
    for item in package.contents:
        root = files.xml(item.path)
        if root is None:
            continue
        if item.media_type == _NCX_TYPE:
            entries = [
                (_value(_first(point, "content"), "src"), _text(_first(point, "navLabel")))
                for point in _named(root, "navPoint")
            ]
        else:
            entries = [(_value(link, "href"), _text(link)) for nav in _toc(root) for link in _named(nav, "a")]
        for target, name in entries:
            if target and name:
                names.setdefault(_resolved(item.path, target), name)
    return names


def _toc(root: Any) -> list[Any]:
    """The table of contents in a navigation file, which may hold lists of pages and landmarks, too."""
    return [nav for nav in _named(root, "nav") if "toc" in _value(nav, "type").split()]


def _chapters(files: _Files, package: _Package, tick: Tick) -> Iterator[tuple[str, Any]]:
    """The name and the root element of every chapter that has text."""
    names = _chapter_names(files, package)
    for number, item in enumerate(package.chapters):
        tick(number, len(package.chapters))
        data = files.read(item.path)
        root = html.tree(_page_text(data)) if data else None
        if root is None or not any(part.strip() for part in root.xpath("//body//text()")):
            continue
        heading = next((found for found in map(html.flat_text, root.iter(*_HEADINGS)) if found), "")
        yield names.get(item.path) or heading, root


def _page_text(data: bytes) -> str:
    try:
        return html.page_text(data).text
    except DoubtfulEncodingError:
        return data.decode("utf-8", "replace")  # what the format prescribes


def _resolved(base: str, reference: str) -> str:
    """The path in the archive that ``reference`` means in the file ``base``."""
    path = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)).lstrip("/")


def _named(root: Any, name: str) -> list[Any]:
    """The elements of that name in any namespace; old books use none, or a wrong one."""
    return [each for each in root.iter(etree.Element) if etree.QName(each).localname == name]


def _first(element: Any, name: str) -> Any:
    return next(iter(_named(element, name)), None)


def _value(element: Any, name: str) -> str:
    """An attribute's value in any namespace, "" if there is none."""
    for key, value in element.items() if element is not None else ():
        if etree.QName(key).localname == name:
            return str(value).strip()
    return ""


def _text(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
