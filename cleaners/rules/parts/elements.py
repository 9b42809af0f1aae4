"""Kept blocks by the elements that contain them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence, Set

from msgspec import Struct

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.types import WRITTEN, Block, Kind, Label, PathStep

WHOLE_PAGE = frozenset({"html", "body", "main", "article"})
"""Elements that hold an article, whatever they are called."""
MAX_SHARE = 0.35
"""Share of the kept characters above which a part of a page is the article, or half of it; set by hand.

On 867 pages judged by models that had not seen their sites, leaving boxes with less out is better on 12 (0.165 of F1 in
sum), worse on 2 (0.001). `infobox`, `factbox`, `callout` and key points are worse on as many
(docs/decisions/0016-parts-of-a-page.md).
"""


class Element(Struct, frozen=True):
    """An element and the numbers of the kept blocks in it, in order."""

    step: PathStep
    blocks: tuple[int, ...]


def outermost(context: RuleContext, numbers: Set[int]) -> tuple[Element, ...]:
    """The outermost of some elements, apart from those of whole pages, and what is kept in each."""
    if not numbers:
        return ()
    found: dict[int, tuple[PathStep, list[int]]] = {}
    for at in context.kept_in_order:
        for step in context.page.blocks[at].path:
            if step.number in numbers and step.tag not in WHOLE_PAGE:
                found.setdefault(step.number, (step, []))[1].append(at)
                break
    return tuple(Element(step, tuple(blocks)) for step, blocks in found.values())


def beside_article(
    judged: JudgedPage, matches: Callable[[str, str], bool], holding: Collection[str]
) -> frozenset[int]:
    """As ``parts_of_page``, but none where together they hold too large a share."""
    numbers = parts_of_page(judged, matches, holding)
    if not numbers:
        return numbers
    blocks = [judged.page.blocks[at] for at in judged.kept]
    within = [block for block in blocks if not numbers.isdisjoint([step.number for step in block.path])]
    return frozenset() if _chars(within) > MAX_SHARE * _chars(blocks) else numbers


def parts_of_page(
    judged: JudgedPage, matches: Callable[[str, str], bool], holding: Collection[str]
) -> frozenset[int]:
    """The numbers of the elements whose words and tag ``matches`` (see `PageFacts.elements_where`), except those that
    hold too large a share of what the network keeps.
    """
    numbers = judged.page.elements_where(matches, holding)
    if not numbers:
        return numbers
    blocks = [judged.page.blocks[at] for at in judged.kept]
    chars = Counter[int]()
    for block in blocks:
        chars.update({step.number: len(block.raw) for step in block.path if step.number in numbers})
    most = MAX_SHARE * _chars(blocks)
    return frozenset(number for number in numbers if chars[number] <= most)


def _chars(blocks: Iterable[Block]) -> int:
    return sum([len(block.raw) for block in blocks])


def share_of_kept(context: RuleContext, blocks: Collection[int]) -> float:
    """How much of the characters that are kept so far is in some blocks, 0 to 1."""
    every = context.page.blocks
    return _chars(every[at] for at in blocks) / max(1, context.memoized(_kept_chars))


def _kept_chars(context: RuleContext) -> int:
    return _chars(context.page.blocks[at] for at in context.kept_by_now)


def all_written(context: RuleContext, blocks: Sequence[int]) -> bool:
    """Whether the verdicts so far say of these blocks no more than how they are written."""
    return all(context.verdicts[at].label in WRITTEN for at in blocks)


def is_heading(context: RuleContext, block: Block) -> bool:
    """Whether a block is a heading, by its tag or by its verdict so far."""
    return block.kind is Kind.HEADING or context.verdicts[block.index].label is Label.HEADING


def rank(block: Block) -> int:
    """The rank of a heading, 1 the highest; what has none is taken for the lowest."""
    return block.level if block.kind is Kind.HEADING and block.level else 9
