"""What a run adds to cleaning: ``copydesk ingest`` beside ``copydesk clean`` over the same pages (Linux):
``python -m benchmarks.flow_share``.

Both are the real commands with the same number of workers, in turn. What they take for a few pages is their start, and
is taken off.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks.arguments import data_option
from benchmarks.composed import compose_page
from benchmarks.pages import pages_for_timing

LIMIT = 1.05
FEW = 8
"""Pages by which a start is known: workers are started for more than one."""
_PR_SET_CHILD_SUBREAPER = 36


class Cost(NamedTuple):
    """Seconds by the clock, and of the processors by all processes of a command."""

    wall: float
    processor: float

    def less(self, start: Cost) -> Cost:
        """Without what the start took."""
        return Cost(self.wall - start.wall, self.processor - start.processor)


@click.command()
@data_option
@click.option("--pages", "count", type=click.IntRange(min=FEW + 1), default=800, show_default=True)
@click.option(
    "--composed", "is_composed", is_flag=True, help="Composed pages though there is data; any number."
)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--limit", default=LIMIT, show_default=True, help="Exit code 1 where the processors' ratio is above it."
)
def main(  # noqa: PLR0913 - one parameter an option
    *, data: Path, count: int, is_composed: bool, jobs: int, rounds: int, limit: float
) -> None:
    """Time both commands over the same files, and over a few of them."""
    # workers outlive the process that started them by a moment: they become ours, and their time is counted
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        origin = _write_pages(folder, data, count, is_composed=is_composed)
        commands = {
            "clean": ("clean", "--jobs", str(jobs)),
            "ingest": ("ingest", "--jobs", str(jobs), "--output", "out"),
        }
        costs = {name: _after_start(folder, command, rounds) for name, command in commands.items()}
    click.echo(f"{origin}, {jobs} workers, after start, medians of {rounds}")
    for name, cost in costs.items():
        click.echo(f"{name}: {cost.wall:.1f} s by the clock, {cost.processor:.1f} s of processor time")
    clean, ingest = costs["clean"], costs["ingest"]
    ratio = ingest.processor / clean.processor
    click.echo(
        f"ingest takes {ingest.wall / clean.wall:.2f} times as long, {ratio:.3f} times the processor time"
    )
    sys.exit(int(ratio > limit))


def _write_pages(folder: Path, data: Path, count: int, *, is_composed: bool) -> str:
    """Writes the folders ``all`` and ``few``; returns where the pages come from."""
    if is_composed:
        bodies = [compose_page(paragraphs=12, seed=seed).encode() for seed in range(count)]
        origin = f"{count} composed pages"
    else:
        cases, origin = pages_for_timing(data, count=count)
        bodies = [case.read() for case in cases]
    for name, some in (("all", bodies), ("few", bodies[:FEW])):
        (folder / name).mkdir()
        for number, body in enumerate(some):
            (folder / name / f"{number:05}.html").write_bytes(body)
    return origin


def _after_start(folder: Path, command: Sequence[str], rounds: int) -> Cost:
    costs_of: Mapping[str, list[Cost]] = {"few": [], "all": []}
    for _ in range(rounds):
        for pages, costs in costs_of.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            costs.append(_cost(folder, (*command, pages)))
    few, whole = (Cost(*map(median, zip(*costs, strict=True))) for costs in costs_of.values())
    return whole.less(few)


def _cost(folder: Path, command: Sequence[str]) -> Cost:
    """Of one command. Raises click.ClickException where it fails."""
    # a home of its own, without a server, whatever the user has
    environment = os.environ | {"PREFECT_HOME": str(folder / "home"), "PREFECT_API_URL": ""}
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        [sys.executable, "-m", "copydesk", *command],
        check=False,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wall = time.perf_counter() - started
    if ended.returncode:
        raise click.ClickException(ended.stderr)
    while _reaped():
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _reaped() -> bool:
    """Waits for a process that was left to us; whether there was one."""
    try:
        os.wait()
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main()
