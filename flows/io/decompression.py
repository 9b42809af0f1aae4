"""Decompression for files, archives and HTTP bodies.

Piece by piece, so that memory is bounded however far the data would grow; an end, truncation and damage are
distinguished.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator
from typing import Any

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.io.extras import needed

# RFC 1952, RFC 8878, RFC 7932; deflate by RFC 9110, section 8.4.1.2, is zlib's format (RFC 1950)
GZIP, ZSTD, BROTLI, DEFLATE = "gzip", "zstd", "br", "deflate"
"""The kinds there are, as HTTP calls them."""
KINDS = frozenset({GZIP, ZSTD, BROTLI, DEFLATE})
# RFC 1952, section 2.3.1 (with the method, 8); RFC 8878, section 3.1.1
MAGIC = {GZIP: b"\x1f\x8b\x08", ZSTD: b"\x28\xb5\x2f\xfd"}
"""How a member of the kind begins; the others have no mark."""
DICTIONARY_MAGIC = b"\x5d\x2a\x4d\x18"
"""A frame of zstd that holds no content, and the dictionary of those after it where it comes first (as in
WARC files).
"""

MAX_CODINGS = 3
"""One is usual in a ``Content-Encoding``; two come of a server and a cache before it."""
MAX_MEMBERS = 4_000
"""Programs that pack in members of 64 KB need three hundred for the largest page; each costs time, be it empty."""
# x-gzip is gzip by another name (RFC 9110, section 8.4.1.3)
_CODINGS = {"gzip": GZIP, "x-gzip": GZIP, "deflate": DEFLATE, "br": BROTLI, "zstd": ZSTD}
_NOT_PACKED = frozenset({"", "identity"})

# both set by hand: larger costs memory for each open file, smaller more calls for the same bytes
PIECE_BYTES = 1 << 18
"""About as much is inflated at a time."""
READ_BYTES = 1 << 16
"""As much compressed data is taken at a time."""
_FIRST_BYTES = 1 << 12  # of each member: where they are tiny, what lies beyond is not copied again and again
MAX_WINDOW_LOG = 27  # 128 MB
"""A frame of zstd that wants to look further back is refused, as by its own command."""
_ZSTD_STEP = 512
_ZEROS = lazy_pattern(rb"\0*")


class Damaged(ValueError):
    """Data that cannot be decompressed; the message gives the reason."""


def codings(content_encoding: str) -> list[str]:
    """What a ``Content-Encoding`` names, in the order it was done: kinds as above, unknown ones as they
    are, in lower case.

    Raises Damaged where more than ``MAX_CODINGS`` known ones are named.
    """
    named = [name.strip().lower() for name in content_encoding.split(",")]
    known = sum(name in _CODINGS for name in named)
    if known > MAX_CODINGS:
        raise Damaged(f"compressed {known} times over")
    return [_CODINGS.get(name, name) for name in named if name not in _NOT_PACKED]


class _Zlib:
    """gzip and deflate. HTTP's deflate is zlib's format by the standard, bare deflate in the wild: its first two bytes
    decide.
    """

    def __init__(self, kind: str) -> None:
        # 16: with gzip's header and trailer
        self._plain = zlib.decompressobj(16 + zlib.MAX_WBITS) if kind == GZIP else None
        self._first = b""
        self._after_damage = b""

    @property
    def is_done(self) -> bool:
        return self._plain is not None and self._plain.eof

    @property
    def unused(self) -> bytes:
        return self._after_damage or (self._plain.unused_data if self._plain else b"")

    def inflate(self, data: bytes) -> Iterator[bytes]:
        if self._plain is None:
            data = self._first = self._first + data
            if len(data) < 2:
                return
            # bare deflate would begin with a stored block whose unused bits are set: no encoder does that
            # RFC 1950, section 2.2: method 8, and both bytes as one number divisible by 31
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._plain = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        while True:
            before = self._plain.copy()
            try:
                piece = self._plain.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                self._after_damage = yield from _before_damage(before, data)
                raise Damaged(f"invalid gzip or deflate data: {error}") from error
            if piece:
                yield piece
            data = self._plain.unconsumed_tail
            if self.is_done or not (data or len(piece) == PIECE_BYTES):
                return


def _before_damage(plain: Any, data: bytes) -> Generator[bytes, None, bytes]:
    """What comes before an error, which takes all with it that is inflated in the same call; to the last byte.

    Returns what of the data was not taken.
    """
    # bytes in a call: coarse steps first, as byte by byte takes long over a large piece
    for step in (4096, 64, 1):
        while not plain.eof:
            before = plain.copy()
            try:
                piece = plain.decompress(data, step)
            except zlib.error:
                plain = before
                break
            if not piece:
                return data
            yield piece
            data = plain.unconsumed_tail
    return data


class _Zstd:
    """A frame of Zstandard; one that is to be skipped inflates to nothing."""

    def __init__(self, dictionary: Any = None) -> None:
        zstd = _zstd()
        self._error = zstd.ZstdError
        window = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}
        self._plain = zstd.ZstdDecompressor(dictionary, window)
        self.unused = b""

    @property
    def is_done(self) -> bool:
        return bool(self._plain.eof)

    def inflate(self, data: bytes) -> Iterator[bytes]:
        # in steps: of one that is damaged nothing comes
        for start in range(0, len(data), _ZSTD_STEP):
            given = data[start : start + _ZSTD_STEP]
            while not self.is_done:
                try:
                    piece = self._plain.decompress(given, PIECE_BYTES)
                except self._error as error:
                    self.unused = data[start:]
                    raise Damaged(f"invalid zstd data: {error}") from error
                if piece:
                    yield piece
                if self._plain.needs_input:
                    break
                given = b""
            if self.is_done:
                self.unused = self._plain.unused_data + data[start + _ZSTD_STEP :]
                return


class _Brotli:
    """What HTTP calls ``br``."""

    def __init__(self) -> None:
        brotli = needed("brotli", what="unpacking brotli", extra="flows")
        self._error = brotli.error
        self._plain = brotli.Decompressor()
        self.unused = b""

    @property
    def is_done(self) -> bool:
        return bool(self._plain.is_finished())

    def inflate(self, data: bytes) -> Iterator[bytes]:
        while not self.is_done:
            try:
                piece = self._plain.process(data, output_buffer_limit=PIECE_BYTES)
            except self._error as error:
                raise Damaged("invalid brotli data") from error
            if piece:
                yield piece
            # it may have taken all data and still hold what they inflate to
            if len(piece) < PIECE_BYTES and self._plain.can_accept_more_data():
                return
            data = b""


Decoder = _Zlib | _Zstd | _Brotli
"""Inflates one member (zstd: frame): what lies between a header and its end.

``inflate`` gives what data inflate to, in bounded pieces, and raises Damaged. ``is_done``: whether the member's end was
reached, its checksum right. ``unused``: the data after the end; after damage, the data after that, as nearly as
possible.
"""


def decoder(kind: str, *, dictionary: Any = None) -> Decoder:
    """A decoder for one member; ``dictionary`` is what ``zstd_dictionary`` made."""
    if kind == ZSTD:
        return _Zstd(dictionary)
    return _Brotli() if kind == BROTLI else _Zlib(kind)


def zstd_dictionary(content: bytes) -> Any:
    """A dictionary that frames of zstd were made with. Raises Damaged where it is none."""
    zstd = _zstd()
    try:
        dictionary = zstd.ZstdDict(content)
        zstd.ZstdDecompressor(dictionary)
    except (zstd.ZstdError, ValueError) as error:
        raise Damaged(f"invalid zstd dictionary: {error}") from error
    return dictionary


def _zstd() -> Any:
    # here: few files are packed so, and the smaller installation has none
    return needed("copydesk.flows.io.zstandard", what="unpacking zstd", extra="flows").zstd


def inflate(data: bytes, kind: str, *, most: int, is_cut: bool = False) -> tuple[bytes, bytes]:
    """What whole ``data`` inflate to, all members one after the other, and what follows the last and is none.

    A little more than ``most`` bytes may come back, and no more are made: with more than that the
    end was not reached. ``is_cut``: the data are the beginning of longer ones. Raises EOFError where they are
    truncated without ``is_cut``, Damaged where they are not sound or have more than ``MAX_MEMBERS`` members.
    """
    parts: list[bytes] = []
    size = at = members = 0
    while at < len(data) and (not members or _begins_member(data[at : at + 4], kind)):
        members += 1
        if members > MAX_MEMBERS:
            raise Damaged(f"packed in more than {MAX_MEMBERS:,} members")
        member = decoder(kind)
        step = _FIRST_BYTES
        while not member.is_done:
            if at >= len(data):
                if is_cut:
                    return b"".join(parts), b""
                raise EOFError("the compressed data end early")
            for piece in member.inflate(data[at : at + step]):
                parts.append(piece)
                size += len(piece)
                if size > most:
                    return b"".join(parts), b""
            at, step = min(at + step, len(data)), READ_BYTES
        # zeros may fill a block to its end
        found = _ZEROS.match(data, at - len(member.unused))
        at = found.end() if found else at
    return b"".join(parts), data[at:]


def _begins_member(head: bytes, kind: str) -> bool:
    """Whether a further member begins, even one truncated in its first bytes; brotli and deflate have only one."""
    if kind == ZSTD and is_skippable(head):
        return True
    magic = MAGIC.get(kind)
    return magic is not None and (head.startswith(magic) or magic.startswith(head))


def is_skippable(data: bytes) -> bool:
    """Whether a frame of zstd begins that holds no content."""
    # any of 0x184D2A50 to 0x184D2A5F, little-endian (RFC 8878, section 3.1.2)
    return data[1:4] == DICTIONARY_MAGIC[1:] and data[0] & 0xF0 == 0x50
