"""How a run ended: its state tells the truth, in one line."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from copydesk.flows.run.telling.ending import FAILED, Name, ending_of
from copydesk.flows.sources.source_tally import SourceTally

HEADLINE = "1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed"


def source(name: str = "courier", **counts: Any) -> SourceTally:
    tally = SourceTally(name, "feed")
    for count, value in counts.items():
        setattr(tally, count, value)
    return tally


READ, SILENT = source(read=3), source("gazette")
KNOWN = source("post", left_out=Counter(known=9))
BROKEN = source("herald", failed_for=Counter(http_500=2, timeout=1))
NO_LIST = source("times", list_problem="404")
DENIED = source("globe", rejected_for=Counter(robots_denied=1))


@pytest.mark.parametrize(
    ("sources", "name"),
    [
        ([], Name.COMPLETED),
        ([READ], Name.COMPLETED),
        ([SILENT], Name.COMPLETED),
        ([DENIED], Name.COMPLETED),
        ([READ, BROKEN], Name.WITH_FAILURES),
        ([KNOWN, BROKEN], Name.WITH_FAILURES),
        ([DENIED, NO_LIST], Name.WITH_FAILURES),
        ([BROKEN], Name.NOTHING_READ),
        ([NO_LIST, SILENT], Name.NOTHING_READ),
    ],
)
def test_a_run_failed_where_nothing_was_read_and_has_failures_where_some_was(
    sources: list[SourceTally], name: Name
) -> None:
    ending = ending_of(HEADLINE, sources)
    assert ending.name is name
    assert ending.message.startswith(HEADLINE)
    assert (name in FAILED) == (name is Name.NOTHING_READ)


def test_the_message_names_what_failed_and_why_on_one_line() -> None:
    ending = ending_of(HEADLINE, [READ, BROKEN, NO_LIST, source("a\nb", failed_for=Counter(x=1)), BROKEN])
    said = "herald: 3 failed (http_500, timeout), times: its list could not be read, a b: 1 failed (x) and 1 more"
    assert ending.message == f"{HEADLINE}; {said} source"
    assert ending.label == "completed-with-failures"


def test_what_ended_a_run_early_comes_first() -> None:
    assert ending_of(HEADLINE, [BROKEN], is_interrupted=True, is_stopped=True).name is Name.CANCELLED
    assert ending_of(HEADLINE, [BROKEN], is_stopped=True).name is Name.FAILURE_LIMIT
    assert ending_of(HEADLINE, [READ], unwritten=["csv: disk full"]).message == f"{HEADLINE}; csv: disk full"
