"""The members of a tar archive, one after the other, without unpacking: no header counts whose checksum
is wrong.

The standard library reads long names and extended headers whole, however long they claim to be; here each is bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.io.decompression import READ_BYTES, Damaged
from copydesk.flows.sources.opening.inflating import Pieces

# bytes: headers and content come in such blocks (POSIX, ustar)
_BLOCK = 512
# set by hand: systems in use end paths at 4 KB; a larger figure holds more of what a header claims
_MAX_NAME_BYTES = 64_000
# set by hand: pax headers hold times and names; one that is larger is held whole before it is read
_MAX_EXTENDED_BYTES = 1_000_000
_MAX_DIGITS = 15  # a petabyte: no member is larger, and no file can be sought far beyond
_OCTAL = lazy_pattern(rb"[0-7]*")  # int() would take signs and underscores as well
_PATH_KEY, _SIZE_KEY = b"path", b"size"


class TarMember(Struct, frozen=True):
    """A member: its name, what it is (the letter of its header), and its content; ``kind`` is empty for damage."""

    name: bytes
    kind: str
    content: Pieces


class _Header(Struct, frozen=True):
    name: bytes
    size: int
    kind: str


def tar_members(file: BinaryIO) -> Iterator[TarMember]:
    """The members in order; each must be read before the next is requested.

    Raises EOFError where the archive ends without its end mark, Damaged where there is no header at all.
    """
    named: dict[bytes, bytes] = {}  # by an extended header, for the member after it
    is_first = True
    while block := file.read(_BLOCK):
        header = _header(block)
        if header is None:
            # the end mark: two blocks of zeros (POSIX, ustar), of which some write one; a header was behind another
            is_zeros = not block.strip(b"\0")
            if is_zeros and not (block := file.read(_BLOCK)).strip(b"\0"):
                return
            # nothing was sound so far: it is another kind of file, not a damaged archive
            if is_first and not is_zeros:
                raise Damaged("invalid tar archive")
            header = (_header(block) if is_zeros else None) or _next_header(file)
            if header or not is_zeros:
                yield TarMember(b"", "", Pieces(iter(())))
            if header is None:
                return
        is_first = False
        # a pax header's size overrides the one in octal, which ends at 8 GB
        size = _number(named[_SIZE_KEY]) if _SIZE_KEY in named else header.size
        content, padding = _content(file, size), -size % _BLOCK
        end = file.tell() + size + padding if file.seekable() else 0
        # L: a long name of GNU tar; x, g: pax; K (below): GNU's long target of a link, which nobody follows
        if header.kind in "Lxg":
            _put_extended(named, header, content)
        elif header.kind != "K":
            yield TarMember(named.get(_PATH_KEY, header.name), header.kind, Pieces(content))
            named = {}
        if file.seekable():
            file.seek(end)
            continue
        # one that cannot be sought (a packed one) is read and dropped
        deque(content, maxlen=0)
        file.read(padding)
    raise EOFError("the archive ends early")


def _content(file: BinaryIO, size: int) -> Iterator[bytes]:
    """So many bytes of a file. Raises EOFError where it ends before."""
    while size:
        data = file.read(min(size, READ_BYTES))
        if not data:
            raise EOFError("the archive ends early")
        size -= len(data)
        yield data


def _next_header(file: BinaryIO) -> _Header | None:
    """The first header after damage; None where there is none."""
    while block := file.read(_BLOCK):
        # the magic as well: inside content a checksum alone may fit by chance
        if b"ustar" in block[257:263] and (header := _header(block)):
            return header
    return None


def _header(block: bytes) -> _Header | None:
    """A header; None where the checksum is wrong."""
    # the sum of all bytes, its own eight taken for blanks (POSIX, ustar)
    if len(block) < _BLOCK or sum(block[:148]) + 8 * 32 + sum(block[156:]) != _octal(block[148:156]):
        return None
    size = _octal(block[124:136])
    if block[124] == 0x80:  # in binary, where it is too long for octal
        size = int.from_bytes(block[125:136], "big")
    if size is None or size >= 10**_MAX_DIGITS:
        return None
    name, prefix = block[:100].rstrip(b"\0"), block[345:500].split(b"\0")[0]
    # GNU's header (“ustar  ”) has times where POSIX has the prefix
    if prefix and block[257:263] == b"ustar\0":
        name = prefix + b"/" + name
    return _Header(name, size, chr(block[156] or ord("0")))


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0")
    return int(digits or b"0", 8) if _OCTAL.fullmatch(digits) else None


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > _MAX_DIGITS:
        raise Damaged("an extended header that is none")
    return int(digits)


def _put_extended(named: dict[bytes, bytes], header: _Header, pieces: Iterator[bytes]) -> None:
    """Takes the name, and the size, that a header before a member gives it. Raises Damaged."""
    # g is for all members that follow, of which none can have the name or size of another
    if header.kind == "g":
        return
    limit = _MAX_NAME_BYTES if header.kind == "L" else _MAX_EXTENDED_BYTES
    if header.size > limit:
        raise Damaged(f"an extended header of {header.size:,} bytes")
    content = b"".join(pieces)
    if header.kind == "L":
        named[_PATH_KEY] = content.rstrip(b"\0")
        return
    # “17 path=a/b.html” and a line feed: length of all of it, blank, key, “=”, value (POSIX, pax)
    at = 0
    while at < len(content):
        space = content.find(b" ", at, at + _MAX_DIGITS + 1)
        end = at + _number(content[at : max(at, space)])
        if end <= space + 1:
            raise Damaged("an extended header that is none")
        key, _, value = content[space + 1 : end].removesuffix(b"\n").partition(b"=")
        if key in (_PATH_KEY, _SIZE_KEY):
            named[key] = value
        at = end
