"""The ways in which a server misbehaves, as data: what it sends first, what it does then, and what that may come to.

Each is named by what a server does on a request for ``/fault``: over HTTP/1.1 in the clear and
encrypted, beneath encryption, in its handshake, and over HTTP/2. ``then`` may come at once or after a while.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Literal

import brotli
from msgspec import Struct

from copydesk.flows.io.zstandard import zstd

PARAGRAPH = "<p>The ferry sails again from Monday, said the harbour office, after three weeks of repairs to the quay.</p>\n"
PAGE = f"<!doctype html><title>Ferry</title><article><h1>Ferry</h1>\n{PARAGRAPH * 40}</article>".encode()
HALF = PAGE[: len(PAGE) // 2]


class Sent(Struct, frozen=True):
    """Bytes, encrypted where the connection is."""

    data: bytes


class Beneath(Struct, frozen=True):
    """Bytes as they are, beneath encryption."""

    data: bytes


class Sealed(Struct, frozen=True):
    """Bytes as encrypted records, of which the last byte is wrong or only some part is sent."""

    data: bytes
    part: float = 1.0


class Again(Struct, frozen=True):
    """The same bytes again and again, so many times, with a pause after each; without a number until nobody listens."""

    data: bytes
    times: int | None = None
    pause_seconds: float = 0.0


class Frame(Struct, frozen=True):
    """A frame of HTTP/2. ``stream`` None: that of the question; else that number. ``length``: what it declares as
    its length.
    """

    kind: int
    payload: bytes = b""
    flags: int = 0
    stream: int | None = None
    length: int | None = None

    def encoded(self, stream: int) -> bytes:
        """Its bytes, as an answer to a stream."""
        length = len(self.payload) if self.length is None else self.length
        number = stream if self.stream is None else self.stream
        head = length.to_bytes(3, "big") + bytes([self.kind, self.flags]) + number.to_bytes(4, "big")
        return head + self.payload


class Frames(Struct, frozen=True):
    """The same frame again and again, as ``Again``."""

    frame: Frame
    times: int | None = None


class Ended(Struct, frozen=True):
    """The end: ``politely`` (with a word of farewell where it is encrypted), ``abruptly`` (without one), by
    ``force`` (a reset).
    """

    how: Literal["politely", "abruptly", "force"]


class Silence(Struct, frozen=True):
    """Nothing more, on a connection that stays open."""


Step = Sent | Beneath | Sealed | Again | Frame | Frames | Ended | Silence
END, BREAK, RESET, SILENCE = Ended("politely"), Ended("abruptly"), Ended("force"), Silence()
Layer = Literal["http1", "tls", "handshake", "http2"]


class Fault(Struct, frozen=True):
    """One way to misbehave. ``comes_to``: the reasons it may come to; ``whole`` where the page may come
    nevertheless.
    """

    name: str
    layer: Layer
    begin: tuple[Step, ...]
    then: tuple[Step, ...]
    comes_to: frozenset[str]


def _http1(name: str, begin: bytes, *then: Step, to: str) -> Fault:
    return Fault(name, "http1", (Sent(begin),) if begin else (), then, frozenset(to.split()))


def _tls(name: str, begin: bytes, *then: Step, to: str = "truncated") -> Fault:
    return Fault(name, "tls", (Sent(begin),), then, frozenset(to.split()))


def _handshake(name: str, *then: Step, to: str = "tls connect") -> Fault:
    return Fault(name, "handshake", (), then, frozenset(to.split()))


def _http2(name: str, *then: Step, begin: tuple[Step, ...] = (), to: str = "protocol truncated") -> Fault:
    return Fault(name, "http2", begin, then, frozenset(to.split()))


# --- HTTP/1.1

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_LENGTH = _HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE)
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_CLOSED = _HEAD + b"Connection: close\r\n\r\n"
_GZIP = gzip.compress(PAGE)
_BROKEN = "truncated protocol"
_MUCH = b"<p>and so on</p>" * 4096
_MORE_HEADERS = b"X-More: yes\r\n" * 2000


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def _packed(coding: bytes, body: bytes) -> bytes:
    return _HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s" % (coding, len(body), body)


def _status(line: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: 0\r\n%s\r\n" % (line, headers)


HTTP1 = (
    _http1("no answer", b"", END, to=_BROKEN),
    _http1("no answer but a reset", b"", RESET, to=_BROKEN),
    _http1("half a status line", b"HTTP/1.1 2", END, to=_BROKEN),
    _http1("headers that stop", _HEAD, END, to=_BROKEN),
    _http1("headers, then a reset", _HEAD, RESET, to=_BROKEN),
    _http1("a length and no body", _LENGTH, END, to="truncated"),
    _http1("half of the length", _LENGTH + HALF, END, to="truncated"),
    _http1("a reset in mid-body", _LENGTH + HALF, RESET, to="truncated"),
    _http1("a reset before the last byte", _LENGTH + PAGE[:-1], RESET, to="truncated"),
    _http1("more than the length", _HEAD + b"Content-Length: 900\r\n\r\n" + PAGE, END, to="truncated"),
    _http1(
        "more than the length, in its own time",
        _HEAD + b"Content-Length: 900\r\n\r\n" + PAGE[:900],
        Sent(PAGE[900:]),
        END,
        to="truncated whole",
    ),
    _http1(
        "another answer behind the length",
        _LENGTH + PAGE + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong",
        SILENCE,
        to="whole",
    ),
    _http1(
        "two lengths",
        _HEAD + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\n",
        Sent(PAGE),
        END,
        to="protocol",
    ),
    _http1("a length below nothing", _HEAD + b"Content-Length: -5\r\n\r\n", Sent(PAGE), END, to="protocol"),
    _http1(
        "a length that is no number", _HEAD + b"Content-Length: much\r\n\r\n", Sent(PAGE), END, to="protocol"
    ),
    _http1(
        "a length of thirty digits",
        _HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        Sent(PAGE),
        END,
        to=_BROKEN,
    ),
    _http1(
        "a length of a terabyte",
        _HEAD + b"Content-Length: 1000000000000\r\n\r\n",
        Sent(PAGE),
        END,
        to="truncated",
    ),
    _http1("a chunk that stops", _CHUNKED + _chunk(PAGE)[:900], END, to="truncated"),
    _http1("a chunk, then a reset", _CHUNKED + _chunk(PAGE)[:900], RESET, to="truncated"),
    _http1("chunks without the last", _CHUNKED + _chunk(PAGE), END, to="truncated"),
    _http1("a chunk of no number", _CHUNKED + _chunk(HALF), Sent(b"zz\r\n"), END, to="protocol"),
    _http1("a chunk of thirty digits", _CHUNKED + _chunk(HALF), Sent(b"f" * 30 + b"\r\n"), END, to=_BROKEN),
    _http1("a chunk longer than it declares", _CHUNKED + b"5\r\n" + PAGE, END, to="protocol"),
    _http1("a line of a chunk without end", _CHUNKED + b"5;", Again(b"x" * 65_536), to="protocol too_large"),
    _http1(
        "trailers without end",
        _CHUNKED + _chunk(PAGE) + b"0\r\n",
        Again(_MORE_HEADERS),
        to="protocol too_large",
    ),
    _http1("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n", END, to="protocol"),
    _http1("a page without headers", PAGE, END, to="protocol"),
    _http1("a status that is no number", b"HTTP/1.1 fine OK\r\n\r\n", Sent(PAGE), END, to="protocol"),
    _http1("a status of one digit", b"HTTP/1.1 2 OK\r\n\r\n", Sent(PAGE), END, to="protocol"),
    _http1("a status of four digits", b"HTTP/1.1 2000 OK\r\n\r\n", Sent(PAGE), END, to="protocol"),
    _http1("a header without a colon", _HEAD + b"nothing\r\n\r\n", Sent(PAGE), END, to="protocol"),
    _http1("a header with a NUL", _HEAD + b"X-Null: a\0b\r\n\r\n", Sent(PAGE), END, to="protocol"),
    _http1("a header without end", _HEAD + b"X-Long: ", Again(b"x" * 65_536), to="protocol too_large"),
    _http1("headers without end", _HEAD, Again(_MORE_HEADERS), to="protocol too_large"),
    _http1(
        "early hints without end",
        b"",
        Again(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000),
        to="protocol too_large",
    ),
    _http1(
        "another protocol agreed on",
        _status(b"101 Switching Protocols"),
        Sent(PAGE),
        END,
        to="http_101 protocol",
    ),
    _http1("no content", b"HTTP/1.1 204 No Content\r\n\r\n", Sent(PAGE), END, to="whole"),
    _http1(
        "a part",
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n\r\n" % len(PAGE),
        Sent(PAGE),
        to="http_206",
    ),
    _http1("unchanged, though not requested", b"HTTP/1.1 304 Not Modified\r\n\r\n", END, to="http_304"),
    _http1(
        "an error page that stops",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 900\r\n\r\n",
        Sent(b"<p>No"),
        RESET,
        to="http_404",
    ),
    _http1(
        "a redirect to itself",
        _status(b"302 Found", b"Location: /fault\r\n"),
        to="too_many_redirects protocol truncated",
    ),
    _http1("a redirect to nowhere", _status(b"302 Found"), to="bad_redirect"),
    _http1(
        "a redirect to what is no URL",
        _status(b"302 Found", b"Location: http://[oops/\r\n"),
        to="bad_redirect",
    ),
    _http1(
        "a redirect inside",
        _status(b"302 Found", b"Location: http://10.0.0.1/\r\n"),
        to="forbidden downgrade",
    ),
    _http1(
        "a redirect that stops", b"HTTP/1.1 302 Found\r\nContent-Length: 90\r\n\r\n", RESET, to="bad_redirect"
    ),
    _http1(
        "a redirect without measure",
        _status(b"302 Found", b"Location: /%s\r\n" % (b"x" * 50_000)),
        to="bad_redirect",
    ),
    _http1("busy for no time", _status(b"503 Busy", b"Retry-After: 0\r\n"), to="http_503"),
    _http1(
        "busy until long ago",
        _status(b"503 Busy", b"Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
        to="http_503",
    ),
    _http1("gzip that stops", _packed(b"gzip", _GZIP[:-20]), to="truncated"),
    _http1(
        "gzip that is damaged",
        _packed(b"gzip", _GZIP[:60] + b"\xff\xff" + _GZIP[62:]),
        to="damaged truncated",
    ),
    _http1("brotli that stops", _packed(b"br", brotli.compress(PAGE)[:-20]), to="truncated"),
    _http1("zstd that stops", _packed(b"zstd", zstd.compress(PAGE)[:-20]), to="truncated"),
    _http1("deflate that stops", _packed(b"deflate", zlib.compress(PAGE)[:-20]), to="truncated"),
    _http1("not packed as declared", _packed(b"gzip", PAGE), to="damaged"),
    _http1("packed as not requested", _packed(b"rot13", PAGE), to="damaged"),
    _http1("a bomb", _packed(b"gzip", gzip.compress(bytes(30_000_000))), to="too_large"),
    _http1("a body without end", _CLOSED, Again(_MUCH), to="too_large"),
    _http1("chunks without end", _CHUNKED, Again(_chunk(_MUCH)), to="too_large"),
    _http1("a byte now and then", _CLOSED, Again(b"<", pause_seconds=0.2), to="timeout"),
    _http1("silence", b"", SILENCE, to="timeout"),
    _http1("silence after the headers", _LENGTH, SILENCE, to="timeout"),
    _http1("silence in mid-body", _LENGTH + HALF, SILENCE, to="timeout"),
    _http1("an empty page", _status(b"200 OK"), to="whole"),
    _http1("an empty page without a length", _CLOSED, END, to="whole"),
    _http1("two answers to one question", _LENGTH + PAGE, Sent(_status(b"500 Oops")), to="whole"),
)

# --- encryption

TLS = (
    _tls("a damaged record", _LENGTH + HALF, Sealed(PAGE)),
    _tls("bytes that are no record", _LENGTH + HALF, Beneath(b"no record at all" * 4)),
    _tls("an alert in mid-body", _LENGTH + HALF, Beneath(b"\x15\x03\x03\x00\x02\x02\x28")),
    _tls("a handshake in mid-body", _LENGTH + HALF, Beneath(b"\x16\x03\x03\x00\x04\x01\x00\x00\x00")),
    _tls("a record too long", _LENGTH + HALF, Beneath(b"\x17\x03\x03\xff\xff" + bytes(65_535))),
    _tls("half a record, then the end", _LENGTH + HALF, Sealed(PAGE, 0.5), BREAK),
    _tls("half a record, then a reset", _LENGTH + HALF, Sealed(PAGE, 0.5), RESET),
    _tls("half a record, then silence", _LENGTH + HALF, Sealed(PAGE, 0.5), SILENCE, to="timeout"),
    _tls("a farewell in mid-body", _LENGTH + HALF, END),
    _tls("no farewell in mid-body", _LENGTH + HALF, BREAK),
    _tls("no farewell, and no length", _CLOSED + HALF, BREAK),
    _tls("no farewell, in chunks", _CHUNKED + _chunk(HALF), BREAK),
    _tls("a reset beneath, and no length", _CLOSED + HALF, RESET),
    _tls("a damaged record for a header", _HEAD, Sealed(b"Content-Length: 5\r\n\r\n"), to=_BROKEN),
)

HANDSHAKE = (
    _handshake("no handshake but the end", BREAK),
    _handshake("no handshake but a reset", RESET),
    _handshake("no handshake but an alert", Beneath(b"\x15\x03\x03\x00\x02\x02\x28"), BREAK),
    _handshake("no handshake but HTTP", Beneath(_status(b"400 Bad Request")), BREAK),
    _handshake("no handshake but noise", Beneath(bytes(range(256)) * 8), BREAK),
    _handshake("half a handshake", Beneath(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"), BREAK),
    _handshake("silence for a handshake", SILENCE, to="robots_unreachable timeout"),
)

# --- HTTP/2

_DATA, _HEADERS, _PRIORITY, _RST, _SETTINGS, _PUSH, _PING, _GOAWAY, _WINDOW, _CONTINUATION = range(10)
_END_STREAM, _ACK, _END_HEADERS, _PADDED = 1, 1, 4, 8


def _literal(name: bytes, value: bytes) -> bytes:
    """A header that no table knows afterwards."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def _length_of(size: int) -> bytes:
    return _literal(b"content-length", str(size).encode())


def _code(number: int) -> bytes:
    return number.to_bytes(4, "big")


_OK = b"\x88"  # :status 200, from the fixed table
_BEGIN = Frame(_HEADERS, _OK, _END_HEADERS)
_SOME = Frame(_DATA, HALF)
_STARTED = (_BEGIN, _SOME)
_WHOLE = Frame(_DATA, PAGE, _END_STREAM)
_MANY = 2_000
_UNSAID = "protocol truncated timeout"

HTTP2 = (
    _http2("a reset stream", Frame(_RST, _code(2))),
    _http2("a refused stream", Frame(_RST, _code(7))),
    _http2("a stream reset in mid-body", Frame(_RST, _code(2)), begin=_STARTED),
    _http2("a stream reset as if all were well", Frame(_RST, _code(0)), begin=_STARTED),
    _http2(
        "fewer bytes than the length",
        Frame(_DATA, HALF, _END_STREAM),
        begin=(Frame(_HEADERS, _OK + _length_of(len(PAGE)), _END_HEADERS),),
    ),
    _http2(
        "more bytes than the length",
        Frame(_DATA, PAGE, _END_STREAM),
        begin=(Frame(_HEADERS, _OK + _length_of(900), _END_HEADERS),),
    ),
    _http2(
        "a length and no body in HTTP/2",
        Frame(_HEADERS, _OK + _length_of(900), _END_HEADERS | _END_STREAM),
        to="truncated",
    ),
    _http2(
        "a length that is no number in HTTP/2",
        _WHOLE,
        begin=(Frame(_HEADERS, _OK + _literal(b"content-length", b"much"), _END_HEADERS),),
    ),
    _http2("GOAWAY for an answer", Frame(_GOAWAY, _code(0) + _code(0), stream=0), END),
    _http2("GOAWAY in mid-body", Frame(_GOAWAY, _code(1) + _code(0), stream=0), END, begin=_STARTED),
    _http2(
        "GOAWAY with an error in mid-body",
        Frame(_GOAWAY, _code(0) + _code(2) + b"overloaded", stream=0),
        begin=_STARTED,
    ),
    _http2(
        "GOAWAY, then the rest",
        Frame(_GOAWAY, _code(2**31 - 1) + _code(0), stream=0),
        _WHOLE,
        begin=_STARTED,
        to="protocol truncated whole",
    ),
    _http2("GOAWAY that is too short", Frame(_GOAWAY, _code(0), stream=0), begin=_STARTED),
    _http2("the end in mid-body", END, begin=_STARTED),
    _http2("no farewell in mid-body in HTTP/2", BREAK, begin=_STARTED),
    _http2("a reset connection in mid-body", RESET, begin=_STARTED),
    _http2("a damaged record in HTTP/2", Sealed(_WHOLE.encoded(1)), begin=_STARTED),
    _http2("no record in HTTP/2", Beneath(b"no record at all" * 4), begin=_STARTED),
    _http2("silence in HTTP/2", SILENCE, to="timeout"),
    _http2("silence in mid-body in HTTP/2", SILENCE, begin=_STARTED, to="timeout"),
    _http2("half a frame, then the end", Sent(_WHOLE.encoded(1)[:200]), END, begin=_STARTED),
    _http2("headers that do not end", Frame(_HEADERS, _OK), END),
    _http2("headers broken off by data", Frame(_HEADERS, _OK), _WHOLE),
    _http2("headers packed wrongly", Frame(_HEADERS, b"\xff\xff\xff\xff\xff\xff", _END_HEADERS)),
    _http2("headers from no table", Frame(_HEADERS, b"\xfe", _END_HEADERS)),
    _http2("headers twice", _BEGIN, begin=_STARTED),
    _http2(
        "a status that is no number in HTTP/2",
        Frame(_HEADERS, _literal(b":status", b"fine"), _END_HEADERS),
        _WHOLE,
    ),
    _http2(
        "no status in HTTP/2",
        Frame(_HEADERS, _literal(b"server", b"x"), _END_HEADERS),
        _WHOLE,
        to="protocol truncated whole",
    ),
    _http2("data before headers", _WHOLE),
    _http2("data after the end", Frame(_DATA, HALF), begin=(_BEGIN, _WHOLE), to="protocol truncated whole"),
    _http2("data of the connection", Frame(_DATA, HALF, stream=0), begin=_STARTED),
    _http2("data of a stream nobody opened", Frame(_DATA, HALF, stream=99), begin=_STARTED),
    _http2("padding longer than its frame", Frame(_DATA, b"\xff" + HALF[:20], _PADDED), begin=_STARTED),
    _http2("a frame too long", Frame(_DATA, bytes(20_000)), begin=_STARTED),
    _http2("a frame of sixteen megabytes", Frame(_DATA, HALF, length=2**24 - 1), END, begin=_STARTED),
    _http2("a window of nothing more", Frame(_WINDOW, _code(0)), begin=_STARTED),
    _http2("a window too wide", Frame(_WINDOW, _code(2**31 - 1), stream=0), begin=_STARTED),
    _http2("a window of three bytes", Frame(_WINDOW, b"\0\0\1"), begin=_STARTED),
    _http2("settings of five bytes", Frame(_SETTINGS, bytes(5), stream=0), begin=_STARTED),
    _http2("settings of a stream", Frame(_SETTINGS, b""), begin=_STARTED),
    _http2("settings agreed to with a word", Frame(_SETTINGS, bytes(6), _ACK, stream=0), begin=_STARTED),
    _http2("settings beyond measure", Frame(_SETTINGS, b"\0\4\xff\xff\xff\xff", stream=0), begin=_STARTED),
    _http2("settings that allow no stream", Frame(_SETTINGS, b"\0\3\0\0\0\0", stream=0), END, begin=_STARTED),
    _http2("a ping of three bytes", Frame(_PING, b"abc", stream=0), begin=_STARTED),
    _http2("pings without number", Frames(Frame(_PING, bytes(8), stream=0), _MANY), END, begin=_STARTED),
    _http2("settings without number", Frames(Frame(_SETTINGS, b"", stream=0), _MANY), END, begin=_STARTED),
    _http2("empty data without number", Frames(Frame(_DATA), _MANY), END, begin=_STARTED, to=_UNSAID),
    _http2(
        "headers without number",
        Frame(_HEADERS, _OK),
        Frames(Frame(_CONTINUATION, _literal(b"x", b"y")), _MANY),
        END,
    ),
    _http2("a page not requested", Frame(_PUSH, _code(2) + _OK, _END_HEADERS), begin=_STARTED),
    _http2(
        "a stream before itself", Frame(_PRIORITY, _code(1) + b"\1"), Frame(_RST, _code(1)), begin=_STARTED
    ),
    _http2("a reset of what never was", Frame(_RST, _code(2), stream=99), begin=_STARTED, to=_UNSAID),
    _http2("a continuation of nothing", Frame(_CONTINUATION, _OK, _END_HEADERS), begin=_STARTED),
    _http2(
        "trailers that do not end it", Frame(_HEADERS, _literal(b"x", b"y"), _END_HEADERS), begin=_STARTED
    ),
    _http2("HTTP/1.1 where HTTP/2 was agreed", Sent(_LENGTH + PAGE), to=_UNSAID),
    _http2("data without end", Frames(Frame(_DATA, bytes(16_000))), begin=(_BEGIN,), to="too_large"),
    _http2(
        "a gzip that stops in HTTP/2",
        Frame(_DATA, _GZIP[:-20], _END_STREAM),
        begin=(Frame(_HEADERS, _OK + _literal(b"content-encoding", b"gzip"), _END_HEADERS),),
        to="truncated",
    ),
)

FAULTS = (*HTTP1, *TLS, *HANDSHAKE, *HTTP2)
