"""A page's own process: its answer, or why there is none; and nothing of it is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import pytest
from misbehaving import work
from processor_time import bounded

from copydesk.cleaners import clean_page
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.io.child import Limits, attempt, attempt_in_fork, error_reason, reason_of_death

PAGE = Page("<article><p>The clock of the town hall struck noon on Friday for the first time.</p></article>")


def held() -> set[str]:
    """The open files and the children of this process: other tests may have left some of both, which end meanwhile."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    files = os.listdir("/proc/self/fd")  # noqa: PTH208 - names alone
    return {f"file {file}" for file in files} | {f"child {child}" for child in children}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("a"), "error: KeyError: 'a'"),
        (ValueError(), "error: ValueError"),
        (ValueError("one\n  line\tof it"), "error: ValueError: one line of it"),
        (SystemExit(3), "error: SystemExit: 3"),
        (RuntimeError("x" * 9_000), ("error: RuntimeError: " + "x" * 9_000)[:300]),
    ],
)
def test_an_exception_is_a_reason_of_one_line(error: BaseException, reason: str) -> None:
    assert error_reason(error) == reason


@pytest.mark.parametrize(
    ("exit_code", "reason"),
    [(-signal.SIGALRM, "timeout"), (-signal.SIGKILL, "crashed"), (-signal.SIGSEGV, "crashed"), (1, "crashed"), (None, "crashed")],
)  # fmt: skip
def test_a_death_has_its_reason(exit_code: int | None, reason: str) -> None:
    assert reason_of_death(exit_code) == reason


def test_a_fork_answers_as_this_process_would_and_leaves_nothing_open() -> None:
    before = held()
    forked, here = attempt_in_fork(clean_page, PAGE, Limits()), attempt(clean_page, PAGE, Limits())
    assert isinstance(forked, bytes)
    assert isinstance(here, bytes)
    found, expected = (msgspec.msgpack.decode(outcome, type=Record) for outcome in (forked, here))
    assert (found.status, found.text, found.id) == (expected.status, expected.text, expected.id)
    assert found.processing.duration_ms is not None
    assert found.processing.duration_ms > 0
    assert held() <= before


ALARMS = (signal.ITIMER_PROF, signal.ITIMER_REAL)


def test_alarms_are_set_for_the_work_and_gone_after_it() -> None:
    left: list[float] = []

    def noting(page: Page) -> Record:
        left.extend(signal.getitimer(alarm)[0] for alarm in ALARMS)
        raise ValueError(page.url)

    page, limits = Page("", url="https://paper.example/"), Limits(processor_seconds=20, timeout_seconds=30)
    assert attempt(noting, page, limits) == "error: ValueError: https://paper.example/"
    assert 10 < left[0] < 21  # kernels round it up to their tick
    assert 30 < left[1] <= 32
    assert [signal.getitimer(alarm) for alarm in ALARMS] == [(0.0, 0.0)] * 2


def test_an_answer_longer_than_a_pipe_holds_comes_whole() -> None:
    words = " ".join(f"word{number}" for number in range(10_000))
    limits = Limits(processor_seconds=300, timeout_seconds=300)
    outcome = attempt_in_fork(clean_page, Page(f"<article><p>{words}</p></article>"), limits)
    assert isinstance(outcome, bytes)
    assert words[-5_000:] in msgspec.msgpack.decode(outcome, type=Record).text


def test_a_page_that_hangs_is_ended_at_once_and_no_child_is_left() -> None:
    # the processor time of this process: it waits, and asks for nothing meanwhile
    before = held()
    with bounded(350):
        assert attempt_in_fork(work, Page("hang"), Limits(timeout_seconds=0.2)) == "timeout"
    assert held() <= before
