"""``clean_many``: every page one record, in order, whatever the page or whoever brings it does."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from conftest import HANG_SECONDS, living, wait_until
from misbehaving import work

import copydesk
from copydesk import Options, Page, Record, aclean_many, clean, clean_many
from copydesk.flows.io.child import Limits
from copydesk.flows.workers import python_api
from copydesk.flows.workers.pool import AHEAD_PER_JOB

LONG = "a long time before the town hall's clock struck noon again, and nobody minded"


def same(record: Record) -> dict[str, object]:
    """What is not the clock's."""
    fields = record.to_dict()
    return fields | {"processing": fields["processing"] | {"duration_ms": None}}


@pytest.fixture
def misbehaving_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages whose content is what their cleaning does, as no page of ours makes the cleaners hang or die."""
    monkeypatch.setattr(python_api, "clean_page", _misbehave)


def _misbehave(page: Page, options: Options) -> Record:  # noqa: ARG001 - called as clean_page is
    return work(page)


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_workers_serve_page_after_page_and_few_pages_are_taken_ahead() -> None:
    taken = 0

    def pages() -> Iterator[str]:
        nonlocal taken
        for _ in range(60):
            taken += 1
            yield "number"

    workers = set()
    for given, record in enumerate(clean_many(pages(), jobs=2), start=1):
        workers.add(record.reason)
        assert taken - given < 2 * AHEAD_PER_JOB
    assert len(workers) <= 2


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_workers_end_with_the_iterator() -> None:
    records = clean_many(["number"] * 50, jobs=1)
    worker = int(next(records).reason or 0)
    del records
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_what_the_pages_raise_comes_after_the_records_of_those_before() -> None:
    def pages() -> Iterator[str]:
        yield from ("quiet", "quiet", "sleep 0.2")
        raise LookupError("the feed broke off")

    seen = []
    with pytest.raises(LookupError, match="the feed broke off"):
        seen.extend(clean_many(pages()))  # extend keeps what came before the error
    assert len(seen) == 3
    with pytest.raises(
        TypeError, match=r"^pages\[1\]: expected a page as bytes or str, or a copydesk.Page, not None \("
    ):
        list(clean_many(["quiet", None]))  # type: ignore[list-item]


JOBS = "jobs: expected a whole number, 1 or more, or None, not "
TIMEOUT = "timeout: expected seconds above 0, or None, not "


@pytest.mark.parametrize(
    ("door", "one", "such"),
    [(clean_many, "clean", "a list or a generator"), (aclean_many, "aclean", "a list or an async generator")],
)
@pytest.mark.parametrize(
    ("pages", "more", "message"),
    [
        ("<p>Noon</p>", {}, "pages: expected several pages ({one} takes one), not '<p>Noon</p>' (str)"),
        (42, {}, "pages: expected pages one after the other, such as {such}, not 42 (int)"),
        ({"a": 1}, {}, "pages: expected pages one after the other, such as {such}, not {{'a': 1}} (dict)"),
        ([], {"jobs": 0}, f"{JOBS}0 (int)"), ([], {"jobs": True}, f"{JOBS}True (bool)"),
        ([], {"timeout": -1}, f"{TIMEOUT}-1 (int)"), ([], {"timeout": float("nan")}, f"{TIMEOUT}nan (float)"),
        ([], {"timeout": "10s"}, f"{TIMEOUT}'10s' (str)"),
        ([], {"options": {}}, "options: expected a copydesk.Options, or None, not {{}} (dict)"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_reported_at_once(
    door: Callable[..., object], one: str, such: str, *, pages: object, more: dict[str, object], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        door(pages, **more)
    assert str(caught.value) == message.format(one=one, such=such)


def test_no_pages_no_records() -> None:
    async def records() -> list[Record]:
        return [record async for record in aclean_many(iter(()), jobs=None)]

    assert list(clean_many(iter(()), jobs=None)) == asyncio.run(records()) == []


# without a guard for the main module, in a folder with a module that is not ours, beside a thread; forked as gunicorn
# forks with --preload, and Celery and multiprocessing their pools; the child ends as a program does; a loop is left
# with a page under way
SCRIPT = textwrap.dedent("""
    import asyncio
    import multiprocessing
    import os
    import sys
    import threading
    from copydesk import aclean, aclean_many, clean, clean_many

    def cleaned(hour):
        return clean(f"<p>It was {hour} o'clock.</p>", timeout=60).text

    async def in_a_loop(hour):
        print((await aclean(f"<p>It was {hour} o'clock.</p>")).text, flush=True)
        async for record in aclean_many(["<p>It was noon.</p>"] * 9):
            print(record.text, flush=True)
            break
        asyncio.create_task(aclean("<p>It was midnight.</p>"))

    threading.Thread(target=threading.Event().wait, daemon=True).start()
    print(cleaned("one"), flush=True)
    asyncio.run(in_a_loop("two"))
    child = os.fork()
    if child == 0:
        print(cleaned("three"), *(record.text for record in clean_many(["<p>It was noon.</p>"])), flush=True)
        asyncio.run(in_a_loop("four"))
        sys.exit()
    assert os.waitpid(child, 0)[1] == 0
    of_pools = multiprocessing.get_context("fork").Process(target=lambda: print(cleaned("five"), flush=True))
    of_pools.start()
    of_pools.join()
    print(cleaned("six"), flush=True)
    asyncio.run(in_a_loop("seven"))
""")
HOURS = {"one": "", "two": "\n", "three": " ", "four": "\n", "five": "", "six": "", "seven": "\n"}
"""What stands between an hour and noon, where that is printed, too."""


@pytest.mark.slow
def test_a_script_and_what_it_forks_may_use_it_as_it_is_and_leave_no_process(tmp_path: Path) -> None:
    (tmp_path / "lxml.py").write_text("print('not ours')")
    script = tmp_path / "scripts" / "script.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    command, pipe = [sys.executable, str(script)], subprocess.PIPE
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as run:
        out, err = run.communicate(timeout=HANG_SECONDS)
    lines = (
        f"It was {hour} o'clock.{then}{'It was noon.' if then else ''}\n" for hour, then in HOURS.items()
    )
    assert (out, err) == ("".join(lines), "")
    assert living(run.pid, patience_seconds=HANG_SECONDS) == []


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_a_page_of_its_own_is_ended_after_its_time() -> None:
    kept = python_api.PersistentWorker()
    try:
        clean_within = partial(kept.clean, options=Options())
        first = clean_within(Page("number"), timeout=60).reason
        # limits and work are those of each call, the worker is that of the first
        assert clean_within(Page("number"), timeout=50).reason == first
        assert clean_within(Page("hang"), timeout=1).reason == "timeout"
        assert clean_within(Page("quiet"), timeout=60).reason == "done"
    finally:
        kept.end()


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_the_end_of_a_worker_gives_up_its_page() -> None:
    kept = python_api.PersistentWorker()
    clean_within = partial(kept.clean, options=Options())
    worker = int(clean_within(Page("number"), timeout=60).reason or 0)
    with ThreadPoolExecutor(1) as thread:
        under_way = thread.submit(clean_within, Page("spin"), timeout=1_000_000)
        wait_until(lambda: kept._lock.locked() or under_way.done())
        kept.end()
        assert under_way.result(HANG_SECONDS).status == "failed"
    kept.end()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.slow
def test_within_its_time_a_page_has_the_record_it_always_has() -> None:
    page, options = f"<p>{LONG}</p>", Options(drop=("faq",))
    timed = clean(page, "https://courier.example/1", options=options, timeout=60)
    assert same(timed) == same(clean(page, "https://courier.example/1", options=options))
    assert timed.url == "https://courier.example/1"
    with pytest.raises(ValueError, match="timeout: expected seconds above 0, or None, not 0"):
        copydesk.clean("<p>Noon</p>", timeout=0)


def test_a_time_that_is_given_is_the_only_limit_of_time() -> None:
    assert python_api.limits_within(None) == Limits()
    limits = python_api.limits_within(90)
    assert (limits.processor_seconds, limits.timeout_seconds) == (90, 90)
