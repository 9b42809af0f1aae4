"""A run that is killed at any line loses nothing, doubles nothing, and leaves its view whole."""

from __future__ import annotations

import os
from typing import Any

import msgspec
import pytest
from killed_runs import NEVER, KillableRun, run_of
from page_versions import reading
from stores import emptied, left_over, lines, shown

from copydesk.cleaners.schema import Record
from copydesk.flows.io.output_folder import QUARANTINE
from copydesk.flows.library.place import StoreLocation

SITE = "https://courier.example"
BOX = "Read the harbour letter of the week."
STORY = "The council has bought the last steam crane, and will have it painted in the spring. " * 3


def page(name: str, text: str, **fields: Any) -> Record:
    whole = f"{text}\n\n{BOX}" if text else ""
    return reading(whole, url=f"{SITE}/{name}", **{"title": name, "markdown": whole} | fields)


BEFORE = [page(f"{n}", f"Ship {n} came in at {n} o'clock with the tide.") for n in range(12)]
BEFORE += [page("failed", "", status="failed", reason="timeout", title=None), page("crane", STORY)]
RUN = [page(f"{n}", f"Ship {n} came in late, at {n + 1} o'clock.") for n in range(0, 8, 3)]
RUN += [page("failed", "At last the ferry sails."), page("copy", f"{STORY} So it is.")]
RUN += [page("new", "A lamp is lit.")]
RUN += [page("aside", "Ein Schiff kommt.", language="de"), page("2", "Ein Schiff ging.", language="de")]
RUN += [page("new", "A lamp is lit."), page("1", "Ship 1 came in at 1 o'clock with the tide.")]
KILLS = {"jsonl": 3, "postgresql": 3, "parquet in parts": 2}
"""How often a run is killed; in the environment for a long night: as often as it has lines."""


def waiting(place: StoreLocation) -> list[bytes]:
    """What readers see of what passed no gate."""
    view = place.folder / QUARANTINE
    return view.read_bytes().splitlines(keepends=True) if view.exists() else []


def content(found: list[bytes]) -> list[tuple[object, ...]]:
    records = [msgspec.json.decode(line, type=Record) for line in found]
    return [(one.id, one.version, one.text, one.status, one.duplicate_of, one.next) for one in records]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KILLS)
def test_a_run_that_is_killed_anywhere_is_made_good_by_the_next(
    kind: str, sink: str, place: StoreLocation, killable_run: KillableRun
) -> None:
    kills = int(os.environ.get("COPYDESK_KILLS", KILLS[kind]))
    run_of(sink, place, BEFORE, learns=True)
    before = lines(place)
    length = killable_run(sink, place, RUN, kill_at=NEVER, learns=True)
    after, aside = lines(place), waiting(place)
    assert len(aside) == 2
    assert shown(sink, place) in (after, None)
    assert any(BOX not in record.text for record in map(msgspec.json.Decoder(Record).decode, after))
    views = {tuple(before), tuple(after)}
    for number in range(kills):
        at = 1 + number * (length - 1) // max(1, kills - 1)
        emptied(place)
        run_of(sink, place, BEFORE, learns=True)
        assert not killable_run(sink, place, RUN, kill_at=min(at, length - 1), learns=True)
        # each batch is there whole or not at all, and no reader sees half a view
        ids = [(one.id, one.version) for one in map(msgspec.json.Decoder(Record).decode, lines(place))]
        assert len(ids) == len(set(ids)), at
        seen = shown(sink, place)
        assert seen is None or tuple(seen) in views, at
        assert waiting(place) in ([], aside), at
        writer = run_of(sink, place, RUN, learns=True)
        assert content(waiting(place)) == content(aside), at
        assert content(lines(place)) == content(after), at
        assert shown(sink, place) in (lines(place), None), at
        assert writer.stored.lines == len(after)
        assert left_over(place) == [QUARANTINE]
