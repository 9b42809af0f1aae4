"""What the bench of killed runs calls lost, twice and broken."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.kills import Faults, Promised, page, passes, readings_in, url_of
from copydesk.cleaners import clean, encode


def line(number: int, round_: int, version: int = 1) -> bytes:
    return encode(replace(clean(page(number, round_)["text"]), url=url_of(number), version=version))


def test_records_that_are_there_twice_or_in_parts_are_counted() -> None:
    faults = Faults()
    lines = [line(0, 3), line(1, 3), line(1, 4, version=2), line(0, 2), line(2, 3)[:-40], b'{"id":"1"}\n']
    assert readings_in(lines, faults) == {url_of(0): 3, url_of(1): 4}
    assert (faults.twice, faults.broken, faults.lost) == (1, 2, 0)


def test_what_was_written_is_missed_where_it_belongs() -> None:
    assert [passes(number, 2) for number in (0, 7, 8, 9)] == [True, False, True, False]
    promised = Promised()
    promised.add({url_of(0): 2, url_of(7): 1, url_of(9): 2})
    promised.add({url_of(7): 2})
    whole = {url_of(0): 2, url_of(7): 1}, {url_of(7): 2, url_of(9): 2}
    assert promised.lost(*whole) == 0
    assert promised.lost({url_of(0): 1, url_of(7): 1}, whole[1]) == 1, "an older reading"
    assert promised.lost(whole[0], {url_of(7): 2}) == 1, "a page that waits"
    # what was stopped need not wait once a newer reading has passed; what passed before stays
    assert promised.lost({url_of(0): 2, url_of(7): 3}, {url_of(9): 2}) == 0
    assert promised.lost({url_of(0): 2}, whole[1]) == 1
