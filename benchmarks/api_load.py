"""Does ``copydesk api`` lose requests or grow, and what does a second worker add: ``python -m benchmarks.api_load``.

The client that sends the requests shares the machine's processors with the server and its workers: with as many workers
as processors, the figures are lower than those of a server that has its machine to itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import click
import httpx

from benchmarks.arguments import data_option
from benchmarks.pages import pages_for_timing

_MB = 1_000_000
_ID = re.compile(rb'\{.{0,200}"id":"\w')
_LISTENING = re.compile(r"listening on (http://\S+);")


@click.command()
@data_option
@click.option("--requests", "count", default=1_000, show_default=True, help="Requests to each server.")
@click.option("--at-once", default=16, show_default=True, help="Requests under way.")
@click.option("--jobs", default=2, show_default=True, help="Workers of the server to compare with one.")
@click.option("--turns", default=2, show_default=True, help="Turns of each server.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
def main(*, data: Path, count: int, at_once: int, jobs: int, turns: int, seed: int) -> None:  # noqa: PLR0913 - one parameter an option
    """Send pages to servers of one worker and of several, in turns. Exit code 1 where a request has no record, or the
    memory of a server's processes grows by more than a tenth, once the workers have loaded all they need.
    """
    cases, origin = pages_for_timing(data, count=100, seed=seed)
    pages = [case.read() for case in cases]
    seconds: dict[int, list[float]] = {1: [], jobs: []}
    lost = 0
    grown = [1.0]
    click.echo(f"{origin}, {count:,} requests at {at_once} at a time, {turns} turns")
    for _ in range(turns):
        for workers, times in seconds.items():
            with _server(workers) as (url, process):
                # warm-up: workers have loaded all that these pages need
                asyncio.run(_send(url, pages, len(pages) * workers, at_once, process))
                began, worked = time.perf_counter(), processor_seconds(process)
                without, sizes = asyncio.run(_send(url, pages, count, at_once, process))
                times.append(time.perf_counter() - began)
                own = (processor_seconds(process) - worked) / count
            lost += without
            grown.append(growth(sizes))
            click.echo(
                f"{workers} worker{'s' * (workers > 1)}: {count / times[-1]:.1f} requests/s, {without} without a record; "
                f"{1000 * own:.1f} ms of processor time each beside the workers'; "
                f"memory {min(sizes) / _MB:.0f} to {max(sizes) / _MB:.0f} MB, at the end {sizes[-1] / _MB:.0f} MB, "
                f"{grown[-1]:.2f} times that of the first quarter"
            )
    click.echo(f"{jobs} workers are {median(seconds[1]) / median(seconds[jobs]):.2f} times as fast as one")
    if lost or max(grown) > 1.1:
        sys.exit(1)


def growth(sizes: Sequence[int]) -> float:
    """How many times as large the last quarter of the sizes is as the first."""
    quarter = max(1, len(sizes) // 4)
    return median(sizes[-quarter:]) / median(sizes[:quarter])


@contextmanager
def _server(workers: int) -> Iterator[tuple[str, int]]:
    """The URL of a server, and its process."""
    command = [sys.executable, "-m", "copydesk", "api", "--port", "0", "--jobs", str(workers)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = _LISTENING.search(process.stderr.readline())
            assert found, "the server did not start"
            yield found[1], process.pid
        finally:
            process.terminate()


async def _send(
    url: str, pages: Sequence[bytes], count: int, at_once: int, process: int
) -> tuple[int, list[int]]:
    """How many requests had no record, and the memory of the server's processes meanwhile."""
    room, sizes, lost = asyncio.Semaphore(at_once), [memory_of(process)], 0

    async def one(number: int, client: httpx.AsyncClient) -> None:
        nonlocal lost
        async with room:
            answer = await client.post("/clean", content=pages[number % len(pages)])
            # not parsed: the processors that this takes are those of the workers
            if answer.status_code != 200 or not _ID.match(answer.content):
                lost += 1
            if number % 50 == 0:
                sizes.append(memory_of(process))

    headers = {"content-type": "text/html"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=300) as client:
        await asyncio.gather(*(one(number, client) for number in range(count)))
    return lost, sizes


def processor_seconds(process: int) -> float:
    """The processor time of a process so far, without those below it."""
    fields = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(process: int) -> int:
    """Bytes of a process and of all below it, what they share counted once (PSS)."""
    total, waiting = 0, [process]
    while waiting:
        folder = Path("/proc") / str(waiting.pop())
        try:
            found = re.search(r"^Pss:\s+(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) * 1024 if found else 0
            for task in (folder / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return total


if __name__ == "__main__":
    main()
