"""A record for people: its line, and its HTML in a notebook."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import msgspec
import pytest
from conftest import ARTICLE

from copydesk import Record, clean, restore
from copydesk.cleaners import encode, failed
from copydesk.cleaners.types import Page
from copydesk.cleaners.word_count import count_words


def test_a_record_is_its_json_and_its_dictionary() -> None:
    record = clean(ARTICLE, "https://courier.example/clock")
    assert record.to_json().encode() + b"\n" == encode(record)
    assert record.to_dict() == json.loads(record.to_json())
    assert Record.from_json(record.to_json()) == record
    with pytest.raises(ValueError, match="no record of copydesk: "):
        Record.from_json("{}")
    with pytest.raises(TypeError, match="takes a Record, not dict"):
        restore(record.to_dict())  # type: ignore[arg-type]
    # what some readers take for a line end is escaped
    assert "\u2028" not in clean("<p>one\u2028two</p>").to_json()


def test_the_line_shows_what_when_and_how_much() -> None:
    record = clean(ARTICLE, "https://www.courier.example/clock")
    kept, gone = count_words(record.text), sum(count_words(removal.text) for removal in record.removed)
    assert repr(record) == (
        f"<Record 'Old clock strikes again', www.courier.example, ok, {kept} words kept, {gone} removed>"
    )
    assert repr(failed(Page("x"), "timeout")) == "<Record failed (timeout), 0 words kept, 0 removed>"
    long = repr(msgspec.structs.replace(record, title="word " * 1000, url="http://[half"))
    assert "\n" not in long
    assert len(long) < 200


class Cells(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_notebook_shows_the_text_and_what_was_removed_by_label() -> None:
    record = clean(ARTICLE, "https://courier.example/clock")
    shown = Cells(record._repr_html_())
    assert shown.texts[:2] == [repr(record), record.text]
    labels = {removal.label for removal in record.removed}
    assert labels <= set(shown.texts)
    assert shown.tags.count("tr") == 1 + len(labels)


def test_nothing_of_a_page_is_markup_in_a_notebook() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&</div><script>alert(1)</script>"
    record = clean(ARTICLE)
    removed = tuple(msgspec.structs.replace(removal, text=hostile) for removal in record.removed)
    evil = msgspec.structs.replace(
        record, title=hostile, text=hostile, removed=removed, url="http://<b>.example/"
    )
    assert set(Cells(evil._repr_html_()).tags) == set(Cells(record._repr_html_()).tags)
    assert hostile in Cells(evil._repr_html_()).texts


def test_a_notebook_shows_a_bounded_text() -> None:
    assert len(msgspec.structs.replace(clean(ARTICLE), text="word " * 1_000_000)._repr_html_()) < 50_000
