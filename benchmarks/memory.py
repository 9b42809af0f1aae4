"""Resident memory of `copydesk clean` over many pages, and of a run on a cluster that lists many:
``python -m benchmarks.memory`` (Linux).
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

import click
import msgspec

from benchmarks.composed import compose_page
from benchmarks.pages import pages_for_timing
from benchmarks.runner import data_option, jobs_option
from benchmarks.sets import Case

LIMIT_MB, GROWTH = 400, 1.15
_DIFFERENT, _PAUSE_SECONDS = 400, 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory in MB at one moment: of the command and of each of its workers."""

    at_seconds: float
    parent: float
    workers: Sequence[float]

    @property
    def largest(self) -> float:
        """The largest worker's."""
        return max(self.workers, default=0.0)


@click.command()
@data_option
@click.option("--pages", "count", default=10_000, show_default=True, help="How many pages go through.")
@click.option(
    "--listed", type=int, help="Instead: list so many, one in a thousand to be cleaned by a cluster."
)
@jobs_option
def main(*, data: Path, count: int, listed: int | None, jobs: int) -> None:
    """Streams pages, of which 400 differ, as JSON Lines through the real command and watches its processes."""
    if listed is not None:
        click.echo("\n".join(timeline(_listed(listed, jobs))))
        return
    cases, origin = pages_for_timing(data, count=min(_DIFFERENT, count))
    copydesk = Path(sys.executable).with_name("copydesk")
    command = [str(copydesk), "clean", "-", "--input", "jsonl", "--jobs", str(jobs)]
    started = time.perf_counter()
    samples, records, code = watch(command, _lines(cases, count))
    seconds = time.perf_counter() - started
    click.echo(f"{origin}, {count} in all; {records} records in {seconds:.0f} s, exit code {code}")
    for line in timeline(samples):
        click.echo(line)
    faults = judge(samples)
    if records != count:
        faults.append(f"{count - records} records are missing")
    click.echo("\n".join(faults) or f"flat, and each process under {LIMIT_MB} MB")
    sys.exit(bool(faults))


def _listed(count: int, jobs: int) -> list[Sample]:
    """Memory of a run with so many files in one folder. Raises OSError, and RuntimeError where the run fails."""
    with tempfile.TemporaryDirectory() as name:
        pages, page = Path(name, "pages"), Path()
        pages.mkdir()
        for number in range(count):
            # of one file ext4 has 65,000 names at most
            if number % 50_000 == 0:
                page = Path(name, f"{number}.html")
                page.write_text(compose_page(paragraphs=3, seed=number))
            os.link(page, pages / f"page-{number:07}.html")
        command = f"{sys.executable} -m copydesk ingest {pages} --output {name}/out --shard 1/1000 --quiet"
        samples, _, code = watch([*command.split(), "--runner", "dask", "--jobs", str(jobs)], iter(()))
    if code:
        raise RuntimeError(f"the run ended with exit code {code}")
    return samples


def _lines(cases: Sequence[Case], count: int) -> Iterator[bytes]:
    for place, case in enumerate(itertools.islice(itertools.cycle(cases), count)):
        page = {"id": f"{place}", "url": case.url, "body": case.read().decode("utf-8", "replace")}
        yield msgspec.json.encode(page) + b"\n"


def watch(command: Sequence[str], lines: Iterator[bytes]) -> tuple[list[Sample], int, int]:
    """Run the command on ``lines``: samples of memory, number of output lines, exit code."""
    samples: list[Sample] = []
    counted: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        feeding = threading.Thread(target=_feed, args=(process.stdin, lines))
        counting = threading.Thread(target=_count, args=(process.stdout, counted))
        feeding.start()
        counting.start()
        started = time.perf_counter()
        while process.poll() is None:
            samples.append(look(process.pid, at_seconds=time.perf_counter() - started))
            time.sleep(_PAUSE_SECONDS)
        feeding.join()
        counting.join()
    return samples, sum(counted), process.returncode


def _feed(pipe: IO[bytes], lines: Iterator[bytes]) -> None:
    # where the command has ended early, its exit code shows it
    with suppress(BrokenPipeError), pipe:
        pipe.writelines(lines)


def _count(pipe: IO[bytes], counted: list[int]) -> None:
    counted.append(sum(1 for _ in pipe))


def look(pid: int, *, at_seconds: float) -> Sample:
    """Memory of a process and all its descendants, now. A process that has just ended has none."""
    command, *workers = (kilobytes(each, "status", "VmRSS") / 1024 for each in descendants(pid))
    return Sample(at_seconds, command, workers)


def descendants(pid: int) -> list[int]:
    """A process and all below it, itself first."""
    found = [pid]
    for each in found:  # which grows meanwhile
        with suppress(OSError):  # it has just ended
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def kilobytes(pid: int, file: str, name: str) -> int:
    """A field of a file of a process in ``/proc``; 0 where the process has just ended."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def timeline(samples: Sequence[Sample]) -> list[str]:
    """Ten lines over the run: what the command and its largest worker had at most."""
    step = max(1, len(samples) // 10)
    parts = [samples[place : place + step] for place in range(0, len(samples), step)]
    return [
        f"{part[-1].at_seconds:7.1f} s  command {max(item.parent for item in part):6.1f} MB"
        f"  largest of {max(len(item.workers) for item in part)} workers {max(item.largest for item in part):6.1f} MB"
        for part in parts
    ]


def judge(samples: Sequence[Sample], *, limit_mb: float = LIMIT_MB) -> list[str]:
    """Return what is wrong, in words: a process over the limit, or one that keeps growing."""
    if len(samples) < 8:
        return ["too few looks at too short a run"]
    faults = []
    of_command, of_worker = [item.parent for item in samples], [item.largest for item in samples]
    for name, sizes in (("the command", of_command), ("the largest worker", of_worker)):
        quarter = len(sizes) // 4
        early, late = median(sizes[quarter : 2 * quarter]), median(sizes[-quarter:])
        if max(sizes) > limit_mb:
            faults.append(f"{name} had {max(sizes):.0f} MB, limit {limit_mb:g}")
        if late > GROWTH * early:
            faults.append(f"{name} grew from {early:.0f} MB in the second quarter to {late:.0f} in the last")
    return faults


if __name__ == "__main__":
    main()
