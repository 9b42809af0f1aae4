"""What looking for residue and provenance costs a page: ``python -m benchmarks.residue_cost``.

The same pages with and without it, one after the other in one process: without, no block is read for its wording,
no rule of residue is asked, and no provenance is looked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import fmean, median
from unittest.mock import patch

import click

from benchmarks.arguments import data_option
from benchmarks.intervals import mean, ratio
from benchmarks.pages import pages_for_timing
from copydesk.cleaners import assembly, label
from copydesk.cleaners.pipeline import clean_page
from copydesk.cleaners.rules import worded
from copydesk.cleaners.schema import Provenance
from copydesk.cleaners.types import Page

FAMILIES = ("residue.", "worded.")


@contextmanager
def without() -> Iterator[None]:
    """Within, pages are cleaned as if there were no residue."""
    kept = {
        name: tuple(rule for rule in getattr(label, name) if not rule.id.startswith(FAMILIES))
        for name in ("ANYWHERE", "KEPT_ALONE", "NAMING", "CONTEXT", "RESIDUE")
    }
    with ExitStack() as patched:
        for name, rules in kept.items():
            patched.enter_context(patch.object(label, name, rules))
        patched.enter_context(patch.object(worded, "_read", lambda _: {}))
        patched.enter_context(patch.object(assembly, "find_provenance", lambda **_: Provenance()))
        yield


@click.command()
@data_option
@click.option("--pages", "count", type=click.IntRange(min=2), default=200, show_default=True)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
def main(*, data: Path, count: int, rounds: int, seed: int) -> None:
    """Time whole records with and without; of each page the least of some rounds counts."""
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    pages = [Page(body=case.read(), url=case.url, content_type=case.media) for case in cases]
    for page in pages:  # words and patterns are loaded on first use
        clean_page(page)
    bare, whole = [float("inf")] * len(pages), [float("inf")] * len(pages)
    for turn in range(rounds):
        for place, page in enumerate(pages):
            for is_whole in (True, False) if (turn + place) % 2 else (False, True):
                times = whole if is_whole else bare
                times[place] = min(times[place], _timed(page, is_whole=is_whole))
    extra = [1000 * (with_ - without_) for with_, without_ in zip(whole, bare, strict=True)]
    click.echo(f"{origin}, {len(pages)} timed, processor time")
    click.echo(
        f"without: {1000 * fmean(bare):.2f} ms a page; on top: {mean(extra)} ms, median {median(extra):.2f}"
    )
    click.echo(f"with it a page takes {ratio(whole, bare)} times as long")


def _timed(page: Page, *, is_whole: bool) -> float:
    if is_whole:
        started = time.process_time()
        clean_page(page)
        return time.process_time() - started
    with without():
        started = time.process_time()
        clean_page(page)
        return time.process_time() - started


if __name__ == "__main__":
    main()
