"""The pieces of a WARC file, decompressed member by member, and where one ends."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from copydesk.flows.io.decompression import (
    DICTIONARY_MAGIC,
    MAGIC,
    READ_BYTES,
    ZSTD,
    Damaged,
    decoder,
    inflate,
    is_skippable,
    zstd_dictionary,
)
from copydesk.flows.sources.opening.inflating import is_too_far, packing_of

_KEPT_BYTES = 4 << 20  # of a member's compressed bytes, to be searched again for where the next begins
_MAX_DICTIONARY_BYTES = 20_000_000  # those in use have 110 KB to 1 MB
_SPARE_BYTES = 64_000_000  # may be read a second time whatever the size of the file


class Edge(Struct, frozen=True):
    """The end of a member of a compressed file, or of the file; ``reason`` where it is not a sound one.

    ``unread``: so many compressed bytes after it are passed over. ``place``: of a sound member, where the next begins.
    """

    reason: str = ""
    message: str = ""
    unread: int = 0
    place: int | None = None


def pieces(file: BinaryIO, first: bytes, kind: str | None) -> Iterator[bytes | Edge]:
    """The file's content with an edge after each member; ``first`` was read of it before."""
    if kind is None:
        yield from chain((first,), iter(lambda: file.read(READ_BYTES), b""))
        yield Edge()
    else:
        yield from _Members(file, first, kind).read()


def packing_of_members(first: bytes, name: str) -> str | None:
    """How a file is compressed: as its first bytes say, where a record comes out; damaged as those may be, as
    its name says.
    """
    # no compression, whatever the name suggests
    if first.startswith(b"WARC/"):
        return None
    seen = next((kind for kind, magic in MAGIC.items() if first.startswith(magic)), None)
    named = packing_of(name)
    if seen is None or seen == named:
        # a zstd file may begin with a frame to be skipped (RFC 8878, 3.1.2)
        return named or (ZSTD if is_skippable(first) else None)
    try:
        # first bytes may fit by damage: only a record that comes out counts for more than the name
        return seen if next(decoder(seen).inflate(first), b"").startswith(b"WARC/") else named
    except Damaged:
        return named


class _Members:
    """The members of a compressed file. After one that is not sound the search for the next begins inside it:
    what is damaged may have hidden where it ended. Nothing of a member can be read beyond its damage; what came out
    of it shortly before may be damaged too, which a record's digest shows.
    """

    def __init__(self, file: BinaryIO, first: bytes, kind: str) -> None:
        self._file = file
        self._kind = kind
        self._held = bytearray(first)  # from the beginning of the member, or as much of it as is kept
        self._at = 0  # what of it was inflated
        self._read = len(first)
        self._read_again = 0
        self._sound_until = -1  # where in the file the damage is that is being passed over
        self._dictionary: Any = None

    def read(self) -> Iterator[bytes | Edge]:
        """Pieces of content, and an edge after each member."""
        # IIPC's specification of .warc.zst: a dictionary may come first, in a frame that is skipped
        if self._kind == ZSTD and self._held.startswith(DICTIONARY_MAGIC):
            try:
                self._dictionary = self._taken_dictionary()
            except (Damaged, EOFError) as error:
                yield Edge("damaged", str(error))
        while self._held or self._more():
            self._at = self._inflated = 0
            edge = yield from self._member()
            if edge.reason:
                yield self._passed_over(edge)
            else:
                self._sound_until = -1
                del self._held[: self._at]
                yield Edge(place=self._place)

    def _passed_over(self, edge: Edge) -> Edge:
        """Goes on to where the next member may begin; gives back the edge with how far that is from the damage."""
        if self._sound_until < 0:
            self._sound_until = self._place + self._at
        self._seek_next(is_bomb=edge.reason == "too_large")
        unread = max(0, self._place - self._sound_until)
        self._sound_until += unread
        return replace(edge, unread=unread)

    @property
    def _place(self) -> int:
        """Where in the file what is held begins."""
        return self._read - len(self._held)

    def _taken_dictionary(self) -> Any:
        """The dictionary at the beginning, which is itself compressed or not. Raises Damaged, EOFError."""
        # a mark and a length, four bytes each, the lowest first (RFC 8878, 3.1.2)
        while len(self._held) < 8 and self._more():
            pass
        end = 8 + int.from_bytes(self._held[4:8], "little")
        if end > _MAX_DICTIONARY_BYTES:
            raise Damaged(f"a dictionary of {end:,} bytes")
        while len(self._held) < end:
            if not self._more():
                raise EOFError("the dictionary ends early")
        content = bytes(self._held[8:end])
        del self._held[:end]
        if content.startswith(MAGIC[ZSTD]):
            content, _ = inflate(content, ZSTD, most=_MAX_DICTIONARY_BYTES)
        return zstd_dictionary(content[:_MAX_DICTIONARY_BYTES])

    def _member(self) -> Generator[bytes | Edge, None, Edge]:
        """Yields one member's content; returns its edge."""
        member = decoder(self._kind, dictionary=self._dictionary)
        packed = 0
        while not member.is_done:
            if self._at == len(self._held) and not self._more():
                return Edge("truncated", "the compressed data end early")
            data = bytes(memoryview(self._held)[self._at : self._at + READ_BYTES])
            self._at += len(data)
            packed += len(data)
            try:
                for piece in member.inflate(data):
                    self._inflated += len(piece)
                    if is_too_far(self._inflated, packed):
                        return Edge("too_large", "the compressed data grow beyond all measure")
                    yield piece
            except Damaged as error:
                self._at -= len(member.unused)
                return Edge("damaged", str(error))
        self._at -= len(member.unused)
        return Edge()

    def _seek_next(self, *, is_bomb: bool) -> None:
        """Drops what comes before the next place where a member may begin."""
        self._read_again += max(self._at, self._inflated)
        # a file made for it would have every few bytes inflated as far as they go
        is_spent = self._read_again > _SPARE_BYTES + 2 * self._read
        # from 1: at 0 is the member that is damaged itself
        at = self._at if is_bomb or is_spent else 1
        magic = MAGIC[self._kind]
        while (found := self._held.find(magic, at)) < 0:
            # as much stays as may be the beginning of a mark
            del self._held[: max(at, len(self._held) - len(magic) + 1)]
            at = 0
            if not self._more():
                self._held.clear()
                return
        del self._held[:found]

    def _more(self) -> bool:
        """Reads on; False at the end of the file."""
        data = self._file.read(READ_BYTES)
        if self._at > 2 * _KEPT_BYTES:
            del self._held[: self._at - _KEPT_BYTES]
            self._at = _KEPT_BYTES
        self._held += data
        self._read += len(data)
        return bool(data)
