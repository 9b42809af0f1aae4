"""Runs extractors over pages in worker processes, with a limit of time for each page."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import TimeoutError as PoolTimeout
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from benchmarks.composed import compose_page
from benchmarks.extractors import FOR_LINES, FOR_PAGES, Extractor, Found
from benchmarks.sets import Case

T = TypeVar("T")
ANY_PAGE = Case(id="composed", file=Path(), truth="", url="http://localhost/news/one")


@dataclass(frozen=True, slots=True)
class Run:
    """One extractor on one page. ``seconds`` is processor time; ``fault`` is why there is neither text nor time."""

    case_id: str
    extractor: str
    found: Found
    seconds: float
    fault: str | None = None


class Warming(NamedTuple):
    """What a new worker does before its first page."""

    call: Callable[..., None]
    arguments: tuple[object, ...]


def extractor(name: str, *, media: str) -> Extractor:
    """Return the extractor of this name for pages or, where ``media`` is plain text, for lines."""
    return (FOR_LINES if media == "text/plain" else FOR_PAGES)[name]


def run_all(cases: Sequence[Case], names: Sequence[str], *, jobs: int, timeout_seconds: float) -> list[Run]:
    """Every extractor on every page, page by page, so that each meets the same state of the machine.

    Who is first on a page finds cold caches, so the first place goes round.
    """
    tasks = [(case, name) for place, case in enumerate(cases) for name in _turned(names, place)]
    results = in_workers(
        _run, tasks, jobs=jobs, timeout_seconds=timeout_seconds, warm=Warming(_warm, tuple(names))
    )
    return [
        result if isinstance(result, Run) else Run(case.id, name, Found(""), 0.0, result)
        for (case, name), result in zip(tasks, results, strict=True)
    ]


def _turned(names: Sequence[str], place: int) -> Sequence[str]:
    start = place % len(names)
    return [*names[start:], *names[:start]]


def in_workers(
    work: Callable[..., T],
    tasks: Iterable[tuple[object, ...]],
    *,
    jobs: int,
    timeout_seconds: float,
    warm: Warming | None = None,
) -> list[T | str]:
    """``work(*task)`` for each task, in order; where it fails, hangs or dies, the reason in words instead."""
    first, arguments = warm or Warming(quiet, ())
    # not forked: this process has threads by then
    spawned = multiprocessing.get_context("spawn")
    with ProcessPool(max_workers=jobs, initializer=first, initargs=arguments, context=spawned) as pool:
        futures = [pool.schedule(work, args=task, timeout=timeout_seconds) for task in tasks]
        with click.progressbar(futures, file=sys.stderr) as shown:
            outcomes: list[T | str] = [_outcome(future, timeout_seconds) for future in shown]
    return outcomes


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


def _warm(*names: str) -> None:
    """Make each extractor's first call: imports are no page's cost."""
    quiet()
    page = compose_page(paragraphs=5, seed=1).encode()
    for name in names:
        # who cannot even do this fails on every page too, and there it is counted; an error
        # here would have the pool replace its workers for ever
        with contextlib.suppress(Exception):
            if name in FOR_PAGES:
                FOR_PAGES[name](ANY_PAGE, page)
