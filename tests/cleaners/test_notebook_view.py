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
    assert shown.texts[0] == "Old clock strikes again"
    assert record.text in shown.texts
    # folded: what is seen first are the facts and what was removed
    assert shown.tags.count("details") == 1
    labels = {removal.label for removal in record.removed}
    assert labels <= set(shown.texts)
    assert shown.tags.count("tr") == 1 + len(labels)


def test_a_notebook_shows_the_facts_and_what_the_page_says_of_ai() -> None:
    note = "<p>This article was written with the help of ChatGPT and checked by an editor.</p></article>"
    record = msgspec.structs.replace(
        clean(ARTICLE.replace("</article>", note), "https://courier.example/clock?a=1&b=2"),
        site_name="The Courier", date_published="2026-11-01T08:00:00Z",
    )  # fmt: skip
    html = record._repr_html_()
    assert (
        '<a href="https://courier.example/clock?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">'
        in html
    )
    text = "".join(Cells(html).texts)
    assert "The Courier · courier.example · 2026-11-01 · en · ok · " in text
    assert "AI assisted text (ChatGPT): “This article was written with the help of ChatGPT" in text
    assert "AI" not in Cells(clean(ARTICLE)._repr_html_()).texts
    failure = "".join(Cells(failed(Page("x"), "timeout")._repr_html_()).texts)
    assert "failed: timeout · 0 words kept, 0 removed" in failure


def test_only_the_web_is_linked_and_no_colour_is_of_one_theme_alone() -> None:
    record = clean(ARTICLE, "https://courier.example/clock")
    for url in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", None):
        assert "href" not in msgspec.structs.replace(record, url=url, canonical_url=None)._repr_html_()
    assert "color:" not in record._repr_html_()


def test_nothing_of_a_page_is_markup_in_a_notebook() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&</div><script>alert(1)</script>"
    record = clean(ARTICLE)
    removed = tuple(msgspec.structs.replace(removal, text=hostile) for removal in record.removed)
    evil = msgspec.structs.replace(
        record, title=hostile, text=hostile, removed=removed, url='http://<b>.example/"onclick="alert(1)',
        site_name=hostile, date_published=hostile, language=hostile, reason=hostile,
    )  # fmt: skip
    assert set(Cells(evil._repr_html_()).tags) == {*Cells(record._repr_html_()).tags, "a"}
    assert '"onclick' not in evil._repr_html_()
    assert hostile in Cells(evil._repr_html_()).texts


def test_a_notebook_shows_a_bounded_text() -> None:
    assert len(msgspec.structs.replace(clean(ARTICLE), text="word " * 1_000_000)._repr_html_()) < 50_000
