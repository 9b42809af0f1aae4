"""Damaged WARC files, however they are packed: untouched records are extracted, altered ones and the size of what was
not read are reported.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import itertools
import random
import re
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from source_items import only_page, only_unreadable, unreadable
from warc_files import bodies, read_warc, reasons, record, warc

from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.sources.kinds.warc import ArticleParts
from copydesk.flows.sources.kinds.warc_records import is_digest_right
from copydesk.flows.sources.opening.page_context import PageContext

WORDS = ("noon", "clock", "storm", "square", "council", "axle", "winter", "harbour", "bridge", "valley")
CHANCE = random.Random(7)  # noqa: S311 - made of chance, the same in every run
PAGES = {f"http://example.org/{n}": " ".join(CHANCE.choices(WORDS, k=400)).encode() for n in range(30)}
IDS = (b"urn:uuid:%08d-0000-4000-8000-000000000000" % n for n in itertools.count())
PLAIN = re.sub(rb"urn:uuid:[0-9a-f-]{36}", lambda _: next(IDS), warc(*PAGES.items()))
PLAIN = re.sub(rb"WARC-Date: [^\r]+", b"WARC-Date: 2026-11-20T10:00:00Z", PLAIN)
EDGES = [found.start() for found in re.finditer(rb"WARC/1\.0\r\n", PLAIN)] + [len(PLAIN)]
RECORDS = [PLAIN[start:end] for start, end in itertools.pairwise(EDGES)]


def one_by_one(pack: Callable[[bytes], bytes]) -> tuple[bytes, list[int]]:
    """All records, each packed by itself, and where each begins; then where the last ends."""
    parts = list(map(pack, RECORDS))
    places = [sum(map(len, parts[:n])) for n in range(len(parts) + 1)]
    return b"".join(parts), places


FORMS = {
    "a.warc": (PLAIN, EDGES),
    "a.warc.gz": one_by_one(gzip.compress),
    "a.warc.zst": one_by_one(zstd.compress),  # without checksums, the library's default
}


damages = st.lists(
    st.tuples(st.floats(0, 1), st.none() | st.integers(0, 900), st.binary(max_size=60)),
    min_size=1,
    max_size=3,
)
"""Where, how many bytes are lost there (None: all that follow), and what comes in their place."""


@pytest.mark.slow
@settings(max_examples=60)
@given(st.sampled_from(sorted(FORMS)), damages)
@example("a.warc", [(0.5, 300, b"WARC/1.0\r\nContent-Length: 999999\r\n\r\n")])
@example("a.warc", [(0.0, 1, b"\x28\xb5\x2f\xfd")])  # looks compressed and is not
@example("a.warc.gz", [(0.5, 300, b"\x1f\x8b\x08\0\0\0\0\0")])
def test_only_untouched_records_are_extracted(
    name: str, damages: list[tuple[float, int | None, bytes]]
) -> None:
    content, places = FORMS[name]
    damaged = content
    for place, lost, junk in damages:
        at = int(place * len(damaged))
        damaged = damaged[:at] + junk + (b"" if lost is None else damaged[at + lost :])
    items = read_warc(damaged, name)
    found = bodies(items)
    # with the line ends behind the last record nothing is lost
    records = [content[start:end].removesuffix(b"\r\n\r\n") for start, end in itertools.pairwise(places)]
    assert {url for url, one in zip(PAGES, records, strict=True) if one in damaged} <= found.keys()
    assert all(body in PAGES.values() for body in found.values())
    rest = functools.reduce(lambda left, one: left.replace(one, b""), records, damaged)
    if rest.strip(b"\r\n"):
        # a header without its name costs no page
        assert reasons(items) or found.keys() == PAGES.keys()


@pytest.mark.slow
@settings(max_examples=30)
@given(st.floats(0, 1), st.binary(min_size=1, max_size=40))
def test_a_file_packed_as_one_gives_all_before_its_damage(place: float, junk: bytes) -> None:
    content = gzip.compress(PLAIN)
    at = int(place * (len(content) - len(junk)))
    damaged = content[:at] + junk + content[at + len(junk) :]
    items = read_warc(damaged, "a.warc.gz")
    found = bodies(items)
    certain = len(zlib.decompressobj(31).decompress(content[:at])) if at > 10 else 0
    assert {url for url, end in zip(PAGES, EDGES[1:], strict=True) if end <= certain} <= found.keys()
    if damaged[10:] != content[10:]:  # before it are a time and a system that do not matter
        assert reasons(items)
    # the first record behind the damage may have lost its digests with it, and look whole
    assert sum(body not in PAGES.values() for body in found.values()) <= 1


def test_how_much_was_not_read_is_reported_and_the_next_member_is() -> None:
    after = gzip.compress(warc(("http://after/", b"<p>after</p>")))
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(PLAIN[: EDGES[20]]) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(PLAIN[EDGES[20] :]) + packer.flush()
    damaged = first + b"\xff" * 60 + rest  # where a block begins, and no such block is
    for content in (damaged, damaged + after):
        items = read_warc(content, "a.warc.gz")
        assert bodies(items) == {
            url: PAGES.get(url, b"<p>after</p>")
            for url in [*list(PAGES)[:20], *(["http://after/"] if content != damaged else [])]
        }
        message = only_unreadable(unreadable(items)).message
        assert message.startswith("record 21 of a.warc.gz: invalid gzip or deflate data")
        assert "of the 20 records before that those without a digest may be altered" in message
        counted = re.search(r"the ([\d,]+) compressed bytes after that were not read", message)
        assert counted
        assert abs(len(rest) + 60 - int(counted[1].replace(",", ""))) < 70  # approximately


def test_what_follows_damage_in_one_member_needs_a_digest() -> None:
    """Compressed data refer back: what comes out after damage may look like records and be none."""
    bare = re.sub(rb"WARC-(Block|Payload)-Digest: [^\r]+\r\n", b"", PLAIN)
    for content, is_believed in ((PLAIN, True), (bare, False)):
        wrong = content.replace(b"Content-Length", b"Content-Breadth", 1)
        items = read_warc(gzip.compress(wrong), "a.warc.gz")
        assert len(bodies(items)) == (len(PAGES) - 1 if is_believed else 0)
        assert reasons(items) == ["damaged"] * (len(PAGES) - len(bodies(items)))
        assert len(bodies(read_warc(wrong))) == len(PAGES) - 1


def test_junk_between_members_is_counted_whole() -> None:
    content, places = FORMS["a.warc.gz"]
    junk = bytes(range(1, 256)) * 40 + b"\x1f\x8b\x08 looks like a member"
    items = read_warc(content[: places[3]] + junk + content[places[3] :], "a.warc.gz")
    assert bodies(items) == PAGES
    message = only_unreadable(unreadable(items)).message
    assert f"the {len(junk):,} compressed bytes after that" in message


# digests


def test_a_digest_of_the_payload_is_held_against_what_it_may_be_of() -> None:
    body = b"<p>" + PAGES["http://example.org/1"] + b"</p>"
    packed = brotli.compress(body)
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n"
    for payload in (sent, packed, body):
        digest = base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()
        good = record("WARC-Type: response", f"WARC-Payload-Digest: sha1:{digest}", block=head + sent)
        assert only_page(read_warc(good)).body == body
    wrong = record("WARC-Type: response", f"WARC-Payload-Digest: sha1:{'A' * 32}", block=head + sent)
    assert reasons(read_warc(wrong)) == ["damaged"]
    # the digest of a block is enough: programs differ in what a payload is
    proof = hashlib.sha256(head + sent).hexdigest()
    proven = wrong.replace(b"WARC-Type", f"WARC-Block-Digest: sha256:{proof}\r\nWARC-Type".encode())
    assert reasons(read_warc(proven)) == []


@pytest.mark.parametrize("kind", ["resource", "conversion"])
def test_a_digest_of_the_payload_is_one_of_the_block_where_there_is_no_answer(kind: str) -> None:
    digest = hashlib.sha256(b"<p>text</p>").hexdigest()
    good = record(f"WARC-Type: {kind}", f"WARC-Payload-Digest: sha-256:{digest}", block=b"<p>text</p>")
    assert reasons(read_warc(good)) == []
    assert reasons(read_warc(good.replace(b"text</p>", b"tEXt</p>"))) == ["damaged"]


# zstd with a dictionary


@functools.cache
def with_dictionary(*, is_packed: bool) -> bytes:
    dictionary = zstd.train_dict([RECORDS[n % 30][: 200 + 20 * n] for n in range(300)], 4096)
    content = dictionary.dict_content
    stored = zstd.compress(content) if is_packed else content
    frame = b"\x5d\x2a\x4d\x18" + len(stored).to_bytes(4, "little") + stored
    return frame + b"".join(zstd.compress(one, zstd_dict=dictionary) for one in RECORDS)


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_dictionary_in_the_file_is_used(is_packed: bool) -> None:
    content = with_dictionary(is_packed=is_packed)
    assert len(content) < len(FORMS["a.warc.zst"][0])
    assert bodies(read_warc(content, "a.warc.zst")) == PAGES
    assert bodies(read_warc(content, "crawl")) == PAGES
    half = len(content) // 2
    items = read_warc(content[:half] + bytes(30) + content[half + 30 :], "a.warc.zst")
    assert len(bodies(items)) >= len(PAGES) - 2
    assert reasons(items) == ["damaged"]


@settings(max_examples=30)
@given(st.integers(0, 5000), st.integers(0, 7))
def test_a_damaged_dictionary_is_reported(at: int, bit: int) -> None:
    content = bytearray(with_dictionary(is_packed=False))
    content[at % 3000] ^= 1 << bit
    items = read_warc(bytes(content), "a.warc.zst")
    found = bodies(items)
    assert all(body in PAGES.values() for body in found.values())
    if len(found) < len(PAGES):
        assert reasons(items)


@pytest.mark.parametrize(
    "start",
    [
        b"\x5d\x2a\x4d\x18", b"\x5d\x2a\x4d\x18\xff\xff\xff\xff", b"\x5d\x2a\x4d\x18\x04\0\0\0abcd",
        b"\x5d\x2a\x4d\x18\x09\0\0\0\x28\xb5\x2f\xfdabcde",
    ],
)  # fmt: skip
def test_a_dictionary_that_is_none_is_reported(start: bytes) -> None:
    items = read_warc(start + FORMS["a.warc.zst"][0], "a.warc.zst")
    assert set(reasons(items)) <= {"damaged", "truncated"}
    assert bodies(items).keys() >= set(list(PAGES)[1:])


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
@pytest.mark.parametrize("kind", ["response", "request"])
def test_a_file_that_ends_early_has_failed_whatever_its_last_record_was(name: str, kind: str) -> None:
    pack = gzip.compress if name.endswith(".gz") else bytes
    last = pack(record(f"WARC-Type: {kind}", block=CHANCE.randbytes(400)))
    items = read_warc(pack(RECORDS[0]) + last[:-100], name)
    assert len(bodies(items)) == 1
    lost = only_unreadable(unreadable(items))
    assert (lost.reason, lost.status) == ("truncated", "failed")
    assert re.fullmatch(
        rf"record 2 of {name}: the (record|compressed data) ends? early, with [0-9]+ of the 400 bytes of this record; "
        "what came after that is missing",
        lost.message,
    )


# digests

DIGESTS = ("sha1", "sha256", "sha512", "md5")


def written(kind: str, content: bytes) -> list[str]:
    """All forms in which writers give the digest."""
    made = hashlib.new(kind, content, usedforsecurity=False)
    padded = base64.b32encode(made.digest()).decode()
    values = (padded, padded.rstrip("="), padded.lower(), made.hexdigest(), made.hexdigest().upper())
    names = (kind, kind.upper(), kind.replace("sha", "sha-"), f" {kind} ")
    return [f"{name}:{value}" for name in names for value in values] + [f"{kind}: {padded} "]


@given(st.binary(max_size=40), st.sampled_from(DIGESTS), st.integers(0, 7))
def test_a_digest_is_right_in_every_form_and_wrong_for_other_content(
    content: bytes, kind: str, bit: int
) -> None:
    other = bytes([(content or b"\0")[0] ^ 1 << bit]) + content[1:]
    for digest in written(kind, content):
        assert is_digest_right(content, digest) is True, digest
        assert is_digest_right(other, digest) is False, digest


@pytest.mark.parametrize(
    ("digest", "is_right"),
    [
        ("", None), ("   ", None), ("blake3:AAAA", None), ("crc32:12345678", None), ("sha1", False),
        ("sha1:", False), (":AAAA", False), ("AAAA", False), ("sha1:====", False), ("sha1:AAAA", False),
        ("sha256:" + "0" * 64, False), ("md5:grün", False),
    ],
)  # fmt: skip
def test_an_invalid_digest_is_damage_and_an_unknown_one_is_skipped(
    digest: str, is_right: bool | None
) -> None:
    assert is_digest_right(b"words", digest) is is_right


# further pages in an archive that another wrote: neither their number nor what they count fills memory


@pytest.mark.parametrize(
    ("waiting", "announced", "joined"),
    [
        (2, 2, 2), (2, 0, 0), (MAX_PAGES - 1, MAX_PAGES - 1, MAX_PAGES - 1), (30, 30, 0), (1, -1, 0), (2, -1, 0),
        (1, 2, 0),
    ],
)  # fmt: skip
def test_no_more_pages_are_joined_than_an_article_has(waiting: int, announced: int, joined: int) -> None:
    parts, source = ArticleParts(), Source("file", "ferry")
    for _ in range(waiting):
        assert parts.join(Page(b"", source=source), PageContext(continues=True)) is None
    whole = parts.join(Page(b"<p>First</p>", source=source), PageContext(continuations=announced))
    assert whole is not None
    assert len(whole.continuations) == joined
    assert (whole.cut_short is None) is (joined == announced)
