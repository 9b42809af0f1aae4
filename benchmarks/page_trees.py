"""A page of a set as a tree that knows which of its texts a reader keeps, to be changed and written again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any, NamedTuple

from lxml import etree

from benchmarks.sets import KEPT_LABELS, Case
from benchmarks.words import words
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.decode.html_tree import SILENT, parse
from copydesk.cleaners.decode.repair import repair
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.elements import BLOCK_TAGS
from copydesk.cleaners.types import Block, Kind, Page
from training.pages import holds, labelled_truth

PROSE_WORDS = 8
"""Words from which a text shows where the article is: menus and captions have fewer."""
_IS_SILENT = " or ".join(f"ancestor::{tag}" for tag in sorted(SILENT))
_SHOWN_TEXT = etree.XPath(f".//text()[not({_IS_SILENT})]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A run of text between two block elements, and the lowest block element around it."""

    element: etree._Element
    text: str
    is_kept: bool

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(words(self.text))


class PageTree(NamedTuple):
    """A page's tree and its leaves in order."""

    case: Case
    root: etree._Element
    leaves: tuple[Leaf, ...]


def read_tree(case: Case) -> PageTree | None:
    """The tree of a page with the truth about its texts; None where it cannot be read."""
    try:
        root = parse(repair(decode(Page(body=case.read()))).text, Options())
    except BadPage:
        return None
    found = list(_runs(root))
    blocks = [Block(at, Kind.PARAGRAPH, text) for at, (_, text) in enumerate(found)]
    if case.blocks:
        labels = labelled_truth([(gold.label, gold.text) for gold in case.blocks], blocks)
        kept = [label in KEPT_LABELS for label in labels]
    else:
        kept = list(holds(case.truth, blocks))
    return PageTree(case, root, tuple(Leaf(*run, is_kept) for run, is_kept in zip(found, kept, strict=True)))


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


def as_page(root: etree._Element) -> str:
    """The tree as a page in UTF-8, whatever its head declared before."""
    for meta in root.iter("meta"):
        if meta.get("charset"):
            meta.set("charset", "utf-8")
        elif (meta.get("http-equiv") or "").lower() == "content-type":
            meta.set("content", "text/html; charset=utf-8")
    return etree.tostring(root, method="html", encoding="unicode", doctype="<!DOCTYPE html>")
