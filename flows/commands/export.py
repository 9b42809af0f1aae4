"""``copydesk export``: what is stored, in the format the next program reads."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import click
from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.commands.stored.record_filter import record_filter
from copydesk.flows.commands.stored.stored_records import read_store
from copydesk.flows.errors import SettingsError
from copydesk.flows.formats.arrow import arrow_schema
from copydesk.flows.formats.format_registry import (
    FileFormat,
    FolderFormat,
    Format,
    StreamFormat,
    all_formats,
    find_format,
)
from copydesk.flows.io import compression, destination
from copydesk.flows.io.remote_place import shown

STANDARD_OUTPUT = "-"
EXAMPLES = """Examples:
  copydesk export --format parquet -o articles.parquet
  copydesk export --format dolma -o s3://corpus/news.jsonl.gz --where "language = 'de'"
  copydesk export --format csv -o - --where "provenance.ai is not null" --limit 100
"""


class ExportOptions(Struct, frozen=True):
    """What to export: the command's options; ``place`` is a path, an address of fsspec, or ``-``."""

    store: Path
    format: str
    place: str
    database: str | None = None
    where: str | None = None
    limit: int | None = None
    force: bool = False


class Exported(Struct):
    """How many records an export wrote, and how many had no place in its format."""

    written: int = 0
    left_out: int = 0


def run_export(options: ExportOptions) -> Exported:
    """Writes what is stored. Raises SettingsError for options at fault, ExportError where nothing can be written."""
    format_ = find_format(options.format)
    _check_place(options.format, format_, options.place)
    holds = record_filter(options.where) if options.where is not None else None
    done = Exported()
    stored: Iterable[Record] = read_store(options.store, database=options.database)
    if holds is not None:
        stored = filter(holds, stored)
    chosen = islice(_with_place(format_, stored, done), options.limit)
    _write(format_, _counted(chosen, done), options)
    return done


def summary(done: Exported, place: str) -> str:
    """A line on an export that is done."""
    records = f"{done.written:,} record{'s' * (done.written != 1)}"
    left_out = f"; {done.left_out:,} without an article left out" if done.left_out else ""
    return f"{records} to {'standard output' if place == STANDARD_OUTPUT else shown(place)}{left_out}"


def _check_place(name: str, format_: Format, place: str) -> None:
    is_text = isinstance(format_, StreamFormat) and format_.is_text
    if is_text:
        return
    if place == STANDARD_OUTPUT:
        raise click.UsageError(f"{name} is no format of lines: name a path with -o")
    if place.endswith(compression.ENDINGS):
        raise click.UsageError(
            f"{place}: {name} is not compressed as a whole; name a path without that ending"
        )


def _with_place(format_: Format, records: Iterable[Record], done: Exported) -> Iterator[Record]:
    for record in records:
        if format_.articles_only and not (record.status in ("ok", "partial") and record.text):
            done.left_out += 1
        else:
            yield record


def _counted(records: Iterable[Record], done: Exported) -> Iterator[Record]:
    for record in records:
        done.written += 1
        yield record


def _write(format_: Format, records: Iterable[Record], options: ExportOptions) -> None:
    place, force = options.place, options.force
    match format_:
        case StreamFormat() if place == STANDARD_OUTPUT:
            output = sys.stdout.buffer if sys.stdout else None
            destination.write_standard_output(partial(format_.write, records), output)
        case StreamFormat():
            destination.write_stream(place, partial(format_.write, records), force=force)
        case FileFormat():
            destination.write_file(place, partial(format_.write, records), force=force)
        case FolderFormat():
            destination.write_folder(place, partial(format_.write, records), force=force)


def help_note() -> str:
    """What ``--help`` says below the options: the formats, a line each, and examples."""
    formats = all_formats()
    width = max(map(len, formats), default=0)
    listed = "\n".join(f"  {name:{width}}  {format_.summary}" for name, format_ in formats.items())
    return f"\nFormats:\n{listed}\n\n{EXAMPLES}"


def arrow_schema_as_text() -> str:
    """The Arrow schema, a line a column. Raises SettingsError where pyarrow is not installed."""
    try:
        return "\n".join(f"{field.name}: {field.type}" for field in arrow_schema())
    except ImportError as error:
        raise SettingsError("the Arrow schema needs pyarrow: pip install 'copydesk[parquet]'") from error
