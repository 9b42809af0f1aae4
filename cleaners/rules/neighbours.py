"""Rules that judge in context: what was said before on the page, and what stands around a block."""

from __future__ import annotations

from collections.abc import Iterator

from copydesk.cleaners.judge.layout import common_words
from copydesk.cleaners.rules.rule import Rule, RuleContext, kept_by_now
from copydesk.cleaners.types import KEPT, Block, Kind, Label, PathStep

# set by hand: of 358 labelled repetitions half have no more than 42 characters (`python -m benchmarks.lengths
# duplicate=40`), but smaller would take refrains and labels said twice, larger leave standfirsts that are repeated
_MIN_DUPLICATE_LETTERS = 40
_CONTAINERS = frozenset({
    "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "fieldset", "figure", "footer",
    "form", "header", "main", "nav", "section",
})  # fmt: skip
_BARE_CONTAINERS = frozenset({"center", "div"})  # of one block these are its paragraph


def _find_duplicate(block: Block, context: RuleContext) -> str | None:
    """What another container said before. Within one, and in a series of like ones, it is the author who repeats it.

    Of the kept blocks of 553 labelled pages that were said before, a reader calls copies: in another
    container 20 of 30 (tables of contents and their headings aside), in one of the same kind 6 of 21, in the
    same one none of 9.
    """
    # lines of code and rows of tables repeat each other by nature: `}`, a result of 0:0 in two tables
    if block.kind in (Kind.CODE, Kind.TABLE_ROW):
        return None
    text = context.page.letters[block.index]
    # flattened text has no containers, so nothing tells an author's repetition from the page's
    if not context.page.is_html or len(text) < _MIN_DUPLICATE_LETTERS:
        return None
    first = context.page.blocks[context.memoized(_first_said)[text]]
    if first.index >= block.index or not _is_elsewhere(first, block):
        return None
    if block.kind is Kind.HEADING and first.kind is not Kind.HEADING:
        return None  # a table of contents said it before
    return f"said before in block {first.index}, in another container"


def _is_elsewhere(one: Block, other: Block) -> bool:
    """Whether two blocks stand in containers of different kinds, by their tags and words."""
    # those that both stand in are alike
    return [_kind_of(step) for step in _containers(one)] != [_kind_of(step) for step in _containers(other)]


def _containers(block: Block) -> Iterator[PathStep]:
    """The containers around a block, outermost first, without the element that holds this block alone."""
    for place, step in enumerate(block.path, start=1):
        is_own = place == len(block.path) and step.tag in _BARE_CONTAINERS
        # a hyphen makes the name of a custom element (HTML Standard, 4.13): a container, too
        if not is_own and (step.tag in _CONTAINERS or "-" in step.tag):
            yield step


def _kind_of(step: PathStep) -> tuple[str, str]:
    return step.tag, common_words(step.words)


def _first_said(context: RuleContext) -> dict[str, int]:
    """Letters of kept blocks to the first block that has them."""
    first: dict[str, int] = {}
    # removed blocks count for nothing: a headline that a teaser repeats is not said before by the teaser
    for at, text in enumerate(context.page.letters):
        if context.verdicts[at].label in KEPT:
            first.setdefault(text, at)
    return first


CONTEXT: tuple[Rule, ...] = (
    Rule(
        "neighbours.duplicate",
        Label.DUPLICATE,
        "What the page says twice the text says once.",
        _find_duplicate,
        kept_by_now,
    ),
)
