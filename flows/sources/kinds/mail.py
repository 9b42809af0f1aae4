"""Saved web pages (MHTML) and messages (newsletters), one a file, also in a Maildir; and mailboxes of such pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.opening.files import FileSource, fault_of, read_at_most
from copydesk.flows.sources.opening.inflating import unpacked, without_packing
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

_MAILBOX = ".mbox"

_MAX_BYTES = 35_000_000
"""Mail servers stop at 25 MB, which are 34 in base64. What parses a message takes up to twelve times as much memory."""
# an empty line, at the very beginning too, with any of the three line ends
_HEADERS_END = lazy_pattern(rb"(?:\A|\n|\r(?!\n))(?:\r\n|\n|\r)")
_BEGINS = b"From "
# “cur/1732093200.M20P5.host:2,S”: messages lie in two folders of a Maildir, named by the second they came
_MAILDIR = lazy_pattern(r"(?:^|/)(?:cur|new)/\d{6,}\.[^/]+$")
_HEADER = lazy_pattern(rb"[!-9;-~]+:")
# “>From” in a text that is a mailbox's; each time it was put into one, it got one more
_QUOTED = lazy_pattern(rb">+From ")


class MailFiles(FileSource):
    """A message in a file, or each of a mailbox: its page is the HTML it holds, else its text."""

    kind = "mail"
    suffixes = (".mhtml", ".mht", ".eml", _MAILBOX)

    def takes(self, name: str, input_: Input) -> bool:
        is_of_maildir = input_ is Input.AUTO and _MAILDIR.search(name) is not None
        return is_of_maildir or super().takes(name, input_)

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        content = unpacked(file, shown)
        if not without_packing(shown).lower().endswith(_MAILBOX):
            yield _page(read_at_most(content, _MAX_BYTES + 1), Source(self.kind, shown))
            return
        for number, message in enumerate(_messages(content), start=1):
            yield _page(message, Source(self.kind, f"{shown}:{number}"))


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """The messages of a mailbox (RFC 4155), each at most one byte longer than may be. Raises Damaged for no mailbox.

    Not by Python's ``mailbox``: that needs a file of its own, and takes any line “From …” for a beginning.
    """
    held: bytearray | None = None
    may_begin, line = True, file.readline(_MAX_BYTES)
    while line:
        following = file.readline(_MAX_BYTES)
        # behind an empty line and before a header: a sentence may begin with “From”, too
        if may_begin and line.startswith(_BEGINS) and _HEADER.match(following):
            if held is not None:
                yield bytes(held)
            held = bytearray()
        elif held is not None:
            held += (line[1:] if _QUOTED.match(line) else line)[: _MAX_BYTES + 1 - len(held)]
        elif line.strip():
            raise Damaged("no mailbox: it does not begin with a line “From …” and headers")
        may_begin, line = not line.strip(b"\r\n"), following
    if held is not None:
        yield bytes(held)


def _page(content: bytes, source: Source) -> Page | Unreadable:
    # here: Python's e-mail package takes longer to load than a page to clean, and few sources are mail
    from copydesk.flows.sources.kinds.messages import is_complex, page_in

    if len(content) > _MAX_BYTES:
        return Unreadable(source, "too_large", f"more than {_MAX_BYTES:,} bytes")
    if is_complex(content):
        return Unreadable(source, "too_complex", "too many lines and parts")
    if not _HEADERS_END.search(content):
        return Unreadable(source, "cut_short", "the message ends in its headers")
    try:
        return page_in(content, source)
    except Exception as error:  # noqa: BLE001 - the boundary of a message: others of its mailbox follow
        return fault_of(source, error)


MAIL_FILES = MailFiles()
