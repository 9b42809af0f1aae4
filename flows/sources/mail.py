"""Saved web pages (MHTML) and messages (newsletters): one file, one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from cleaners.types import Page, Source
from flows.sources.files import read_path, shown_name
from flows.sources.inflating import MAX_INFLATED_BYTES, unpacked, without_packing
from flows.sources.page_source import Input, Unreadable

SAVED, MESSAGE = (".mhtml", ".mht"), (".eml",)

_MAX_STEPS = 10_000_000
"""Lines times parts they are held against; a saved page of 20 MB needs less than a tenth."""
_MAX_PARTS = 10_000
_BOUNDARY = re.compile(rb"boundary[ \t]*[*=]", re.IGNORECASE)
_TEXTS = ("text/html", "application/xhtml+xml", "text/plain")
_HEADERS = ("From", "Date", "Subject", "List-Id")


class MailFiles:
    """A message in a file: its page is the HTML it holds, else its text."""

    kind = "mail"

    def takes(self, name: str, input_: Input) -> bool:
        """Names of messages and saved pages, packed or not."""
        return input_ is Input.AUTO and without_packing(name).lower().endswith(SAVED + MESSAGE)

    def read(self, name: str, input_: Input) -> Iterator[Page | Unreadable]:
        """The file's one page."""
        return read_path(self, name, shown=shown_name(name), input_=input_)

    def read_opened(self, file: BinaryIO, *, shown: str, input_: Input) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        """The page in an open file."""
        source = Source(self.kind, shown)
        content = unpacked(file, shown).read(MAX_INFLATED_BYTES + 1)
        if len(content) > MAX_INFLATED_BYTES:
            yield Unreadable(source, "too_large", f"more than {MAX_INFLATED_BYTES:,} bytes", "rejected")
        elif content.count(b"\n") * (1 + len(_BOUNDARY.findall(content))) > _MAX_STEPS:
            yield Unreadable(source, "too_complex", "too many lines and parts", "rejected")
        else:
            yield _page(content, source)


def _page(content: bytes, source: Source) -> Page | Unreadable:
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(content)
        part = _main_part(message)
        if part is None:
            return Unreadable(source, "no_page", "the message holds no text", "rejected")
        body = part.get_payload(decode=True)
        location = part["Content-Location"] or message["Snapshot-Content-Location"]
        return Page(
            body=body if isinstance(body, bytes) else b"",
            url=_text(location) if location else None,
            content_type=_text(part["Content-Type"] or "text/plain"),
            headers={name: _text(message[name]) for name in _HEADERS if message[name]},
            fetched_at=_date(_text(message["Date"] or "")),
            source=source,
        )
    except (RecursionError, MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        # what the standard library raises for messages made to break it is not written down anywhere
        return Unreadable(source, "damaged", f"no sound message: {error or 'nested too deep'}")


def _main_part(message: Message) -> Message | None:
    """The first part of HTML, else the first of text; attached files are none."""
    found: dict[str, Message] = {}
    for number, part in enumerate(message.walk()):
        if number > _MAX_PARTS:
            break
        kind = part.get_content_type()
        if kind in _TEXTS and not part.is_multipart() and part.get_content_disposition() != "attachment":
            found.setdefault(kind, part)
    return next((found[kind] for kind in _TEXTS if kind in found), None)


def _text(value: object) -> str:
    """A header's value as text, encoded words decoded as far as they can be."""
    from email.header import decode_header, make_header

    try:
        told = str(make_header(decode_header(str(value))))
    except (MessageError, ValueError, LookupError):
        told = str(value)
    return " ".join(told.encode("utf-8", "replace").decode("utf-8").split())


def _date(value: str) -> str | None:
    """A date of mail in the form of RFC 3339."""
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.isoformat() if date.tzinfo else f"{date.isoformat()}Z"


MAIL_FILES = MailFiles()
