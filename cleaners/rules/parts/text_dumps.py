"""What programs add to a page that they write as text: the addresses of its links, numbered, below it, as lynx and
other browsers for terminals do; its address and the page's number below each sheet, as a browser prints it.
"""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Label

# "   8. https://example.org/a"
_NUMBERED = lazy_pattern(r"\s*(\d{1,4})\.\s+(?:https?|file|mailto)\S+\s*")
# "[8]Leave a reply": the number stands before the words of a link, and behind those of a citation
_LINK = lazy_pattern(r"\[(\d{1,4})\](?=\w)")
_LEAST_LINKS = 3
_HEADINGS = frozenset(
    {"references", "visible links", "hidden links", "links"}
)  # of lynx and links, in any language
_MOST_HEADINGS = 2
# "https://example.org/a    1/2", alone or with the head of the next sheet
_FOOT = lazy_pattern(r"\s*https?://\S+\s+(\d{1,3})/(\d{1,3})\s*")
_HEAD = lazy_pattern(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s+\d{1,2}:\d{2}(?:\s?[AP]M)?\s{2,}\S.*")


@rule("shape.link-numbers", Label.NAV, "The addresses of a page's links are not its text.")
def link_numbers(context: RuleContext) -> Mapping[int, str]:
    """The numbered addresses at the end of flattened text whose lines have these numbers before their links, and what
    heads them.
    """
    if context.page.is_html:
        return {}
    raws = context.page.table.raws
    numbers = {at: int(one[1]) for at, raw in enumerate(raws) if (one := _NUMBERED.fullmatch(raw))}
    linked = {
        int(number) for at, raw in enumerate(raws) if at not in numbers for number in _LINK.findall(raw)
    }
    if len(linked.intersection(numbers.values())) < _LEAST_LINKS:
        return {}
    found = {at: f"the address of link {number}" for at, number in numbers.items()}
    for at in (min(found) - 1 - step for step in range(_MOST_HEADINGS)):
        if at < 0 or raws[at].strip().lower() not in _HEADINGS:
            break
        found[at] = "above the addresses of links"
    return found


@rule("shape.sheet", Label.NAV, "What a browser prints on each sheet is not the text.")
def sheets(context: RuleContext) -> Mapping[int, str]:
    """The address and number at the foot of each sheet of flattened text that was printed, and the day and title at its
    head.
    """
    if context.page.is_html:
        return {}
    raws = context.page.table.raws
    feet = {
        at: f"sheet {found[1]} of {found[2]}"
        for at, raw in enumerate(raws)
        if (found := _FOOT.fullmatch(raw))
    }
    tops = {0, *(at + 1 for at in feet)} if feet else ()
    heads = {at: "at the head of a sheet" for at in tops if at < len(raws) and _HEAD.fullmatch(raws[at])}
    return feet | heads


ANYWHERE = (link_numbers, sheets)
