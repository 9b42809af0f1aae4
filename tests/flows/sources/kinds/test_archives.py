"""Archives: every whole page in them, whatever is damaged around it; nothing grows, hangs or leads elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import ARTICLE, Copydesk
from processor_time import bounded
from pyarrow import parquet
from source_items import Items, contents, faults, only_page, only_unreadable, outcomes, pages, unreadable
from warc_files import HTML, bodies, read_warc, reasons, record, warc
from warcio.warcwriter import WARCWriter

from copydesk.cleaners.options import Options
from copydesk.cleaners.types import Page
from copydesk.flows.commands.advice import line_about
from copydesk.flows.io.child import Limits
from copydesk.flows.io.extras import install
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.sources.catalogue import Input, Reading, Unreadable, read_pages
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening import inflating
from copydesk.flows.sources.opening.field_names import parse_field_names
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES
from copydesk.flows.workers.pool import clean_pages


def read(*names: str | Path, input_: Input = Input.AUTO) -> Items:
    return list(read_pages(map(str, names), input_=input_))


PAGES = {f"http://example.org/{n}": f"<p>page {n}</p>".encode() + b"." * (40 * n) for n in range(6)}
PLAIN, PACKED = (warc(*PAGES.items(), packed=packed) for packed in (False, True))


# WARC: what a page is


def test_what_is_known_of_an_answer_is_known_of_its_page(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(PLAIN)
    items = read(path, input_=Input.WARC)
    first = items[0]
    assert isinstance(first, Page)
    assert (first.source.kind, first.content_type) == ("warc", "text/html")
    assert first.source.name.startswith("urn:uuid:")
    assert first.headers == {"Content-Type": "text/html"}
    assert first.fetched_at is not None
    assert first.fetched_at.endswith("Z")
    assert read(tmp_path) == items


def test_a_file_compressed_at_any_places_is_read_too() -> None:
    parts = b"".join(gzip.compress(PLAIN[n : n + 99]) for n in range(0, len(PLAIN), 99))
    assert bodies(read_warc(parts)) == PAGES


def test_a_book_that_is_called_an_archive_is_no_folder_of_pages(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", "<container/>")
        book.writestr("one.xhtml", ARTICLE)
    fault = only_unreadable(read(tmp_path))
    assert (fault.reason, fault.message) == (
        "wrong_type",
        "its content is that of a .epub file; give it such a name",
    )


def test_a_cut_body_is_no_page() -> None:
    cut = ("http://a/", b"<p>half", "200 OK", [("Content-Length", "100")])
    items = read_warc(warc(cut, ("http://b/", b"<p>whole</p>")))
    assert bodies(items) == {"http://b/": b"<p>whole</p>"}
    assert faults(items) == [("cut_short", "rejected")]


@pytest.mark.parametrize(
    "status", ["206 Partial Content", "301 Moved", "304 Not Modified", "404 Not Found", "500 Oh"]
)
def test_only_whole_successes_are_pages(status: str) -> None:
    items = read_warc(warc(("http://a/", b"<p>text</p>", status, HTML), ("http://b/", b"<p>whole</p>")))
    assert list(bodies(items)) == ["http://b/"]
    assert faults(items) == [("bad_status", "rejected")]
    refused = only_unreadable(unreadable(items))
    assert (refused.url, refused.message) == (
        "http://a/",
        f"record 1 of a.warc: the server answered {status[:3]}",
    )


def test_other_records_are_pages_or_nothing() -> None:
    request = record("WARC-Type: request", "WARC-Target-URI: http://a/", block=b"GET / HTTP/1.1\r\n\r\n")
    file = io.BytesIO(request)
    file.seek(0, io.SEEK_END)
    writer = WARCWriter(file, gzip=False)
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "test"}))
    for kind, url, media in (
        ("metadata", "http://a/", "application/warc-fields"),
        ("resource", "metadata://tool/log", "text/plain"),
        ("resource", "http://resource/", "text/html"),
        ("conversion", "http://conversion/", "text/plain"),
        ("whatever", "http://unknown/", "text/plain"),
    ):
        body = io.BytesIO(b"<p>text</p>")
        writer.write_record(writer.create_warc_record(url, kind, body, warc_content_type=media, length=11))
    items = read_warc(file.getvalue())
    found = [(page.url, page.content_type) for page in pages(items)]
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
        (b"", None),
        (b"\r\n\r\n", None),
        (b"<p>no archive</p>", "damaged"),
    ],
)
def test_records_that_are_no_page(content: bytes, reason: str | None) -> None:
    assert reasons(read_warc(content)) == ([reason] if reason else [])
    assert bodies(read_warc(content)) == {}
    assert bodies(read_warc(content + PLAIN)).get("http://example.org/0") == PAGES["http://example.org/0"]


# WARC: damage


def test_damage_is_reported_once_and_by_the_record_it_hit() -> None:
    urls = list(PAGES)
    items = read_warc(PLAIN.replace(b"page 3", b"pAge 3"))
    assert list(bodies(items)) == [url for url in urls if not url.endswith("/3")]
    fault = only_unreadable(unreadable(items))
    assert fault.reason == "damaged"
    assert fault.source.name.startswith("urn:uuid:")
    assert fault.message.startswith("record 4 of a.warc: ")
    assert reasons(read_warc(PLAIN + b"\0" * 1_000_000 + b"junk" + PLAIN)) == ["damaged"]
    assert "a.warc" in only_unreadable(unreadable(read_warc(PLAIN + b"junk"))).source.name


# nothing grows or hangs


@contextmanager
def within(*, megabytes: float, times: float = 4_000) -> Iterator[None]:
    """Fails where what is done takes more memory or processor time (see ``bounded``)."""
    tracemalloc.start()
    try:
        with bounded(times):
            yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * 1e6


def zeros(count: int) -> bytes:
    """So many zeros in a gzip member, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(1_000_000)) for _ in range(count // 1_000_000)]
    return b"".join((*parts, packer.flush()))


@pytest.mark.slow
def test_bombs_in_a_warc_file_stop_at_the_cap() -> None:
    bomb = gzip.compress(gzip.compress(bytes(200_000_000)))
    headers = [*HTML, ("Content-Encoding", "gzip, gzip")]
    inside = warc(("http://bomb/", bomb, "200 OK", headers), *PAGES.items(), packed=True)
    head = record("WARC-Type: response", length=150_000_000, block=b"")
    long = head + bytes(150_000_000) + b"\r\n\r\n" + PLAIN
    with within(megabytes=600):
        sizes = [len(body) for body in contents(read_warc(inside))]
        assert (sizes[0], len(sizes)) == (MAX_PAGE_BYTES, 1 + len(PAGES))
    with within(megabytes=100):
        items = read_warc(PACKED + zeros(200_000_000) + PACKED)
        assert (bodies(items), reasons(items)) == (PAGES, ["too_large"])
        items = read_warc(long)
        assert bodies(items).keys() >= PAGES.keys()
        assert reasons(items) == ["too_large"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"WARC/1.0\r\nContent-Length: 19999999\r\n\r\n" * 10_000,
        b"WARC/1.0\r\nContent-Length: 99999999\r\n\r\n" * 10_000, b"WARC/1.0\r\nA: b\r\n" * 25_000,
        b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\xff\xff\0\0" * 25_000, b"\r\n" * 500_000, b"WARC/1.0\r\n" * 50_000,
    ],
)  # fmt: skip
def test_files_made_to_be_read_forever_are_not(content: bytes) -> None:
    # what takes time by the square of its size takes as much of this as all of it took of a minute
    with within(megabytes=200, times=1_000):
        for name in ("a.warc", "a.warc.gz"):
            for _ in WARC_FILES.read_opened(io.BytesIO(content), shown=name, reading=Reading()):
                pass


# ZIP and tar

FILES = {
    "a.html": b"<p>a</p>", "b/c.txt": b"c", "lines.jsonl": b'{"id": "one", "text": "1"}\n{"text": "2"}\n',
    "d.warc.gz": PACKED, "e.html.gz": gzip.compress(b"<p>e</p>"), "f.html.zst": zstd.compress(b"<p>f</p>"),
    ".hidden.html": b"hidden", "README.md": b"about", "__MACOSX/._a.html": b"hidden",
}  # fmt: skip


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, files: dict[str, bytes]) -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    pack = {".gz": gzip.compress, ".tgz": gzip.compress, ".zst": zstd.compress}.get(path.suffix, bytes)
    path.write_bytes(pack(plain.getvalue()))
    return path


MAKERS = {"a.zip": make_zip, "a.tar": make_tar, "a.tar.gz": make_tar, "a.tgz": make_tar, "a.tar.zst": make_tar}  # fmt: skip
KINDS = pytest.mark.parametrize("name", MAKERS)


@KINDS
def test_archives_are_read_as_folders(tmp_path: Path, name: str) -> None:
    MAKERS[name](tmp_path / name, FILES)
    items = read(tmp_path)
    assert reasons(items) == []
    assert [item.source.name for item in items if item.source.kind != "warc"] == [
        f"{name}!/a.html", f"{name}!/b/c.txt", "one", f"{name}!/lines.jsonl:2", f"{name}!/e.html.gz",
        f"{name}!/f.html.zst",
    ]  # fmt: skip
    files = [item for item in items if item.source.kind == "file"]
    assert contents(files) == [b"<p>a</p>", b"c", b"<p>e</p>", b"<p>f</p>"]
    assert bodies([item for item in items if item.source.kind == "warc"]) == PAGES


@KINDS
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    outside = dict.fromkeys(("../up.html", "/etc/root.html", "a/../../b.html", "C:\\c.html"), b"x")
    items = read(MAKERS[name](tmp_path / name, outside | {"ok.html": b"ok"}))
    assert outcomes(items) == ["outside"] * 4 + [b"ok"]


@pytest.mark.slow
def test_what_ends_an_archive_is_reported_beside_what_a_member_lacks(tmp_path: Path) -> None:
    bad = gzip.compress(b"<p>cut</p>" * 99)[:-9]
    content = make_tar(tmp_path / "a.tar", {"bad.html.gz": bad, "page.html": b"<p>page</p>"}).read_bytes()
    (tmp_path / "a.tar").write_bytes(content[:1024])  # before the header of the second
    assert [item.message for item in unreadable(read(tmp_path))] == [
        "the compressed file ends early",
        "the archive ends early",
    ]
    bombs = {f"{n}.html": bytes(51_000_000) for n in range(3)}
    make_zip(tmp_path / "a.tar", bombs | {"z.html": b"<p>page</p>"}).rename(tmp_path / "b.zip")
    items = read(tmp_path / "b.zip")
    assert reasons(items)[-1] == "too_large"
    assert items[-1].source.name == f"{tmp_path}/b.zip"


@KINDS
def test_archives_in_archives_are_read_two_deep(tmp_path: Path, name: str) -> None:
    make = MAKERS[name]
    content = make(tmp_path / name, {"page.html": b"<p>deep</p>"}).read_bytes()
    for depth in (1, 2):
        content = make(tmp_path / name, {name: content, f"{depth}.html": b"<p>page</p>"}).read_bytes()
    items = read(tmp_path / name)
    assert contents(items) == [b"<p>page</p>"] * 2
    assert reasons(items) == ["too_complex"]
    make(tmp_path / name, {name: make(tmp_path / name, {"page.html": b"<p>deep</p>"}).read_bytes()})
    (item,) = read(tmp_path / name)
    assert item.source.name == f"{tmp_path}/{name}!/{name}!/page.html"


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo("link.html")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    link = zipfile.ZipInfo("link.html")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive_:
        archive_.writestr(link, "/etc/passwd")
    assert reasons(read(tmp_path)) == ["not_a_file"] * 5


def encrypted(content: bytearray) -> None:
    content[content.find(b"PK\x01\x02") + 8] |= 1


def nameless(content: bytearray) -> None:
    content[:] = content.replace(b"a.html", b"\0.html")


def outside(content: bytearray) -> None:
    at = content.find(b"PK\x01\x02") + 42
    content[at : at + 4] = b"\xfe" * 4


@pytest.mark.parametrize(
    ("spoil", "reason"), [(encrypted, "unreadable"), (nameless, "damaged"), (outside, "damaged")]
)
def test_one_unreadable_member_is_one_reason(
    tmp_path: Path, spoil: Callable[[bytearray], None], reason: str
) -> None:
    content = bytearray(make_zip(tmp_path / "a.zip", {"a.html": b"a", "b.html": b"b"}).read_bytes())
    spoil(content)
    (tmp_path / "a.zip").write_bytes(content)
    assert sorted(map(str, outcomes(read(tmp_path)))) == sorted(["b'b'", reason])


@pytest.mark.slow
def test_bombs_in_archives_stop_at_the_cap(tmp_path: Path) -> None:
    bomb = zeros(300_000_000)
    make_zip(tmp_path / "a.zip", {"bomb.jsonl.gz": bomb, "page.html": b"ok"})
    make_tar(tmp_path / "b.tar", {"bomb.html.gz": bomb, "page.html": b"ok"})
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("big.html", "bomb.jsonl", "bomb.tar", "bomb.zip", "bomb.eml"):
            with archive.open(name, "w") as member:
                for _ in range(120):
                    member.write(bytes(1_000_000))
    (tmp_path / "d.tar.gz").write_bytes(bomb)
    (tmp_path / "e.tar.gz").write_bytes(gzip.compress(tar_header(b"a.html", 10**11)) + bomb)
    with within(megabytes=250):
        found = set()
        for item in read_pages([str(tmp_path)]):
            name = item.source.name.rpartition("/")[2]
            found.add((name, item.reason if isinstance(item, Unreadable) else len(item.body)))
    assert found >= {
        ("bomb.jsonl.gz", "too_large"), ("page.html", 2), ("bomb.html.gz", MAX_PAGE_BYTES),
        ("big.html", MAX_PAGE_BYTES), ("bomb.jsonl", "too_large"), ("a.html", MAX_PAGE_BYTES),
        ("e.tar.gz", "too_large"),
    }  # fmt: skip


def tar_header(name: bytes, size: int, kind: bytes = b"0") -> bytes:
    """One header of a tar archive, whatever size it claims."""
    member = tarfile.TarInfo(name.decode())
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [b"x", b"L", b"g", b"K"])
def test_headers_of_any_length_are_not_held(tmp_path: Path, kind: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(tar_header(b"a", 10**11, kind) + bytes(1000))
    with (tmp_path / "a.tar").open("ab") as file:
        file.truncate(2_000_000_000)
    with within(megabytes=50):
        assert len(read(tmp_path / "a.tar")) <= 1


def test_a_list_of_members_of_any_length_is_not_held(tmp_path: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 400_000_000, 0, 0)
    with (tmp_path / "a.zip").open("wb") as file:
        file.truncate(400_000_000)
        file.seek(0, io.SEEK_END)
        file.write(end)
    with within(megabytes=50):
        assert reasons(read(tmp_path / "a.zip")) == ["too_large"]


def listing(members: int, comment: bytes = b"") -> bytes:
    """The list of a ZIP archive of so many members without names, which is all there is of it."""
    entries = (b"PK\x01\x02" + bytes(42)) * members
    size = len(entries)
    long = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, members, members, size, 0
    ) + struct.pack("<4sIQI", b"PK\x06\x07", 0, size, 1)
    short = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, *[2**16 - 1] * 2, *[2**32 - 1] * 2, len(comment))
    return entries + long + short + comment


@pytest.mark.parametrize(
    ("members", "comment"),
    [
        (1_000_000, b""),
        (1_200_000, b"PK\x06\x06" + bytes(60)),  # as if the list were empty
    ],
)
def test_a_list_of_any_number_of_members_is_not_held(tmp_path: Path, members: int, comment: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(listing(members, comment))
    with within(megabytes=120):
        assert reasons(read(tmp_path / "a.zip")) == ["too_large"]


@pytest.mark.slow
def test_an_extended_header_of_many_entries_is_read_at_once(tmp_path: Path) -> None:
    content = b"16 path=a.html\n\n" + b"5 a=\n" * 60_000
    header = tar_header(b"x", len(content), b"x")
    member = make_tar(tmp_path / "a.tar", {"cut": b"x"}).read_bytes()
    (tmp_path / "a.tar").write_bytes((header + content + bytes(-len(content) % 512)) * 2 + member)
    with within(megabytes=20):
        (item,) = read(tmp_path / "a.tar")
    assert item.source.name.endswith("!/a.html\n")


# saved pages and messages

SAVED = (
    b"From: <Saved by a browser>\r\nSnapshot-Content-Location: https://example.org/news\r\n"
    b"Subject: =?utf-8?Q?Noon=E2=80=A6?=\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"Content-Location: https://example.org/news?id=3D1\r\n\r\n<p>caf=C3=A9</p>\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-Location: https://example.org/frame\r\n\r\n<p>frame</p>\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"
)


@pytest.mark.parametrize("name", ["a.mhtml", "a.mht", "a.mhtml.gz"])
def test_a_saved_page_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(SAVED) if name.endswith(".gz") else SAVED)
    item = only_page(read(tmp_path))
    assert isinstance(item.body, bytes)
    assert "café" in item.body.decode()
    assert (item.url, item.content_type) == ("https://example.org/news?id=3D1", "text/html")
    assert (item.source.kind, item.source.name) == ("mail", name)
    assert item.headers["Subject"] == "Noon…"
    assert item.fetched_at == "2026-11-20T10:00:00+01:00"


MAILBOX = b"""From - Fri Nov 20 10:00:00 2026
X-Mozilla-Status: 0001
From: Courier <news@example.org>
Subject: Noon

The ferry sails again.

From Monday on: so the port said.
>From there it goes on to the island.
>>From nowhere.

From MAILER-DAEMON Sat Nov 21 10:00:00 2026
From: Gazette <desk@example.org>
Content-Type: text/html

<p>The bridge is closed.</p>

"""


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_each_message_of_a_mailbox_is_a_page(tmp_path: Path, ends: bytes) -> None:
    content = MAILBOX.replace(b"\n", ends)
    (tmp_path / "a.mbox").write_bytes(content)
    (tmp_path / "b.mbox.gz").write_bytes(gzip.compress(content))
    make_zip(tmp_path / "c.zip", {"in.mbox": content})
    items = read(tmp_path)
    assert [item.source.name for item in items] == ["a.mbox:1", "a.mbox:2", "b.mbox.gz:1", "b.mbox.gz:2", "c.zip!/in.mbox:1", "c.zip!/in.mbox:2"]  # fmt: skip
    assert {item.source.kind for item in items} == {"mail"}
    first, second = pages(items)[:2]
    assert isinstance(first.body, bytes)
    assert isinstance(second.body, bytes)
    assert first.headers == {"From": "Courier <news@example.org>", "Subject": "Noon"}
    assert " ".join(first.body.decode().split()) == (
        "The ferry sails again. From Monday on: so the port said. "
        "From there it goes on to the island. >From nowhere."
    )
    assert (second.content_type, b"bridge" in second.body) == ("text/html", True)


def test_what_is_no_mailbox_is_one_reason(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(b"<p>From here on: a page.</p>\n")
    assert reasons(read(tmp_path)) == ["damaged"]


BREAKING: dict[str, Callable[[], bytes]] = {
    "parts in parts": lambda: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    ),
    "messages in messages": lambda: b"Content-Type: message/rfc822\n\n" * 3000,
    "equals signs": lambda: (
        b"Content-Type: text/html; charset=\xff\nContent-Transfer-Encoding: base64\n\n" + b"=" * 100_000
    ),
    "a long date": lambda: b"Date: " + b"9" * 100_000 + b"\nContent-Type: text/html\n\nx",
    "an image alone": lambda: b"Content-Type: image/png\n\nx",
    "many words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\nContent-Type: text/html\n\nx",
    "many headers": lambda: (
        b"".join(b"X-%d: y\n" % n for n in range(40_000)) + b"Content-Type: text/html\n\nx"
    ),
    "returns": lambda: b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + b"\r" * 11_000_000,
    "headers of nothing": lambda: b"a:\n" * 9_900_000 + b"\nx",
    "short lines": lambda: b"Content-Type: text/html\n\n" + b"a\n" * 9_900_000,
    "small parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_200_000,
    "semicolons": lambda: b"Content-Type: multipart/mixed" + b";" * 1_000_000 + b"\n\nx",
    "parameters in parts": lambda: (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + (b"--b\nContent-Type: multipart/mixed" + b";a" * 1000 + b"\n\n") * 1500
    ),
    "boundaries in the text": lambda: b"Content-Type: text/html\n\n" + b"boundary=" * 600_000,
    "34 million letters": lambda: b"Content-Type: text/html\n\n" + b"\xe9" * 34_000_000,
    "36 million letters": lambda: b"Content-Type: text/html\n\n" + b"\xe9" * 36_000_000,
}
"""Made when they are wanted: together they are three hundred megabytes."""


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKING)
def test_messages_made_to_break_readers_do_not(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.eml").write_bytes(BREAKING[name]())
    with within(megabytes=500, times=1_000):
        assert len(read(tmp_path / "a.eml")) == 1


@pytest.mark.slow
def test_a_large_newsletter_is_read(tmp_path: Path) -> None:
    text = "".join(f"<tr>\n<td>\n<p>{n}</p>\n" for n in range(60_000))
    message = EmailMessage()
    for number in range(400):
        message[f"X-Header-{number}"] = "value " * 20
    message["To"] = ", ".join(f"reader{n}@example.org" for n in range(300))
    message["Subject"] = "Noon again"
    message.set_content("plain text\n" + "-- \n" * 300)
    message.add_alternative(text, subtype="html")
    for number in range(80):
        message.add_attachment(os.urandom(40_000), "image", "png", filename=f"{number}.png")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    assert (tmp_path / "a.eml").stat().st_size > 5_000_000
    item = only_page(read(tmp_path))
    assert item.body == text.encode()
    assert item.headers == {"Subject": "Noon again"}


# Parquet


@pytest.mark.slow
def test_tables_of_bytes_and_times_are_read(tmp_path: Path) -> None:
    when = datetime(2026, 11, 20, 10, tzinfo=UTC)
    row = {"id": 7, "body": b"<p>\xe9</p>", "fetched_at": when, "content_type": "text/html; charset=latin-1"}
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    item = only_page(read(tmp_path))
    assert (item.body, item.source.name, item.media) == (b"<p>\xe9</p>", "7", None)
    assert item.fetched_at == "2026-11-20T10:00:00+00:00"
    make_zip(tmp_path / "a.zip", {"a.parquet": (tmp_path / "a.parquet").read_bytes()})
    assert read(tmp_path / "a.zip") == [item]
    parquet.write_table(pa.table({"text": ["x"], "url": [5]}), tmp_path / "a.parquet")
    assert reasons(read(tmp_path / "a.parquet")) == ["broken_line"]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    rows = [{"html_content": "<p>1</p>", "link": "https://a/", "body": 5, "html": None, "text": "t"}]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    fields = parse_field_names(["html=html_content", "url=link"])
    page = only_page(read_pages([str(tmp_path)], fields=fields))
    assert (page.body, page.media, page.url) == ("<p>1</p>", "html", "https://a/")
    item = only_unreadable(read_pages([str(tmp_path)], fields=parse_field_names(["html=content"])))
    assert (item.reason, item.message) == (
        "no_page",
        "no column is named content; it has html_content, link, body, html, text (name them with --field FIELD=NAME)",
    )


def test_named_columns_that_are_not_there_are_reported_once_a_file(tmp_path: Path) -> None:
    rows = [{"html": "<p>1</p>", "link": "https://a/"} | {f"c{n}": n for n in range(20)}] * 3
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    item = only_unreadable(read_pages([str(tmp_path)], fields=parse_field_names(["url=lnk", "id=number"])))
    assert (item.reason, item.status) == ("no_page", "rejected")
    assert item.message.startswith("no column is named number, lnk; it has html, link, c0, c1,")
    assert ", c7, … (name them with --field" in item.message
    assert len(list(read_pages([str(tmp_path)], fields=parse_field_names(["url=link"])))) == 3


def test_a_value_that_is_no_text_costs_its_row_only(tmp_path: Path) -> None:
    values = pa.array([b"<p>1</p>", b"<p>caf\xe9</p>", b"<p>3</p>"]).view(pa.string())
    parquet.write_table(pa.table({"text": values}), tmp_path / "a.parquet")
    assert contents(read(tmp_path)) == ["<p>1</p>", b"<p>caf\xe9</p>", "<p>3</p>"]


@pytest.mark.slow
def test_tables_made_to_break_readers_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is small on the disk and large in memory, or has no end."""
    long = ["a" * 40_000_000] * 3
    endless = pa.nulls(1_000_000, pa.string())
    monkeypatch.setattr(inflating, "MAX_INFLATED_BYTES", 2_000_000)  # so that it ends sooner
    nested: pa.DataType = pa.int32()
    for _ in range(200):
        nested = pa.list_(nested)
    many = {f"c{n}": [1] for n in range(1000)} | {"text": ["x"]}
    for name, table in {
        "a": pa.table({"text": pa.array(long, pa.large_string())}),
        "b": pa.table({"text": endless}),
        "c": pa.table({"text": ["x"], "headers": pa.nulls(1, nested)}),
        "d": pa.table(many),
    }.items():
        parquet.write_table(table, tmp_path / f"{name}.parquet", compression="zstd", use_dictionary=False)
    assert max(file.stat().st_size for file in tmp_path.iterdir()) < 2_000_000
    del long, endless
    with within(megabytes=60):
        last = {}
        for item in read_pages([str(tmp_path)]):
            last[item.source.name[0]] = item.reason if isinstance(item, Unreadable) else item.body
    assert last == {"a": "too_large", "b": "too_large", "c": "damaged", "d": "x"}


def test_a_reader_that_dies_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet.write_table(pa.table({"text": ["x"] * 3}), tmp_path / "a.parquet")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    item = only_unreadable(read(tmp_path))
    assert item.reason == "damaged"
    assert item.message == "invalid Parquet file: the process that read it died of it"


def test_a_table_is_not_read_beyond_what_is_requested(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"text": ["x" * 1000] * 20_000}), tmp_path / "a.parquet")
    before = set(living_children())  # those of runs in this process that have ended a moment ago
    rows = read_pages([str(tmp_path / "a.parquet")])
    assert isinstance(next(rows), Page)
    assert set(living_children()) - before
    rows.close()  # type: ignore[attr-defined]
    assert not set(living_children()) - before


def living_children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def test_missing_pyarrow_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    items = [only_unreadable(read(tmp_path))]
    (record,) = clean_pages(items, options=Options(), limits=Limits(), jobs=1)
    assert str(line_about(record)).endswith(f"needs pyarrow: {install('parquet')}")


# the same records whatever pages come in


def test_the_command_reads_archives(tmp_path: Path, invoke: Copydesk) -> None:
    (tmp_path / "crawl").write_bytes(warc(("http://example.org/", ARTICLE.encode())))
    done = invoke("clean", str(tmp_path / "crawl"), "--input", "warc", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["url"] == "http://example.org/"


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_many_empty_files_of_an_archive_are_reported_once(tmp_path: Path, name: str) -> None:
    files = {f"{number:03}.html": b"" for number in range(300)}
    inner = make_zip(tmp_path / "inner.zip", files).read_bytes()
    path = MAKERS[name](tmp_path / name, {**files, "inner.zip": inner, "page.html": ARTICLE.encode()})
    *empty, rest, page = read(path)
    assert [item.source.name for item in empty] == [f"{path}!/{inner}" for inner in list(files)[:100]]
    assert isinstance(rest, Unreadable)
    assert (rest.source.name, rest.reason, rest.status) == (str(path), "empty", "rejected")
    assert rest.message == "more than 100 files in it are empty; the further ones have no record"
    assert page.source.name == f"{path}!/page.html"
