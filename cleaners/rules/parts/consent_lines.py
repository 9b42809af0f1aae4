"""Consent boxes, whose lines of purposes, partners and names of cookies say nothing by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Kind, Label

_MAX_LINES = 24  # above the buttons; set by hand
_MIN_BUTTONS = 2
_MOST_AROUND = 3  # lines of a box above its notice and below its buttons; set by hand
_MAX_SENTENCES = 2  # of a box that no phrase knows, beside its notice; set by hand
# footers have links to pages on cookies: a box has a button that speaks of something else, such as "Reject all"
_OF_FOOTERS = ("cookie", "куки", "クッキー", "쿠키", "ملفات")
_OF_PAGES = frozenset({"html", "body", "main", "article"})
# the headline and the day of an article are in no box
_OF_ARTICLES = frozenset({Label.TITLE, Label.BYLINE})


@rule(
    "shape.consent-box",
    Label.COOKIE,
    "What stands between a notice on cookies and its buttons is part of its box.",
)
def boxes(context: RuleContext) -> Mapping[int, str]:
    """The lines from one that begins with a notice to the buttons below it."""
    texts = context.page.table.texts
    return {
        at: f"between “{texts[box.start][:60]}” and “{texts[box.stop - 1][:60]}”"
        for box in context.judged.memoized(consent_boxes)
        for at in box
    }


def consent_boxes(judged: JudgedPage) -> tuple[range, ...]:
    """The consent boxes of a page: from a line that begins as a notice does to two or more buttons in a row, with no
    headline, no byline and hardly a sentence of something else between them; with tags, all that is in an element of
    their own.
    """
    page = judged.page
    hits = page.hits.get("wording.cookie", {})
    notices = {at for at, hit in page.hits.get("page.consent", {}).items() if hit.mode in ("whole", "start")}
    buttons = {at for at, hit in hits.items() if hit.mode == "whole"} - notices
    # beside one that says so, "Reject" and "Settings" are buttons of the box, too
    pressed = buttons.union(page.table.of_kind.get(Kind.CONTROL, ()))
    begun = {at for at, hit in hits.items() if hit.mode == "start"} | notices
    found: list[range] = []
    for at in sorted(begun if buttons else ()):
        if found and at < found[-1].stop:
            continue
        first = next((one for one in range(at + 1, at + 1 + _MAX_LINES) if one in buttons), at)
        stop = first + len([*takewhile(pressed.__contains__, range(first, len(page.table.blocks)))])
        acts = [
            one
            for one in range(first, stop)
            if not any(name in page.table.texts[one].lower() for name in _OF_FOOTERS)
        ]
        if stop - first >= _MIN_BUTTONS and acts and _may_be_box(judged, range(at + 1, first)):
            found.append(_box_around(judged, range(at, stop)))
    return tuple(found)


def _box_around(judged: JudgedPage, lines: range) -> range:
    """The lines with what else is in the innermost element that holds all of them, if that is hardly more, and neither
    a headline, a byline nor a sentence.
    """
    table = judged.page.table
    paths = table.blocks[lines.start].path, table.blocks[lines.stop - 1].path
    shared = [one for one, other in zip(*paths, strict=False) if one.number == other.number]
    if not shared or shared[-1].tag in _OF_PAGES:
        return lines
    box = table.spans[shared[-1].number]
    others = [at for at in box if at not in lines]
    is_box = len(others) <= _MOST_AROUND and not any(
        at in table.sentences or judged.labels[at] in _OF_ARTICLES for at in others
    )
    return box if is_box else lines


def _may_be_box(judged: JudgedPage, within: range) -> bool:
    page = judged.page
    # tables are lists of cookies
    lines = [at for at in within if at not in page.saying and page.table.kinds[at] is not Kind.TABLE_ROW]
    is_other = any(judged.labels[at] in _OF_ARTICLES and at not in judged.vague for at in lines)
    return not is_other and sum(at in page.table.sentences for at in lines) <= _MAX_SENTENCES


ANYWHERE = (boxes,)
