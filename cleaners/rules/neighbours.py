"""Rules for repetitions on a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from copydesk.cleaners.judge.layout import common_words
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.types import Block, Kind, Label, PathStep

# set by hand: of 358 labelled repetitions half have no more than 42 characters (`python -m benchmarks.lengths
# duplicate=40`), but smaller would take refrains and labels given twice, larger leave standfirsts that are repeated
_MIN_DUPLICATE_LETTERS = 40
_CONTAINERS = frozenset({
    "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "fieldset", "figure", "footer",
    "form", "header", "main", "nav", "section",
})  # fmt: skip
_BARE_CONTAINERS = frozenset({"center", "div"})  # of one block these are its paragraph


@page_rule("neighbours.duplicate", Label.DUPLICATE, "What the page says twice the text says once.")
def duplicates(context: RuleContext) -> Mapping[int, str]:
    """What another container says before. Within one, and in a series of like ones, it is the author who repeats it.

    Of the kept blocks of 553 labelled pages that were on the page before, a reader calls copies: in another
    container 20 of 30 (tables of contents and their headings aside), in one of the same kind 6 of 21, in the
    same one none of 9.
    """
    found: dict[int, str] = {}
    # flattened text has no containers, so nothing tells an author's repetition from the page's
    if not context.page.is_html:
        return found
    first: dict[str, int] = {}
    # removed blocks do not count: a teaser that repeats the headline does not come before it
    for at in context.kept_in_order:
        letters = context.page.letters[at]
        before = context.page.blocks[first.setdefault(letters, at)]
        if before.index == at or len(letters) < _MIN_DUPLICATE_LETTERS:
            continue
        block = context.page.blocks[at]
        # lines of code and rows of tables repeat each other by nature: `}`, a result of 0:0 in two tables
        if block.kind in (Kind.CODE, Kind.TABLE_ROW):
            continue
        if block.kind is Kind.HEADING and before.kind is not Kind.HEADING:
            continue  # the other is in a table of contents
        if _is_elsewhere(before, block):
            found[at] = f"repeats block {before.index}, in another container"
    return found


def _is_elsewhere(one: Block, other: Block) -> bool:
    """Whether two blocks are in containers of different kinds, by their tags and words."""
    # the containers of both are alike
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


CONTEXT = (duplicates,)
