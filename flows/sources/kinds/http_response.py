"""An HTTP response as archives keep it: status, headers, and the body as it was before it was packed for transfer."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.io.decompression import KINDS, MAGIC, Damaged, codings, inflate
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES

MAX_HEAD_BYTES = 1_000_000
"""No headers are longer: the servers and browsers in use stop at 8 KB to 256 KB."""

# “HTTP/1.1 200 OK”, “HTTP/2 200” (as some tools write it): no minor version, no reason phrase
_STATUS = lazy_pattern(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b[^\r\n]*(?:\r?\n|$)")
# line ends with or without CR: RFC 9112, 2.2 lets a reader take either
_HEAD_END = lazy_pattern(rb"\r?\n\r?\n")
# “1a2b” or “400 ;name=value” and a line end (RFC 9112, 7.1); eight digits are 4 GB, more than any page
_CHUNK = lazy_pattern(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\n]{0,1000})?\r?\n")


class Response(Struct, frozen=True):
    """Status code, headers (those of one name joined by commas) and the body as stored."""

    status: int
    headers: dict[str, str]
    body: bytes


def parse_response(message: bytes) -> Response:
    """The parts of a response. Raises Damaged where it does not begin as one or its headers do not end."""
    status = _STATUS.match(message)
    if status is None:
        raise Damaged("no HTTP response")
    # the end of the status line may be the beginning of the empty one
    end = _HEAD_END.search(message, max(0, status.end() - 2), status.end() + MAX_HEAD_BYTES)
    if end is None and len(message) > status.end() + MAX_HEAD_BYTES:
        raise Damaged(f"headers of more than {MAX_HEAD_BYTES:,} bytes")
    head, body = (end.start(), end.end()) if end else (len(message), len(message))
    return Response(
        status=int(status[1]), headers=parse_headers(message[status.end() : head]), body=message[body:]
    )


def parse_headers(lines: bytes) -> dict[str, str]:
    """Header lines as a mapping in their order; those of one name are joined by commas."""
    # UTF-8 first, which servers do send against RFC 9110, 5.5; latin-1 takes whatever is left
    try:
        text = lines.decode("utf-8")
    except UnicodeDecodeError:
        text = lines.decode("latin-1")
    found: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    name = ""
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and name:  # a line that continues the one before
            found[name].append(f"{found[name].pop()} {line.strip()}")
        elif colon and key.strip():
            name = names.setdefault(key.strip().lower(), key.strip())
            found.setdefault(name, []).append(value.strip())
    # one list for headers that came apart (RFC 9110, 5.3)
    return {name: ", ".join(values) for name, values in found.items()}


def header(headers: dict[str, str], name: str) -> str | None:
    """The value of a header, whatever the case of its name."""
    return next((value for key, value in headers.items() if key.lower() == name), None)


def body_of(response: Response) -> bytes:
    """The body without chunks and compression, at most ``MAX_PAGE_BYTES`` of it.

    Archives often keep the headers of a body that they have unpacked: what does not look packed is taken as it is.
    Raises EOFError where the body was cut, Damaged where it cannot be unpacked.
    """
    packed_as = _codings(response)
    # chunks first: they are of the transfer and lie around every compression
    body = _without_chunks(response, packed_as)
    for coding in reversed(packed_as):
        body = _decoded(body, coding)
    return body[:MAX_PAGE_BYTES]


def payloads(response: Response) -> Iterator[bytes]:
    """What a digest of the payload may have been made of: programs differ in how much they undo before.

    Raises as ``body_of`` does.
    """
    # as stored, without chunks, without compression
    yield response.body
    unchunked = _without_chunks(response, _codings(response))
    if len(unchunked) != len(response.body):
        yield unchunked
    yield body_of(response)


def _without_chunks(response: Response, packed_as: list[str]) -> bytes:
    body, length = response.body, header(response.headers, "content-length") or ""
    # chunks end by themselves: a Content-Length beside them does not count (RFC 9112, 6.3)
    if "chunked" in (header(response.headers, "transfer-encoding") or "").lower():
        return _joined_chunks(body)
    # 19 digits are no length of anything
    is_short = length.isdecimal() and len(length) < 19 and len(body) < int(length)
    # headers may declare a compression that the body lacks: their length is not its own
    if is_short and not (packed_as and _is_plain(body, packed_as[-1])):
        raise EOFError(f"the body has {len(body):,} of {int(length):,} bytes")
    return body


def _codings(response: Response) -> list[str]:
    """What can be undone; servers of old name character sets and other things there, too."""
    named = codings(header(response.headers, "content-encoding") or "")
    return [coding for coding in named if coding in KINDS]


def _is_plain(body: bytes, coding: str) -> bool:
    magic = MAGIC.get(coding)
    # brotli and deflate have no mark: what begins like HTML is taken for unpacked
    return not body.startswith(magic) if magic else body.lstrip()[:1] == b"<"


def _joined_chunks(body: bytes) -> bytes:
    """The chunks' content. Raises EOFError where the last is missing, Damaged where one is not of its length."""
    parts: list[bytes] = []
    at = 0
    while True:
        size = _CHUNK.match(body, at)
        if size is None:
            # no chunk at all: the archive joined them and kept the header
            if not parts:
                return body
            # too short for a chunk, and without a line end: the next size was cut
            if len(body) - at < 20 and b"\n" not in body[at:]:
                raise EOFError("the body ends before its last chunk")
            raise Damaged("a chunk of the body does not have its length")
        length = int(size[1], 16)
        if not length:
            return b"".join(parts)
        at = size.end() + length
        if at > len(body):
            raise EOFError("the body ends before its last chunk")
        parts.append(body[size.end() : at])
        # line ends after a chunk: CRLF, LF alone or none (True adds 1)
        at += 2 if body.startswith(b"\r\n", at) else body.startswith(b"\n", at)


def _decoded(body: bytes, coding: str) -> bytes:
    """One compression taken off, as far as a page may be long."""
    is_plain = _is_plain(body, coding)
    if not body or (is_plain and coding in MAGIC):
        return body
    try:
        # what is after the end is ignored, as by browsers
        return inflate(body, coding, most=MAX_PAGE_BYTES)[0][:MAX_PAGE_BYTES]
    except (Damaged, EOFError):
        if is_plain:
            return body
        raise
