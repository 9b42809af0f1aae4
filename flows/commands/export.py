"""``copydesk export``: stored records in the format that the next program reads."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports import destination
from copydesk.flows.exports.export import STANDARD_OUTPUT, Export, Exported, checked_export, read_store
from copydesk.flows.formats.format_registry import (
    FileFormat,
    FolderFormat,
    Format,
    StreamFormat,
    all_formats,
)
from copydesk.flows.formats.parquet import arrow_schema
from copydesk.flows.io.extras import install
from copydesk.flows.terminal import ShownStream, tell

EXAMPLES = """Examples:
  copydesk export --format parquet -o articles.parquet
  copydesk export --format dolma -o s3://corpus/news.jsonl.gz --where "language = 'de'"
  copydesk export --format csv -o - --where "provenance.ai is not null" --limit 100
"""


def run_export(store: Path, export: Export, *, database: str | None, force: bool) -> Exported:
    """Writes stored records; ``force``: replaces existing files.

    Raises SettingsError for wrong options, ExportError if nothing can be written.
    """
    checked, done = checked_export(export), Exported()
    stored = read_store(store, tell, database=database, newest_first=checked.format.newest_first)
    records = checked.records(stored, done)
    _write(checked.format, records, export.place, force=force)
    return done


def _write(format_: Format, records: Iterable[Record], place: str, *, force: bool) -> None:
    match format_:
        case StreamFormat() if place == STANDARD_OUTPUT:
            output = sys.stdout.buffer if sys.stdout else None
            if output is not None and sys.stdout.isatty():
                output = cast("BinaryIO", ShownStream(output))
            destination.write_standard_output(partial(format_.write, records), output)
        case StreamFormat():
            destination.write_stream(place, partial(format_.write, records), force=force)
        case FileFormat():
            destination.write_file(place, partial(format_.write, records), force=force)
        case FolderFormat():
            destination.write_folder(place, partial(format_.write, records), force=force)


def help_note() -> str:
    """The text of ``--help`` below the options: the formats, a line each, and examples."""
    formats = all_formats()
    width = max(map(len, formats), default=0)
    listed = "\n".join(f"  {name:{width}}  {format_.summary}" for name, format_ in formats.items())
    return f"\nFormats:\n{listed}\n\n{EXAMPLES}"


def arrow_schema_as_text() -> str:
    """The Arrow schema, a line a column. Raises SettingsError where pyarrow is not installed."""
    try:
        return "\n".join(f"{field.name}: {field.type}" for field in arrow_schema())
    except ImportError as error:
        raise SettingsError(f"the Arrow schema needs pyarrow: {install('parquet')}") from error
