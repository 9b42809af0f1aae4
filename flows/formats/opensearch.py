"""Records as the body of ``_bulk`` of OpenSearch and Elasticsearch: a line of what to do, a line of what with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, BinaryIO

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.errors import CannotWrite, SettingsError
from copydesk.flows.formats.format_registry import StreamFormat
from copydesk.flows.formats.json_lines import corpus_metadata

INDEX = "articles"
MOST_BYTES = 100 * 1024 * 1024
"""Of a document: what a server takes as one request, unless it is told otherwise (``http.max_content_length``)."""
# what both refuse in a name: capital letters, \ / * ? " < > | , # : and space; a first - _ +; . and ..
_NAME = lazy_pattern(r"(?![-_+])(?!\.{1,2}\Z)[^\\/*?\"<>|,#:\s\x00-\x1f\x7f]+", re.DOTALL)
_MOST_NAME_BYTES = 255
_FIELDS = ("subtitle", "description", "section", "tags", "text", "comments", "canonical_url")
_MOST_ID_BYTES = 512


def search_document(record: Record) -> dict[str, Any]:
    """A document: the text and what it is found by. Every key is always there, and each has values of one type; dates
    as pages write them, which are of none, are left out.
    """
    fields = {name: getattr(record, name) for name in _FIELDS}
    return (
        fields
        | {"tags": list(record.tags), "comments": list(record.comments or ())}
        | corpus_metadata(record)
    )


def write_bulk(records: Iterable[Record], stream: BinaryIO, index: str = INDEX) -> None:
    """Two lines a record. Raises SettingsError for a name that no index can have, CannotWrite for a record that no
    server takes.
    """
    if not _NAME.fullmatch(index) or index != index.lower() or len(index.encode()) > _MOST_NAME_BYTES:
        raise SettingsError(
            f"--index: expected the name of an index, in lower case and without spaces and signs such as"
            f" {INDEX}, not {index!r}"
        )
    for record in records:
        document = encode_value(search_document(record))
        if len(document) > MOST_BYTES or len(record.id.encode()) > _MOST_ID_BYTES:
            raise CannotWrite(
                f"record {record.id[:_MOST_ID_BYTES]}: its document has {len(document):,} bytes, and _bulk takes"
                f" {MOST_BYTES:,} of one, and {_MOST_ID_BYTES} of its id; leave it out with --where"
            )
        action = encode_value({"index": {"_index": index, "_id": record.id}})
        stream.write(action + b"\n" + document + b"\n")


OPENSEARCH = StreamFormat(
    summary="lines for _bulk of OpenSearch and Elasticsearch",
    articles_only=True,
    settings=("index",),
    write=write_bulk,
)
