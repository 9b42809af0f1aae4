"""Saved web pages (MHTML) and messages (newsletters): one file, one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.opening.files import read_at_most, read_path, shown_name
from copydesk.flows.sources.opening.inflating import unpacked, without_packing
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

SAVED, MESSAGE = (".mhtml", ".mht"), (".eml",)

_MAX_BYTES = 35_000_000
"""Mail servers stop at 25 MB, which are 34 in base64. What parses a message takes up to twelve times as much memory."""
# an empty line, at the very beginning too, with any of the three line ends
_HEADERS_END = re.compile(rb"(?:\A|\n|\r(?!\n))(?:\r\n|\n|\r)")


class MailFiles:
    """A message in a file: its page is the HTML it holds, else its text."""

    kind = "mail"

    def takes(self, name: str, input_: Input) -> bool:
        """Names of messages and saved pages, packed or not."""
        return input_ is Input.AUTO and without_packing(name).lower().endswith(SAVED + MESSAGE)

    def read(self, name: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The file's one page."""
        return read_path(self, name, shown=shown_name(name), reading=reading)

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        """The page in an open file."""
        # here: Python's e-mail package takes longer to load than a page to clean, and few sources are mail
        from copydesk.flows.sources.single.messages import is_complex, page_in

        source = Source(self.kind, shown)
        content = read_at_most(unpacked(file, shown), _MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            yield Unreadable(source, "too_large", f"more than {_MAX_BYTES:,} bytes", "rejected")
        elif is_complex(content):
            yield Unreadable(source, "too_complex", "too many lines and parts", "rejected")
        elif not _HEADERS_END.search(content):
            yield Unreadable(source, "truncated", "the message ends in its headers", "rejected")
        else:
            yield page_in(content, source)


MAIL_FILES = MailFiles()
