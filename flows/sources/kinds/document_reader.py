"""The text of a document, in a process of its own:
``python -m copydesk.flows.sources.kinds.document_reader .pdf`` with the file as standard input.

This module is what both sides import, so it is kept light.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.sources.kinds.reading_process import Fault, give_answers

SECONDS = 60
"""Processor time for a document; a page of a PDF takes some 50 ms, a Word document less than a second."""
MAX_CHARS = 20_000_001
"""One more than cleaning accepts, so that it sees that the text is too long."""
READERS = {".pdf": ("pdfminer", False), ".docx": ("mammoth", True)}
"""Suffix to the package that reads such files, and whether it makes HTML of them."""

_MAX_PROPERTY_CHARS = 2_000
# “Microsoft Word - draft3.docx”, “untitled”, “report.indd”: what programs put where a title is missing
_NO_TITLE = lazy_pattern(r"(?i)untitled.*|microsoft \w+ - .*|\S+\.\w{2,5}|slide \d+|document\d*")
# “D:20261120093000+01'00'” (PDF 32000-1, 7.9.4)
_PDF_DATE = lazy_pattern(r"(?:D:)?(\d{4})(\d\d)(\d\d)")
# accounts and programs are no names of people
_PERSON = lazy_pattern(r"[^\W\d_][^\d@/\\]*\s[^\d@/\\]*[^\W\d_]\.?")
_PEOPLE = lazy_pattern(r"\s*[;,]\s*|\s+(?:and|&)\s+")


class Document(Struct, frozen=True, tag="document"):
    """The text or HTML of a document, and what its properties say of it."""

    body: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None


def _with_properties(body: str, title: str, people: str, date: str) -> Document:
    """The document, without properties that programs made up."""
    title = " ".join(title[:_MAX_PROPERTY_CHARS].split())
    names = _PEOPLE.split(" ".join(people[:_MAX_PROPERTY_CHARS].split()))
    return Document(
        body=body[:MAX_CHARS],
        title=None if _NO_TITLE.fullmatch(title) else title or None,
        authors=tuple(name for name in names if _PERSON.fullmatch(name)),
        published=date or None,
    )


def _pdf(file: BinaryIO) -> Document | Fault:
    from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError
    from pdfminer.pdfparser import PDFParser
    from pdfminer.utils import decode_text

    from copydesk.flows.sources.kinds.pdf_text import text_of

    try:
        info: dict[str, Any] = {
            key: value for one in PDFDocument(PDFParser(file)).info for key, value in one.items()
        }
    except PDFEncryptionError:
        return Fault("unreadable", "encrypted: save it without its password")
    found = {key: decode_text(value) if isinstance(value, bytes) else "" for key, value in info.items()}
    file.seek(0)
    text = text_of(file)
    if not text.strip():
        return Fault("no_page", "a PDF without text, such as a scan: run OCR on it first (ocrmypdf)")
    date = _PDF_DATE.match(found.get("CreationDate", ""))
    return _with_properties(
        text, found.get("Title", ""), found.get("Author", ""), "-".join(date.groups()) if date else ""
    )


def _docx(file: BinaryIO) -> Document | Fault:
    import zipfile

    import mammoth
    from lxml import etree

    # pictures stay where they are; headers and footers of pages are left out by the library
    html = mammoth.convert_to_html(
        file, style_map="p[style-name='Title'] => h1:fresh", convert_image=lambda _: []
    ).value
    found: dict[str, str] = {}
    with contextlib.suppress(KeyError, etree.XMLSyntaxError), zipfile.ZipFile(file) as archive:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for one in etree.fromstring(archive.read("docProps/core.xml"), parser):
            found[etree.QName(one).localname] = one.text or ""
    if not html.strip():
        return Fault("no_page", "a document without text")
    return _with_properties(
        html, found.get("title", ""), found.get("creator", ""), found.get("created", "")[:10]
    )


_READ: dict[str, Callable[[BinaryIO], Document | Fault]] = {".pdf": _pdf, ".docx": _docx}

if __name__ == "__main__":
    (suffix,) = sys.argv[1:]
    logging.disable()
    __import__(READERS[suffix][0])  # what it takes is not the file's doing
    give_answers(lambda file: [_READ[suffix](file)], what=f"{suffix} file", seconds=SECONDS)
