"""Which records of a store are written in which format: checked before, and counted as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.destination import COMPRESSED_ENDINGS
from copydesk.flows.exports.record_filter import record_filter
from copydesk.flows.formats.format_registry import AnyFormat, StreamFormat, find_format
from copydesk.flows.io.redaction import without_secrets

STANDARD_OUTPUT = "-"


class Export(Struct, frozen=True):
    """What to write of a store, in which format, and where: a path, a URL of fsspec, or ``-``."""

    format: str
    place: str
    where: str | None = None
    limit: int | None = None


class Exported(Struct):
    """How many records an export wrote, and how many had no place in its format: without an article, or past versions
    of one.
    """

    written: int = 0
    left_out: int = 0
    past: int = 0


class CheckedExport(NamedTuple):
    """The format of an export, and the test of its ``where``."""

    format: AnyFormat
    holds: Callable[[Record], bool] | None
    limit: int | None

    def records(self, stored: Iterable[Record], done: Exported) -> Iterator[Record]:
        """Those of a store that are written, counted as they pass."""
        chosen = stored if self.holds is None else filter(self.holds, stored)
        for record in islice(_with_place(self.format, chosen, done), self.limit):
            done.written += 1
            yield record


def checked_export(export: Export) -> CheckedExport:
    """An export that can be begun. Raises SettingsError for a format, place or expression at fault."""
    format_ = find_format(export.format)
    _check_place(export.format, format_, export.place)
    holds = record_filter(export.where) if export.where is not None else None
    return CheckedExport(format_, holds, export.limit)


def summary(done: Exported, place: str) -> str:
    """A line on an export that is done."""
    records = f"{done.written:,} record{'s' * (done.written != 1)}"
    omitted = [f"{done.left_out:,} without an article"] if done.left_out else []
    omitted += [f"{done.past:,} past version{'s' * (done.past != 1)}"] if done.past else []
    left_out = f"; {' and '.join(omitted)} left out" if omitted else ""
    return (
        f"{records} to {'standard output' if place == STANDARD_OUTPUT else without_secrets(place)}{left_out}"
    )


def _check_place(name: str, format_: AnyFormat, place: str) -> None:
    is_text = isinstance(format_, StreamFormat) and format_.is_text
    if is_text:
        return
    if place == STANDARD_OUTPUT:
        raise SettingsError(f"{name} is no format of lines: name a path with -o")
    if place.endswith(COMPRESSED_ENDINGS):
        raise SettingsError(f"{place}: {name} is not compressed as a whole; name a path without that ending")


def _with_place(format_: AnyFormat, records: Iterable[Record], done: Exported) -> Iterator[Record]:
    for record in records:
        if format_.articles_only and not (record.status in ("ok", "partial") and record.text):
            done.left_out += 1
        # all versions of a page have the same id and URL: readers want the current one
        elif format_.articles_only and record.next is not None:
            done.past += 1
        else:
            yield record
