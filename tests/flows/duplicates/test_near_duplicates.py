"""The index of near duplicates: which record is the original, in any order, over runs and kills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_texts import story
from msgspec import convert
from sqlalchemy import Engine, event, func, select, update

from copydesk.flows.duplicates import near_duplicates
from copydesk.flows.duplicates.duplicate_tables import bands, metadata, scheme, texts
from copydesk.flows.library.copies.near_duplicates import Key, Mark, NearDuplicates
from copydesk.flows.library.copies.precedence import Entry, Syndication
from copydesk.flows.library.copies.working_set import WorkingSet
from copydesk.flows.store.state_database import SqliteState


def marks_in(index: NearDuplicates, keys: Iterable[Key]) -> dict[Key, Mark]:
    """The current marks of records; unknown records have none."""
    with index._engine.connect() as connection:
        work = WorkingSet(connection)
        known = work.known(keys)
        originals = {
            row.number: row.id for row in work.load(one.original for one in known.values() if one.original)
        }
    return {key: Mark(*key, originals.get(row.original or 0), row.similarity) for key, row in known.items()}


def state_in(folder: Path) -> Engine:
    folder.mkdir(exist_ok=True)
    made = SqliteState(folder).connect()
    metadata.create_all(made)
    return made


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = state_in(tmp_path)
    yield made
    made.dispose()


def edited(words: Sequence[str], *places: int) -> list[str]:
    return [f"other{place}" if place in places else word for place, word in enumerate(words)]


def entry(name: str, words: Sequence[str], **fields: str | int | None) -> Entry:
    text = " ".join(words)
    syndication = {key: fields.pop(key) for key in Syndication.__struct_fields__ if key in fields}
    own = {"id": name, "status": "ok", "text": text, "content_hash": text, "url": f"https://{name}.example/story"}  # fmt: skip
    return convert(own | fields | {"provenance": {"syndication": syndication}}, Entry)


def copies(index: NearDuplicates) -> dict[str, str | None]:
    return {mark.id: mark.duplicate_of for mark in index.unconfirmed()}


def test_marks_are_given_until_they_are_confirmed(engine: Engine) -> None:
    records = [entry("first", story(1)), entry("second", story(1))]
    NearDuplicates(engine).add(records)
    # whoever was killed before the lines were written does it all again
    index = NearDuplicates(engine)
    index.add(records)
    assert list(index.unconfirmed()) == [Mark("second", 1, "first", 1.0)]
    index.confirm()
    assert list(index.unconfirmed()) == []
    # a page read again has a new line, without a mark
    index.add(records)
    assert copies(index) == {"second": "first"}
    assert marks_in(index, [("first", 1), ("second", 1), ("never", 1)]) == {
        ("first", 1): Mark("first", 1, None, None),
        ("second", 1): Mark("second", 1, "first", 1.0),
    }


def test_a_batch_that_fails_half_way_leaves_nothing(engine: Engine) -> None:
    index = NearDuplicates(engine)
    index.add([entry("first", story(1))])

    def fail(*_: object) -> None:
        raise OSError("the disk went away")

    event.listen(engine, "commit", fail)
    with pytest.raises(OSError, match="went away"):
        index.add([entry("second", story(1), date_published="2020-01-01")])
    event.remove(engine, "commit", fail)
    index.add([entry("second", story(1), date_published="2020-01-01")])
    assert copies(index) == {"first": "second"}


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
        engine = state_in(tmp_path / str(number))
        index = NearDuplicates(engine)
        for each in order:
            index.add([each])
        assert marks_in(index, [("other", 1)])["other", 1].duplicate_of == "best"
        assert marks_in(index, [("best", 1)])["best", 1].duplicate_of is None
        engine.dispose()


def test_where_nothing_tells_copies_apart_the_first_to_come_is_the_original(engine: Engine) -> None:
    index = NearDuplicates(engine)
    index.add([entry("zulu", story(1)), entry("alpha", story(1))])
    index.add([entry("zulu", story(1))])
    assert copies(index) == {"alpha": "zulu"}


def test_a_page_that_another_text_names_as_canonical_gains_nothing(engine: Engine) -> None:
    index = NearDuplicates(engine)
    index.add([
        entry("early", story(1), date_published="2026-01-01"),
        entry("late", story(1), date_published="2026-01-02"),
        entry("stranger", story(2), canonical_url="https://late.example/story"),
    ])  # fmt: skip
    assert copies(index) == {"late": "early"}


def test_readings_of_one_page_are_no_copies_of_each_other(engine: Engine) -> None:
    index = NearDuplicates(engine)
    again = entry("page", edited(story(1), 3), version=2)
    index.add([entry("page", story(1)), again, entry("copy", story(1))])
    assert copies(index) == {"copy": "page"}


def test_marks_form_no_chains(engine: Engine) -> None:
    """Of texts each of which was made of the one before, the last has little of the first."""
    index = NearDuplicates(engine)
    versions = [story(1)]
    for step in range(12):
        versions.append(edited(versions[-1], *range(step * 8, step * 8 + 6)))
    index.add([entry(f"v{place:02}", words) for place, words in enumerate(versions)])
    marks = marks_in(index, [(f"v{place:02}", 1) for place in range(len(versions))])
    originals = {mark.id for mark in marks.values() if mark.duplicate_of is None}
    assert 1 < len(originals) < len(versions)
    assert {mark.duplicate_of for mark in marks.values()} <= originals | {None}
    assert all((mark.similarity or 1) >= 0.65 for mark in marks.values())


def test_when_an_original_goes_the_next_best_takes_its_place(engine: Engine) -> None:
    index = NearDuplicates(engine)
    index.add([entry(name, story(1), date_published=f"2026-01-0{day}") for day, name in enumerate("abcd", 1)])
    index.confirm()
    index.remove([("a", 1), ("unknown", 1)])
    assert copies(index) == {"b": None, "c": "b", "d": "b"}
    # a page that was corrected is another story now, and its line is new; without text nothing is left to compare
    index.add([entry("b", story(9)), Entry(id="c", status="ok")])
    assert copies(index) == {"d": None}
    index.remove([("b", 1), ("d", 1)])
    assert copies(index) == {}
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(bands)).scalar() == 0


def test_who_named_a_page_counts_no_more_once_it_is_gone(engine: Engine) -> None:
    index = NearDuplicates(engine)
    named = {"canonical_url": "https://late.example/story"}
    index.add([
        entry("early", story(1), date_published="2026-01-01"),
        entry("late", story(1), date_published="2026-01-02"),
        entry("amp", story(1), date_published="2026-01-03", **named),
    ])  # fmt: skip
    assert copies(index) == {"early": "late", "amp": "late"}
    index.remove([("amp", 1)])
    assert copies(index) == {"early": None, "late": "early"}


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
    def marks(*steps: tuple[str, list[int]]) -> dict[tuple[str, int], Mark]:
        engine = state_in(tmp_path_factory.mktemp("index"))
        index = NearDuplicates(engine)
        for step, numbers in steps:
            records = [RECORDS[number] for number in numbers]
            if step == "add":
                index.add(records)
            else:
                index.remove([record.key for record in records])
        found = marks_in(index, [record.key for record in RECORDS])
        given = {(mark.id, mark.version): mark for mark in index.unconfirmed()}
        # a record without a mark is no copy
        assert all(given.get(key, Mark(*key, None, None)) == mark for key, mark in found.items())
        engine.dispose()
        return found

    places = [0, *sorted(cuts), 18]
    pieces = [("add", order[start:end]) for start, end in pairwise(places)]
    stay = [number for number in range(18) if number not in gone]
    assert marks(*pieces, ("remove", sorted(gone))) == marks(("add", stay))


def test_many_copies_cost_no_more_each_than_few(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements a batch do not grow with the copies in the index, nor do the buckets."""
    monkeypatch.setattr(near_duplicates, "BATCH", 50)
    index = NearDuplicates(engine)
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts = []
    for batch in range(6):
        before = len(statements)
        words_of = {f"c{batch}-{number}": edited(story(1), number) for number in range(50)}
        index.add([entry(name, words, date_published="2026-01-02") for name, words in words_of.items()])
        counts.append(len(statements) - before)
    assert max(counts[1:]) <= counts[1] + 2
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(bands)).scalar() == 12
    # more copies than are compared again: the original stays, even for who has the better claim
    index.add([entry("earlier", story(1), date_published="2026-01-01")])
    assert marks_in(index, [("earlier", 1)])["earlier", 1].duplicate_of == "c0-0"


def test_an_index_of_another_scheme_is_dropped_and_says_so(engine: Engine) -> None:
    index = NearDuplicates(engine)
    assert not index.is_complete
    index.note_lines(1, is_complete=True)
    index.add([entry("first", story(1))])
    with engine.begin() as connection:
        connection.execute(update(scheme).values(number=1))
    again = NearDuplicates(engine)
    assert not again.is_complete
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(texts)).scalar() == 0
    again.note_lines(3, is_complete=True)
    assert NearDuplicates(engine).is_complete
    assert not NearDuplicates(engine, "another store").is_complete
