"""The progress of a run on a line of the terminal; and its result, for people and programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from copydesk.flows.commands.streams import Verbosity, progress_shown
from copydesk.flows.run.batches import Ingestion
from copydesk.flows.run.reporting.summary import IngestResult
from copydesk.flows.run.reporting.text import one_line
from copydesk.flows.shortening import counted
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.terminal import echo
from copydesk.flows.web_kinds import WEB_KINDS


class Watch:
    """Shows the progress of a run on a terminal; knows the run after its end."""

    def __init__(self, verbosity: Verbosity) -> None:
        self._verbosity = verbosity
        self._run: Ingestion | None = None

    @contextmanager
    def __call__(self, run: Ingestion) -> Iterator[None]:
        """Watches a run, until it is left."""
        self._run = run
        began = time.monotonic()
        with progress_shown(
            self._verbosity, lambda: progress_line(run.sources, seconds=time.monotonic() - began)
        ):
            yield

    def report_cut_short(self) -> None:
        """Says what a run has stored that was interrupted, where it is known. A Prefect server shows it of its own."""
        stored = self._run.summary.stored if self._run is not None else {}
        if stored and self._verbosity is not Verbosity.QUIET:
            new, changed = (stored.get(one, 0) for one in ("new", "changed"))
            echo(
                f"{counted(new, 'new record')} and {changed:,} changed are stored; the next run reads the rest",
                err=True,
            )

    def report(self) -> str | None:
        """The run's counts in full, and each of its sources, as Markdown; None where no run was watched."""
        return self._run.as_markdown() if self._run is not None else None


def progress_line(sources: Sequence[SourceTally], *, seconds: float) -> str:
    """How far a run is: pages and articles so far, and what is being read."""
    # whole numbers alone: other counts grow in other threads while they would be added up
    pages, articles = sum(one.requested for one in sources), sum(one.read for one in sources)
    so_far = f"{counted(pages, 'page')}, {counted(articles, 'article')}"
    under_way = [one for one in sources if one.is_begun and not one.is_ended]
    read = ""
    if under_way:
        first, more = under_way[0], len(under_way) - 1
        # of a file or folder nobody knows beforehand how much it holds
        far = f": {first.requested:,} of {first.listed:,}" if first.kind in WEB_KINDS and first.listed else ""
        read = f"; {one_line(first.name)}{far}" + (f" and {counted(more, 'more source')}" if more else "")
    return f"{so_far}, {seconds:.0f} s{read}"


def report(result: IngestResult, watch: Watch, verbosity: Verbosity, *, is_json: bool) -> None:
    """Prints the result of a run: a summary on standard error, or one line of JSON on standard output."""
    if verbosity is Verbosity.VERBOSE and (full := watch.report()):
        echo(full, err=True)
    if is_json:
        counts = msgspec.to_builtins(result)
        # in words it is for people
        del counts["summary"]
        echo(json.dumps(counts, ensure_ascii=False))
    elif verbosity is not Verbosity.QUIET:
        echo(result.summary, err=True)
