"""Boxes beside the article: what an element says is beside it, under a heading of its own; and summaries by machines.

Element words are English because markup is, whatever the language of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import (
    MAX_SHARE,
    WHOLE_PAGE,
    Element,
    have_shape_labels,
    is_heading,
    outermost,
    share_of_kept,
)
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import WRITTEN, Label

# whole words of `class` and `role`: "left-sidebar"; not "sidebar-enabled", "no-sidebar", "content-sidebar", which hold
# whole pages
_BESIDE = lazy_pattern(
    r"(?<!\S)(?:complementary|(?!\S*(?:content|main|with|has|no|grid|layout))(?:[\w-]+[-_])?sidebar)(?!\S)"
)
_BESIDE_WORDS = ("aside", "sidebar", "complementary")
# "key-points", "takeaways": they sum up this article and open it
_SUMS_UP = lazy_pattern(r"key[-_]?(?:point|takeaway)|takeaway|highlights|tl-?dr|summary")
# "ai-summary", "summary--ai", "ai-generated-summary", "ki-zusammenfassung"
_BY_MACHINE = lazy_pattern(
    r"(?<![a-z])(?:ai|gpt|ki)[-_]*(?:generated[-_]*)?(?:summary|overview|recap|takeaways|zusammenfassung)"
    r"|(?:summary|overview|recap|takeaways)[-_]*(?:by[-_]*)?(?:ai|gpt)(?![a-z])"
)
_SUMMARY_WORDS = ("summary", "overview", "recap", "takeaways", "zusammenfassung")
_BOXES = frozenset({"aside", "details", "div", "section"})
_LINKED = 0.5  # share of linked characters that makes a list of links; set by hand
_MAX_SUMMARIES = 5  # that a page says of; beyond, only time is spent
_MIN_SUMMARY_CHARS = 40  # of a summary, set by hand; shorter is its heading or its button


def _is_sidebar(words: str, tag: str) -> bool:
    return (tag == "aside" or _BESIDE.search(words) is not None) and not _SUMS_UP.search(words)


def _is_machine_summary(words: str, tag: str) -> bool:
    # headings are named after what they say: "1-ai-overviews-to-expand"
    return tag in _BOXES and _BY_MACHINE.search(words) is not None


@rule(
    "sidebar.box",
    Label.SIDEBAR,
    "A box under a heading of its own is beside the article, not in it.",
    over=WRITTEN,
)
def boxes(context: RuleContext) -> Mapping[int, str]:
    """Block to evidence, of the boxes beside the article."""
    return {
        at: f"in a box beside the article: {_named(box)}"
        for box in outermost(context, context.page.table.elements_where(_is_sidebar, _BESIDE_WORDS))
        if _is_headed(context, box.blocks)
        and have_shape_labels(context, box.blocks)
        and share_of_kept(context, box.blocks) <= MAX_SHARE
        for at in box.blocks
    }


def _is_headed(context: RuleContext, blocks: Sequence[int]) -> bool:
    """Whether a box begins with a heading. A list of links needs none: it is the table of contents."""
    if is_heading(context, context.page.table.blocks[blocks[0]]):
        return True
    table = context.page.table
    return sum([table.links[at] for at in blocks]) > _LINKED * sum([len(table.raws[at]) for at in blocks])


def _named(box: Element) -> str:
    return f"{box.step.tag} {box.step.words!r}" if box.step.words else box.step.tag


@rule(
    "sidebar.machine-summary",
    Label.SIDEBAR,
    "What a machine makes of the article is not the article.",
    over=WRITTEN | {Label.STANDFIRST},
)
def summaries(context: RuleContext) -> Mapping[int, str]:
    """Block to evidence, of the summaries that say a machine made them, by a name or in words."""
    found = {
        at: f"a summary by a machine: {_named(box)}"
        for box in outermost(context, context.page.table.elements_where(_is_machine_summary, _SUMMARY_WORDS))
        if share_of_kept(context, box.blocks) <= MAX_SHARE
        for at in box.blocks
    }
    for at, hit in islice(context.page.hits.get("sidebar.machine-summary", {}).items(), _MAX_SUMMARIES):
        evidence = f"a summary by a machine: {hit.mode} ({hit.language}): {hit.phrase!r}"
        found |= dict.fromkeys(_box_around(context, at), evidence)
    return found


def _box_around(context: RuleContext, notice: int) -> list[int]:
    """The kept blocks of the smallest element that holds a summary with the line that says who made it."""
    table = context.page.table
    for above in reversed(table.blocks[notice].path):
        if above.tag in WHOLE_PAGE:
            break
        held = [at for at in table.spans[above.number] if at in context.kept_by_now]
        if any(len(table.texts[at]) >= _MIN_SUMMARY_CHARS for at in held if at != notice):
            return held if share_of_kept(context, held) <= MAX_SHARE else []
    return []


CONTEXT = (summaries, boxes)
