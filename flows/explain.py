"""``copydesk explain``: what became of every block of a page, and why; and where the page comes from, in sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cleaners import Explanation, explain
from cleaners.schema import Record
from cleaners.story import tell_provenance
from cleaners.types import KEPT, Label, Labelled, Options, Verdict
from flows.advice import line_about
from flows.cli import NO_ARTICLE, OK, SOME_FAILED
from flows.own_rules import own_rules
from flows.sources import Input, Unreadable, read_pages

FIELDS = {Label.TITLE, Label.CAPTION, Label.BYLINE, Label.TAGS, Label.COMMENT}
"""Labels whose text has a field of its own."""
LEFT_OUT = {"text", "markdown", "removed", "field_origins"}
"""Fields the blocks show already."""


def run_explain(name: str, *, input_: str = "auto", url: str | None = None) -> int:
    """Explains the pages of a file, or of standard input (``-``); returns the exit code."""
    if name != "-" and not os.path.lexists(name):
        raise click.UsageError(f"{name}: no such file or folder")
    console = Console(highlight=False)
    options = Options(own_rules=own_rules(Path.cwd()))
    code = OK
    for page in read_pages((name,), input_=Input(input_), url=url):
        if isinstance(page, Unreadable):
            click.echo(f"{page.source.name}: {page.reason}: {page.message}", err=True)
            code = SOME_FAILED
            continue
        explanation = explain(page, options)
        _show(console, explanation)
        if line := line_about(explanation.record):
            click.echo(line, err=True)
            code = code or NO_ARTICLE
    return code


def _show(console: Console, explanation: Explanation) -> None:
    record = explanation.record
    console.rule(f"{record.source.name}: {record.status}" + (f" ({record.reason})" if record.reason else ""))
    for labelled in explanation.labelled:
        console.print(_heading(labelled), Text(f"    {labelled.block.text}"), sep="\n", soft_wrap=True)
    console.print()
    console.print(_fields(record))
    console.print()
    for sentence in tell_provenance(record):
        console.print(Text(sentence), soft_wrap=True)


def _heading(labelled: Labelled) -> Text:
    """Number, label, rule and evidence; then what was overruled, latest first."""
    line = Text(f"{labelled.block.index:>4} ")
    line.append(labelled.label, style=f"bold {_colour(labelled.label)}")
    line.append(_why(labelled.verdict))
    for overruled in labelled.verdicts[-2::-1]:
        line.append("\n     overruled ", style="dim")
        line.append(overruled.label, style=f"dim {_colour(overruled.label)}")
        line.append(_why(overruled), style="dim")
    return line


def _why(verdict: Verdict) -> str:
    return f"  {verdict.rule}" + (f": {verdict.evidence}" if verdict.evidence else "")


def _colour(label: Label) -> str:
    if label in KEPT:
        return "green"
    return "cyan" if label in FIELDS else "red"


def _fields(record: Record) -> Table:
    """The record's fields that hold anything, and where each was found."""
    table = Table("field", "value", "found in", box=None, pad_edge=False)
    for field, value in _known(record):
        origin = record.field_origins.get(field, "")
        table.add_row(field, Text(value), Text(origin, style="dim"))
    return table


def _known(record: Record) -> Iterator[tuple[str, str]]:
    for field, value in msgspec.to_builtins(record).items():
        if field not in LEFT_OUT and value not in (None, "", [], (), {}):
            yield field, value if isinstance(value, str) else msgspec.json.encode(value).decode()
