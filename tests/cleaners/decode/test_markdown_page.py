"""Pages in Markdown: read as what they look like, with what their front matter says of them."""

import pytest

from copydesk import restore
from copydesk.cleaners import clean
from copydesk.cleaners.decode.markdown_page import read_front_matter
from copydesk.cleaners.types import Page

PARAGRAPH = (
    "The ferry between the *two* harbours sails again from Monday, the [port](https://courier.example/port) said on "
    "Friday, after three weeks in which divers and welders repaired its pier."
)
ARTICLE = f"## Three weeks\n\n{PARAGRAPH}\n\n1. It sails at six.\n2. It sails at noon.\n\n{PARAGRAPH.replace('ferry', 'bus')}\n"
FRONT = """---
Title: Ferry: it sails again
authors: [Hetty Quarles, {name: Odo Marsh}]
date: 2026-11-06
source: https://courier.example/ferry
lang: en
tags:
  - sea
---
"""


def test_front_matter_is_metadata_and_no_text() -> None:
    record = clean(
        Page(body=FRONT.replace("Title: Ferry: it", "Title: It") + ARTICLE, content_type="text/markdown")
    )
    assert record.title == "It sails again"
    assert [author.name for author in record.authors] == ["Hetty Quarles", "Odo Marsh"]
    assert (record.date_published, record.language, record.tags) == ("2026-11-06", "en", ("sea",))
    origins = record.field_origins
    assert origins["title"] == "front_matter:title"
    assert origins["date_published"] == "front_matter:date_published"
    assert record.text.startswith("Three weeks\n\nThe ferry between the two harbours sails")
    assert "## Three weeks" in record.markdown
    assert "2026" not in restore(record)


@pytest.mark.parametrize(("front", "title", "url"), [
    (FRONT, "Ferry: it sails again", "https://courier.example/ferry"),
    ("\ufeff---\r\ntitle: It sails\r\nauthor: '[[Odo Marsh]]'\r\n---\r\n", "It sails", None),
    ("---\ndate: 2026-11-06\nurl: /ferry\n...\n", None, None),
])  # fmt: skip
def test_what_front_matter_says(front: str, title: str | None, url: str | None) -> None:
    found = read_front_matter(front + ARTICLE)
    assert found is not None
    assert (found.announced.title, found.url, found.text) == (title, url, ARTICLE)


@pytest.mark.parametrize("text", [
    "---\n\nA line above, and one below.\n\n---\n", "---\nA line above, and one below.\n---\n", "---\nnote: no usual key\n---\n",
    "---\ntitle: without an end\n", "title: without a line\n---\n", "---\n" + "[" * 50_000 + "\n---\n", "---\ntitle: &a [*a]\n",
])  # fmt: skip
def test_a_text_between_lines_is_no_front_matter(text: str) -> None:
    assert read_front_matter(text + ARTICLE) is None


def test_html_that_is_called_markdown_is_html() -> None:
    body = f"<html><head><title>Ferry</title></head><body>\n\n    <p>{PARAGRAPH}</p>\n    <p>{PARAGRAPH}</p></body></html>"
    assert "<p>" not in clean(Page(body=body, content_type="text/markdown")).text
