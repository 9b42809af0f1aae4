"""Real articles cut short amid their page: the first paragraphs stay, and all that is around the article."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from html import unescape

from lxml import etree

from benchmarks.page_trees import PROSE_WORDS, Leaf, PageTree, as_page, read_tree
from benchmarks.sets import Case
from benchmarks.words import compare_texts, words

MOST_PARAGRAPHS = 4
_LEAST_WORDS = 40
"""Of what is kept: less is no article that anyone could tell from a teaser."""
_LEAST_REMOVED = 2
_LEAST_F1 = 0.97
"""Of the texts that are found on the page against the truth of the set: below it the truth is not found."""
_KNOWN_AGAIN_WORDS = 8
_PARAGRAPH_WORDS = 25
"""Words from which a text beside the article's paragraphs, in the same kind of element, is one of them."""


class Why(StrEnum):
    """Why a page cannot be cut cleanly."""

    UNREADABLE = "cannot be read"
    TRUTH = "texts on the page are not the set's truth"
    SHORT = "too short to be cut"
    MIXED = "an element holds both what goes and what stays"
    PARTIAL = "the set's truth leaves out paragraphs of the article"


def cut_short(case: Case) -> Case | Why:
    """The page with the first one to four paragraphs of its article; how many follows from its name: its group."""
    page = read_tree(case)
    if page is None:
        return Why.UNREADABLE
    kept = [leaf for leaf in page.leaves if leaf.is_kept]
    if compare_texts(truth=case.truth, found=_text(kept)).f1 < _LEAST_F1:
        return Why.TRUTH
    if _is_partial(page, kept):
        return Why.PARTIAL
    paragraphs = 1 + hashlib.sha256(case.id.encode()).digest()[0] % MOST_PARAGRAPHS
    last = [at for at, leaf in enumerate(kept) if leaf.words >= PROSE_WORDS][:paragraphs]
    stay, go = kept[: last[-1] + 1], kept[last[-1] + 1 :]
    truth = _text(stay)
    if len(last) < paragraphs or len(words(truth)) < _LEAST_WORDS or len(go) < _LEAST_REMOVED:
        return Why.SHORT
    elements = list(dict.fromkeys(leaf.element for leaf in go))
    if not _is_clean(page, elements, go):
        return Why.MIXED
    _forget_in_scripts(page.root, go)
    for element in elements:
        _drop(element)
    group = f"{paragraphs} paragraphs"
    return replace(case, truth=truth, body=as_page(page.root), blocks=(), group=group)


def _text(leaves: Sequence[Leaf]) -> str:
    """The texts, each once: some pages have a body twice."""
    return "\n".join(dict.fromkeys(leaf.text for leaf in leaves))


def _is_partial(page: PageTree, kept: Sequence[Leaf]) -> bool:
    """Whether a paragraph that is not in the truth stands among those that are."""
    places = {_place(leaf) for leaf in kept}
    return any(
        not leaf.is_kept and leaf.words >= _PARAGRAPH_WORDS and _place(leaf) in places for leaf in page.leaves
    )


def _place(leaf: Leaf) -> tuple[etree._Element | None, str]:
    return leaf.element.getparent(), str(leaf.element.tag)


def _is_clean(page: PageTree, elements: Sequence[etree._Element], go: Sequence[Leaf]) -> bool:
    """Whether the elements hold nothing but what goes."""
    leaving = {id(leaf) for leaf in go}
    inside = {inner for element in elements for inner in element.iter()}
    return all(id(leaf) in leaving for leaf in page.leaves if leaf.element in inside)


def _drop(element: etree._Element) -> None:
    """Take an element out of the tree; the text behind it stays."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:  # it was within one that is gone
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _forget_in_scripts(root: etree._Element, go: Sequence[Leaf]) -> None:
    """Empty the scripts that hold what goes: they would give the whole article away."""
    starts = [" ".join(words(leaf.text)[:_KNOWN_AGAIN_WORDS]) for leaf in go if leaf.words >= PROSE_WORDS]
    for script in root.iter("script"):
        # in some the markup of the text is escaped
        text = " ".join(words(unescape(script.text or "")))
        if any(start in text for start in starts):
            script.text = None
