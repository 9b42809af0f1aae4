"""An HTTP response as archives keep it: its parts, and the body without chunks and packing."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.io.decompression import Damaged
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.sources.kinds.http_response import (
    MAX_HEAD_BYTES,
    Response,
    body_of,
    header,
    parse_headers,
    parse_response,
    payloads,
)

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0), "x-gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress, "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstd.compress,
}  # fmt: skip


def chunked(body: bytes, sizes: Sequence[int], extension: bytes = b"") -> bytes:
    """The body in chunks of these sizes, as long as it lasts."""
    parts, at = b"", 0
    for size in (*sizes, len(body)):
        part = body[at : at + size]
        at += len(part)
        if part:
            parts += b"%x%s\r\n%s\r\n" % (len(part), extension, part)
    return parts + b"0\r\n\r\n"


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("status_line", "status"),
    [(b"HTTP/1.1 200 OK", 200), (b"HTTP/2 404", 404), (b"HTTP/1.0 301 Moved for good", 301), (b"HTTP/3  503 ", 503)],
)  # fmt: skip
def test_a_response_has_status_headers_and_body(status_line: bytes, status: int, line_end: bytes) -> None:
    head = line_end.join((status_line, b"Content-Type: text/html", b"X-Two: a", b"x-two:b"))
    found = parse_response(head + 2 * line_end + b"body\r\n\r\nof it")
    assert found == Response(status, {"Content-Type": "text/html", "X-Two": "a, b"}, b"body\r\n\r\nof it")
    assert header(found.headers, "content-type") == "text/html"
    assert header(found.headers, "content-length") is None


@pytest.mark.parametrize(
    "message",
    [
        b"", b"<html>", b"HTTP/1.1 OK", b"HTTP/1.1 20", b"HTTP/1.1 2000 OK", b" HTTP/1.1 200 OK",
        b"HTTPS/1.1 200 OK",
    ],
)  # fmt: skip
def test_what_is_no_response_is_damaged(message: bytes) -> None:
    with pytest.raises(Damaged, match="no HTTP response"):
        parse_response(message)


def test_what_is_missing_is_empty_and_headers_are_bounded() -> None:
    assert parse_response(b"HTTP/1.1 204 No Content") == Response(204, {}, b"")
    assert parse_response(b"HTTP/1.1 200 OK\r\n\r\nbody") == Response(200, {}, b"body")
    for end in (b"", b"\r\n\r\n"):
        assert parse_response(b"HTTP/1.1 200 OK\r\nA: b" + end) == Response(200, {"A": "b"}, b"")
    most, over = (b"HTTP/1.1 200 OK\r\nA: %s\r\n\r\nbody" % (b"x" * (MAX_HEAD_BYTES + n)) for n in (-40, 40))
    assert parse_response(most).body == b"body"
    with pytest.raises(Damaged, match="headers of more than 1,000,000 bytes"):
        parse_response(over)


@pytest.mark.parametrize(
    ("lines", "headers"),
    [
        (b"A: 1\r\n continued\r\n\tonce more\r\nB: 2", {"A": "1 continued once more", "B": "2"}),
        (b"A: 1\r\na: 2\r\nB:3\r\nA : 4", {"A": "1, 2, 4", "B": "3"}),
        (b"no colon\r\n: no name\r\nA: b:c", {"A": "b:c"}), (b" first line continues nothing\r\nA: 1", {"A": "1"}),
        ("T: grün".encode(), {"T": "grün"}), ("T: grün".encode("latin-1"), {"T": "grün"}), (b"", {}),
    ],
)  # fmt: skip
def test_header_lines_as_servers_send_them(lines: bytes, headers: dict[str, str]) -> None:
    assert parse_headers(lines) == headers


@given(
    st.binary(max_size=300),
    st.lists(st.sampled_from(sorted(PACK)), max_size=2),
    st.none() | st.lists(st.integers(1, 60), max_size=6),
)
def test_a_body_comes_back_as_it_was_packed(body: bytes, kinds: list[str], sizes: list[int] | None) -> None:
    sent, headers = body, dict[str, str]()
    for kind in kinds:
        sent = PACK[kind](sent)
    # a body that begins as one that is packed cannot be distinguished from one
    if kinds:
        headers["Content-Encoding"] = ", ".join(kinds)
    if sizes is not None:
        packed, sent = sent, chunked(sent, sizes, b" ;a=b")
        headers["Transfer-Encoding"] = "Chunked"
    else:
        packed = sent
        headers["Content-Length"] = str(len(sent))
    response = Response(200, headers, sent)
    assert body_of(response) == body
    found = list(payloads(response))
    assert found[0] == sent
    assert found[-1] == body
    assert packed in found


CHUNKED, GZIPPED, BROTLI = ({"Transfer-Encoding": "chunked"}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "br"})  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "body", "error", "problem"),
    [
        ({"Content-Length": "10"}, b"short", EOFError, "the body has 5 of 10 bytes"),
        (CHUNKED, b"5\r\nwor", EOFError, "the body ends before its last chunk"),
        (CHUNKED, b"5\r\nwords\r\n", EOFError, "the body ends before its last chunk"),
        (CHUNKED, b"5\r\nwords\r\n1", EOFError, "the body ends before its last chunk"),
        (GZIPPED, gzip.compress(b"words " * 9)[:-4], EOFError, "."),
        (BROTLI, brotli.compress(b"words " * 9)[:-4], EOFError, "."),
        (CHUNKED, b"3\r\nwords and words\r\n0\r\n\r\n", Damaged, "."),
        (GZIPPED, b"\x1f\x8b\x08" + b"\xff" * 40, Damaged, "."),
        ({"Content-Encoding": "gzip,gzip,gzip,gzip"}, b"words", Damaged, "."),
        (BROTLI, b"\xff words nobody has packed", Damaged, "."),
    ],
)
def test_a_cut_or_damaged_body_is_reported(
    headers: dict[str, str], body: bytes, error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        body_of(Response(200, headers, body))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        # archives keep the headers of bodies that they have unpacked
        (GZIPPED | {"Content-Length": "900"}, b"<html>plain"), (BROTLI, b"  <html>plain"),
        ({"Content-Encoding": "deflate"}, b"<html>plain"), (CHUNKED, b"<html>joined"),
        (CHUNKED | {"Content-Length": "900"}, b"<html>joined"),
        # what is no length and no packing
        ({"Content-Length": "9" * 30}, b"<html>"), ({"Content-Length": "many"}, b"<html>"),
        ({"Content-Length": "2"}, b"<html>longer"), ({"Content-Encoding": "utf-8"}, b"<html>"), (GZIPPED, b""),
        ({"Content-Encoding": "identity"}, b"<html>"),
    ],
)  # fmt: skip
def test_a_body_that_was_unpacked_before_stays_as_it_is(headers: dict[str, str], body: bytes) -> None:
    assert body_of(Response(200, headers, body)) == body


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({"Content-Encoding": "deflate"}, zlib.compress(b"onetwo")[2:-4]),  # without its header
        (CHUNKED, b"3\r\none\r\n3\ntwo\r\n0\r\n"),
        (CHUNKED, b"3\r\none\n3\ntwo\n0\r\n"),
        (CHUNKED, b"3\r\none3\ntwo0\r\n"),
    ],
)
def test_a_body_that_is_sent_not_quite_by_the_rules_is_read(headers: dict[str, str], sent: bytes) -> None:
    assert body_of(Response(200, headers, sent)) == b"onetwo"
