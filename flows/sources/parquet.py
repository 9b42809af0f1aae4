"""Parquet files: tables of pages, one page a row, the columns named like the keys of JSON Lines.

pyarrow reads them, which only the extra ``parquet`` installs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from cleaners.types import Page, Source
from flows.decompression import Damaged
from flows.sources.files import MAX_PAGE_BYTES, read_path, seekable, shown_name
from flows.sources.json_lines import PageLine, page_of
from flows.sources.page_source import Input, Unreadable

SUFFIX = ".parquet"
ROWS = 16
"""Rows read at a time: pages have 60 KB, and a few of them 3 MB."""
_BODIES = ("body", "html", "text")
_MAX_FOOTER_BYTES = 50_000_000


class ParquetFiles:
    """A table of pages."""

    kind = "parquet"

    def takes(self, name: str, input_: Input) -> bool:
        """Names of Parquet files."""
        return input_ is Input.AUTO and name.lower().endswith(SUFFIX)

    def read(self, name: str, input_: Input) -> Iterator[Page | Unreadable]:
        """The file's pages, one a row."""
        return read_path(self, name, shown=shown_name(name), input_=input_)

    def read_opened(self, file: BinaryIO, *, shown: str, input_: Input) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        """The pages of an open file, which is held in memory where it cannot be read from any place."""
        source = Source(self.kind, shown)
        try:
            from pyarrow import ArrowException
            from pyarrow import parquet as tables
        except ImportError:
            needed = "reading Parquet needs pyarrow: pip install 'copydesk[parquet]'"
            yield Unreadable(source, "unreadable", needed)
            return
        try:
            table = tables.ParquetFile(
                seekable(file),
                buffer_size=1 << 20,
                pre_buffer=False,
                thrift_string_size_limit=_MAX_FOOTER_BYTES,
                thrift_container_size_limit=1_000_000,
            )
            columns = [name for name in table.schema_arrow.names if name in PageLine.__struct_fields__]
            if not set(columns) & set(_BODIES):
                yield Unreadable(source, "no_page", f"no column is named {', '.join(_BODIES)}", "rejected")
                return
            number = 0
            for batch in table.iter_batches(batch_size=ROWS, columns=columns, use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    yield _item(row, f"{shown}:{number}")
        except (ArrowException, ValueError, OverflowError) as error:
            raise Damaged(f"no sound Parquet file: {str(error).splitlines()[0]}") from error


def _item(row: dict[str, Any], name: str) -> Page | Unreadable:
    """One row as a page."""
    source = Source(PARQUET_FILES.kind, name)
    known = {key: value for key, value in row.items() if value is not None}
    raw = next((known[key] for key in _BODIES if key in known), None)
    if raw is None:
        return Unreadable(source, "no_page", "the row has none of body, html, text", "rejected")
    if isinstance(raw, bytes):
        known = {"body" if key in _BODIES else key: value for key, value in known.items()} | {"body": ""}
    if isinstance(known.get("fetched_at"), datetime):
        known["fetched_at"] = known["fetched_at"].isoformat()
    try:
        headers = known.get("headers")
        if isinstance(headers, list):
            known["headers"] = dict(headers)
        page = page_of(msgspec.convert(known, PageLine), name=name)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        return Unreadable(source, "broken_line", f"the row is no page: {error}")
    body = raw[:MAX_PAGE_BYTES] if isinstance(raw, bytes) else page.body
    return replace(page, body=body, source=Source(PARQUET_FILES.kind, page.source.name))


PARQUET_FILES = ParquetFiles()
