"""What tests of archives share: WARC files of answers and single records, and what is read from them."""

from __future__ import annotations

import io
import signal
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import HANG_SECONDS
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Reading, Unreadable
from copydesk.flows.sources.kinds.warc import WARC_FILES

Items = list[Page | Unreadable]
Headers = list[tuple[str, str]]
HTML = [("Content-Type", "text/html")]


def bodies(items: Items) -> dict[str | None, bytes | str]:
    return {item.url: item.body for item in items if isinstance(item, Page)}


def reasons(items: Items) -> list[str]:
    return [item.reason for item in items if isinstance(item, Unreadable)]


def warc(*records: tuple[str, bytes] | tuple[str, bytes, str, Headers], packed: bool = False) -> bytes:
    """A WARC file of answers: address, body, status line and headers."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=packed)
    for url, body, *rest in records:
        status, headers = rest or ("200 OK", HTML)
        answer = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url, "response", io.BytesIO(body), http_headers=answer, length=len(body)
            )
        )
    return file.getvalue()


def record(
    *lines: str, block: bytes = b"HTTP/1.1 200 OK\r\n\r\n<p>text</p>", length: int | None = None
) -> bytes:
    head = "\r\n".join(("WARC/1.0", *lines, f"Content-Length: {len(block) if length is None else length}"))
    return head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def read_warc(content: bytes, name: str = "a.warc") -> Items:
    return list(WARC_FILES.read_opened(io.BytesIO(content), shown=name, reading=Reading()))


@contextmanager
def soon(seconds: int = int(HANG_SECONDS)) -> Iterator[None]:
    """Fails, through whatever catches exceptions, where what is done does not end."""

    def fail(*_: object) -> None:
        pytest.fail("it does not end")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def zeros(count: int) -> bytes:
    """So many zeros in a gzip member, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(1_000_000)) for _ in range(count // 1_000_000)]
    return b"".join((*parts, packer.flush()))
