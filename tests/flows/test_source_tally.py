"""What a run did with a source: every page in one count, and two sources together."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk.cleaners.record.records import failed, rejected
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.source_tally import LEFT_OUT, SourceTally
from copydesk.flows.stored import Became

STATUSES = st.sampled_from(["ok", "partial", "rejected", "failed"])
COUNTS = ("listed", "requested", "spared", "unchanged", "read", "became", "rejected", "failed")


def record(status: str, reason: str | None = None) -> Record:
    make = failed if status == "failed" else rejected
    made = make(Page("", url="https://paper.example/"), reason or "empty: x")
    return replace(made, status=status, reason=reason)  # type: ignore[arg-type]


def filled(pages: list[tuple[str, Became]], left: list[tuple[str, int]]) -> SourceTally:
    tally = SourceTally("paper", "feed")
    for status, became in pages:
        tally.requested += 1
        tally.store(record(status, "http_404: gone" if status in ("rejected", "failed") else None))
        tally.became[became] += 1
    for why, count in left:
        tally.leave_out(why, count)
    tally.listed = tally.requested + tally.left_out.total()
    return tally


PAGES = st.lists(st.tuples(STATUSES, st.sampled_from(get_args(Became))), max_size=12)
LEFT = st.lists(st.tuples(st.sampled_from(sorted(LEFT_OUT)), st.integers(0, 9)), max_size=5)


@given(PAGES, LEFT)
def test_every_page_is_counted_once(pages: list[tuple[str, Became]], left: list[tuple[str, int]]) -> None:
    tally = filled(pages, left)
    assert tally.requested == tally.read + tally.spared + tally.rejected + tally.failed
    assert tally.listed == tally.requested + tally.left_out.total()
    assert tally.read == sum(status in ("ok", "partial") for status, _ in pages)
    assert set(tally.failed_for) | set(tally.rejected_for) <= {"http_404"}
    assert all(tally.left_out.values())  # what is none is not counted


FILLED = st.builds(filled, PAGES, LEFT)


@given(FILLED, FILLED)
def test_two_sources_together_have_the_counts_of_both(one: SourceTally, other: SourceTally) -> None:
    both = SourceTally("", "")
    for each in (one, other):
        both.add(each)
    for name in (*COUNTS, "left_out"):
        assert getattr(both, name) == getattr(one, name) + getattr(other, name), name


@pytest.mark.parametrize(
    ("reason", "code"),
    [("timeout", "timeout"), ("error: KeyError: 'a'", "error"), (None, "unknown")],
)
def test_a_reason_is_counted_by_its_code(reason: str | None, code: str) -> None:
    tally = SourceTally("paper", "url")
    tally.store(record("failed", reason))
    tally.store(record("rejected", reason))
    assert tally.failed_for == tally.rejected_for == {code: 1}
