"""What is put into pages: pieces of other real pages of the same fold, by the labels a reader gave their texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from lxml import etree

from benchmarks.page_trees import Leaf, PageTree, shown_text
from training.pages import site_of

MOST_LEAVES = 40
"""Texts of a piece at most: a list of a hundred teasers would hide everything else about a page."""
_FEWEST_IN_ARTICLE = 3
_FEWEST_ANSWER_WORDS = 10
_QUESTION_TAGS = ("h2", "h3", "h4", "h5", "summary", "button", "dt")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a piece is made of: texts labelled ``labels``, and beside them ``others`` at most.

    ``least_words``: of its longest text under the labels; ``texts``: how many of these it has at least and at most.
    """

    labels: frozenset[str]
    others: frozenset[str]
    least_words: int
    texts: tuple[int, int] = (1, MOST_LEAVES)


_SMALL_PRINT = frozenset({"other", "social", "caption", "byline", "tags", "duplicate"})
WANTED: Mapping[str, Wanted] = {
    # a headline alone is a link; with a summary it reads like the article
    "teasers": Wanted(frozenset({"related"}), _SMALL_PRINT | {"nav"}, 12, (2, 16)),
    "newsletter": Wanted(frozenset({"newsletter"}), _SMALL_PRINT | {"cookie", "comment_form"}, 8),
    "boilerplate": Wanted(frozenset({"other", "source_note"}), frozenset({"social", "copyright"}), 20),
    "bios": Wanted(frozenset({"author_bio"}), _SMALL_PRINT, 12),
    "comments": Wanted(frozenset({"comment"}), _SMALL_PRINT | {"comment_form"}, 8, (2, MOST_LEAVES)),
    "call": Wanted(frozenset({"ad", "newsletter", "social", "paywall"}), frozenset(), 6, (1, 1)),
}
"""Pieces by name. A reader's label marks each; the others are what such boxes hold as well."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of another page, copied: ``page`` and ``site`` are where it comes from, ``text`` its text."""

    page: str
    site: str
    element: etree._Element
    text: str

    def copy(self) -> etree._Element:
        """A new element, to be put into a page."""
        return deepcopy(self.element)


def _piece(page: PageTree, element: etree._Element) -> Piece:
    site = site_of(page.case.url, page.case.id)
    return Piece(page.case.id, site, _at_home(deepcopy(element), site), shown_text(element))


def _at_home(element: etree._Element, site: str) -> etree._Element:
    """The element as part of whatever page: links to its own site lead to the page's, and no script names what
    the other page is.
    """
    element.tail = None
    for script in element.iter("script"):
        script.text = None
    for link in element.iter("a"):
        parts = _split(link.get("href"))
        if parts and parts[0].endswith(site):
            link.set("href", parts[1])
    return element


def _split(href: str | None) -> tuple[str, str] | None:
    """Host and path of an absolute link; None for any other."""
    try:
        parts = urlsplit(href or "")
    except ValueError:  # a bracket in the host
        return None
    return (parts.hostname, parts.path or "/") if parts.hostname else None


def pieces(page: PageTree, wanted: Wanted) -> Iterator[Piece]:
    """The largest elements of a page that are made of what is wanted, none within another."""
    by_element: dict[etree._Element, list[Leaf]] = {}
    for leaf in page.leaves:
        by_element.setdefault(leaf.element, []).append(leaf)
    return (_piece(page, one) for one in _largest(page.root, by_element, wanted))


def _largest(
    element: etree._Element, leaves: Mapping[etree._Element, list[Leaf]], wanted: Wanted
) -> Iterator[etree._Element]:
    within = [leaf for inner in element.iter() for leaf in leaves.get(inner, ())]
    if element.tag != "body" and within and _is_made_of(within, wanted):
        yield element
        return
    for child in element:
        yield from _largest(child, leaves, wanted)


def _is_made_of(leaves: Collection[Leaf], wanted: Wanted) -> bool:
    mine = [leaf for leaf in leaves if leaf.label in wanted.labels]
    fewest, most = wanted.texts
    return (
        fewest <= len(mine) <= most
        and len(leaves) <= MOST_LEAVES
        and all(leaf.label in wanted.labels or leaf.label in wanted.others for leaf in leaves)
        and max(leaf.words for leaf in mine) >= wanted.least_words
    )


def article(page: PageTree) -> Piece | None:
    """The article of a page below its headline: the element around it, as it is; None where nothing holds it."""
    if len(page.steps) < _FEWEST_IN_ARTICLE:
        return None
    outer = etree.Element("div")
    headline = next((leaf.element for leaf in page.leaves if leaf.element.tag == "h1"), None)
    if headline is not None and page.container not in headline.iterancestors():
        outer.append(deepcopy(headline))
    container = deepcopy(page.container)
    # a page has one body and one main; its caller decides whether it is an article
    container.tag = "div" if container.tag in ("body", "main", "article") else container.tag
    outer.append(container)
    return _piece(page, outer)


def questions(page: PageTree) -> Iterator[tuple[str, str]]:
    """Headings of an article that are questions, each with the paragraph that answers."""
    for one, two in pairwise(page.leaves):
        is_question = one.element.tag in _QUESTION_TAGS and one.text.endswith(("?", "？"))
        is_answer = two.element.tag == "p" and two.words >= _FEWEST_ANSWER_WORDS
        if is_question and is_answer and one.is_kept and two.is_kept:
            yield one.text, two.text
