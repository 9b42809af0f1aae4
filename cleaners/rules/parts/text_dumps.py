"""What programs add to a page that they write as text: the addresses of its links, numbered, below it, as lynx and
other browsers for terminals do; its address and the page's number below each sheet, as a browser prints it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.line_blocks import SHEET_FOOT, SHEET_HEAD
from copydesk.cleaners.types import Label

# "   8. https://example.org/a"
_NUMBERED = lazy_pattern(r"\s*(\d{1,4})\.\s+(?:https?|file|mailto)\S+\s*")
# "[8]Leave a reply": the number stands before the words of a link, and right behind those of a citation
_LINK = lazy_pattern(r"(?:^|(?<=[\s(*]))\[(\d{1,4})\](?=\w)")
_LEAST_LINKS = 3
# English, as lynx and links write them above the addresses of any page
_HEADINGS = frozenset({"references", "visible links", "hidden links", "links"})
_MOST_HEADINGS = 2


@rule("shape.link-numbers", Label.NAV, "The addresses of a page's links are not its text.")
def link_numbers(context: RuleContext) -> Mapping[int, str]:
    """The numbered addresses at the end of flattened text whose lines have these numbers before their links, and what
    heads them.
    """
    if context.page.is_html:
        return {}
    raws = context.page.table.raws
    start = len(raws) - len([*takewhile(_NUMBERED.fullmatch, reversed(raws))])
    numbers = [_NUMBERED.sub(r"\1", raw) for raw in raws[start:]]
    linked = {number for raw in raws[:start] for number in _LINK.findall(raw)} if numbers else set()
    if len(linked.intersection(numbers)) < _LEAST_LINKS:
        return {}
    above = [*takewhile(lambda at: raws[at].strip().lower() in _HEADINGS, range(start - 1, -1, -1))]
    heads = dict.fromkeys(above[:_MOST_HEADINGS], "above the addresses of links")
    return heads | {at: f"the address of link {number}" for at, number in enumerate(numbers, start)}


@rule("shape.sheet", Label.NAV, "What a browser prints on each sheet is not the text.")
def sheets(context: RuleContext) -> Mapping[int, str]:
    """The lines at the head and foot of each sheet of flattened text that was printed."""
    return context.page.memoized(sheet_lines)


def sheet_lines(page: PageFacts) -> Mapping[int, str]:
    """The address and number at the foot of each sheet of flattened text that was printed, and the day and title at its
    head: there are several sheets, or a foot has a head below.
    """
    if page.is_html:
        return {}
    raws = page.table.raws
    feet = [at for at, raw in enumerate(raws) if SHEET_FOOT.fullmatch(raw)]
    heads = [
        at for at in (0, *(foot + 1 for foot in feet)) if at < len(raws) and SHEET_HEAD.fullmatch(raws[at])
    ]
    if not feet or not (any(heads) or _counts_up([raws[at] for at in feet])):
        return {}
    return dict.fromkeys(feet, "at the foot of a sheet") | dict.fromkeys(heads, "at the head of a sheet")


def _counts_up(feet: Sequence[str]) -> bool:
    """Whether sheets are numbered 1/2, 2/2."""
    numbers = [SHEET_FOOT.sub(r"\1/\2", foot).split("/") for foot in feet]
    totals = {total for _, total in numbers}
    return (
        len(feet) > 1
        and len(totals) == 1
        and [int(one) for one, _ in numbers] == list(range(1, len(feet) + 1))
    )


ANYWHERE = (link_numbers, sheets)
