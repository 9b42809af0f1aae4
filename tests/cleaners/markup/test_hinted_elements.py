"""Elements whose attributes show what they hold: found, in document order, and no others."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from lxml import etree

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.markup.declared import HintedElements
from copydesk.cleaners.options import Options


def hinted(markup: str) -> HintedElements:
    return HintedElements(parse(markup, Options()))


def texts(elements: Iterable[etree._Element]) -> list[str]:
    return [element.text or "" for element in elements]


AUTHOR = (
    "author", "post-author", "Author-Name", "byline", "entry-Byline", "autor", "meta article-author-name",
)  # fmt: skip
DATE = ("date", "postDate", "pubdate", "published", "publication", "timestamp")
NEITHER = ("auth", "by", "line", "writer", "AUTHOR", "")


@pytest.mark.parametrize(("words", "credited", "dated"), [
    *((words, ["Una Platt"], []) for words in AUTHOR), *((words, [], ["Una Platt"]) for words in DATE),
    *((words, [], []) for words in NEITHER),
])  # fmt: skip
def test_classes_that_speak_of_an_author_or_a_date(words: str, credited: list[str], dated: list[str]) -> None:
    found = hinted(f"<p class='{words}'>Una Platt</p><p class=lead>Noon</p>")
    assert (texts(found.credited), texts(found.dated)) == (credited, dated)


@pytest.mark.parametrize(("element", "linked"), [
    ("<a rel=author href=/una>Una Platt</a>", ["Una Platt"]),
    ("<a href=/author/una>Una Platt</a>", ["Una Platt"]), ("<a href=/autoren/una>Una Platt</a>", ["Una Platt"]),
    ("<a href=/fr/auteurs/una>Una Platt</a>", ["Una Platt"]),
    ("<span itemprop=author>Una Platt</span>", ["Una Platt"]),
    ("<span data-testid=AuthorName>Una Platt</span>", ["Una Platt"]),
    ("<span data-testid=byline>Una Platt</span>", ["Una Platt"]),
    ("<a itemprop=author href=/people/una>Una Platt</a>", ["Una Platt"]),
    ("<a href=/authority>The authority</a>", ["The authority"]),
    # what only begins like one
    ("<a href=/autumn>Autumn</a>", []), ("<a rel=bookmark href=/una>Una Platt</a>", []),
    ("<a rel=author-ship>Ship</a>", []), ("<span href=/author/una>Una Platt</span>", []),
    ("<span itemprop=authored>Noon</span>", []), ("<span data-testid=headline>Noon</span>", []),
])  # fmt: skip
def test_an_author_found_by_other_attributes(element: str, linked: list[str]) -> None:
    assert texts(hinted(f"<p>{element}</p>").linked) == linked


def test_each_author_is_named_once_by_whatever_attributes() -> None:
    page = hinted("<a rel=author itemprop=author href=/author/una data-testid=author>Una Platt</a>")
    assert texts(page.linked) == ["Una Platt"]


def test_properties_come_in_the_order_of_the_page() -> None:
    page = hinted("<div itemprop=author><b itemprop=name>Una</b></div><i itemprop=headline>Noon</i><u>x</u>")
    assert [value.get("itemprop") for value in page.properties] == ["author", "name", "headline"]


@pytest.mark.parametrize("spelling", ["itemprop", "ITEMPROP", "itemProp"])
def test_attributes_are_found_in_any_usual_spelling(spelling: str) -> None:
    assert texts(hinted(f"<p {spelling}=headline>Noon</p>").properties) == ["Noon"]


@pytest.mark.parametrize(("markup", "found"), [
    ("<a rel=license href=/cc>CC BY</a>", ["CC BY"]),
    ("<a rel='nofollow License' href=/cc>CC BY</a>", ["CC BY"]),
    ("<p class=license>CC BY</p>", []), ("<a href=/license>CC BY</a>", []),
])  # fmt: skip
def test_links_whose_relation_speaks_of_a_licence(markup: str, found: list[str]) -> None:
    assert texts(hinted(f"<div>{markup}</div>").licences) == found


@pytest.mark.parametrize("attribute", ["ai-disclosure", "AI-Disclosure", "aidisclosure", "aiDisclosure"])
def test_elements_that_disclose_a_machines_part(attribute: str) -> None:
    assert texts(hinted(f"<div><p {attribute}=ai-generated>Noon</p></div>").disclosing) == ["Noon"]


def test_the_root_element_may_disclose() -> None:
    found = hinted("<html ai-disclosure=none><body><p>Noon</p></body></html>").disclosing
    assert [item.tag for item in found] == ["html"]


def test_a_page_of_very_many_hints_is_read_up_to_a_limit() -> None:
    page = hinted("<p class='author date' itemprop=author>x</p>" * 1_000)
    assert {len(page.credited), len(page.dated), len(page.linked)} == {60}
    assert len(page.properties) == 400


def test_nothing_is_found_where_nothing_is_stated() -> None:
    page = hinted("<div><p>By Una Platt, author, 14 March</p><a href=/cc>license</a></div>")
    assert (page.credited, page.dated, page.linked, page.properties) == ((), (), (), ())
    assert page.licences == page.disclosing == []
