"""``copydesk clean``: pages in, records out, nothing stored."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.commands.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.streams import Verbosity, progress_shown, record_line
from copydesk.flows.config.override_file import (
    read_overrides,
    unmatched_count,
    unmatched_message,
    with_overrides,
)
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.formats.markdown_tree import markdown_of, text_of
from copydesk.flows.io.child import Limits
from copydesk.flows.shortening import counted
from copydesk.flows.stored_content import REMOVALS, is_reserved, without_content
from copydesk.flows.terminal import shown, tell
from copydesk.flows.workers.pool import clean_pages, usual_jobs

# set by hand: less flickers over short runs, more leaves a waiting person in doubt
PATIENCE_SECONDS = 1.0
"""How long a run goes on before it shows its progress: most are over by then."""
BETWEEN_PAGES = b"\n---\n\n"
"""Separates the pages of a run in formats for people."""


class CleanOptions(HowToRead, frozen=True, kw_only=True):
    """What to clean and how to show it: the command's options, ``format`` also ``mark``."""

    names: tuple[str, ...]
    format: str = "jsonl"
    title: bool = True
    jobs: int | None = None
    removed: str = "full"


def run_clean(options: CleanOptions) -> int:
    """Cleans and writes to standard output; returns the exit code.

    Raises SettingsError where there is nothing to read, EnvironmentFault where nothing can be written,
    BrokenPipeError where the reader has left.
    """
    pages = NamedPages(options.names, options)
    pages.begin()
    if options.join_pages and pages.has_files and options.verbosity is not Verbosity.QUIET:
        tell("--join-pages applies to URLs only: each file is a page of its own")
    with_removals = REMOVALS[options.removed]
    overrides = read_overrides(options.overrides, Path.cwd())
    records = clean_pages(
        (with_overrides(page, overrides) for page in pages),
        options=options.cleaning,
        limits=Limits(),
        jobs=options.jobs or usual_jobs(),
        would_wait=pages.would_wait,
    )
    seen = usable = failed = 0
    # closed however the loop ends: no worker goes on for a reader who has gone
    writer = _writer(options.format, title=options.title)
    # where records go to the terminal too, a line that moves would run through them
    is_told = options.verbosity if sys.stdout and not sys.stdout.isatty() else Verbosity.QUIET
    moving = progress_shown(is_told, lambda: counted(seen, "page"), patience_seconds=PATIENCE_SECONDS)
    with closing(records), writer as write, moving:
        for cleaned in records:
            is_withheld = pages.of_the_web.popleft() and is_reserved(cleaned)
            record = without_content(cleaned) if is_withheld else cleaned
            write(with_removals(record))
            if line := record_line(record, options.verbosity):
                tell(line)
            if count := unmatched_count(record):
                tell(f"{record.source.name}: {unmatched_message(count)}")
            seen += 1
            usable += record.status in ("ok", "partial")
            failed += record.status == "failed"
    return pages.end(seen=seen, usable=usable, failed=failed)


def render(format_name: str, record: Record, *, in_colour: bool = False, title: bool = True) -> bytes:
    """A record as ``jsonl``, ``text``, ``markdown``, ``html`` or ``mark``; nothing for a page without an article.
    ``title``: whether texts begin with the headline.

    ``mark`` has every block of the page in order, the removed ones marked with label and rule.
    """
    if format_name == "jsonl":
        return encode(record)
    if format_name == "mark":
        text = "\n".join((f"== {record.source.name}: {record.status}", *_marked_lines(record)))
        # colours are removed, not left out, so that both forms are the same
        text = text if in_colour else click.unstyle(text)
    elif record.status == "rejected":
        text = ""  # what is no article may have a text: "Hello there."
    elif format_name == "html":
        from copydesk.flows.formats.html_files import article_element  # most runs write no HTML

        return article_element(record, title=title).encode() if record.text else b""
    elif format_name == "text":
        text = text_of(record, title=title)
    else:
        text = markdown_of(record, title=title)
    return f"{text}\n".encode() if text else b""


def _marked_lines(record: Record) -> Iterator[str]:
    """``after`` counts the lines of the text before a removed block, which is its place."""
    kept = [line for line in record.text.split("\n") if line.strip()]
    done = 0
    for removed in record.removed:
        yield from (f"  {line}" for line in kept[done : removed.after])
        # several blocks may have been removed at one place: the lines before it are shown once
        done = max(done, removed.after)
        label = click.style(f"- {removed.label}:", fg="red")
        why = click.style(f"[{removed.rule}: {removed.evidence}]", dim=True)
        first, *rest = removed.text.split("\n")
        yield f"{label} {first} {why}"
        yield from (f"{click.style('-', fg='red')} {line}" for line in rest)
    yield from (f"  {line}" for line in kept[done:])


@contextmanager
def _writer(format_name: str, *, title: bool) -> Iterator[Callable[[Record], None]]:
    """Writes one record after the other, each complete before the next page is read; at the end closes a document."""
    # closed by the shell (`>&-`)
    if sys.stdout is None:
        raise EnvironmentFault("standard output is closed")
    output, is_terminal = sys.stdout.buffer, sys.stdout.isatty()
    # any value of NO_COLOR but an empty one switches colour off (no-color.org)
    in_colour = is_terminal and not os.environ.get("NO_COLOR")
    between: bytes | None = None
    is_html = format_name == "html"
    if is_html:
        from copydesk.flows.formats.html_files import (
            END_OF_DOCUMENT,
            start_of_document,
        )  # most runs write none

    def write(record: Record) -> None:
        nonlocal between
        rendered = render(format_name, record, in_colour=in_colour, title=title)
        if not rendered:
            return
        if is_terminal:  # the colours are ours, and records hold no escapes
            rendered = shown(rendered.decode(), keeps_colour=True).encode()
        if between is None:
            between = start_of_document(record) if is_html else b""
        _put(output, between + rendered)
        # no line before the first page, nor for pages without an article
        between = b"" if format_name in ("jsonl", "html") else BETWEEN_PAGES

    yield write
    if is_html:
        _put(output, (start_of_document(None) if between is None else b"") + END_OF_DOCUMENT)


def _put(output: BinaryIO, written: bytes) -> None:
    try:
        output.write(written)
        # page by page: who pipes pages in may wait for each record
        output.flush()
    # an OSError as well, but no fault: the command line ends quietly
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EnvironmentFault(f"standard output: {(error.strerror or str(error)).lower()}") from error
