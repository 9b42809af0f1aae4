"""Near copies in a library: over runs and versions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from made_texts import sentences, story
from msgspec.structs import replace
from page_versions import reading, store
from stores import lines

from copydesk.cleaners.schema import Record
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.stored import Stored

BOTH = pytest.mark.parametrize("kind", ["jsonl", "postgresql"])
"""The databases; what Python decides alone is tested of one."""


@pytest.fixture
def kind() -> str:
    return "jsonl"


OWN = story(1)
EDITED = [*OWN[:40], "another", *OWN[41:]]
CUT = OWN[:90]


def page(name: str, words: list[str], *, day: int = 1, fetched: int = 1) -> Record:
    """A page; of what says the same the one of the earlier day is the original."""
    text = " ".join(words)
    return reading(
        text,
        url=f"https://{name}.example/story",
        id=name * 32,
        title=f"Title of {name}",
        date_published=f"2026-10-{day:02}",
        fetched_at=f"2026-11-{fetched:02}T00:00:00Z",
    )


def marks(place: StoreLocation) -> dict[tuple[str, int], tuple[str | None, float | None]]:
    """The originals that records name, by the letter of their page and their version."""
    found = [msgspec.json.decode(line, type=Record) for line in lines(place)]
    ids = {(one.id[0], one.version): one.duplicate_of and one.duplicate_of[0] for one in found}
    return {key: (ids[key], one.duplicate_similarity) for key, one in zip(ids, found, strict=True)}


def originals(place: StoreLocation) -> dict[str, str | None]:
    return {f"{name}{version}": of for (name, version), (of, _) in marks(place).items()}


@BOTH
def test_near_copies_are_marked_over_runs(sink: str, place: StoreLocation) -> None:
    first = (page("b", OWN, day=5), page("x", story(2)))
    assert store(sink, place, *first).copies == 0
    second = (page("c", EDITED, day=6), page("d", CUT, day=7))
    assert store(sink, place, *second).copies == 2
    assert originals(place) == {"b1": None, "x1": None, "c1": "b", "d1": "b"}
    assert marks(place)["d", 1] == ("b", 1.0)
    assert 0.8 < (marks(place)["c", 1][1] or 0) < 1
    # read again: nothing changes, and what was read is as much a copy as before
    before = lines(place)
    assert store(sink, place, *first, *second).copies == 2
    assert lines(place) == before
    # what was printed first comes last
    assert store(sink, place, page("a", OWN, day=1)).copies == 0
    assert originals(place) == {"b1": "a", "x1": None, "c1": "a", "d1": "a", "a1": None}
    assert marks(place)["b", 1] == ("a", 1.0)


@pytest.mark.parametrize("versions", ["all", "last"])
def test_copies_are_of_the_newest_versions(sink: str, place: StoreLocation, versions: str) -> None:
    store(sink, place, page("a", OWN, day=1), page("b", OWN, day=2), page("c", OWN, day=3))
    stored = store(sink, place, page("a", story(2), day=1, fetched=2), versions=versions)
    assert (stored.versions, stored.copies) == (1, 0)
    past: dict[str, str | None] = {"a1": None} if versions == "all" else {}
    assert originals(place) == {**past, "a2": None, "b1": None, "c1": "b"}
    # the other article says what that one says now
    store(sink, place, page("c", story(2), day=3, fetched=3), versions=versions)
    past |= {"c1": "b"} if versions == "all" else {}
    assert originals(place) == {**past, "a2": None, "b1": None, "c2": "a"}


def test_copies_of_a_reserved_page_are_originals(sink: str, place: StoreLocation) -> None:
    pages = [page(name, OWN, day=day) for day, name in enumerate("abc", 1)]
    store(sink, place, *pages)
    assert originals(place) == {"a1": None, "b1": "a", "c1": "a"}
    reserved = replace(pages[0], status="rejected", reason="tdm_reserved", text="", content_hash=None)
    store(sink, place, reserved)
    assert originals(place) == {"a1": None, "b1": None, "c1": "b"}


@BOTH
def test_unique_leaves_out_new_copies_alone(sink: str, place: StoreLocation) -> None:
    def run(*records: Record) -> Stored:
        return store(sink, place, *records, is_unique=True)

    first = (page("b", OWN, day=5), page("c", EDITED, day=6), page("x", story(2)))
    stored = run(*first)
    assert (stored.lines, stored.left_out, stored.copies, stored.statuses) == (2, 1, 0, {"ok": 2})
    before = lines(place)
    assert (run(*first).left_out, lines(place)) == (1, before)
    # the better original is new; what is there stays and names it
    assert run(page("a", CUT, day=1)).left_out == 0
    assert originals(place) == {"b1": "a", "x1": None, "a1": None}
    # a version of a page that is there is no new page
    assert run(page("x", OWN, day=9, fetched=2)).left_out == 0
    assert originals(place) == {"b1": "a", "x1": None, "a1": None, "x2": "a"}


def test_a_run_reports_how_many_copies_it_has_stored(tmp_path: Path) -> None:
    (pages := tmp_path / "pages").mkdir()
    body = "".join(f"<p>{one}</p>" for one in sentences(1, 20))
    for name in ("one", "two", "three"):
        article = f"<article><h1>News of {name}</h1>{body}</article>"
        (pages / f"{name}.html").write_text(f"<title>News of {name}</title>{article}")
    options = IngestOptions(sources=(str(pages),), output=tmp_path / "output", jobs=1)
    assert "2 copies of other articles" in ingest_plainly(options).summary.splitlines()
    alone = IngestOptions(sources=(str(pages),), output=tmp_path / "alone", jobs=1, unique=True)
    summary = ingest_plainly(alone).summary.splitlines()
    assert summary[0].startswith("3 pages cleaned: 3 ok, 0 partial, 0 rejected, 0 failed; 1 record new")
    assert "2 copies left out (--unique)" in summary
