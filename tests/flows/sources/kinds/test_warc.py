"""WARC files: what a page is in them; what is damaged, made to be read forever or to fill memory."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from processor_time import bounded
from source_items import contents, faults, only_page, only_unreadable, unreadable
from source_items import pages as pages_of
from warc_files import HTML, bodies, read_warc, reasons, record, warc, zeros
from warcio.warcwriter import WARCWriter

from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Input, Reading, read_pages
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES

PAGES = {f"http://example.org/{n}": f"<p>page {n}</p>".encode() + b"." * (40 * n) for n in range(6)}
PLAIN, PACKED = (warc(*PAGES.items(), packed=packed) for packed in (False, True))


def test_what_is_known_of_an_answer_is_known_of_its_page(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(PLAIN)
    items = list(read_pages([str(tmp_path / "a.warc")], input_=Input.WARC))
    first = items[0]
    assert isinstance(first, Page)
    assert (first.source.kind, first.content_type) == ("warc", "text/html")
    assert first.source.name.startswith("urn:uuid:")
    assert first.headers == {"Content-Type": "text/html"}
    assert first.fetched_at is not None
    assert first.fetched_at.endswith("Z")
    assert list(read_pages([str(tmp_path)])) == items


def test_a_file_compressed_at_any_places_is_read_too() -> None:
    parts = b"".join(gzip.compress(PLAIN[n : n + 99]) for n in range(0, len(PLAIN), 99))
    assert bodies(read_warc(parts)) == PAGES


def test_only_whole_successes_are_pages() -> None:
    statuses = ("206 Partial Content", "301 Moved", "304 Not Modified", "404 Not Found", "500 Oh")
    answers = [(f"http://{status[:3]}/", b"<p>text</p>", status, HTML) for status in statuses]
    cut = ("http://a/", b"<p>half", "200 OK", [("Content-Length", "100")])
    items = read_warc(warc(*answers, cut, ("http://b/", b"<p>whole</p>")))
    assert bodies(items) == {"http://b/": b"<p>whole</p>"}
    assert faults(items) == [("bad_status", "rejected")] * 5 + [("cut_short", "rejected")]
    refused = unreadable(items)[0]
    assert (refused.url, refused.message) == ("http://206/", "record 1 of a.warc: the server answered 206")


def test_other_records_are_pages_or_nothing() -> None:
    request = record("WARC-Type: request", "WARC-Target-URI: http://a/", block=b"GET / HTTP/1.1\r\n\r\n")
    file = io.BytesIO(request)
    file.seek(0, io.SEEK_END)
    writer = WARCWriter(file, gzip=False)
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "test"}))
    for kind, url, media in (
        ("metadata", "http://a/", "application/warc-fields"), ("resource", "metadata://tool/log", "text/plain"),
        ("resource", "http://resource/", "text/html"), ("conversion", "http://conversion/", "text/plain"),
        ("whatever", "http://unknown/", "text/plain"),
    ):  # fmt: skip
        body = io.BytesIO(b"<p>text</p>")
        writer.write_record(writer.create_warc_record(url, kind, body, warc_content_type=media, length=11))
    items = read_warc(file.getvalue())
    found = [(page.url, page.content_type) for page in pages_of(items)]
    assert found == [("http://resource/", "text/html"), ("http://conversion/", "text/plain")]
    assert reasons(items) == ["damaged"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (record("WARC-Type: response"), "a.warc:1"), (record("WARC-Type: response", "WARC-Target-URI: "), "a.warc:1"),
        (record("WARC-Type: response", "WARC-Block-Digest: crc99:ABC"), "a.warc:1"),
        (record("WARC-Type: response", "WARC-Target-URI: <http://a/>"), "http://a/"),
        (record("WARC-Type: response", "WARC-Record-ID: <urn:x>", "WARC-Target-URI: http://a/"), "urn:x"),
        (record("WARC-Type: response", block=b"HTTP/1.1 200 OK\n\n<p>text</p>").replace(b"\r\n", b"\n"), "a.warc:1"),
    ],
)  # fmt: skip
def test_records_without_url_or_id_are_read(content: bytes, expected: str) -> None:
    page = only_page(read_warc(content))
    assert (page.body, page.source.name) == (b"<p>text</p>", expected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record("WARC-Type: response", "Content-Type: application/http", block=b"no answer"), "damaged"),
        (record("WARC-Type: response", block=b"HTTP/1.1 200 OK\r\nA: " + b"a" * 2_000_000), "damaged"),
        (record("WARC-Type: response", "WARC-Truncated: length"), "cut_short"),
        (record("WARC-Type: response", "WARC-Segment-Number: 1"), "cut_short"),
        (record("WARC-Type: response", length=10**14), "truncated"),
        (record("WARC-Type: response", "WARC-Block-Digest: sha1:" + "A" * 32), "damaged"),
        (record("Content-Length: -1", "WARC-Type: response"), "damaged"),
        (record("Content-Length: ٣", "WARC-Type: response"), "damaged"),
        (b"", None), (b"\r\n\r\n", None), (b"<p>no archive</p>", "damaged"),
    ],
)  # fmt: skip
def test_records_that_are_no_page(content: bytes, reason: str | None) -> None:
    assert reasons(read_warc(content)) == ([reason] if reason else [])
    assert bodies(read_warc(content)) == {}
    assert bodies(read_warc(content + PLAIN)).get("http://example.org/0") == PAGES["http://example.org/0"]


def test_damage_is_reported_once_and_by_the_record_it_hit() -> None:
    items = read_warc(PLAIN.replace(b"page 3", b"pAge 3"))
    assert list(bodies(items)) == [url for url in PAGES if not url.endswith("/3")]
    fault = only_unreadable(unreadable(items))
    assert fault.reason == "damaged"
    assert fault.source.name.startswith("urn:uuid:")
    assert fault.message.startswith("record 4 of a.warc: ")
    assert reasons(read_warc(PLAIN + b"\0" * 1_000_000 + b"junk" + PLAIN)) == ["damaged"]
    assert "a.warc" in only_unreadable(unreadable(read_warc(PLAIN + b"junk"))).source.name


@pytest.mark.slow
def test_bombs_stop_at_the_cap() -> None:
    bomb = gzip.compress(gzip.compress(bytes(100_000_000)))
    inside = warc(
        ("http://bomb/", bomb, "200 OK", [*HTML, ("Content-Encoding", "gzip, gzip")]),
        *PAGES.items(),
        packed=True,
    )
    head = record("WARC-Type: response", length=100_000_000, block=b"")
    long = head + bytes(100_000_000) + b"\r\n\r\n" + PLAIN
    with bounded(4_000, megabytes=80):
        sizes = [len(body) for body in contents(read_warc(inside))]
        assert (sizes[0], len(sizes)) == (MAX_PAGE_BYTES, 1 + len(PAGES))
        items = read_warc(PACKED + zeros(100_000_000) + PACKED)
        assert (bodies(items), reasons(items)) == (PAGES, ["too_large"])
        items = read_warc(long)
        assert bodies(items).keys() >= PAGES.keys()
        assert reasons(items) == ["too_large"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"WARC/1.0\r\nContent-Length: 19999999\r\n\r\n" * 5_000,
        b"WARC/1.0\r\nContent-Length: 99999999\r\n\r\n" * 5_000, b"WARC/1.0\r\nA: b\r\n" * 12_000,
        b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\xff\xff\0\0" * 12_000, b"\r\n" * 250_000, b"WARC/1.0\r\n" * 25_000,
    ],
)  # fmt: skip
def test_files_made_to_be_read_forever_are_not(content: bytes) -> None:
    # what takes time by the square of its size takes twice of this, what takes it by the size a fifth
    with bounded(120):
        for name in ("a.warc", "a.warc.gz"):
            for _ in WARC_FILES.read_opened(io.BytesIO(content), shown=name, reading=Reading()):
                pass
