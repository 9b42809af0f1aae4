"""Runs extractors and measures over pages in worker processes, with a limit of time for each page."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import TimeoutError as PoolTimeout
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import click
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from benchmarks.composed import compose_page
from benchmarks.extractors import FOR_LINES, FOR_PAGES, Extractor, Found
from benchmarks.sets import DEFAULT_DATA, Case

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
data_option = click.option(
    "--data", type=click.Path(path_type=Path), default=DEFAULT_DATA, show_default="../shared/data",
    help="Folder of the data sets.",
)  # fmt: skip
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes."
)


def shared(command: F) -> F:
    """Add --data, --sample, --seed, --jobs and --timeout."""
    number = click.IntRange(min=1)
    timeout = click.option(
        "--timeout", "timeout_seconds", default=20.0, show_default=True, help="Seconds a page may take."
    )
    sample = click.option("--sample", type=number, help="Only N pages of a set, drawn at random.")
    seed = click.option("--seed", default=0, show_default=True, help="Seed of --sample.")
    return data_option(sample(seed(jobs_option(timeout(command)))))


@dataclass(frozen=True, slots=True)
class Run:
    """One extractor on one page. ``seconds`` is processor time; ``fault`` is why there is neither text nor time."""

    case_id: str
    extractor: str
    found: Found
    seconds: float
    fault: str | None = None


def extractor(name: str, *, media: str) -> Extractor:
    """Return the extractor of this name for pages or, where ``media`` is plain text, for lines."""
    return (FOR_LINES if media == "text/plain" else FOR_PAGES)[name]


def run_all(cases: Sequence[Case], names: Sequence[str], *, jobs: int, timeout_seconds: float) -> list[Run]:
    """Every extractor on every page, page by page, so that each meets the same state of the machine.

    Who is first on a page finds cold caches, so the first place goes round.
    """
    turns = [(case, place % len(names)) for place, case in enumerate(cases)]
    tasks = [(case, name) for case, at in turns for name in (*names[at:], *names[:at])]
    warm = partial(_warm, names)
    results = in_workers(_run, tasks, jobs=jobs, timeout_seconds=timeout_seconds, warm=warm)
    return [
        result if isinstance(result, Run) else Run(case.id, name, Found(""), 0.0, result)
        for (case, name), result in zip(tasks, results, strict=True)
    ]


def done(work: Callable[[Case], T], cases: Sequence[Case], given: Mapping[str, Any]) -> list[tuple[Case, T]]:
    """Each page with what was made of it, by the options that are shared; pages that failed are named on stderr."""
    limits = {name: given[name] for name in ("jobs", "timeout_seconds")}
    found = []
    results = in_workers(work, [(case,) for case in cases], **limits)
    for case, result in zip(cases, results, strict=True):
        if isinstance(result, str):
            click.echo(f"{case.id}: {result}", err=True)
        else:
            found.append((case, result))
    return found


def in_workers(
    work: Callable[..., T],
    tasks: Iterable[tuple[object, ...]],
    *,
    jobs: int,
    timeout_seconds: float,
    warm: Callable[[], None] | None = None,
) -> list[T | str]:
    """``work(*task)`` for each task, in order; where it fails, hangs or dies, the reason in words instead. ``warm``:
    what a new worker does before its first task.
    """
    # not forked: this process has threads by then
    spawned = multiprocessing.get_context("spawn")
    with ProcessPool(max_workers=jobs, initializer=warm or quiet, context=spawned) as pool:
        futures = [pool.schedule(work, args=task, timeout=timeout_seconds) for task in tasks]
        with click.progressbar(futures, file=sys.stderr) as shown:
            return [_outcome(future, timeout_seconds) for future in shown]


def _outcome(future: ProcessFuture[Any], timeout_seconds: float) -> Any:
    try:
        return future.result()
    except PoolTimeout:
        return f"more than {timeout_seconds:g} s"
    except ProcessExpired as error:
        return f"died: {error}"
    except Exception as error:  # noqa: BLE001 - a peer may raise anything; it is counted and shown
        return f"{type(error).__name__}: {error}"


def _run(case: Case, name: str) -> Run:
    body = _body(case)
    started = time.process_time()
    found = extractor(name, media=case.media)(case, body)
    return Run(case.id, name, found, time.process_time() - started)


@lru_cache(maxsize=2)
def _body(case: Case) -> bytes:
    return case.read()


def quiet() -> None:
    """Peers complain on stderr of every second page."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")


def _warm(names: Sequence[str]) -> None:
    """Make each extractor's first call: imports are no page's cost."""
    quiet()
    case = Case(id="composed", file=Path(), truth="", url="http://localhost/news/one")
    page = compose_page(paragraphs=5, seed=1).encode()
    for name in set(names) & FOR_PAGES.keys():
        # who cannot even do this fails on every page too, and there it is counted; an error
        # here would have the pool replace its workers for ever
        with contextlib.suppress(Exception):
            FOR_PAGES[name](case, page)
