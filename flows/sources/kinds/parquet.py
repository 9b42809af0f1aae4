"""Parquet files: tables of pages, one page a row, the columns named like the keys of JSON Lines.

pyarrow reads them, which only the extra ``parquet`` installs, in a process of its own
(``copydesk.flows.sources.kinds.parquet_rows``).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import IO, Any, BinaryIO

import msgspec
from msgspec.structs import replace

from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.extras import install
from copydesk.flows.sources.kinds.json_lines import (
    NoPage,
    PageLine,
    converted,
    page_of,
    read_entry,
    what_there_is,
)
from copydesk.flows.sources.kinds.parquet_rows import BATCH_SECONDS, Group, Row, Wanted
from copydesk.flows.sources.kinds.reading_process import Answer, Fault, answers
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames
from copydesk.flows.sources.opening.files import FileSource, is_enough, is_on_disk, on_disk, seekable
from copydesk.flows.sources.opening.inflating import (
    MAX_INFLATED_SHARE,
    InflatesTooFar,
    is_too_far,
    packing_of,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Span, Unreadable

_ROW_BYTES = 100  # a row counts as so much at least: a billion of them may hold nothing


class ParquetFiles(FileSource):
    """A table of pages."""

    kind = "parquet"
    suffixes = (".parquet",)
    is_never_empty = True

    def takes(self, name: str, input_: Input) -> bool:
        # its columns are packed inside: whole files are not
        return super().takes(name, input_) and packing_of(name) is None

    def spans(self, file: BinaryIO, *, shown: str, reading: Reading) -> list[Span]:  # noqa: ARG002
        # each span of what is elsewhere would fetch all of it
        if importlib.util.find_spec("pyarrow") is None or not is_on_disk(file):
            return []
        spans, held, rows = list[Span](), 0, 0
        with (
            on_disk(file) as opened,
            closing(_answers(opened, Wanted(reading.fields), Group)) as found,
        ):
            for number, group in enumerate(found):
                # what is wrong with the file its reading reports
                if isinstance(group, Fault):
                    return []
                if not spans or is_enough(held, rows - spans[-1].before):
                    spans.append(Span(number, rows, 0))
                    held = 0
                spans[-1] = replace(spans[-1], most=spans[-1].most + 1)
                held, rows = held + group.packed_bytes, rows + group.rows
        return spans

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages of an open file, which is held in memory where it cannot be read from any place."""
        source = Source(self.kind, shown)
        # looked for and not imported: only the other process loads it
        if importlib.util.find_spec("pyarrow") is None:
            needed = f"reading Parquet needs pyarrow: {install('parquet')}"
            yield Unreadable(source, "needs_pyarrow", needed)
            return
        span = reading.span
        groups = None if span is None else (span.start, span.start + span.most)
        with on_disk(seekable(file)) as opened:
            # what the file takes on disk: its rows are held against that
            size, given = os.fstat(opened.fileno()).st_size, 0
            rows = _answers(opened, Wanted(reading.fields, groups), Row)
            with closing(rows):
                for number, row in enumerate(rows, start=1 if span is None else span.before + 1):
                    if isinstance(row, Fault):
                        yield Unreadable(source, row.reason, row.message + what_there_is(row.columns))
                        return
                    # before the page is given: rows of one value each may be endless in a tiny file
                    given += _ROW_BYTES + sum(map(_size, row.values.values()))
                    if is_too_far(given, size):
                        raise InflatesTooFar(f"its rows are more than {MAX_INFLATED_SHARE} times its size")
                    place = Source(self.kind, f"{shown}:{number}")
                    read = partial(_page, row.values, place, reading.fields)
                    yield read_entry(read, place, f"row {number}", "left out, mend the row")


def _answers(file: IO[bytes], wanted: Wanted, kind: type[Answer]) -> Generator[Answer | Fault, None, None]:
    command = (
        "copydesk.flows.sources.kinds.parquet_rows",
        msgspec.json.encode(wanted).decode(),
        kind.__name__,
    )
    return answers(file, command, kind, what="Parquet file", seconds=BATCH_SECONDS)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes) else 0


def _page(values: dict[str, Any], source: Source, names: FieldNames) -> Page:
    """Raises ValueError, NoPage."""
    field = next((field for field in BODIES if field in values), None)
    if field is None:
        raise NoPage(f"nothing in {names.bodies}")
    known = {name: value for name, value in values.items() if name not in BODIES}
    if isinstance(known.get("headers"), list):
        # a column of type map comes as pairs
        known["headers"] = dict(converted(known["headers"], list[tuple[str, str]]))
    body = values[field]
    # a PageLine has texts alone: bytes are put in once the rest is known to be right
    line = known | ({"body": ""} if isinstance(body, bytes) else {field: body})
    return replace(page_of(converted(line, PageLine), source), body=body)


PARQUET_FILES = ParquetFiles()
