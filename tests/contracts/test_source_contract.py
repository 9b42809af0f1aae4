"""The contract of every source on the disk, of whatever kind: the docstring of ``FileSource``, held against each."""

from __future__ import annotations

import csv
import gc
import gzip
import io
import itertools
import json
import os
import re
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import docx, epub, pdf
from pyarrow import parquet
from source_items import Items, contents, pipe
from warc_files import reasons, soon, warc

from copydesk.cleaners.types import Page
from copydesk.flows.config.source_plan import plan_sources
from copydesk.flows.fetching.lists.feeds import FeedError, read_feed
from copydesk.flows.fetching.lists.sitemaps import SitemapError, read_sitemap
from copydesk.flows.fetching.lists.url_lists import NoSubscriptions, NoUrlColumn, feeds_in, listed_urls
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.sources.catalogue import DiskSource, Unreadable, read_pages
from copydesk.flows.sources.kinds.file_kinds import FILE_SOURCES
from copydesk.flows.sources.opening.files import FileSource
from copydesk.flows.sources.opening.page_source import MAX_MESSAGE_CHARS, Input, Reading

Texts = Sequence[bytes]
SECRET = "hunter2"  # noqa: S105 - looked for where it must not be
REASON = re.compile(r"[a-z][a-z0-9_]*")
TEXTS = tuple(f"<p>page {n} {'of words ' * (3 * n)}</p>".encode() for n in range(5))


packed = partial(gzip.compress, compresslevel=1)
"""In a third of the time that the smallest file takes."""


# what the sources are given


def zipped(texts: Texts) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number:04}.html", text)
    return file.getvalue()


def tarred(texts: Texts) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number, text in enumerate(texts):
            member = tarfile.TarInfo(f"{number:04}.html")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return file.getvalue()


as_text, as_bytes = (
    partial(change, encoding="utf-8", errors="surrogateescape") for change in (bytes.decode, str.encode)
)


def lines(texts: Texts, key: str = "html") -> bytes:
    rows = [{"id": f"page {n}", key: as_text(text)} for n, text in enumerate(texts)]
    return b"".join(as_bytes(json.dumps(row, ensure_ascii=False)) + b"\n" for row in rows)


def objects(texts: Texts) -> bytes:
    return json.dumps(
        [{"id": f"page {n}", "content": text.decode()} for n, text in enumerate(texts)]
    ).encode()


def book(texts: Texts) -> bytes:
    return epub({f"{n}.html": text.decode() for n, text in enumerate(texts)})


def document(texts: Texts) -> bytes:
    return docx("", [re.sub("<.*?>", "", texts[0].decode())])


def printed(texts: Texts) -> bytes:
    return pdf([[(70, 750, 11, texts[0].decode())]])


def values(texts: Texts, delimiter: str = ",") -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "html"), *((f"page {n}", as_text(text)) for n, text in enumerate(texts))])
    return as_bytes(file.getvalue())


def table(texts: Texts) -> bytes:
    file = io.BytesIO()
    rows = [{"id": f"page {n}", "html": text.decode()} for n, text in enumerate(texts)]
    schema = pa.schema([("id", pa.string()), ("html", pa.string())])
    parquet.write_table(pa.Table.from_pylist(rows, schema), file, row_group_size=8)
    return file.getvalue()


def answers(texts: Texts, *, packed: bool = False) -> bytes:
    return warc(*((f"http://example.org/{n}", text) for n, text in enumerate(texts)), packed=packed)


def record_by_record(pack: Callable[[bytes], bytes], content: bytes) -> bytes:
    starts = [found.start() for found in re.finditer(rb"WARC/1\.0\r\n", content)]
    return b"".join(pack(content[start:end]) for start, end in itertools.pairwise([*starts, len(content)]))


def news_crawl(texts: Texts) -> bytes:
    """As Common Crawl's news crawl has it: what it is first, then request, answer and what is known of each."""
    head = "WARC/1.0\r\nWARC-Type: {}\r\nWARC-Record-ID: <urn:{}>\r\nContent-Length: {}\r\n\r\n"
    about = b"software: a crawler\r\n"
    parts = [head.format("warcinfo", "info", len(about)).encode() + about + b"\r\n\r\n"]
    for number, text in enumerate(texts):
        request = b"GET / HTTP/1.1\r\n\r\n"
        parts.append(head.format("request", f"r{number}", len(request)).encode() + request + b"\r\n\r\n")
        parts.append(answers([text]))
        parts.append(head.format("metadata", f"m{number}", len(about)).encode() + about + b"\r\n\r\n")
    return record_by_record(packed, b"".join(parts))


def message(texts: Texts) -> bytes:
    head = b'Subject: Noon\r\nContent-Type: multipart/alternative; boundary="cut"\r\n\r\n'
    part = b"--cut\r\nContent-Type: text/%s; charset=utf-8\r\n\r\n%s\r\n"
    return head + b"".join(part % (kind, texts[0]) for kind in (b"plain", b"html")) + b"--cut--\r\n"


def mailbox(texts: Texts) -> bytes:
    begins = b"From news@example.org Fri Nov 20 10:00:00 2026\n"
    return b"".join(begins + message([text]).replace(b"\r\n", b"\n") + b"\n" for text in texts)


def saved_page(texts: Texts) -> bytes:
    return (
        b"Snapshot-Content-Location: https://example.org/\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="cut"\r\n\r\n'
        b"--cut\r\nContent-Type: text/html\r\n\r\n" + texts[0] + b"\r\n"
        b"--cut\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--cut--\r\n"
    )


def alone(texts: Texts) -> bytes:
    return texts[0]


class Kind(NamedTuple):
    """A kind of file: its name, what makes it of texts, the kind of its pages, whether there are many, and
    whether a cut shows.
    """

    name: str
    make: Callable[[Texts], bytes]
    kind: str
    is_many: bool = True
    shows_cuts: bool = True


FILES = [
    Kind("a.html", alone, "file", is_many=False, shows_cuts=False),
    Kind("a.txt", alone, "file", is_many=False, shows_cuts=False),
    Kind("a.csv", values, "csv"),
    Kind("a.html.gz", lambda texts: packed(texts[0]), "file", is_many=False),
    Kind("a.html.zst", lambda texts: zstd.compress(texts[0]), "file", is_many=False),
    Kind("a.json", objects, "json"), Kind("a.epub", book, "epub"), Kind("a.docx", document, "document", is_many=False),
    Kind("a.pdf", printed, "document", is_many=False),
    Kind("a.jsonl", lines, "jsonl"), Kind("texts.ndjson", lambda texts: lines(texts, "text"), "jsonl"),
    Kind("a.jsonl.gz", lambda texts: packed(lines(texts)), "jsonl"),
    Kind("a.jsonl.zst", lambda texts: zstd.compress(lines(texts)), "jsonl"),
    Kind("a.tsv.gz", lambda texts: packed(values(texts, "\t")), "csv"), Kind("a.parquet", table, "parquet"),
    Kind("a.warc", answers, "warc"), Kind("a.warc.gz", lambda texts: answers(texts, packed=True), "warc"),
    Kind("whole.warc.gz", lambda texts: packed(answers(texts)), "warc"),
    Kind("a.warc.zst", lambda texts: record_by_record(zstd.compress, answers(texts)), "warc"),
    Kind("CC-NEWS-20261120.warc.gz", news_crawl, "warc"), Kind("a.mhtml", saved_page, "mail", is_many=False),
    Kind("a.eml", message, "mail", is_many=False), Kind("a.mbox", mailbox, "mail"),
    Kind("a.zip", zipped, "file"), Kind("a.tar", tarred, "file"),
    Kind("a.tar.gz", lambda texts: packed(tarred(texts)), "file"),
    Kind("a.tgz", lambda texts: packed(tarred(texts)), "file"),
    Kind("a.tar.zst", lambda texts: zstd.compress(tarred(texts)), "file"),
]  # fmt: skip
EVERY = pytest.mark.parametrize("kind", FILES, ids=[kind.name for kind in FILES])
MANY = pytest.mark.parametrize(
    "kind", many := [kind for kind in FILES if kind.is_many], ids=[kind.name for kind in many]
)
NEAR_FUNCTION = [HealthCheck.function_scoped_fixture]


def checked(items: Iterator[Page | Unreadable]) -> Items:
    """The items, each of which keeps the contract."""
    found = list(items)
    for item in found:
        assert item.source.kind
        assert item.source.name
        item.source.name.encode()
        if isinstance(item, Unreadable):
            assert REASON.fullmatch(item.reason)
            assert item.message.isprintable()
            assert 0 < len(item.message) <= MAX_MESSAGE_CHARS
            assert SECRET not in item.message
    return found


def read(path: Path | str) -> Items:
    return checked(read_pages([str(path)]))


def bodies(items: Items) -> list[bytes]:
    """What the pages hold, without the line end that a message puts before its next boundary."""
    texts = [text.encode() if isinstance(text, str) else text for text in contents(items)]
    return [text.removesuffix(b"\n").removesuffix(b"\r") for text in texts]


def expected(kind: Kind) -> list[bytes]:
    return list(TEXTS if kind.is_many else TEXTS[:1])


# what all of them do


@EVERY
def test_every_page_is_one_item_the_same_in_two_runs(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / kind.name).write_bytes(kind.make(TEXTS))
    items = read(tmp_path / kind.name)
    assert bodies(items) == expected(kind)
    assert {item.source.kind for item in items} == {kind.kind}
    assert len({item.source.name for item in items}) == len(items)
    assert read(tmp_path / kind.name) == items


@EVERY
def test_a_file_that_is_empty_or_of_no_pages_is_nothing_or_one_reason(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / kind.name).write_bytes(b"")
    items = read(tmp_path / kind.name)
    assert len(items) <= 1
    assert bodies(items) in ([], [b""])
    assert not (bodies(items) and kind.shows_cuts)
    # it holds no article; nothing of it is damaged
    assert {item.status for item in items if isinstance(item, Unreadable)} <= {"rejected"}
    if kind.is_many:
        (tmp_path / kind.name).write_bytes(kind.make([]))
        items = read(tmp_path / kind.name)
        assert bodies(items) == []
        assert len(items) <= 1


@EVERY
def test_a_name_that_is_no_unicode_is_read(tmp_path: Path, kind: Kind) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9\n\x1b[31m" + kind.name.encode()
    with open(path, "wb") as file:  # noqa: PTH123 - pathlib has no names of bytes
        file.write(kind.make(TEXTS))
    assert bodies(read(os.fsdecode(path))) == expected(kind)
    assert bodies(read(tmp_path)) == expected(kind)


@EVERY
def test_what_is_no_file_is_one_reason(tmp_path: Path, kind: Kind) -> None:
    os.mkfifo(tmp_path / kind.name)
    (tmp_path / "gone").symlink_to(f"nowhere/{kind.name}")
    for name in (kind.name, f"gone/{kind.name}", f"nowhere\0{kind.name}"):
        items = read(f"{tmp_path}/{name}")
        assert bodies(items) == []
        assert len(items) == 1


BY_NAME = {kind.name: kind for kind in FILES}
IN_PROCESSES = ["a.docx", "a.parquet", "a.pdf"]
"""A process reads each of these: there are fewer examples, in a test of their own."""
NAMES = st.sampled_from(sorted(BY_NAME.keys() - set(IN_PROCESSES)))


@cache
def made(name: str) -> bytes:
    return BY_NAME[name].make(TEXTS)


@pytest.mark.slow
@settings(max_examples=50, suppress_health_check=NEAR_FUNCTION)
@given(NAMES, st.floats(0, 1, exclude_max=True))
def test_a_cut_file_gives_no_cut_page(tmp_path: Path, name: str, place: float) -> None:
    kind, content = BY_NAME[name], made(name)
    path = tmp_path / name
    path.write_bytes(content[: int(place * len(content))])
    items = read(path)
    whole = expected(kind)
    if kind.shows_cuts:
        found = bodies(items)
        assert found == whole[: len(found)]
        assert len(reasons(items)) <= 1
    else:
        assert len(items) == 1


@pytest.mark.slow
@EVERY
def test_a_cut_is_reported(tmp_path: Path, kind: Kind) -> None:
    """Where a file has an end: those made of lines or records one after the other have none but that of the last."""
    content = made(kind.name)
    for share in (0.1, 0.5, 0.93) if kind.shows_cuts else ():
        (tmp_path / kind.name).write_bytes(content[: int(share * len(content))])
        items = read(tmp_path / kind.name)
        # the end of a saved page holds its images, that of a tar zeros: nothing of a page is lost with them
        assert len(reasons(items)) in ((0, 1) if bodies(items) == expected(kind) else (1,))


FIELDS = re.compile(
    rb"(?s)PK\x01\x02.{42}|PK\x03\x04.{26}|PK\x05\x06.{18}|Content-Length: \d+|boundary=|.{124}(?=.{133}ustar)"
)
"""Where files of these kinds state how long something is and where it lies; of tar the size alone."""
LIES = [
    b"\xff" * 4, b"\xff" * 8, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"-0000001000\0", b"+0000000010\0",
    b"0_000000_10\0", b"77777777777\0", b"\x80" + b"\xff" * 11, b"\x80\0\0\0\x7f" + b"\xff" * 7, b" -1", b"9" * 25,
    b";" * 3000,
]  # fmt: skip
PLAIN_ARCHIVES = {"a.tar": tarred, "a.tar.gz": tarred, "a.tgz": tarred, "a.tar.zst": tarred}


def lied(place: float, share: float, lie: bytes, content: bytes) -> bytes:
    """The content with a lie in one of the fields of lengths; of a tar in the size of a header."""
    found = list(FIELDS.finditer(content)) or [re.match(b"", content)]
    field = found[int(place * (len(found) - 1))]
    assert field is not None
    span = field.end() - field.start()
    is_size = span == 124 and content[field.end() + 133 :].startswith(b"ustar")
    at = field.end() if is_size else field.start() + int(share * span)
    return summed(content[:at] + lie + content[at + len(lie) :])


def summed(content: bytes) -> bytes:
    """A tar archive with the checksums that its headers should have; anything else as it is."""
    blocks = [bytearray(content[at : at + 512]) for at in range(0, len(content), 512)]
    for block in blocks:
        if block[257:262] == b"ustar":
            block[148:156] = b"%06o\0 " % (sum(block[:148]) + 8 * 32 + sum(block[156:]))
    return b"".join(blocks)


PLACE = st.floats(0, 1)
JUNK = [
    b"WARC/1.0\r\nContent-Length: 9\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 50,
]


def flipped(place: float, bit: int, content: bytes) -> bytes:
    at = int(place * len(content))
    return content[:at] + bytes(byte ^ 1 << bit for byte in content[at : at + 1]) + content[at + 1 :]


def spliced(place: float, more: bytes, size: int, content: bytes) -> bytes:
    """The content with so many bytes from one place on replaced by others."""
    at = int(place * len(content))
    return content[:at] + more + content[at + size :]


def strewn(place: float, piece: bytes, times: int, content: bytes) -> bytes:
    """The content with a piece of some grammar behind a sign that others end with."""
    sign = re.compile(rb"[:=>\"\n ]").search(content, int(place * len(content)))
    return spliced((sign.end() if sign else 0) / (len(content) or 1), piece * times, 0, content)


PIECES = [
    b"(", b"<", b">", b"[", b"]", b"{", b"}", b'"', b"'", b"\\", b",", b";", b"\t", b"\n", b"\r\n\r\n", b"\0", b"\xff", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b", b"\x85", b"%ZZ", b"&#x110000;", b"&a;", b"<!--", b"]]>", b"<![CDATA[", b"-1", b"9" * 5_000,
    b"<!DOCTYPE a [<!ENTITY a 'b'>]>", b"1e999", b"NaN", b"null", b"\\ud800", b"\\u0000", b"a" * 300, b"http://[", b"//[::1", b"../",
    b"=?utf-8?q?", b"=?x?b?=?=", b"boundary=a", b"charset=idna", b"charset=undefined", b"; a*1*=b''", b"From a@b\n",
    b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: x-uuencode\n", b"Date: 99 Foo 99999 99:99:99 +9999\n",
    b"9999-12-31T23:59:59-14:00", b"&a [*a]", b"---\n", b"WARC/1.0\r\n", b"PK\x03\x04", b"\x1f\x8b",
]  # fmt: skip
CHANGES = st.one_of(
    st.builds(
        partial, st.just(strewn), PLACE, st.sampled_from(PIECES), st.sampled_from([1, 1, 2, 50, 3_000])
    ),
    st.builds(partial, st.just(flipped), PLACE, st.integers(0, 7)),
    st.builds(partial, st.just(spliced), PLACE, st.just(b""), st.integers(1, 900)),
    st.builds(partial, st.just(spliced), PLACE, st.binary(max_size=99), st.sampled_from([0, 9])),
    st.builds(partial, st.just(lied), PLACE, PLACE, st.sampled_from(LIES)),
    st.builds(lambda junk: lambda _: junk, st.binary(max_size=400) | st.sampled_from(JUNK)),
)


def read_tampered(
    path: Path, changes: list[Callable[[bytes], bytes]], inside: Callable[[Texts], bytes] | None = None
) -> None:
    content = inside(TEXTS) if inside else made(path.name)
    for change in changes:
        content = change(content)[:3_000_000]
    path.write_bytes(PACKED_AS.get(path.suffix, bytes)(content) if inside else content)
    with soon():
        read(path)


MANY_CHANGES = st.lists(CHANGES, min_size=1, max_size=4)


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=NEAR_FUNCTION)
@given(NAMES, MANY_CHANGES, st.booleans())
def test_reading_what_was_tampered_with_ends_and_does_not_raise(
    tmp_path: Path, name: str, changes: list[Callable[[bytes], bytes]], inside: bool
) -> None:
    read_tampered(tmp_path / name, changes, PLAIN_ARCHIVES.get(name) if inside else None)


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=NEAR_FUNCTION)
@given(st.sampled_from(IN_PROCESSES), MANY_CHANGES)
def test_neither_does_what_processes_read(
    tmp_path: Path, name: str, changes: list[Callable[[bytes], bytes]]
) -> None:
    read_tampered(tmp_path / name, changes)


LINK = "https://courier.example/clock"
FEED = (partial(read_feed, url=LINK, content_type=None), FeedError)
LISTS: dict[str, tuple[Callable[[bytes], object], type[Exception]]] = {
    f"<rss><channel><title>P</title><item><title>a &amp; b</title><link>{LINK}</link><pubDate>Fri, 20 Nov 2026 10:00:00 "
    "+0000</pubDate></item></channel></rss>": FEED,
    f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title type='html'>a</title><link href='{LINK}'/><updated>"
    "2026-11-20T10:00:00Z</updated><content type='xhtml'><div>a</div></content></entry></feed>": FEED,
    f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": "1", "url": "{LINK}", "authors": []}}]}}': FEED,
    f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{LINK}</loc><lastmod>2026-11-20</lastmod></url>"
    "</urlset>": (read_sitemap, SitemapError),
    f"<opml><body><outline text='a' xmlUrl='{LINK}'/></body></opml>": (feeds_in, NoSubscriptions),
    f"title,url\na,{LINK}\n": (partial(listed_urls, name="a.csv"), NoUrlColumn),
}  # fmt: skip


@pytest.mark.slow
@settings(max_examples=100)
@given(st.sampled_from(sorted(LISTS)), MANY_CHANGES)
def test_a_list_that_was_tampered_with_is_read_or_refused(
    text: str, changes: list[Callable[[bytes], bytes]]
) -> None:
    read_list, refusal = LISTS[text]
    content = text.encode()
    for change in changes:
        content = change(content)[:3_000_000]
    with soon(), suppress(refusal):
        read_list(content)


# one bad page among good ones


PACKED_AS = {".gz": packed, ".tgz": packed, ".zst": zstd.compress}
BAD = b"\xff unreadable"
WITH_BAD = (*TEXTS[:2], BAD, *TEXTS[3:])


def spoiled_lines(kind: Kind) -> bytes:
    plain = lines(TEXTS, "text" if kind.name.startswith("texts") else "html")
    return PACKED_AS.get(Path(kind.name).suffix, bytes)(plain.replace(b'"page 2"', b"[page 2"))


def spoiled_values(kind: Kind) -> bytes:
    plain = gzip.decompress(kind.make(TEXTS)) if kind.name.endswith(".gz") else kind.make(TEXTS)
    return PACKED_AS.get(Path(kind.name).suffix, bytes)(plain.replace(b'"page 2"', b'"page" 2', 1))


def spoiled_table(_: Kind) -> bytes:
    file = io.BytesIO()
    rows = [{"html": None if n == 2 else text.decode()} for n, text in enumerate(TEXTS)]
    parquet.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def spoiled_answers(kind: Kind) -> bytes:
    plain = answers(WITH_BAD).replace(BAD, BAD.upper())
    pack = PACKED_AS.get(Path(kind.name).suffix)
    if pack is None or kind.name.startswith("whole"):
        return pack(plain) if pack else plain
    return record_by_record(pack, plain)


def spoiled_mailbox(kind: Kind) -> bytes:
    cut = mailbox(WITH_BAD).replace(BAD + b"\n--cut--", BAD)
    return PACKED_AS.get(Path(kind.name).suffix, bytes)(cut)


def spoiled_archive(kind: Kind) -> bytes:
    if kind.name.endswith(".zip"):
        content = kind.make(WITH_BAD)
        at = content.find(b"0002.html") + len("0002.html") + 2
        return content[:at] + b"\xff" * 4 + content[at + 4 :]
    plain = tarred(WITH_BAD).replace(b"0002.html", b"\xff002.html")
    return PACKED_AS.get(Path(kind.name).suffix, bytes)(plain)


def spoiled_objects(_: Kind) -> bytes:
    found = json.loads(objects(TEXTS))
    return json.dumps([*found[:2], {"html": 1}, *found[3:]]).encode()


def spoiled_book(_: Kind) -> bytes:
    content = book(TEXTS)
    at = content.find(b"OEBPS/2.html") + len("OEBPS/2.html") + 2
    return content[:at] + b"\xff" * 4 + content[at + 4 :]


SPOILED = {
    "epub": spoiled_book,
    "jsonl": spoiled_lines, "json": spoiled_objects, "csv": spoiled_values, "parquet": spoiled_table, "mail": spoiled_mailbox,
    "warc": spoiled_answers, "file": spoiled_archive,
}  # fmt: skip


@MANY
def test_what_cannot_be_read_is_one_reason_and_the_rest_follows(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / kind.name).write_bytes(SPOILED[kind.kind](kind))  # its third page is unreadable
    items = read(tmp_path / kind.name)
    assert bodies(items) == [*TEXTS[:2], *TEXTS[3:]]
    assert len(reasons(items)) == 1
    assert isinstance(items[2], Unreadable)


ENCODED = [kind for kind in FILES if kind.kind not in ("json", "epub", "document", "parquet")]
"""Those that are not in one encoding as a whole."""


@pytest.mark.parametrize("kind", ENCODED, ids=[kind.name for kind in ENCODED])
def test_what_is_in_another_encoding_costs_itself_only(tmp_path: Path, kind: Kind) -> None:
    latin = b"<p>caf\xe9</p>"
    (tmp_path / kind.name).write_bytes(kind.make([TEXTS[0], latin, TEXTS[1]] if kind.is_many else [latin]))
    items = read(tmp_path / kind.name)
    if kind.is_many:
        assert bodies([items[0], items[2]]) == list(TEXTS[:2])
    item = items[1] if kind.is_many else items[0]
    assert (reasons([item]) or bodies([item])) in (["broken_line"], [latin], ["<p>café</p>".encode()])


# lazily, in little memory

PAGE_BYTES = 100_000


def noise() -> bytes:
    """A page that compression does not make much of."""
    return os.urandom(PAGE_BYTES // 2).hex().encode()


def source_of(name: str) -> FileSource:
    return next(source for source in FILE_SOURCES if source.takes(name, Input.AUTO))


def pages_in(path: Path) -> int:
    with path.open("rb") as opened:
        items = source_of(path.name).read_opened(opened, shown=path.name, reading=Reading())
        return sum(isinstance(item, Page) for item in items)


def peak_of_reading(path: Path, count: int) -> int:
    """The most bytes that are held while the pages of a file are read, one after the other."""
    gc.collect()  # what others have left does not count
    tracemalloc.start()
    try:
        assert pages_in(path) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


LAZY = [
    "a.csv", "a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.parquet", "a.warc", "a.warc.gz", "whole.warc.gz", "a.warc.zst",
    "a.mbox", "a.zip", "a.tar", "a.tar.gz",
]  # fmt: skip
"""Each kind and each packing: but for JSON in one piece and books, which are held as far as they may be large."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LAZY)
def test_a_large_file_is_read_lazily(tmp_path: Path, name: str) -> None:
    kind, path = BY_NAME[name], tmp_path / name
    # of a file packed as one some megabytes are kept, to be searched for the next member where there is damage
    count, most = (200, 160) if name.startswith("whole") else (40, 25)
    pages = [noise() for _ in range(count)]
    path.write_bytes(kind.make(pages[:2]))
    assert pages_in(path) == 2  # what is loaded once in a process is not the file's
    path.write_bytes(kind.make(pages))
    assert path.stat().st_size > PAGE_BYTES * count // 3
    # of several, since threads that other tests have left in the process allocate, too
    assert any(peak_of_reading(path, count) < most * PAGE_BYTES for _ in range(3))


# folders, globs, lists and standard input


@pytest.mark.slow
def test_a_folder_is_all_of_its_files(tmp_path: Path) -> None:
    for kind in FILES:
        (tmp_path / kind.name).write_bytes(made(kind.name))
    os.mkfifo(tmp_path / "pipe.html")
    items = read(tmp_path)
    assert reasons(items) == ["not_a_file"]
    assert len(bodies(items)) == sum(len(expected(kind)) for kind in FILES)
    assert read(tmp_path) == items
    (tmp_path / "empty").mkdir()
    assert read(tmp_path / "empty") == []


def listed(tmp_path: Path, kind: str, address: str, *keys: str) -> list[str | DiskSource]:
    file = tmp_path / "sources.toml"
    table = ("[[source]]", 'name = "a"', f'kind = "{kind}"', f'address = "{address}"', *keys)
    file.write_text("\n".join(table))
    return plan_sources([str(file)], now=NOW, environment={}).local


NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "address", "name"),
    [
        ("file", "pages/*.html", "a.html"), ("folder", "pages", "a.html"), ("jsonl", "pages/*", "dump"),
        ("warc", "pages/*", "crawl"),
    ],
)  # fmt: skip
def test_what_a_list_names_is_read(tmp_path: Path, kind: str, address: str, name: str) -> None:
    (tmp_path / "pages").mkdir()
    content = {"jsonl": lines(TEXTS), "warc": answers(TEXTS, packed=True)}.get(kind, TEXTS[0])
    (tmp_path / "pages" / name).write_bytes(content)
    found = checked(read_pages(listed(tmp_path, kind, address)))
    assert bodies(found) == (list(TEXTS) if kind in ("jsonl", "warc") else [TEXTS[0]])
    assert checked(read_pages(listed(tmp_path, kind, address))) == found
    assert checked(read_pages(listed(tmp_path, kind, "pages/*.none"))) == []


@pytest.mark.parametrize(
    ("kind", "address", "names"),
    [
        ("folder", "pages", ["a/one.html", "a/sub/two.html", "a/three.jsonl:1"]),
        ("folder", "pag*s", ["a/one.html", "a/sub/two.html", "a/three.jsonl:1"]),
        ("file", "pages/one.html", ["a/one.html"]), ("file", "pages/**/*.html", ["a/one.html", "a/sub/two.html"]),
        ("file", "*/one.html", ["a/pages/one.html"]), ("jsonl", "pages/three.jsonl", ["a/three.jsonl:1"]),
    ],
)  # fmt: skip
def test_pages_of_a_list_bear_the_name_of_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, address: str, names: list[str]
) -> None:
    (tmp_path / "pages" / "sub").mkdir(parents=True)
    (tmp_path / "pages" / "one.html").write_bytes(TEXTS[0])
    (tmp_path / "pages" / "sub" / "two.html").write_bytes(TEXTS[1])
    (tmp_path / "pages" / "three.jsonl").write_text('{"text": "three"}')
    monkeypatch.chdir(tmp_path)
    for folder in (Path(), tmp_path):  # wherever the list lies
        found = checked(read_pages(listed(folder, kind, address)))
        assert sorted(item.source.name for item in found) == sorted(names)


PIPED = [
    (Input.AUTO, TEXTS[0], 1), (Input.HTML, TEXTS[0], 1), (Input.TEXT, TEXTS[0], 1), (Input.AUTO, lines(TEXTS), 5),
    (Input.MARKDOWN, TEXTS[0], 1),
    (Input.JSONL, lines(TEXTS), 5), (Input.AUTO, values(TEXTS), 5), (Input.CSV, values(TEXTS), 5),
    (Input.WARC, answers(TEXTS), 5), (Input.WARC, answers(TEXTS, packed=True), 5),
]  # fmt: skip


@pytest.mark.parametrize(("input_", "content", "count"), PIPED)
def test_standard_input_may_be_cut(
    monkeypatch: pytest.MonkeyPatch, input_: Input, content: bytes, count: int
) -> None:
    for length in (*range(0, len(content), 7), len(content)):
        pipe(monkeypatch, content[:length])
        items = checked(read_pages(["-"], input_=input_))
        if count == 1 or (input_ is Input.AUTO and length < content.index(b"\n")):
            assert len(items) == 1  # a page has no end of its own
        else:
            assert bodies(items) == list(TEXTS)[: len(bodies(items))]
            assert len(reasons(items)) <= 1
    assert bodies(items) == list(TEXTS)[:count]


def test_every_kind_of_input_is_piped_here() -> None:
    assert {input_ for input_, _, _ in PIPED} == set(Input)


def test_every_kind_of_file_is_tested_here() -> None:
    assert {source_of(kind.name) for kind in FILES} == set(FILE_SOURCES)
