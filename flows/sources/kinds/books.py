"""Books (EPUB): each chapter is a page, in the order of reading; title, authors and language are those of the book."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import unquote

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.types import Announced, Page, Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.kinds.archives import zip_members
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, FileSource, read_at_most, seekable
from copydesk.flows.sources.opening.inflating import MAX_INFLATED_BYTES, InflatesTooFar, unpacked
from copydesk.flows.sources.opening.page_source import Reading, Unreadable

_CONTAINER = "META-INF/container.xml"
_PAGES = (".xhtml", ".html", ".htm", ".xml")
_MAX_PACKAGE_BYTES = 5_000_000
"""Of what describes a book; that of one with a thousand chapters has 300 KB."""


class _Book(Struct, frozen=True):
    """Where the chapters are, in their order, and what the package document says of the book."""

    chapters: tuple[str, ...]
    announced: Announced


class EpubFiles(FileSource):
    """A book. What it has besides its chapters (pictures, styles, its table of contents) is no page."""

    kind = "epub"
    suffixes = (".epub",)
    is_never_empty = True

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        opened = seekable(unpacked(file, shown))
        # what describes the book may come behind the chapters
        described = _members(opened, lambda name: name == _CONTAINER or name.lower().endswith(".opf"))
        book = _book(described)
        wanted = set(book.chapters)
        chapters = _members(opened, wanted.__contains__)
        language = book.announced.language
        headers = {"content-language": language} if language else {}
        for name in filter(chapters.__contains__, book.chapters):
            source, content = Source(self.kind, f"{shown}!/{name}"), chapters[name]
            if isinstance(content, tuple):
                yield Unreadable(source, *content)
            else:
                media = "application/xhtml+xml"
                yield Page(
                    content, content_type=media, source=source, announced=book.announced, headers=headers
                )
        # one for all: a few bytes may name thousands
        if lacking := wanted - chapters.keys():
            message = f"the book lacks {len(lacking):,} of its {len(wanted):,} chapters"
            yield Unreadable(Source(self.kind, shown), "damaged", message)


def _members(file: BinaryIO, is_wanted: Callable[[str], bool]) -> dict[str, bytes | tuple[str, str]]:
    """The members of these names, or reason and message where they cannot be read. Raises Damaged, InflatesTooFar."""
    found: dict[str, bytes | tuple[str, str]] = {}
    held = 0
    file.seek(0)
    for name, content in zip_members(file):
        if not is_wanted(name):
            continue
        if isinstance(content, tuple):
            found[name] = content
            continue
        try:
            data = read_at_most(content, MAX_PAGE_BYTES)
        except (Damaged, EOFError) as error:
            found[name] = ("damaged", str(error))
            continue
        held += len(data)
        if held > MAX_INFLATED_BYTES:
            raise InflatesTooFar(f"more than {MAX_INFLATED_BYTES:,} bytes of chapters")
        found[name] = data
    return found


def _book(members: dict[str, bytes | tuple[str, str]]) -> _Book:
    """What the package document says (EPUB 3.3, 5). Raises Damaged where it is none."""
    container = _parsed(members.get(_CONTAINER))
    place = container.xpath("string(//*[local-name()='rootfile']/@full-path)")
    package = _parsed(members.get(str(place)))
    folder = posixpath.dirname(str(place))
    items = {
        item.get("id"): item
        for item in package.iterfind("{*}manifest/{*}item")
        if "nav" not in (item.get("properties") or "").split()
    }
    hrefs = (
        items[ref.get("idref")].get("href", "")
        for ref in package.iterfind("{*}spine/{*}itemref")
        if ref.get("idref") in items
    )
    names = (posixpath.normpath(posixpath.join(folder, unquote(href))) for href in hrefs)

    def texts(name: str) -> tuple[str, ...]:
        found = package.iterfind(f"{{*}}metadata/{{http://purl.org/dc/elements/1.1/}}{name}")
        return tuple(text for one in found if (text := " ".join("".join(map(str, one.itertext())).split())))

    def first(name: str) -> str | None:
        return next(iter(texts(name)), None)

    announced = Announced(
        "epub",
        title=first("title"),
        authors=texts("creator"),
        published=first("date"),
        language=first("language"),
        site_name=first("publisher"),
    )
    return _Book(tuple(name for name in dict.fromkeys(names) if name.lower().endswith(_PAGES)), announced)


def _parsed(content: bytes | tuple[str, str] | None) -> etree._Element:
    """Raises Damaged."""
    if not isinstance(content, bytes) or len(content) > _MAX_PACKAGE_BYTES:
        raise Damaged("invalid EPUB: it lacks what lists its chapters")
    try:
        return etree.parse(
            io.BytesIO(content), etree.XMLParser(resolve_entities=False, no_network=True)
        ).getroot()
    except etree.XMLSyntaxError as error:
        raise Damaged(f"invalid EPUB: {error}") from error


EPUB_FILES = EpubFiles()
