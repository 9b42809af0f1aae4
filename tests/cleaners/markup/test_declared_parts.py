"""Questions and live entries as pages declare them, whatever is in them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.declared_parts import DeclaredParts

NAMES = ("@type", "mainEntity", "name", "acceptedAnswer", "text", "liveBlogUpdate", "headline", "articleBody")
TYPES = ("FAQPage", "Question", "Answer", "LiveBlogPosting", "BlogPosting", "https://schema.org/FAQPage")
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(TYPES) | st.text(max_size=9)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)


def parts(markup: str) -> DeclaredParts:
    page = f"<html><head></head><body>{markup}</body></html>"
    return DeclaredParts(Declared(html.document_fromstring(page), markup=page, url=None))


def scripted(value: object) -> DeclaredParts:
    return parts(f'<script type="application/ld+json">{json.dumps(value).replace("<", "&lt;")}</script>')


def test_texts_are_compared_without_tags_and_white_space() -> None:
    answer = {"@type": "Answer", "text": "<p>The guard,<br> each Monday.</p>"}
    question = {"@type": "Question", "name": "Who winds it?", "acceptedAnswer": answer}
    found = scripted({"@type": "FAQPage", "mainEntity": [question, {"@type": "Thing", "name": "No"}]})
    assert (found.questions, found.answers) == ({"Whowindsit?"}, "Theguard,eachMonday.")
    assert not found.is_live


def test_entries_are_read_from_json_ld_and_microdata() -> None:
    blog = {
        "@graph": [
            {
                "@type": "LiveBlogPosting",
                "liveBlogUpdate": {"headline": "It moves", "articleBody": "By a hand."},
            }
        ]
    }
    found = scripted(blog)
    assert (found.is_live, found.headlines, found.updates) == (True, {"Itmoves"}, "Byahand.")
    item = '<div itemprop="liveBlogUpdate"><i itemprop="headline">It moves</i><p itemprop="articleBody">By a hand.</div>'
    shown = parts(item)
    assert (shown.is_live, shown.headlines, shown.updates) == (True, {"Itmoves"}, "Byahand.")
    assert not parts("<p>The liveBlogUpdate of schema.org</p>").is_live


@given(VALUES)
def test_any_data_is_read(value: object) -> None:
    found = scripted(value)
    assert (found.stamped, isinstance(found.is_live, bool)) == (frozenset(), True)
    assert all(
        isinstance(text, str) for text in (*found.questions, *found.headlines, found.answers, found.updates)
    )
