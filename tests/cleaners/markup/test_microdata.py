"""Microdata read into the shape of JSON-LD: which item a property belongs to, and what its value is."""

from __future__ import annotations

from typing import Any

import pytest

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.markup.declared import HintedElements
from copydesk.cleaners.markup.jsonld import read_articles
from copydesk.cleaners.options import Options

ARTICLE = "itemscope itemtype=https://schema.org/NewsArticle"


def articles(markup: str) -> list[dict[str, Any]]:
    return [dict(node) for node in read_articles(HintedElements(parse(markup, Options())).properties)]


def value_of(inner: str, name: str) -> object:
    (node,) = articles(f"<div {ARTICLE}>{inner}</div>")
    (value,) = node[name]
    return value


@pytest.mark.parametrize(("inner", "name", "value"), [
    ("<h1 itemprop=headline>Noon <b>at last</b></h1>", "headline", "Noon at last"),
    ("<meta itemprop=datePublished content=2026-03-14>", "datePublished", "2026-03-14"),
    ("<time itemprop=datePublished datetime=2026-03-14>14 March</time>", "datePublished", "2026-03-14"),
    ("<time itemprop=datePublished>14 March</time>", "datePublished", "14 March"),
    ("<img itemprop=image src=/noon.jpg>", "image", "/noon.jpg"),
    ("<link itemprop=license href=/cc>", "license", "/cc"), ("<a itemprop=url href=/noon>Noon</a>", "url", "/noon"),
    # a link around a name is the name
    ("<a itemprop=author href=/una>Una Platt</a>", "author", "Una Platt"),
    ("<a itemprop=name href=/noon>Noon</a>", "name", "Noon"),
    ("<meta itemprop=name content=Noon>", "name", "Noon"),
    ("<span itemprop=name title=x>Noon</span>", "name", "Noon"),
    ("<p itemprop=datepublished>14 March</p>", "datePublished", "14 March"),
    ("<p itemprop=ALTERNATIVEHEADLINE>The clock</p>", "alternativeHeadline", "The clock"),
    ("<p itemprop=inlanguage>مرحبا</p>", "inLanguage", "مرحبا"),
    ("<p itemprop=articleSection></p>", "articleSection", ""),
])  # fmt: skip
def test_the_value_is_where_its_element_keeps_it(inner: str, name: str, value: str) -> None:
    assert value_of(inner, name) == value


@pytest.mark.parametrize(("inner", "properties"), [
    ("<i itemprop=keywords>sea</i><i itemprop='keywords about'>goat</i>", {"keywords": ["sea", "goat"]}),
    ("<h1 itemprop='name headline'>Noon</h1>", {"name": ["Noon"], "headline": ["Noon"]}),
], ids=["one name twice, in the order of the page", "two names of one element"])  # fmt: skip
def test_properties_of_an_item(inner: str, properties: dict[str, list[str]]) -> None:
    (node,) = articles(f"<div {ARTICLE}>{inner}</div>")
    assert node == {"@type": ["https://schema.org/NewsArticle"], **properties}


PERSON = "itemprop=author itemscope itemtype=https://schema.org/Person"


@pytest.mark.parametrize(("inner", "person"), [
    (f"<p {PERSON}><b itemprop=name>Una Platt</b>, editor</p>", {"name": "Una Platt"}),
    (f"<p {PERSON}>Una Platt</p>", {"name": "Una Platt"}),
    (f"<p {PERSON}><a itemprop=url href=/una><b itemprop=name>Una Platt</b></a></p>", {"name": "Una Platt", "url": "/una"}),
    (f"<p {PERSON}><meta itemprop=name content='Una Platt'><i itemprop=sameAs>x</i></p>", {"name": "Una Platt", "sameas": "x"}),
    # the first name counts; what nobody reads of a person is left out
    (f"<p {PERSON}><b itemprop=name>Una</b><b itemprop=name>Carl</b><i itemprop=jobTitle>x</i></p>", {"name": "Una"}),
])  # fmt: skip
def test_an_item_within_is_a_node_of_its_own(inner: str, person: dict[str, str]) -> None:
    assert value_of(inner, "author") == {"@type": ["https://schema.org/Person"]} | person


def test_the_properties_of_an_inner_item_are_not_those_of_the_article() -> None:
    (node,) = articles(
        f"<div {ARTICLE}><h1 itemprop=headline>Noon</h1><p {PERSON}><b itemprop=name>Una</b></p></div>"
    )
    assert set(node) == {"@type", "headline", "author"}


@pytest.mark.parametrize("markup", [
    "<p itemprop=headline>Noon</p>", "<div itemscope><p itemprop=headline>Noon</p></div>",
    "<div itemscope itemtype=https://schema.org/Product><p itemprop=name>Noon</p></div>",
    f"<div {ARTICLE}><p>Noon</p></div>",
    f"<div {ARTICLE}><p itemprop=articleBody>Noon</p></div>",
    f"<div {ARTICLE}></div><p itemprop=headline>Noon</p>",
])  # fmt: skip
def test_what_is_no_article_with_properties_is_no_node(markup: str) -> None:
    assert articles(markup) == []


def test_teasers_are_items_of_their_own() -> None:
    one, two = articles(
        f"<div {ARTICLE}><p itemprop=headline>Noon</p>"
        "<div itemscope itemtype='http://schema.org/BlogPosting'><p itemprop=headline>Goat</p></div></div>"
    )
    assert (one["headline"], two["headline"]) == (["Noon"], ["Goat"])


def test_a_property_far_below_its_item_belongs_to_none() -> None:
    near, far = (f"<div {ARTICLE}>{'<div>' * levels}<p itemprop=headline>Noon</p>" for levels in (30, 90))
    assert len(articles(near)) == 1
    assert articles(far) == []
