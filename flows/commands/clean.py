"""``copydesk clean``: pages in, records out, nothing kept."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Wanted
from copydesk.flows.commands.formats import BETWEEN_PAGES, FORMATS, as_marked, as_marked_in_colour
from copydesk.flows.commands.named.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.telling.talk import Talk, shows_progress, told_of
from copydesk.flows.config.field_option import read_field_option
from copydesk.flows.config.override_file import (
    read_overrides,
    unmatched_count,
    unmatched_message,
    with_overrides,
)
from copydesk.flows.config.text_options import cleaning_options
from copydesk.flows.config.user_rules import user_rules
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.exit_codes import NO_ARTICLE, exit_code
from copydesk.flows.io.child import Limits
from copydesk.flows.sinks.removals import REMOVALS
from copydesk.flows.sinks.reservations import is_reserved, without_content
from copydesk.flows.terminal import console, echo, shown
from copydesk.flows.workers.pool import clean_pages, usual_jobs

if TYPE_CHECKING:
    from rich.status import Status

# set by hand: less flickers over short runs, more leaves a waiting person in doubt
PATIENCE_SECONDS = 1.0
"""How long a run goes on before it shows its progress: most are over by then."""


class CleanOptions(Struct, frozen=True):
    """What to clean and how to show it: the command's options, ``format`` also ``mark``."""

    names: tuple[str, ...]
    format: str = "jsonl"
    input: str = "auto"
    url: str | None = None
    jobs: int | None = None
    removed: str = "full"
    mask: str | None = None
    keep: str | None = None
    drop: str | None = None
    pages: Wanted = "articles"
    overrides: str | None = None
    fields: tuple[str, ...] = ()
    """What fields are called, each ``field=name``."""
    limit: int | None = None
    contact: str | None = None
    allow_private: tuple[str, ...] = ()
    output: Path = Path("output")
    join_pages: bool = False
    talk: Talk = Talk.USUAL


def run_clean(options: CleanOptions) -> int:
    """Cleans and writes to standard output; returns the exit code.

    Raises SettingsError where there is nothing to read, EnvironmentFault where nothing can be written,
    BrokenPipeError where the reader has left.
    """
    pages = _named_pages(options)
    for told in pages.named_again if options.talk is not Talk.QUIET else ():
        echo(told, err=True)
    if options.join_pages and pages.has_files and options.talk is not Talk.QUIET:
        echo("--join-pages is for addresses: each file is a page of its own", err=True)
    for told in pages.refused:
        echo(told, err=True)
    write = _writer(options.format)
    with_removals = REMOVALS[options.removed]
    overrides = read_overrides(options.overrides, Path.cwd())
    records = clean_pages(
        (with_overrides(page, overrides) for page in pages),
        options=cleaning_options(
            user_rules(Path.cwd()),
            mask=options.mask,
            keep=options.keep,
            drop=options.drop,
            pages=options.pages,
        ),
        limits=Limits(),
        jobs=options.jobs or usual_jobs(),
        would_wait=pages.would_wait,
    )
    seen = usable = failed = 0
    # closed by whatever way the loop is left: no worker goes on for a reader who has gone
    with closing(records), _progress(options.talk) as advance:
        for made in records:
            is_withheld = pages.of_the_web.popleft() and is_reserved(made)
            record = without_content(made) if is_withheld else made
            write(with_removals(record))
            if line := told_of(record, options.talk):
                echo(line, err=True)
            if count := unmatched_count(record):
                echo(f"{record.source.name}: {unmatched_message(count)}", err=True)
            seen += 1
            usable += record.status in ("ok", "partial")
            failed += record.status == "failed"
            advance(seen)
    if not seen:
        echo("no pages found", err=True)
        return NO_ARTICLE
    return exit_code(usable=usable, failed=failed + len(pages.refused), pages=seen)


def _named_pages(options: CleanOptions) -> NamedPages:
    return NamedPages(
        options.names,
        HowToRead(
            input=options.input,
            fields=read_field_option(options.fields),
            url=options.url,
            limit=options.limit,
            contact=options.contact,
            allow_private=options.allow_private,
            output=options.output,
            join_pages=options.join_pages,
        ),
    )


def _writer(format_name: str) -> Callable[[Record], None]:
    """Writes one record after the other, each complete before the next page is awaited."""
    # closed by the shell (`>&-`)
    if sys.stdout is None:
        raise EnvironmentFault("standard output is closed")
    output = sys.stdout.buffer
    # other programs are given what the record has
    render = _for_people(format_name)
    seen = _as_seen(render) if sys.stdout.isatty() else render
    if format_name == "jsonl":
        return lambda record: _write(output, seen(record))
    return _PageWriter(output, seen).write


def _as_seen(render: Callable[[Record], bytes]) -> Callable[[Record], bytes]:
    """For a terminal; the colours are those of blocks that were cut, and records hold no escapes."""
    return lambda record: shown(render(record).decode(), keeps_colour=True).encode()


def _for_people(format_name: str) -> Callable[[Record], bytes]:
    if format_name != "mark":
        return FORMATS[format_name]
    # any value of NO_COLOR but an empty one switches colour off (no-color.org)
    return as_marked_in_colour if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else as_marked


class _PageWriter:
    """Puts a line between pages, which the formats for people do not tell apart by themselves."""

    def __init__(self, output: BinaryIO, render: Callable[[Record], bytes]) -> None:
        self._output = output
        self._render = render
        self._between = b""

    def write(self, record: Record) -> None:
        rendered = self._render(record)
        if rendered:
            _write(self._output, self._between + rendered)
            # only now: no line before the first page, nor for pages that have no article
            self._between = BETWEEN_PAGES.encode()


def _write(output: BinaryIO, data: bytes) -> None:
    try:
        output.write(data)
        # page by page: who pipes pages in may wait for each record
        output.flush()
    # an OSError as well, but no fault: the command line ends quietly
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EnvironmentFault(f"standard output: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def _progress(talk: Talk) -> Iterator[Callable[[int], None]]:
    """Shows how many pages are done, on a terminal and where the data goes elsewhere."""
    # where records go to the terminal too, a line that moves would run through them
    if not shows_progress(talk) or sys.stdout.isatty():
        yield lambda _: None
        return
    display = _Display()
    try:
        yield display.advance
    finally:
        display.close()


class _Display:
    """A line on standard error that starts late, as does the import behind it."""

    def __init__(self) -> None:
        self._due = time.monotonic() + PATIENCE_SECONDS
        self._status: Status | None = None

    def advance(self, pages: int) -> None:
        if self._status is None and time.monotonic() > self._due:
            self._status = console(stderr=True).status("")
            self._status.start()
        if self._status is not None:
            self._status.update(f"{pages:,} pages")

    def close(self) -> None:
        if self._status is not None:
            self._status.stop()
