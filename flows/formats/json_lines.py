"""A JSON object a line: records as they are, and the documents that builders of corpora read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import msgspec

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.formats.format_registry import StreamFormat

_METADATA = (
    "url", "title", "authors", "site_name", "source", "fetched_at", "date_published", "date_modified", "language",
    "language_score", "confidence", "license", "is_accessible_for_free", "status", "reason", "page_kind",
    "content_hash", "duplicate_of", "provenance",
)  # fmt: skip
Write = Callable[[Iterable[Record], BinaryIO], None]


def lines_of(line: Callable[[Record], bytes]) -> Write:
    """Writes what ``line`` makes of each record, which ends in a line feed."""

    def write(records: Iterable[Record], stream: BinaryIO) -> None:
        # streams of zstandard have no `writelines`
        for record in records:  # noqa: FURB122
            stream.write(line(record))

    return write


def dolma_document(record: Record) -> dict[str, Any]:
    """A document as the Dolma toolkit reads it: with the dates of publication and of the fetch beside the text."""
    return {
        "id": record.id,
        "text": record.text,
        "source": record.source.name,
        "added": record.fetched_at,
        "created": record.date_published,
        "metadata": corpus_metadata(record),
    }


def datatrove_document(record: Record) -> dict[str, Any]:
    """A document as the readers of datatrove take it by their defaults."""
    return {"text": record.text, "id": record.id, "metadata": corpus_metadata(record)}


def corpus_metadata(record: Record) -> dict[str, Any]:
    """What is known of a text, by which corpora are filtered. Every key is always there, absent knowledge ``null``, so
    that readers which guess types from the first lines meet no new ones later.
    """
    fields = {name: getattr(record, name) for name in _METADATA}
    return fields | {
        "authors": [author.name for author in record.authors],
        "source": record.source.name,
        "provenance": msgspec.to_builtins(record.provenance),
    }


JSONL = StreamFormat(summary="records as they are, a line each", write=lines_of(encode))
DOLMA = StreamFormat(
    summary="documents for the Dolma toolkit: id, text, source, added, created, metadata",
    articles_only=True,
    write=lines_of(lambda record: encode_value(dolma_document(record)) + b"\n"),
)
DATATROVE = StreamFormat(
    summary="documents for datatrove: text, id, metadata",
    articles_only=True,
    write=lines_of(lambda record: encode_value(datatrove_document(record)) + b"\n"),
)
