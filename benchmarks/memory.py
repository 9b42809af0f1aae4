"""Resident memory of `copydesk clean` over many pages: ``python -m benchmarks.memory`` (Linux)."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

import click
import msgspec

from benchmarks.arguments import data_option
from benchmarks.pages import pages_for_timing
from benchmarks.sets import Case

LIMIT_MB = 400
GROWTH = 1.15


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory in MB at one moment: of the command and of each of its workers, by process id."""

    at_seconds: float
    parent: float
    workers: dict[int, float]

    @property
    def largest(self) -> float:
        """The largest worker's."""
        return max(self.workers.values(), default=0.0)


@click.command()
@data_option
@click.option("--pages", "count", default=10_000, show_default=True, help="How many pages go through.")
@click.option(
    "--different", default=400, show_default=True, help="How many of them differ; they come round again."
)
@click.option("--jobs", default=2, show_default=True, help="Worker processes of the command.")
@click.option("--every", "pause_seconds", default=0.5, show_default=True, help="Seconds between two looks.")
@click.option("--limit", "limit_mb", default=LIMIT_MB, show_default=True, help="MB a process may have.")
def main(  # noqa: PLR0913 - one parameter an option
    *, data: Path, count: int, different: int, jobs: int, pause_seconds: float, limit_mb: float
) -> None:
    """Streams pages as JSON Lines through the real command and watches its processes."""
    cases, origin = pages_for_timing(data, count=min(different, count))
    command = (
        str(Path(sys.executable).with_name("copydesk")),
        "clean",
        "-",
        "--input",
        "jsonl",
        "--jobs",
        str(jobs),
    )
    started = time.perf_counter()
    samples, records, code = watch(command, _lines(cases, count), pause_seconds=pause_seconds)
    click.echo(
        f"{origin}, {count} in all; {records} records in {time.perf_counter() - started:.0f} s, exit code {code}"
    )
    for line in timeline(samples):
        click.echo(line)
    faults = [
        *judge(samples, limit_mb=limit_mb),
        *([] if records == count else [f"{count - records} records are missing"]),
    ]
    click.echo("\n".join(faults) or f"flat, and each process under {limit_mb:g} MB")
    sys.exit(int(bool(faults)))


def _lines(cases: Sequence[Case], count: int) -> Iterator[bytes]:
    for place, case in enumerate(itertools.islice(itertools.cycle(cases), count)):
        page = {"id": f"{place}", "url": case.url, "body": case.read().decode("utf-8", "replace")}
        yield msgspec.json.encode(page) + b"\n"


def watch(
    command: Sequence[str], lines: Iterator[bytes], *, pause_seconds: float
) -> tuple[list[Sample], int, int]:
    """Run the command on ``lines``: samples of memory, number of output lines, exit code."""
    samples: list[Sample] = []
    counted: list[int] = []
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    threads = (
        threading.Thread(target=_feed, args=(process.stdin, lines)),
        threading.Thread(target=_count, args=(process.stdout, counted)),
    )
    for thread in threads:
        thread.start()
    started = time.perf_counter()
    while process.poll() is None:
        samples.append(look(process.pid, at_seconds=time.perf_counter() - started))
        time.sleep(pause_seconds)
    for thread in threads:
        thread.join()
    return samples, sum(counted), process.returncode


def _feed(pipe: IO[bytes], lines: Iterator[bytes]) -> None:
    try:
        with pipe:
            pipe.writelines(lines)
    except BrokenPipeError:
        pass  # the command has ended early; its exit code shows it


def _count(pipe: IO[bytes], counted: list[int]) -> None:
    counted.append(sum(1 for _ in pipe))


def look(pid: int, *, at_seconds: float) -> Sample:
    """Memory of a process and all its descendants, now. A process that has just ended has none."""
    parents = {
        int(path.name): _field(path, "PPid") for path in Path("/proc").iterdir() if path.name.isdigit()
    }
    family, found = {pid}, True
    while found:
        more = {child for child, parent in parents.items() if parent in family} - family
        family, found = family | more, bool(more)
    sizes = {each: _field(Path(f"/proc/{each}"), "VmRSS") / 1024 for each in family}
    return Sample(at_seconds, sizes.pop(pid), sizes)


def _field(folder: Path, name: str) -> int:
    try:
        lines = (folder / "status").read_text().splitlines()
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


def judge(samples: Sequence[Sample], *, limit_mb: float) -> list[str]:
    """Return what is wrong, in words: a process over the limit, or one that keeps growing."""
    faults = []
    if len(samples) < 8:
        return ["too few looks at too short a run"]
    for name, sizes in (
        ("the command", [item.parent for item in samples]),
        ("the largest worker", [item.largest for item in samples]),
    ):
        quarter = len(sizes) // 4
        early, late = median(sizes[quarter : 2 * quarter]), median(sizes[-quarter:])
        if max(sizes) > limit_mb:
            faults.append(f"{name} had {max(sizes):.0f} MB, limit {limit_mb:g}")
        if late > GROWTH * early:
            faults.append(
                f"{name} grew from {early:.0f} to {late:.0f} MB between the second and the last quarter"
            )
    return faults


if __name__ == "__main__":
    main()
