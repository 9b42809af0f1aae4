"""Near copies: which record is the original, in any order and over batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_texts import story
from msgspec import convert
from msgspec.structs import replace
from sqlalchemy import event, func, select

from copydesk.flows.library.copies.precedence import Entry, Syndication
from copydesk.flows.library.copies.settling import settle_copies
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import copy_band, copy_text


class Index:
    """The texts of a library by the names of their records, numbered as they come."""

    def __init__(self, folder: Path) -> None:
        self.library = Library.open(folder)
        self._numbers: dict[str, int] = {}

    def add(self, entries: Iterable[tuple[str, Entry]]) -> dict[str, str | None]:
        """The marks that are others now."""
        return self._settled({self._number(name): entry for name, entry in entries}, ())

    def remove(self, names: Iterable[str]) -> dict[str, str | None]:
        """The marks that are others now."""
        return self._settled({}, [self._number(name) for name in names])

    def _settled(self, entries: dict[int, Entry], gone: Sequence[int]) -> dict[str, str | None]:
        with self.library.writing() as connection:
            found = settle_copies(connection, entries, gone)
        return {self._name(number): self._name(mark.original) for number, mark in found.items()}

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def _name(self, number: int | None) -> str | None:
        return next((name for name, one in self._numbers.items() if one == number), None)

    def copies(self) -> dict[str, str]:
        """The originals of those that are copies."""
        return {name: original for name, (original, _) in self.marks().items() if original is not None}

    def marks(self) -> dict[str, tuple[str | None, float | None]]:
        query = select(copy_text.c.number, copy_text.c.original, copy_text.c.similarity)
        with self.library.reading() as connection:
            rows = connection.execute(query).all()
        return {self._name(number): (self._name(original), share) for number, original, share in rows}

    def buckets(self) -> int:
        with self.library.reading() as connection:
            return connection.execute(select(func.count()).select_from(copy_band)).scalar_one()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path)
    with made.library:
        yield made


def edited(words: Sequence[str], *places: int) -> list[str]:
    return [f"other{place}" if place in places else word for place, word in enumerate(words)]


def entry(name: str, words: Sequence[str], **fields: str | None) -> tuple[str, Entry]:
    text = " ".join(words)
    syndication = {key: fields.pop(key) for key in Syndication.__struct_fields__ if key in fields}
    own = {"status": "ok", "text": text, "content_hash": text, "url": f"https://{name}.example/story"}
    return name, convert(own | fields | {"provenance": {"syndication": syndication}}, Entry)


@pytest.mark.parametrize(
    ("best", "other"),
    [
        # the page at the address that others name, although it came out later
        ({"date_published": "2026-03-02"}, {"date_published": "2026-03-01", "canonical_url": "http://www.best.example/story/"}),
        ({"date_published": "2026-03-02"}, {"date_published": "2026-03-01", "original_url": "https://best.example/story"}),
        # the agency's own, by its name, its host or another spelling
        ({"site_name": "Reuters", "date_published": "2026-03-02"}, {"date_published": "2026-03-01"}),
        (
            {"url": "https://apnews.com/a", "site_name": "AP News", "agency": "AP", "date_published": "2026-03-02"},
            {"agency": "AP", "date_published": "2026-03-01"},
        ),
        ({"site_name": "The Associated Press", "agency": "AP"}, {"agency": "AP", "fetched_at": "2020-01-01T00:00:00Z"}),
        # the publisher's own: copies credit it
        ({"date_published": "2026-03-02"}, {"original_publisher": "The Courier", "date_published": "2026-03-01"}),
        # published first; to the hour is more than to the day, a day more than nothing
        ({"date_published": "2026-03-01T08:00:00+02:00"}, {"date_published": "2026-03-01T07:00:00Z"}),
        ({"date_published": "2026-03-01T23:00:00Z"}, {"date_published": "2026-03-01"}),
        ({"date_published": "2026-03-01"}, {"fetched_at": "2026-01-01T00:00:00Z"}),
        # fetched first
        ({"fetched_at": "2026-01-01T00:00:00Z"}, {"fetched_at": "2026-01-01T00:00:01Z"}),
    ],
)  # fmt: skip
def test_the_original_is_who_has_the_better_claim_whoever_comes_first(
    tmp_path: Path, best: dict[str, str], other: dict[str, str]
) -> None:
    pair = entry("best", story(1), **best), entry("other", edited(story(1), 7), **other)
    for number, order in enumerate(permutations(pair)):
        index = Index(tmp_path / str(number))
        with index.library:
            for each in order:
                index.add([each])
            assert index.copies() == {"other": "best"}


def test_a_page_that_another_text_names_as_canonical_gains_nothing(index: Index) -> None:
    index.add([
        entry("early", story(1), date_published="2026-01-01"),
        entry("late", story(1), date_published="2026-01-02"),
        entry("stranger", story(2), canonical_url="https://late.example/story"),
        entry("zulu", story(3)), entry("alpha", story(3)),
    ])  # fmt: skip
    # where nothing tells copies apart, the first to come is the original
    assert index.copies() == {"late": "early", "alpha": "zulu"}


def test_marks_form_no_chains(index: Index) -> None:
    """Of texts each of which was made of the one before, the last has little of the first."""
    versions = [story(1)]
    for step in range(12):
        versions.append(edited(versions[-1], *range(step * 8, step * 8 + 6)))
    index.add([entry(f"v{place:02}", words) for place, words in enumerate(versions)])
    marks = index.marks()
    originals = {name for name, (original, _) in marks.items() if original is None}
    assert 1 < len(originals) < len(versions)
    assert {original for original, _ in marks.values()} <= originals | {None}
    assert all((similarity or 1) >= 0.65 for _, similarity in marks.values())


def test_when_an_original_goes_the_next_best_takes_its_place(index: Index) -> None:
    index.add([entry(name, story(1), date_published=f"2026-01-0{day}") for day, name in enumerate("abcd", 1)])
    assert index.remove(["a", "unknown"]) == {"b": None, "c": "b", "d": "b"}
    # a page that was corrected is another story now; without text nothing is left to compare
    _, lost = entry("c", story(1))
    changed = index.add([entry("b", story(9)), ("c", replace(lost, text=""))])
    assert (changed, index.copies()) == ({"b": None, "d": None}, {})
    index.remove(["b", "d"])
    assert (index.marks(), index.buckets()) == ({}, 0)


STORIES = [story(seed) for seed in range(3)]
RECORDS = [
    entry(
        f"r{number:02}",
        edited(STORIES[number % 3], *range(number, 100, 30)),
        fetched_at=f"2026-01-{1 + (number * 5) % 18:02}T00:00:00Z",
        canonical_url="https://r09.example/story" if number == 3 else None,
        agency="Reuters" if number % 4 == 0 else None,
    )
    for number in range(18)
]


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(18)),
    cuts=st.sets(st.integers(1, 17), max_size=3),
    gone=st.sets(st.integers(0, 17)),
)
def test_any_order_any_batches_and_what_came_and_went_give_the_same_marks(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cuts: set[int], gone: set[int]
) -> None:
    def marks(*pieces: Sequence[int], gone: Iterable[int] = ()) -> dict[str, tuple[str | None, float | None]]:
        index = Index(tmp_path_factory.mktemp("index"))
        told: dict[str, str | None] = {}
        with index.library:
            for numbers in pieces:
                told |= index.add(RECORDS[number] for number in numbers)
            told |= index.remove([RECORDS[number][0] for number in gone])
            found = index.marks()
        # who follows what is told knows all
        assert {name: told[name] for name in found} == {
            name: original for name, (original, _) in found.items()
        }
        return found

    places = [0, *sorted(cuts), 18]
    pieces = [order[start:end] for start, end in pairwise(places)]
    stay = [number for number in range(18) if number not in gone]
    assert marks(*pieces, gone=sorted(gone)) == marks(stay)


def test_many_copies_cost_no_more_each_than_few(index: Index) -> None:
    """Statements a batch do not grow with the copies in the index, nor do the buckets."""
    statements = []
    event.listen(index.library.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts = []
    for batch in range(6):
        before = len(statements)
        words_of = {f"c{batch}-{number}": edited(story(1), number) for number in range(50)}
        index.add(entry(name, words, date_published="2026-01-02") for name, words in words_of.items())
        counts.append(len(statements) - before)
    assert max(counts[1:]) <= counts[1] + 2
    assert index.buckets() == 12
    # more copies than are compared again: the original stays, even for who has the better claim
    index.add([entry("earlier", story(1), date_published="2026-01-01")])
    assert index.copies()["earlier"] == "c0-0"
