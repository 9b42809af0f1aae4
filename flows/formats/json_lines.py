"""A JSON object a line: records as they are, and the documents that builders of corpora read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import msgspec

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.formats.format_registry import StreamFormat

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
    return {
        "url": record.url,
        "title": record.title,
        "authors": [author.name for author in record.authors],
        "site_name": record.site_name,
        "source": record.source.name,
        "fetched_at": record.fetched_at,
        "date_published": record.date_published,
        "date_modified": record.date_modified,
        "language": record.language,
        "language_score": record.language_score,
        "confidence": record.confidence,
        "license": record.license,
        "is_accessible_for_free": record.is_accessible_for_free,
        "status": record.status,
        "reason": record.reason,
        "page_kind": record.page_kind,
        "content_hash": record.content_hash,
        "duplicate_of": record.duplicate_of,
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
