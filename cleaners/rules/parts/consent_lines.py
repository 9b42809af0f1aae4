"""Consent boxes of flattened text, whose lines of purposes, partners and names of cookies say nothing by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Label

_MAX_LINES = 24  # above the buttons; set by hand
_MIN_BUTTONS = 2  # a footer has one line "Cookie settings"


@rule(
    "shape.consent-box",
    Label.COOKIE,
    "What stands between a notice on cookies and its buttons is part of its box.",
)
def boxes(context: RuleContext) -> Mapping[int, str]:
    """The lines of flattened text from one that begins with a notice to the buttons below it."""
    if context.page.is_html:
        return {}
    texts = context.page.table.texts
    return {
        at: f"between “{texts[box.start][:60]}” and “{texts[box.stop - 1][:60]}”"
        for box in context.page.memoized(consent_boxes)
        for at in box
    }


def consent_boxes(page: PageFacts) -> tuple[range, ...]:
    """The consent boxes of flattened text: from a line that begins as a notice does to two or more buttons in a row."""
    hits, notices = page.hits.get("wording.cookie", {}), page.hits.get("page.consent", {}).keys()
    buttons = {at for at, hit in hits.items() if hit.mode == "whole"} - notices
    found: list[range] = []
    for at in sorted((hits.keys() | notices) - buttons):
        if found and at < found[-1].stop:
            continue
        first = next((one for one in range(at + 1, at + 1 + _MAX_LINES) if one in buttons), at)
        stop = first + len([*takewhile(buttons.__contains__, range(first, len(page.table.blocks)))])
        if stop - first >= _MIN_BUTTONS:
            found.append(range(at, stop))
    return tuple(found)


ANYWHERE = (boxes,)
