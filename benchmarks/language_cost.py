"""What detecting the language costs: ``python -m benchmarks.language_cost`` (memory: Linux).

Milliseconds a page within whole runs of the pipeline, with the caches as cold as they are there; milliseconds
to load tables and model, and how much memory they take, each in a process of its own.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import click

from benchmarks.arguments import data_option
from benchmarks.intervals import mean
from benchmarks.pages import pages_for_timing
from copydesk.cleaners.pipeline import assembly, cleaning
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.types import Page
from copydesk.cleaners.wording import cues

PLACES = ((cleaning, "detect"), (assembly, "languages_of"))
"""Where the pipeline detects languages: of the whole page, and of what was kept of it."""
NOTES = ((cues, "_foreign_language"),)
"""Where it detects the language of single blocks, to read AI notes in it: a cost of residue, shown apart."""
_LOADING = """
import resource, sys, time
import numpy, msgspec, tomli, copydesk.cleaners.pipeline.cleaning
def used():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
text = sys.argv[1]
memory, started = used(), time.process_time()
from copydesk.cleaners.language.detection import detect
detect(text)
print(1000 * (time.process_time() - started), (used() - memory) / 1024)
"""
_ROUNDS = 5

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def _spent(places: Sequence[tuple[ModuleType, str]]) -> Iterator[list[float]]:
    """Seconds spent in some functions, one number a call."""
    seconds: list[float] = []

    def timed(function: Callable[P, T]) -> Callable[P, T]:
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                seconds.append(time.perf_counter() - started)

        return measured

    patches = [patch.object(module, name, timed(getattr(module, name))) for module, name in places]
    for one in patches:
        one.start()
    try:
        yield seconds
    finally:
        for one in patches:
            one.stop()


def _of_page(page: Page) -> tuple[float, float]:
    """Milliseconds for the languages of a page, and of its single blocks."""
    with _spent(PLACES) as of_page, _spent(NOTES) as of_blocks:
        clean_page(page)
    return 1000 * sum(of_page), 1000 * sum(of_blocks)


def _load(text: str) -> tuple[float, float]:
    """Milliseconds and megabytes of a first answer, where the rest of the pipeline is loaded."""
    child = subprocess.run([sys.executable, "-c", _LOADING, text], capture_output=True, check=True, text=True)
    milliseconds, megabytes = map(float, child.stdout.split())
    return milliseconds, megabytes


@click.command()
@data_option
@click.option("--pages", "count", type=click.IntRange(min=2), default=200, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
def main(*, data: Path, count: int, seed: int) -> None:
    """Time languages within whole records; load tables and model in fresh processes."""
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    pages = [Page(body=case.read(), url=case.url, content_type=case.media) for case in cases]
    for page in pages:  # words, patterns and what langdetect makes of each letter are loaded on first use
        clean_page(page)
    gc.disable()  # it would sweep up after all the pipeline in whatever is being timed
    times, of_blocks = zip(*map(_of_page, pages), strict=True)
    gc.enable()
    click.echo(f"{origin}, {len(pages)} timed")
    click.echo(f"a page: {mean(times)} ms, median {median(times):.2f}, longest {max(times):.2f}")
    click.echo(f"and for single blocks, to read notes in their own language: {mean(of_blocks)} ms")
    loads = [
        _load("Die Uhr am Rathaus schlug am Freitag zum ersten Mal seit elf Jahren.") for _ in range(_ROUNDS)
    ]
    click.echo(
        f"loading: {median(ms for ms, _ in loads):.0f} ms, {median(mb for _, mb in loads):.0f} MB, of {_ROUNDS} processes"
    )


if __name__ == "__main__":
    main()
