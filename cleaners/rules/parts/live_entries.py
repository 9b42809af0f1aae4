"""Entries of a live blog: what the page declares as such, and elements side by side that have a time each.

Words of headlines stand in the language files under ``live.entries``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping

from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE
from copydesk.cleaners.rules.rule import RuleContext, page_rule, rule
from copydesk.cleaners.types import WRITTEN, Block, Kind, Label

# "live-blog", "liveblog__entry", "live-event-entry", "live-updates", "newsticker"; whole parts of words, so that
# "delivery" and "livery" are none
_LIVE_WORDS = re.compile(
    r"(?<![a-z])live[-_]?(?:blog|event|update|entr|post|ticker|feed|stream[-_]?entr)|(?<![a-z])(?:news)?ticker[-_]?(?:entr|item|post)"
)
_CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3])[:.h][0-5]\d(?!\d)")
_MAX_STAMP_CHARS = 60  # "20:42 KEY EVENT", "November 02, 2023, 21:06 (IST)"; longer ones tell of a time
_MIN_ENTRIES = 3
"""Elements alike that make entries: two are cards beside each other; set by hand, as is their share with a time."""
_MIN_STAMPED = 0.6
_MIN_LETTERS = 40
"""Letters from which a block that is in a declared entry is that entry's: shorter ones stand elsewhere, too."""
_DIGITS = re.compile(r"\d+")


def _declared(context: RuleContext) -> Collection[int]:
    return range(len(context.page.blocks)) if context.page.parts.updates else ()


@rule(
    "live.declared",
    Label.LIVE,
    "What the page declares as an entry of its live blog is part of it.",
    _declared,
)
def declared(block: Block, context: RuleContext) -> str | None:
    """A block with the text or the headline of an entry in the page's JSON-LD or microdata."""
    if _is_beside_entry(block, context):
        return None
    letters, parts = context.page.letters[block.index], context.page.parts
    if len(letters) >= _MIN_LETTERS and letters in parts.updates:
        return "the text of an entry that the page declares (liveBlogUpdate)"
    # headlines of entries stand in lists of what matters most, too, as links
    if block.kind is Kind.HEADING and not block.link_chars and letters in parts.headlines:
        return "the headline of an entry that the page declares (liveBlogUpdate)"
    return None


def _is_beside_entry(block: Block, context: RuleContext) -> bool:
    """Captions, pointers and what says itself what it is: they stand in the markup of entries, not in their text."""
    return (
        block.is_hidden
        or block.kind is Kind.CAPTION
        or block.link_chars > len(block.raw) / 2
        or any(hit.mode in ("whole", "lead") for hit in context.page.phrases[block.index].values())
    )


@page_rule(
    "live.entries",
    Label.LIVE,
    "Elements side by side with a time each are a live blog's entries.",
    over=WRITTEN,
)
def entries(context: RuleContext) -> Mapping[int, str]:
    """Kept blocks of elements alike and side by side, most of which have a time, on a page that says it is live."""
    if not context.page.is_html or not (evidence := _live_evidence(context)):
        return {}
    alike = _alike(context)
    stamped = _stamped(context)
    entries = {
        number
        for numbers in alike.values()
        if len(numbers) >= _MIN_ENTRIES and len(numbers & stamped) >= _MIN_STAMPED * len(numbers)
        for number in numbers
    }
    return {
        at: f"an entry among others with a time each; {evidence}"
        for at in context.kept_by_now
        if any(step.number in entries for step in context.page.blocks[at].path)
    }


def _live_evidence(context: RuleContext) -> str:
    """What says that the page is a live blog, in words; ``""`` where nothing does."""
    if context.page.parts.is_live:
        return "the page declares LiveBlogPosting"
    for block in context.page.blocks:
        if block.kind is Kind.TITLE or (block.kind is Kind.HEADING and block.level == 1):
            hit = context.page.phrases[block.index].get("live.entries")
            if hit is not None:
                return f"the title says {hit.phrase!r} ({hit.language})"
    live = context.page.elements_where(_is_named_live, ("live", "ticker"))
    for at in context.kept_in_order if live else ():
        for step in context.page.blocks[at].path:
            if step.number in live:
                return f"{step.tag} is named {_live_word(step.words)!r}"
    return ""


def _is_named_live(words: str, tag: str) -> bool:
    return tag not in ("html", "body") and bool(_live_word(words))


def _live_word(words: str) -> str:
    found = _LIVE_WORDS.search(words)
    return found.group() if found else ""


def _alike(context: RuleContext) -> Mapping[tuple[int, str, str], set[int]]:
    """The elements with kept text that stand in one and are called the same, numbers aside."""
    found: dict[tuple[int, str, str], set[int]] = {}
    for at in context.kept_by_now:
        path = context.page.blocks[at].path
        for above, step in itertools.pairwise(path):
            if step.tag not in WHOLE_PAGE or step.tag == "article":
                found.setdefault((above.number, step.tag, _bare(step.words)), set()).add(step.number)
    return found


def _bare(words: str) -> str:
    return _DIGITS.sub("", words)


def _stamped(context: RuleContext) -> frozenset[int]:
    """The elements that hold a time: a ``time`` element, or a short block with a time of day."""
    shown = (
        step.number
        for block in context.page.blocks
        if len(block.raw) <= _MAX_STAMP_CHARS and _CLOCK.search(block.raw)
        for step in block.path
    )
    return context.page.parts.stamped.union(shown)


ANYWHERE = (declared,)

CONTEXT = (entries,)
