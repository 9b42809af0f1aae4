"""Worker processes: every page ends in one record, whatever its neighbours do."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from conftest import HANG_SECONDS, living, wait_until
from misbehaving import work
from msgspec.structs import replace

from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.child import Limits, attempt_in_fork
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.workers.pool import PagePool, clean_pages

LIMITS = Limits(processor_seconds=60, timeout_seconds=60, memory_bytes=300_000_000, pages_per_worker=20)
"""For pages that end: more time than a busy machine takes."""
SHORT = replace(LIMITS, processor_seconds=1, timeout_seconds=5)
"""For pages that never end, and those beside them."""
REASONS = {
    "hang": "timeout", "spin": "timeout", "alarm": "timeout", "exit": "crashed", "segfault": "crashed",
    "kill": "crashed", "memory": "memory", "raise": "error: NoPickle: 1 and 2", "leave": "error: SystemExit: 3",
}  # fmt: skip


def page(body: str, name: str = "p") -> Page:
    return Page(body=body, source=Source("file", name))


@pytest.mark.slow
def test_a_page_that_misbehaves_costs_itself_only() -> None:
    bodies = [body for bad in REASONS for body in (bad, "quiet")]
    with PagePool(work, limits=SHORT, jobs=2) as pool:
        records = list(pool.records(page(body, str(index)) for index, body in enumerate(bodies)))
    assert [record.source.name for record in records] == [str(index) for index in range(len(bodies))]
    found = {body: record.reason for body, record in zip(bodies, records, strict=True)}
    assert found == REASONS | {"quiet": "done"}
    assert all(record.status == "failed" for record in records)


@pytest.mark.parametrize(("bad", "reason"), REASONS.items())
def test_a_single_page_is_confined_as_well(bad: str, reason: str) -> None:
    # the fork would inherit pytest's own report of crashes
    was_enabled = faulthandler.is_enabled()
    faulthandler.disable()
    try:
        limits = replace(LIMITS, timeout_seconds=0.5) if bad in ("hang", "spin") else LIMITS
        assert attempt_in_fork(work, page(bad), limits) == reason
    finally:
        if was_enabled:
            faulthandler.enable()


@pytest.mark.slow
def test_a_page_is_ended_for_the_time_it_works_and_not_for_the_time_it_waits_for_a_processor() -> None:
    limits = replace(LIMITS, processor_seconds=0.5, timeout_seconds=3600)
    bodies = ["sleep 0.8", "spin"]
    alone = [_decode(attempt_in_fork(work, page(body), limits)) for body in bodies]
    with PagePool(work, limits=limits, jobs=1) as pool:
        together = [record.reason for record in pool.records([page(body) for body in bodies])]
    assert alone == together == ["done", "timeout"]


def _decode(outcome: bytes | str) -> str | None:
    return outcome if isinstance(outcome, str) else msgspec.msgpack.decode(outcome, type=Record).reason


def test_workers_are_replaced_nothing_is_lost_and_each_begins_with_what_pages_need() -> None:
    count = LIMITS.pages_per_worker * 2 + 1
    with PagePool(work, limits=LIMITS, jobs=2) as pool:
        records = list(pool.records(page("loaded") for _ in range(count)))
        (slow,) = pool.records([page("sleep 0.05")])
    assert [record.reason for record in records] == ["1"] * count
    # the clock is in the record
    assert 50 <= (slow.processing.duration_ms or 0) < 1000 * LIMITS.timeout_seconds


def test_answers_come_before_the_source_makes_anyone_wait() -> None:
    given = 0

    def pages() -> Iterator[Page]:
        for number in range(5):
            assert given == number
            yield page("quiet")

    with PagePool(work, limits=LIMITS, jobs=2) as pool:
        for _ in pool.records(pages(), would_wait=lambda: True):
            given += 1
    assert given == 5


def test_workers_ended_by_others_are_replaced() -> None:
    reasons: list[str | None] = []

    def pages() -> Iterator[Page]:
        yield page("number")
        worker = str(reasons[0])
        os.kill(int(worker), signal.SIGKILL)  # while it waits for work, and is the only one
        wait_until(lambda: worker not in living(os.getsid(0)), "its end")
        yield from (page("quiet"), page("exit"), page("quiet"))

    with PagePool(work, limits=LIMITS, jobs=1) as pool:
        reasons.extend(record.reason for record in pool.records(pages(), would_wait=lambda: not reasons))
    assert reasons[1:] == ["done", "crashed", "done"]


@pytest.mark.parametrize("others", [0, 3])
def test_the_unreadable_has_its_record_and_place(others: int) -> None:
    unreadable = Unreadable(Source("file", "gone.html"), "missing", "no such file or folder")
    items = [unreadable, *[page("<p>words</p>")] * others]
    first, *rest = clean_pages(items, options=Options(), limits=LIMITS, jobs=1)
    found = (first.status, first.source.name, first.reason)
    assert found == ("failed", "gone.html", "missing: no such file or folder")
    assert len(rest) == others


PRINTING_RUN = textwrap.dedent("""
    from copydesk.cleaners.types import Page
    from copydesk.flows.io.child import Limits, attempt_in_fork
    from copydesk.flows.workers.pool import PagePool
    from misbehaving import work

    if __name__ == "__main__":
        attempt_in_fork(work, Page("print"), Limits())
        with PagePool(work, limits=Limits(), jobs=1) as pool:
            list(pool.records([Page("print")]))
""")


def start(script: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Runs a script in a session of its own."""
    path = os.pathsep.join((str(Path(__file__).parents[2]), *sys.path))
    env = os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    command, pipe = [sys.executable, str(script), *arguments], subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env=env, start_new_session=True)


@pytest.mark.slow
def test_what_a_page_prints_is_not_taken_for_data(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(PRINTING_RUN)
    assert start(script).communicate(timeout=HANG_SECONDS) == (b"", b"noise\nnoise\n")


HANGING_RUN = textwrap.dedent("""
    import signal, sys
    from copydesk.cleaners.types import Page
    from copydesk.flows.io.child import Limits, attempt_in_fork
    from copydesk.flows.workers.pool import PagePool
    from misbehaving import work

    if __name__ == "__main__":
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command has it
        seconds = float(sys.argv[2])
        limits = Limits(processor_seconds=seconds, timeout_seconds=seconds)
        print("started", flush=True)
        if sys.argv[1] == "fork":
            attempt_in_fork(work, Page("spin"), limits)
        with PagePool(work, limits=limits, jobs=2) as pool:
            for record in pool.records([Page("quiet"), Page("spin")]):
                print(record.reason, flush=True)
""")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="counts processes by /proc")
@pytest.mark.parametrize(
    ("way", "number"), [("fork", signal.SIGKILL), ("pool", signal.SIGKILL), ("pool", signal.SIGTERM)]
)
def test_no_process_outlives_the_run(tmp_path: Path, way: str, number: int) -> None:
    """The kernel ends the children of who was killed, once their time is up; who is asked to stop ends them at once."""
    script = tmp_path / "run.py"
    script.write_text(HANGING_RUN)
    # time enough to be seen at work
    run = start(script, way, "2" if number == signal.SIGKILL else "3600")
    assert run.stdout is not None
    assert run.stdout.readline() == b"started\n"
    if way == "pool":
        assert run.stdout.readline() == b"done\n"
    wait_until(lambda: len(living(run.pid)) >= 2)
    run.send_signal(number)
    run.communicate(timeout=HANG_SECONDS)
    assert living(run.pid, patience_seconds=HANG_SECONDS) == []
