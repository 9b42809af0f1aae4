"""Records as people and programs want them on standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import click

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, Removed

BETWEEN_PAGES = "\n---\n\n"
"""Parts the pages of a run in formats for people."""


def as_jsonl(record: Record) -> bytes:
    """One line of JSON."""
    return encode(record)


def as_text(record: Record) -> bytes:
    """The article's text; nothing for a page without one."""
    return _ended(record.text)


def as_markdown(record: Record) -> bytes:
    """The article as Markdown; nothing for a page without one."""
    return _ended(record.markdown)


def as_marked_in_colour(record: Record) -> bytes:
    """Every block of the page in order, those that were cut marked with label and rule."""
    return _ended("\n".join((f"== {record.source.name}: {record.status}", *_marked_lines(record))))


def as_marked(record: Record) -> bytes:
    """The same without colour, for pipes and files."""
    # made of the coloured one, so that the two cannot come to differ
    return click.unstyle(as_marked_in_colour(record).decode()).encode()


def _marked_lines(record: Record) -> Iterator[str]:
    """``after`` counts the lines of the text before a removed block, which is where it stood."""
    kept = [line for line in record.text.split("\n") if line.strip()]
    done = 0
    for removed in record.removed:
        yield from (f"  {line}" for line in kept[done : removed.after])
        # several blocks may have been removed at one place: the lines before it are shown once
        done = max(done, removed.after)
        yield from _cut_lines(removed)
    yield from (f"  {line}" for line in kept[done:])


def _cut_lines(removed: Removed) -> Iterator[str]:
    label = click.style(f"- {removed.label}:", fg="red")
    why = click.style(f"[{removed.rule}: {removed.evidence}]", dim=True)
    first, *rest = removed.text.split("\n")
    yield f"{label} {first} {why}"
    yield from (f"{click.style('-', fg='red')} {line}" for line in rest)


def _ended(text: str) -> bytes:
    return f"{text}\n".encode() if text else b""


FORMATS: Mapping[str, Callable[[Record], bytes]] = MappingProxyType(
    {"jsonl": as_jsonl, "text": as_text, "markdown": as_markdown}
)
"""The values of ``--format``."""
