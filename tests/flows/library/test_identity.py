"""Pages share a record if their texts agree, whatever a canonical link claims; counts are lines of the file."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import page_versions
import pytest
from conftest import ARTICLE
from msgspec.structs import replace

from copydesk import clean
from copydesk.cleaners import failed
from copydesk.cleaners.schema import Provenance, Record, Usage
from copydesk.cleaners.types import Page, Source
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.stored import Became, Stored
from copydesk.flows.stored_content import Reservations

SITE = "https://courier.example"


def page(hour: object, canonical: str | None = None) -> str:
    """An article of its own text for each hour."""
    link = f'<head><link rel="canonical" href="{canonical}">' if canonical else "<head>"
    return ARTICLE.replace("struck noon", f"struck {hour}").replace("<head>", link)


def read(
    url: str | None,
    text: str = "",
    *,
    canonical: str | None = None,
    title: str | None = "The clock",
    source: str = "paper",
    kind: str = "feed",
    fetched_at: str | None = None,
    status: str = "ok",
    reason: str | None = None,
) -> Record:
    """A record as cleaning makes it of a page, without the cleaning."""
    made = failed(Page(body=text, url=url, source=Source(kind, source), fetched_at=fetched_at), "none")
    digest = f"digest of {text}" if text else None
    return replace(
        made,
        status=status,
        reason=reason,
        canonical_url=canonical,
        title=title if text else None,
        text=text,
        content_hash=digest,
    )


FILE_NAME = "records.jsonl"


def store(folder: Path, *records: Record) -> Stored:
    return page_versions.store("jsonl", StoreLocation(folder), *records)


def lines(folder: Path) -> list[Record]:
    if not (folder / FILE_NAME).exists():
        return []
    whole = (folder / FILE_NAME).read_bytes().split(b"\n")
    return [msgspec.json.decode(line, type=Record) for line in whole if line]


def newest(folder: Path) -> list[Record]:
    return [record for record in lines(folder) if record.next is None]


def identities(records: Sequence[Record]) -> list[tuple[str, str | None, str]]:
    return [(record.id, record.url, record.text) for record in records]


def test_ids_are_unique_where_no_store_sees_to_it() -> None:
    texts = [page(number, f"{SITE}/index.php") for number in range(3)]
    by_url = {clean(text, url=f"{SITE}/{number}").id for number, text in enumerate(texts)}
    assert len(by_url | {clean(text).id for text in texts}) == 6
    assert by_url == {clean(page("late"), url=f"{SITE}/{number}").id for number in range(3)}


HOME = read(f"{SITE}/1", "T")
TOGETHER: dict[str, tuple[Record, ...]] = {
    "the page its alias names": (HOME, read(f"{SITE}/1?ref=feed", "T", canonical=f"{SITE}/1")),
    "two aliases": tuple(read(f"{SITE}/1?{name}", "T", canonical=f"{SITE}/1") for name in "ab"),
    "spellings of a URL": (HOME, read("http://www.courier.example/1/", "T")),
    "a URL in two sources": (HOME, read(f"{SITE}/1", "T", source="a:1", kind="jsonl")),
    "two files of one page": tuple(
        read(None, "T", canonical=f"{SITE}/1", source=f"{name}.html") for name in "ab"
    ),
}
APART: dict[str, tuple[Record, ...]] = {
    "another text at the URL an alias names": (HOME, read(f"{SITE}/1?page=2", "U", canonical=f"{SITE}/1")),
    "a shared canonical URL": tuple(
        read(f"{SITE}/{number}", text, canonical=f"{SITE}/all") for number, text in enumerate("TU", 1)
    ),
    "a notice in place of two texts": (
        read(f"{SITE}/1", "T", canonical=f"{SITE}/all"),
        read(f"{SITE}/2", "T", canonical=f"{SITE}/all", title="Another headline"),
    ),
    "a copy on another site": (
        HOME,
        read("https://mirror.example/1", "T", canonical=f"{SITE}/1", source="mirror"),
    ),
    "a URL in two files with two texts": tuple(
        read(f"{SITE}/1", text, source=f"pages.jsonl:{text}", kind="jsonl") for text in "TU"
    ),
    "two files with two texts": (
        read(None, "T", canonical=f"{SITE}/1", source="a.html", kind="file"),
        read(None, "U", canonical=f"{SITE}/1", source="b.html", kind="file"),
    ),
    "two lines that were piped in": tuple(
        read(None, text, canonical=f"{SITE}/1", source="-:1", kind="jsonl") for text in "TU"
    ),
    "no text to agree on": tuple(
        read(f"{SITE}/{number}", status="rejected", reason="empty", canonical=f"{SITE}/404")
        for number in (1, 2)
    ),
}


@pytest.mark.parametrize("pair", [*TOGETHER.values(), *APART.values()], ids=[*TOGETHER, *APART])
def test_pages_share_a_record_if_their_texts_agree(tmp_path: Path, pair: tuple[Record, ...]) -> None:
    is_one = pair in TOGETHER.values()
    ordered = pair[::-1]
    reports = [store(tmp_path, record) for record in ordered]
    stored = lines(tmp_path)
    assert {record.text for record in stored} == {record.text for record in pair}
    assert len({record.id for record in stored}) == len(stored) == (1 if is_one else 2)
    assert sum(report.shared for report in reports) == is_one
    assert reports[-1].lines == len(stored)
    before = (tmp_path / FILE_NAME).read_bytes()
    # in turned order, and of each pair one page alone and the other
    for again in (ordered[::-1], ordered[:1]):
        store(tmp_path, *again)
        assert (tmp_path / FILE_NAME).read_bytes() == before


def test_the_page_at_its_canonical_url_has_the_record_whatever_came_first(tmp_path: Path) -> None:
    home, other = TOGETHER["the page its alias names"]
    more = read(f"{SITE}/more", "more")
    found = set()
    ways = [[(home, other, more)], [(other, home, more)], [(other, more), (home,)], [(other,), (more, home)]]
    for number, runs in enumerate(ways):
        for run in runs:
            store(tmp_path / str(number), *run)
        found.add((tmp_path / str(number) / FILE_NAME).read_bytes())
    assert len(found) == 1
    assert home.id in {record.id for record in lines(tmp_path / "0")}


def test_a_page_that_changed_stays_one_record(tmp_path: Path) -> None:
    home, alias = TOGETHER["the page its alias names"]
    store(tmp_path, alias)
    store(tmp_path, home)
    for text in "UV":
        store(tmp_path, read(home.url, text), read(alias.url, text, canonical=home.url))
        assert [(record.id, record.text) for record in newest(tmp_path)] == [(home.id, text)]
    assert [(record.id, record.version) for record in lines(tmp_path)] == [(home.id, n) for n in (1, 2, 3)]


NAMELESS = [
    ("article.html", "file"),
    ("page-7", "jsonl"),
    ("post.eml", "mail"),
    ("week.zip!/article.html", "file"),
]
"""Names in sources whose pages have no address, which say which page it is."""


@pytest.mark.parametrize(("name", "kind"), NAMELESS[1:])
def test_a_corrected_file_stays_one_record(tmp_path: Path, name: str, kind: str) -> None:
    saved = [read(None, text, canonical=f"{SITE}/1", source=name, kind=kind) for text in "WXW"]
    for one in saved:
        store(tmp_path, replace(one, title=f"{one.title}!"), read(f"{SITE}/2", "T"))
        found = [record for record in newest(tmp_path) if record.url is None]
        assert identities(found) == [(saved[0].id, None, one.text)]
    assert [record.version for record in lines(tmp_path) if record.url is None] == [1, 2, 3]


NUMBERED = [("inbox.mbox:3", "mail"), ("-", "file"), NAMELESS[3]]
HEADLINES = [("Bridge opens", "School closes"), (None, None), ("…", "?!")]


@pytest.mark.parametrize(
    ("name_kind", "titles"),
    [(NAMELESS[0], HEADLINES[1]), (NAMELESS[1], HEADLINES[2]), *((one, HEADLINES[0]) for one in NUMBERED)],
)
def test_articles_that_share_name_and_canonical_url(
    tmp_path: Path, name_kind: tuple[str, str], titles: tuple[str | None, str | None]
) -> None:
    name, kind = name_kind
    pair = tuple(
        read(None, text, canonical=f"{SITE}/all", title=title, source=name, kind=kind)
        for text, title in zip("TU", titles, strict=True)
    )
    for ordered in (pair, pair[::-1]):
        folder = tmp_path / ordered[0].text
        for one in ordered:
            assert store(folder, one).kept == 0
        before = (folder / FILE_NAME).read_bytes()
        assert identities(lines(folder)) == identities(ordered)
        for again in (ordered[:1], ordered[::-1]):
            store(folder, *again)
            assert (folder / FILE_NAME).read_bytes() == before
    judged = replace(pair[1], status="rejected", reason="no_article", text="", content_hash=None)
    store(tmp_path, pair[0])
    store(tmp_path, judged)
    assert [record.status for record in lines(tmp_path)] == ["ok", "rejected"]


def test_a_page_of_the_web_and_a_file_of_its_url_are_two_records(tmp_path: Path) -> None:
    """And a source that is read in another way of the web, or back from its archive, is the same one."""
    line, fetched = (
        read(f"{SITE}/1", text, source="paper", kind=kind) for text, kind in (("T", "jsonl"), ("U", "feed"))
    )
    for number, ordered in enumerate(((line, fetched), (fetched, line))):
        folder = tmp_path / str(number)
        for one in (*ordered, *ordered):
            store(folder, one)
        assert [(record.source.kind, record.text) for record in lines(folder)] == [
            (one.source.kind, one.text) for one in ordered
        ]
        assert len({record.id for record in lines(folder)}) == 2
    reserved = Provenance(usage=Usage(tdm_reserved=True))
    refused = replace(
        read(f"{SITE}/1", source="paper", kind="sitemap", status="rejected", reason="tdm_reserved"),
        provenance=reserved,
    )
    for record in (refused, replace(fetched, provenance=reserved)):
        store(tmp_path, record)
        assert identities(lines(tmp_path)) == identities([record])


def test_pages_without_an_address_that_bear_one_name_are_all_kept(tmp_path: Path) -> None:
    """As lines of a file whose ``id`` is the source's: that the canonical URL is shared shows in one run."""
    first, second = (read(None, text, canonical=f"{SITE}/1", source="paper", kind="jsonl") for text in "TU")
    for runs in (((first, second),), ((first,), (first, second))):
        folder = tmp_path / str(len(runs))
        for run in (*runs, (first, second), (second, first)):
            store(folder, *run)
        assert identities(lines(folder)) == identities((first, second))


def test_an_article_that_two_feeds_list_stays_one_record(tmp_path: Path) -> None:
    first, second = (read(f"{SITE}/1", "T", source=name) for name in ("town", "culture"))
    store(tmp_path, first)
    for text in "UV":  # it changes, and whichever feed asks first has it fetched
        store(tmp_path, replace(second, text=text, content_hash=f"digest of {text}"))
        assert identities(newest(tmp_path)) == [(first.id, first.url, text)]
        store(tmp_path, replace(first, status="rejected", reason="captcha", text="", content_hash=None))
        assert newest(tmp_path)[0].text == text
    reserved = Provenance(usage=Usage(tdm_reserved=True))
    refused = read(f"{SITE}/1", source="town", status="rejected", reason="tdm_reserved")
    refused = replace(refused, provenance=reserved)
    store(tmp_path, refused)
    assert [record.status for record in lines(tmp_path)] == ["rejected"]
    # as it is read where a source only records that
    store(tmp_path, replace(second, provenance=reserved))
    store(tmp_path, refused)
    found = [(record.source.name, record.status) for record in lines(tmp_path)]
    assert found == [("town", "rejected"), ("culture", "ok")]


def test_counts_are_lines_of_the_file(tmp_path: Path) -> None:
    story = read(f"{SITE}/1", "T")
    twice = Stored(lines=1, statuses={"ok": 1}, became=Counter(new=1), again=1)
    assert store(tmp_path, story, story) == twice
    gone = read(f"{SITE}/1", status="rejected", reason="http_404")
    assert store(tmp_path, gone) == Stored(lines=1, statuses={"ok": 1}, became=Counter(unchanged=1), kept=1)
    lost = read(f"{SITE}/2", status="failed")
    became: Counter[Became] = Counter(new=1, unchanged=1)
    assert store(tmp_path, lost, story) == Stored(lines=2, statuses={"ok": 1, "failed": 1}, became=became)
    assert store(tmp_path) == Stored(lines=2)


def composed(chance: random.Random, number: int) -> Record:
    """A page with a canonical URL that is right, wrong, foreign, shared, or missing; now and then an alias of
    an earlier one.
    """
    same = chance.randrange(number + 1) if chance.random() < 0.2 else number
    url = f"{SITE}/{same}" if same == number else f"{SITE}/{same}?ref={number}"
    canonical = chance.choice(
        [url, f"{SITE}/{same}", f"{SITE}/section/", f"{SITE}/{chance.randrange(1000)}", f"http://www.courier.example/{same}/", f"{url}#top", "https://mirror.example/1", None]
    )  # fmt: skip
    source = chance.choice(["paper", "gazette"])
    if chance.random() < 0.1:
        return read(None, f"text {same}", canonical=canonical, source=f"saved/{number}.html", kind="file")
    return read(url, f"text {same}", canonical=canonical, source=source, title=f"title {same}")


@pytest.mark.slow
def test_of_hundreds_of_pages_with_wrong_canonical_urls_none_is_lost(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    pages = [composed(chance, number) for number in range(300)]
    once, twice, turned = tmp_path / "once", tmp_path / "twice", tmp_path / "turned"
    report = store(once, *pages)
    stored = lines(once)
    texts = {record.text for record in pages}
    assert {record.text for record in stored} == texts
    assert len({record.id for record in stored}) == len(stored) == report.lines
    assert report.statuses == {"ok": len(stored)}
    assert len(stored) + report.shared + report.again == len(pages)
    assert report.shared > 3

    before = (once / FILE_NAME).read_bytes()
    assert store(once, *pages).statuses == report.statuses
    assert (once / FILE_NAME).read_bytes() == before

    cut = chance.randrange(300)  # as after a kill: what was written is merged, then the rest comes
    store(twice, *pages[:cut])
    store(twice, *pages[cut:])
    assert (twice / FILE_NAME).read_bytes() == before
    store(turned, *reversed(pages))
    assert {record.text for record in lines(turned)} == texts
    ids = {(record.id, record.text) for record in stored}
    others = {(record.id, record.text) for record in lines(turned)}
    assert len(ids & others) > 0.9 * len(ids)


def test_a_page_that_names_a_reserved_one_as_its_canonical_url_is_reserved_with_it() -> None:
    fetched_at = "2026-11-20T08:00:00Z"
    home = read(f"{SITE}/1", status="rejected", reason="tdm_reserved", fetched_at=fetched_at)
    reservations = Reservations([replace(home, canonical_url=f"{SITE}/all")])
    alias, other = (
        read(f"{SITE}/2", "T", canonical=canonical, fetched_at=fetched_at)
        for canonical in (home.url, f"{SITE}/all")
    )
    assert reservations.honoured(alias) == replace(home, id=alias.id, url=alias.url, canonical_url=home.url)
    assert reservations.honoured(other) == other
    assert reservations.honoured(read(home.url, "T")).status == "rejected"
