"""``aclean`` and ``aclean_many``: the records of ``clean``, for an event loop that goes on meanwhile."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS, wait_until
from misbehaving import work

from copydesk import Options, Page, Record, aclean, aclean_many, clean, clean_many
from copydesk.cleaners import failed
from copydesk.flows.workers import async_api, python_api

LONG = "a long time before the town hall's clock struck noon again, and nobody minded"
TICKS = 50


def same(record: Record) -> dict[str, object]:
    """What is not the clock's."""
    fields = record.to_dict()
    return fields | {"processing": fields["processing"] | {"duration_ms": None}}


@pytest.fixture
def misbehaving_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages whose content is what their cleaning does, as no page of ours makes the cleaners hang or die."""
    monkeypatch.setattr(python_api, "clean_page", _misbehave)
    async_api._kept_workers.cache_clear()
    yield
    async_api._kept_workers().end()
    async_api._kept_workers.cache_clear()


def _misbehave(page: Page, options: Options) -> Record:  # noqa: ARG001 - called as clean_page is
    if (words := str(page.body).split())[0] == "await":
        while not os.path.exists(words[1]):  # noqa: PTH110 - what a worker loads stays small
            time.sleep(0.01)
        return failed(page, "done")
    if words[0] == "begin":
        Path(words[1]).touch()
        work(Page("hang"))
    return work(page)


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def worker() -> int:
    """The process that cleans a page."""
    return int((await aclean("number")).reason or 0)


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, condition)


@pytest.mark.slow
def test_records_are_those_of_clean_in_the_order_of_the_pages() -> None:
    """Of ``clean_many`` as well."""
    pages: list[Page | bytes | str] = []
    for number in range(3):
        text = f"{number} {LONG}"
        pages += [f"<p>{text}</p>", text.encode(), Page(f"{number}", url="http://a.example/")]
    options = Options(pages="all")

    async def made() -> tuple[list[Record], list[Record]]:
        many = [record async for record in aclean_many(pages, jobs=2, options=options)]
        return many, list(await asyncio.gather(*(aclean(page, options=options) for page in pages)))

    wanted = [same(clean(page, options=options)) for page in pages]
    for found in (*asyncio.run(made()), clean_many(pages, jobs=2, options=options)):
        assert list(map(same, found)) == wanted


async def _ticking(file: Path) -> None:
    """Lets the pages that wait for a file go on once the loop has gone round so many times."""
    for _ in range(TICKS):
        await asyncio.sleep(0.001)
    file.touch()


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_the_event_loop_goes_round_while_pages_are_cleaned(tmp_path: Path) -> None:
    """The pages end only once the loop has gone round: had it waited for one of them, it would not have gone round."""
    files = tmp_path / "one", tmp_path / "many"

    async def both() -> list[Record]:
        ticking = asyncio.create_task(_ticking(files[0]))
        records = [await aclean(f"await {files[0]}", timeout=HANG_SECONDS)]
        await ticking
        ticking = asyncio.create_task(_ticking(files[1]))
        records += [record async for record in aclean_many([f"await {files[1]}"] * 3, timeout=HANG_SECONDS)]
        await ticking
        return records

    assert [record.reason for record in asyncio.run(both())] == ["done"] * 4


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_one_worker_serves_what_is_cleaned_one_after_the_other_in_any_loop() -> None:
    async def several() -> set[int]:
        return {await worker() for _ in range(2)}

    assert len(asyncio.run(several()) | asyncio.run(several())) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_a_cancelled_page_is_given_up_and_the_next_one_gets_a_worker(tmp_path: Path) -> None:
    """Also where it is cancelled again meanwhile."""
    begun = tmp_path / "begun"

    async def main() -> tuple[int, int]:
        before = await worker()
        task = asyncio.create_task(aclean(f"begin {begun}", timeout=1_000_000))
        await until(begun.exists)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: is_gone(before))
        return before, await worker()

    before, after = asyncio.run(main())
    assert before != after


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_pages_cancelled_at_any_moment_leave_workers_that_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they wait for a worker, are about to begin, are under way or done, no other page is given up."""
    monkeypatch.setattr(async_api, "usual_jobs", lambda: 2)

    async def main() -> list[object]:
        pages = ["hang" if number % 3 else "number" for number in range(12)]
        tasks = [asyncio.create_task(aclean(page, timeout=1_000_000)) for page in pages]
        kept = [asyncio.create_task(aclean("quiet", timeout=HANG_SECONDS)) for _ in range(4)]
        for number, task in enumerate(tasks):
            await asyncio.sleep(0.02 * (number % 4))
            task.cancel()
        await asyncio.wait(tasks)
        return [(await task).reason for task in kept]

    assert asyncio.run(main()) == ["done"] * 4


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_a_record_does_not_wait_for_the_page_after_it() -> None:
    async def main() -> list[str | None]:
        answered = asyncio.Event()

        async def pages() -> AsyncIterator[str]:
            yield "quiet"
            await answered.wait()
            yield "number"

        reasons = []
        async for record in aclean_many(pages()):
            reasons.append(record.reason)
            answered.set()
        return reasons

    assert len(asyncio.run(main())) == 2


async def _closed(records: Any) -> int:
    async with aclosing(records):
        return int((await anext(records)).reason)


async def _cancelled(records: Any) -> int:
    seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def read() -> None:
        async for record in records:
            if not seen.done():
                seen.set_result(int(record.reason))

    task = asyncio.create_task(read())
    process = await seen
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    return process


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
@pytest.mark.parametrize(("leave", "ahead"), [(_closed, 1), (_closed, 50), (_cancelled, 50)])
def test_workers_and_a_generator_of_pages_end_with_the_iterator(
    leave: Callable[[Any], Coroutine[Any, Any, int]], ahead: int
) -> None:
    """Whether the generator waits for its next page, or for its next page to be wanted."""

    async def main() -> bool:
        is_closed = False

        async def pages() -> AsyncIterator[str]:
            nonlocal is_closed
            try:
                yield "number"
                for _ in range(ahead - 1):
                    yield "hang"
                await asyncio.sleep(HANG_SECONDS)
            finally:
                await asyncio.sleep(0)
                is_closed = True

        process = await leave(aclean_many(pages(), timeout=1_000_000))
        was_closed = is_closed  # at once, not by the garbage collector
        await until(lambda: is_gone(process))
        return was_closed

    assert asyncio.run(main())


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_a_cancellation_that_the_pages_raise_ends_the_iterator_after_the_records_before() -> None:
    reasons = []

    async def pages() -> AsyncIterator[str]:
        yield "quiet"
        fetching = asyncio.create_task(asyncio.sleep(HANG_SECONDS))
        fetching.cancel()
        await fetching

    async def read() -> None:
        async for record in aclean_many(pages()):
            reasons.append(record.reason)  # noqa: PERF401 - those up to the cancellation

    async def main() -> bool:
        reading = asyncio.create_task(read())
        await asyncio.wait([reading], timeout=HANG_SECONDS)
        return reading.cancelled()

    assert asyncio.run(main())
    assert reasons == ["done"]


@pytest.mark.slow
@pytest.mark.usefixtures("misbehaving_pages")
def test_giving_up_needs_no_thread_of_the_event_loop(tmp_path: Path) -> None:
    begun = tmp_path / "one", tmp_path / "many"

    async def read() -> None:
        async for _ in aclean_many([f"begin {begun[1]}"], timeout=1_000_000):
            pass

    async def main() -> int:
        tasks = [
            asyncio.create_task(aclean(f"begin {begun[0]}", timeout=1_000_000)),
            asyncio.create_task(read()),
        ]
        await until(lambda: all(file.exists() for file in begun))
        loop, released = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, released.wait)
        for task in tasks:
            task.cancel()
        done, _ = await asyncio.wait(tasks, timeout=HANG_SECONDS)
        released.set()
        await busy
        return len(done)

    assert asyncio.run(main()) == 2


@pytest.mark.parametrize(
    ("page", "more", "message"),
    [
        (None, {}, "body: expected the page as bytes or str"), ("page.html", {}, "is the name of a file"),
        ("<p>Noon</p>", {"timeout": 0}, "timeout: expected seconds above 0, or None, not 0"),
    ],
)  # fmt: skip
def test_a_wrong_page_is_reported_in_one_line(page: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        asyncio.run(aclean(page, **more))
    assert "\n" not in str(caught.value)
