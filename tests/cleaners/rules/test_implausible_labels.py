"""A paragraph leaves the text of a page with tags only for a reason the page holds."""

from __future__ import annotations

from html import escape

import pytest
from articles import ARTICLES

from copydesk import Page, clean_page

TALK = (
    "Are you still up there?", "Yes.", "Then tell me what you see.", "A goat, two boats and nobody on the quay!",
    "Oh.", "Is the bell rope wet?", "No idea.", "Okay.",
)  # fmt: skip
SHORT = {
    "en": "Where did the ferry go?", "de": "Das war auch schon alles!", "fr": "Mais qui a sonné la cloche ?",
    "it": "Chi ha visto il capro sul molo?", "ko": "종은 누가 쳤을까요", "pl": "Dzwonnik wzruszył ramionami.",
    "ru": "А кто звонил в колокол?", "tr": "Çanı kim çaldı?",
}  # fmt: skip


def text_of(markup: str) -> list[str]:
    record = clean_page(Page(body=markup, content_type="text/html; charset=utf-8"))
    return record.text.split("\n\n") if record.text else []


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


@pytest.mark.parametrize(("language", "first"), SHORT.items())
def test_a_first_line_without_support_as_title_is_text(language: str, first: str) -> None:
    """Without a declared title, a heading or a heading's class, a first paragraph is no title."""
    texts = (first, *ARTICLES[language])
    assert text_of(paragraphs(texts)) == list(texts)
    assert text_of(paragraphs((first,))) == [first]


def test_chat_in_ordinary_paragraphs_stays() -> None:
    texts = (*TALK, *TALK[::-1])
    assert text_of(paragraphs(texts)) == list(texts)
    page = "<h1>On the tower</h1><div>{}</div>".format(
        "".join(f"<div>{escape(text)}</div>" for text in texts)
    )
    assert text_of(page)[-len(texts) :] == list(texts)


@pytest.mark.parametrize(("before", "after"), [
    ("<h1>Old clock strikes again</h1>", ""),
    ("<p>Old clock strikes again</p>", ""),  # as in the head
    ("<h1>Old clock strikes again</h1>", "<p>Subscribe to our newsletter</p>"),
    ("<h1>Old clock strikes again</h1>", "<p>By Anna Berg</p>"),
    ("<h1>Old clock strikes again</h1>", '<p class="newsletter-signup">All the news in your inbox</p>'),
    ("<h1>Old clock strikes again</h1>", '<p style="display:none">Nobody reads this</p>'),
])  # fmt: skip
def test_a_label_with_support_on_the_page_is_removed(before: str, after: str) -> None:
    head, around = ("", "article") if after else ("<title>Old clock strikes again | Herald</title>", "body")
    page = f"<html><head>{head}</head><{around}>{before}{paragraphs(ARTICLES['en'])}{after}</{around}></html>"
    assert text_of(page) == list(ARTICLES["en"])
