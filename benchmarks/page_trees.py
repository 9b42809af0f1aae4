"""A page of a set as a tree that knows which of its texts a reader keeps, to be changed and written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby
from typing import Any

from lxml import etree

from benchmarks.sets import KEPT_LABELS, Case
from benchmarks.words import words
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.decode.html_tree import SILENT, parse
from copydesk.cleaners.decode.repair import repair
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.segment.elements import BLOCK_TAGS
from copydesk.cleaners.types import Block, Kind, Options, Page
from training.pages import holds, labelled_truth

PROSE_WORDS = 8
"""Words from which a text shows where the article is: menus and captions have fewer."""
CONTAINER_SHARE = 0.8
"""Share of the article's words that the element around it holds: one paragraph may be outside, as a lead does."""
_IS_SILENT = " or ".join(f"ancestor::{tag}" for tag in sorted(SILENT))
_SHOWN_TEXT = etree.XPath(f".//text()[not({_IS_SILENT})]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A run of text between two block elements, and the lowest block element around it.

    ``label``: the reader's; ``""`` where readers only decided whether the text belongs to the article.
    """

    element: etree._Element
    text: str
    label: str
    is_kept: bool

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(words(self.text))


@dataclass(frozen=True)
class PageTree:
    """A page's tree and its leaves in order; ``container`` is the lowest element around the article."""

    case: Case
    root: etree._Element
    leaves: tuple[Leaf, ...]

    @cached_property
    def prose(self) -> tuple[Leaf, ...]:
        """The article's texts that are long enough to show where it is."""
        return tuple(leaf for leaf in self.leaves if leaf.is_kept and leaf.words >= PROSE_WORDS)

    @cached_property
    def container(self) -> etree._Element:
        """The lowest element that holds nearly all of the article and more than one text of it; the root where
        there is no article.
        """
        held: Counter[etree._Element] = Counter()
        for leaf in self.prose:
            held.update(dict.fromkeys(leaf.element.iterancestors(), leaf.words))
        total = sum(leaf.words for leaf in self.prose)
        around = [element for element, count in held.items() if count >= CONTAINER_SHARE * total]
        return max(around, key=lambda element: sum(1 for _ in element.iterancestors()), default=self.root)

    @cached_property
    def steps(self) -> tuple[etree._Element, ...]:
        """The children of the container that hold the article's prose, each once, in order."""
        found = (child_towards(self.container, leaf.element) for leaf in self.prose)
        return tuple(dict.fromkeys(child for child in found if child is not None))


def child_towards(outer: etree._Element, inner: etree._Element) -> etree._Element | None:
    """The child of ``outer`` that holds ``inner``; None where none does."""
    child = inner
    for above in inner.iterancestors():
        if above is outer:
            return child
        child = above
    return None


def read_tree(case: Case) -> PageTree | None:
    """The tree of a page with the truth about its texts; None where it cannot be read."""
    try:
        root = parse(repair(decode(Page(body=case.read()))).text, Options())
    except BadPage:
        return None
    found = list(_runs(root))
    blocks = [Block(at, Kind.PARAGRAPH, text) for at, (_, text) in enumerate(found)]
    leaves = (
        Leaf(element, text, label, is_kept)
        for (element, text), (label, is_kept) in zip(found, _truths(case, blocks), strict=True)
    )
    return PageTree(case, root, tuple(leaves))


def _runs(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """The texts of a page in order, each with the block element around it, but for those of its head."""
    nodes: Any = _SHOWN_TEXT(root)
    for holder, run in groupby(nodes, key=_holder):
        text = " ".join("".join(run).split())
        if text and holder.tag not in ("title", "head"):
            yield holder, text


def _holder(node: Any) -> etree._Element:
    element: etree._Element = node.getparent()
    around = element.iterancestors() if node.is_tail else chain((element,), element.iterancestors())
    return next((one for one in around if one.tag in BLOCK_TAGS), element)


def shown_text(element: etree._Element) -> str:
    """The text of an element as a browser could show it, each block element in a line of its own."""
    return "\n".join(text for _, text in _runs(element))


def _truths(case: Case, blocks: Sequence[Block]) -> list[tuple[str, bool]]:
    if not case.blocks:
        return [("", is_kept) for is_kept in holds(case.truth, blocks)]
    labels = labelled_truth([(gold.label, gold.text) for gold in case.blocks], blocks)
    return [(str(label or ""), label in KEPT_LABELS) for label in labels]


def as_page(root: etree._Element) -> str:
    """The tree as a page in UTF-8, whatever its head declared before."""
    for meta in root.iter("meta"):
        if meta.get("charset"):
            meta.set("charset", "utf-8")
        elif (meta.get("http-equiv") or "").lower() == "content-type":
            meta.set("content", "text/html; charset=utf-8")
    return etree.tostring(root, method="html", encoding="unicode", doctype="<!DOCTYPE html>")
