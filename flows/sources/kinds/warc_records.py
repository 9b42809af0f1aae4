"""The records of a WARC file, separated with care: a cut or damaged one costs itself only.

Readers in use trust a record's ``Content-Length`` and go on after it wherever that leads; they hand out what is left of
a cut record without a word, and what follows damage is lost. Here a record counts as whole where it has its length, the
next begins behind it (or its digest is right), and the compressed data around it are sound. After anything else the
next beginning is searched for, in compressed files that of the next member.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.io.decompression import GZIP, READ_BYTES
from copydesk.flows.sources.kinds.http_response import MAX_HEAD_BYTES, parse_headers
from copydesk.flows.sources.kinds.warc_members import Edge, packing_of_members, pieces
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES

MAX_BLOCK_BYTES = MAX_PAGE_BYTES + MAX_HEAD_BYTES
"""A longer record holds no page that cleaning accepts, and is passed over."""

# “WARC/1.0”, a line end and the letter of a header: so that a text about WARC files does not match
_BEGINNING = lazy_pattern(rb"WARC/[01]\.[0-9]{1,3}\r?\n(?=[A-Za-z])")
# no beginning is longer (“WARC/1.000”, a line end, a letter): so much may be cut between two pieces
_BEGINNING_BYTES = 16
_HEAD_END_OR_BEGINNING = lazy_pattern(rb"(\r?\n\r?\n)|" + _BEGINNING.pattern)
_LINE_ENDS = lazy_pattern(rb"[\r\n]*")
# WARC 1.1, 4: two line ends after every block
_SEPARATOR = b"\r\n\r\n"
_BASE32_CHARS = {"sha1": 32, "sha256": 52, "sha512": 103, "md5": 26}  # in hexadecimal there are more


class WarcRecord(Struct, frozen=True):
    """A whole record: its headers, by names in lower case, and its block.

    ``is_proven``: the block has its digest. ``is_doubtful``: there was damage before in the same compressed data, which
    refer back: without a digest it is unknown whether it is unchanged.
    """

    headers: Mapping[str, str]
    block: bytes
    is_proven: bool = False
    is_doubtful: bool = False


class Loss(Struct, frozen=True):
    """A record that is not whole, by ``headers``; or, without those, a stretch of unknown content."""

    reason: str
    message: str
    headers: Mapping[str, str] | None = None


def read_records(file: BinaryIO, name: str) -> Iterator[WarcRecord | Loss]:
    """The records in order, and what is lost between them; of a stretch without any record one ``Loss``.

    ``name`` decides how the file is compressed where its first bytes do not. Raises OSError where it cannot be read.
    """
    return (item for item, _ in placed_records(file, name))


def placed_records(file: BinaryIO, name: str) -> Iterator[tuple[WarcRecord | Loss, int | None]]:
    """As ``read_records``, each with the place in the file from which it can be read by itself, if there is one."""
    first = file.read(READ_BYTES)
    kind = packing_of_members(first, name)
    records = _Records(pieces(file, first, kind), is_packed=kind is not None)
    loss: Loss | None = None  # given once it is known how far it reaches
    for item in records.read():
        if loss is None or isinstance(item, WarcRecord) or item.headers is not None:
            if loss is not None:
                yield records.with_extent(loss), None
            loss = item if isinstance(item, Loss) else None
        if isinstance(item, WarcRecord):
            # others need the dictionary at the beginning of the file
            yield item, records.place if kind == GZIP else None
    if loss is not None:
        yield records.with_extent(loss), None


class _Records:
    """Cuts content into records, run by run: a run is a stretch no record reaches beyond, because there is
    damage at its end or a member that begins with a record of its own.
    """

    def __init__(self, pieces: Iterator[bytes | Edge], *, is_packed: bool) -> None:
        self._pieces = pieces
        self._is_packed = is_packed
        # one piece ahead: whether a member's end is one of the run hangs on what begins after it
        self._next = next(pieces, None)
        self._held = bytearray()
        self._edge: Edge | None = None  # the end of the run, once it is in sight
        self._unread = 0
        self._given = 0  # records of this run
        self._is_doubtful = False
        self.place: int | None = None
        """Where in the file the member of the record begins that was given last, where it is the first of a member."""

    def read(self) -> Iterator[WarcRecord | Loss]:
        """The records of all runs, and what is lost."""
        while self._next is not None:
            self.place = self._edge.place if self._edge else None
            self._edge = None
            self._held.clear()
            for item in self._run():
                yield item
                self.place = None

    def with_extent(self, loss: Loss) -> Loss:
        """The loss with how much of a compressed file was passed over since the one before."""
        unread, self._unread = self._unread, 0
        if not unread:
            return loss
        message = f"{loss.message}; the {unread:,} compressed bytes after that were not read"
        return replace(loss, message=message)

    def _run(self) -> Iterator[WarcRecord | Loss]:
        self._given = 0
        self._is_doubtful = has_items = False
        while self._is_more():
            item = self._item()
            fault = None if self._is_more() else self._fault()
            if fault and isinstance(item, WarcRecord):
                # of a single record the checksum is the proof; of many nobody knows which is damaged
                if self._given:
                    self._given += 1
                    yield item
                yield Loss(fault.reason, self._message_of(fault), None if self._given else item.headers)
                return
            yield item
            self._given += isinstance(item, WarcRecord)
            # inflated data refer back, so that damage spreads; in a plain file it stays where it is
            self._is_doubtful |= self._is_packed and isinstance(item, Loss) and item.reason == "damaged"
            has_items = True
        if not has_items and (fault := self._fault()):
            yield Loss(fault.reason, fault.message)

    def _fault(self) -> Edge | None:
        return self._edge if self._edge and self._edge.reason else None

    def _message_of(self, fault: Edge) -> str:
        """A fault in words; damage shows only after a while, so that a record before it may be touched."""
        if fault.reason != "damaged" or not self._given:
            return fault.message
        return f"{fault.message}; of the {self._given:,} records before that those without a digest may be altered"

    def _is_more(self) -> bool:
        """Whether anything but line ends is left of the run."""
        while self._fill(1):
            end = self._behind_line_ends(0)
            if not end:
                return True
            del self._held[:end]
        return False

    def _behind_line_ends(self, at: int) -> int:
        blank = _LINE_ENDS.match(self._held, at)
        return blank.end() if blank else at

    def _fill(self, count: int) -> bool:
        """Reads on until so many bytes are held; False where the run ends before."""
        while len(self._held) < count and self._edge is None:
            piece = self._next
            self._next = next(self._pieces, None)
            if isinstance(piece, bytes):
                self._held += piece
            # an end of a member inside of a record is none: some writers cut members at any place
            elif piece is not None and (piece.reason or self._next_begins_record()):
                self._edge = piece
                self._unread += piece.unread
        return len(self._held) >= count

    def _next_begins_record(self) -> bool:
        """Whether what comes next is the beginning of a record, or nothing comes."""
        if not isinstance(self._next, bytes):
            return True
        # the piece may be shorter than the mark
        return self._next[:5] == b"WARC/"[: len(self._next)]

    def _item(self) -> WarcRecord | Loss:
        """Takes the record or loss that is next, and all after it that belongs to no record."""
        self._fill(_BEGINNING_BYTES)
        beginning = _BEGINNING.match(self._held)
        if beginning is None:
            loss = self._skipped(Loss("damaged", "bytes that belong to no record"))
            fault = None if self._held else self._fault()
            return Loss(fault.reason, self._message_of(fault)) if fault else loss
        end = self._head_end()
        if end is None:
            # from here on another record may begin: the mark of this one alone is dropped
            del self._held[: beginning.end()]
            return self._skipped(self._short(None))
        headers = _first_values(bytes(self._held[beginning.end() : end[0]]))
        del self._held[: end[1]]
        length = headers.get("content-length", "")
        if not (length.isdecimal() and length.isascii() and len(length) < 16):  # a petabyte
            return self._skipped(Loss("damaged", "a record without its length", headers))
        if int(length) > MAX_BLOCK_BYTES:
            return self._passed_over(int(length), headers)
        return self._whole(int(length), headers)

    def _head_end(self) -> tuple[int, int] | None:
        """Where the headers end and where the block begins; None where another record begins before."""
        at = 1
        # at 0 is the beginning of this record itself
        while (end := _HEAD_END_OR_BEGINNING.search(self._held, at)) is None:
            at = max(1, len(self._held) - _BEGINNING_BYTES)
            if len(self._held) > MAX_HEAD_BYTES or not self._fill(len(self._held) + 1):
                return None
        return end.span() if end[1] else None

    def _whole(self, length: int, headers: Mapping[str, str]) -> WarcRecord | Loss:
        """The record whose block is next, if it is whole."""
        is_short = not self._fill(length)
        # and so much more as shows whether a record begins behind it
        self._fill(length + _BEGINNING_BYTES + len(_SEPARATOR))
        if is_short or not self._is_end(length):
            # its length reaches into another record: that one must not be lost with it
            other = _BEGINNING.search(self._held)
            if is_short or (other and other.start() < length):
                had, loss = len(self._held), self._short(headers)
                if is_short and loss.reason == "truncated":
                    message = f"{loss.message}, with {had:,} of the {length:,} bytes of this record"
                    loss = replace(loss, message=message)
                return self._skipped(loss)
        block = bytes(memoryview(self._held)[:length])
        is_proven = is_digest_right(block, headers.get("warc-block-digest", ""))
        # without a known digest what follows the block decides
        is_whole = is_proven or (is_proven is None and (self._is_end(length) or self._is_nearly_end(length)))
        del self._held[:length]
        if not is_whole:
            return self._skipped(
                Loss("damaged", "the record does not have its length or its digest", headers)
            )
        if self._is_nearly_end(0):
            del self._held[: len(_SEPARATOR)]
        return WarcRecord(headers, block, is_proven=bool(is_proven), is_doubtful=self._is_doubtful)

    def _is_end(self, at: int) -> bool:
        """Whether the next record, or the end of the run, is where a block would end."""
        end = self._behind_line_ends(at)
        return end == len(self._held) or self._held.startswith(b"WARC/", end)

    def _is_nearly_end(self, at: int) -> bool:
        """Whether a block ends there but for damage to the line ends, or to what follows them."""
        after = at + len(_SEPARATOR)
        return self._held[at:after] == _SEPARATOR or _BEGINNING.match(self._held, after) is not None

    def _short(self, headers: Mapping[str, str] | None) -> Loss:
        """What a record is that ends before it should, or that another begins in."""
        fault = self._fault()
        if fault:
            return Loss(fault.reason, self._message_of(fault), headers)
        if _BEGINNING.search(self._held):
            return Loss("damaged", "another record begins before the end of this one", headers)
        return Loss("truncated", "the record ends early", headers)

    def _passed_over(self, length: int, headers: Mapping[str, str]) -> Loss:
        """A record too long to be held, unless it is its length that is damaged: then others begin in it."""
        left = length
        while left and self._fill(_BEGINNING_BYTES):
            other = _BEGINNING.search(self._held)
            if other and other.start() < left:
                del self._held[: other.start()]
                return Loss("damaged", "another record begins before the end of this one", headers)
            # less than a whole beginning is kept: it may be cut between two pieces
            passed = min(left, len(self._held) - _BEGINNING_BYTES + 1)
            del self._held[:passed]
            left -= passed
        if left > len(self._held):
            return self._short(headers)
        del self._held[:left]
        return Loss("too_large", f"a record of {length:,} bytes", headers)

    def _skipped(self, loss: Loss) -> Loss:
        """Drops everything before the next beginning; gives back its loss."""
        while (found := _BEGINNING.search(self._held)) is None:
            del self._held[: max(0, len(self._held) - _BEGINNING_BYTES)]
            if not self._fill(len(self._held) + 1):
                self._held.clear()
                return loss
        del self._held[: found.start()]
        return loss


def _first_values(lines: bytes) -> dict[str, str]:
    """Headers by names in lower case; of one that comes twice the first counts: the second may be of the block."""
    found: dict[str, str] = {}
    # a line that begins with a blank continues the one before
    for line in re.split(rb"\r?\n(?![ \t])", lines):
        for name, value in parse_headers(line).items():
            found.setdefault(name.lower(), value)
    return found


def is_digest_right(content: bytes, digest: str) -> bool | None:
    """Whether the content has the digest that it names (``sha1:…``, base 32 or hexadecimal).

    None where that cannot be known: there is none, or it is made in a way not known here. What has no form of
    a digest is wrong: all writers name the way it is made, so that it is damaged itself.
    """
    name, colon, value = digest.partition(":")
    # “sha1:”, “SHA-1:” and “sha-1:” are all written
    name = name.strip().lower().replace("-", "")
    value = value.strip().rstrip("=")
    if digest.strip() and not (colon and name and value):
        return False
    if name not in _BASE32_CHARS:
        return None
    made = hashlib.new(name, content, usedforsecurity=False)
    if len(value) > _BASE32_CHARS[name]:
        return value.lower() == made.hexdigest()
    # padded with “=” or not: writers differ
    return value.upper() == base64.b32encode(made.digest()).decode().rstrip("=")
