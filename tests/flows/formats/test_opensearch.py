"""Lines for ``_bulk``, read as its documentation says a server reads them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import full_record, records
from msgspec.structs import replace

from copydesk import Record
from copydesk.flows.errors import CannotWrite, SettingsError
from copydesk.flows.exports.export import Export, checked_export
from copydesk.flows.formats.opensearch import MOST_BYTES, write_bulk


def as_a_server_reads_it(body: bytes) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """(action, document) of each pair of lines. A body ends in a line feed, which alone ends a line; an action is an
    object of one key that says which, and ``index`` has a line with an object behind it.
    """
    assert body == b"" or body.endswith(b"\n")
    lines = body.split(b"\n")[:-1]
    assert len(lines) % 2 == 0
    found = []
    for action, source in zip(lines[::2], lines[1::2], strict=True):
        (name, about), document = next(iter(json.loads(action).items())), json.loads(source)
        assert (name, about.keys(), type(document)) == ("index", {"_index", "_id"}, dict)
        found.append((about, document))
    return found


def mapped(value: Any, path: str = "") -> dict[str, str]:
    """What dynamic mapping takes each field for; lists are of what is in them, null is of any type."""
    if isinstance(value, dict):
        return {
            key: kind for name, one in value.items() for key, kind in mapped(one, f"{path}.{name}").items()
        }
    if isinstance(value, list):
        return {key: kind for one in value for key, kind in mapped(one, path).items()}
    return {} if value is None else {path: type(value).__name__}


def bulk(made: list[Record], **values: str) -> bytes:
    stream = BytesIO()
    write_bulk(made, stream, **values)
    return stream.getvalue()


@settings(max_examples=30)
@given(st.lists(records(), max_size=3))
def test_any_records_are_pairs_of_lines(made: list[Record]) -> None:
    read = as_a_server_reads_it(bulk(made))
    assert [(about["_index"], about["_id"]) for about, _ in read] == [
        ("articles", record.id) for record in made
    ]
    assert [document["text"] for _, document in read] == [record.text for record in made]
    # a server refuses a document with a field of another type than it had in those before
    assert len({frozenset(document) for _, document in read}) <= 1
    kinds = [mapped(document) for _, document in read]
    assert all(
        mine.get(path, kind) == kind for mine in kinds for other in kinds for path, kind in other.items()
    )


def test_an_index_has_a_name_that_servers_take() -> None:
    for name in ("news", "news-2026.11", "x" * 255, "é" * 127, "новости"):
        ((about, _),) = as_a_server_reads_it(bulk([full_record()], index=name))
        assert about["_index"] == name
    for name in (
        "News",
        "a b",
        "_x",
        "-x",
        "+x",
        ".",
        "..",
        "",
        "a/b",
        "a,b",
        "a#b",
        "a:b",
        "x" * 256,
        "é" * 128,
        "a\n",
    ):
        with pytest.raises(SettingsError, match="--index: expected the name of an index"):
            bulk([], index=name)
    with pytest.raises(SettingsError, match="--index: is for opensearch; not for rss"):
        checked_export(Export("rss", "feed.xml", settings={"index": "news"}))


def test_what_no_server_takes_is_told() -> None:
    with pytest.raises(
        CannotWrite, match=r"^record big: its document has 104,\d{3},\d{3} bytes, and _bulk takes 104,857,600"
    ):
        bulk([replace(full_record(), id="big", text="x" * (MOST_BYTES - 100))])
    with pytest.raises(CannotWrite, match="512 of its id"):
        bulk([replace(full_record(), id="x" * 513)])
