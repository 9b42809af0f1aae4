"""Entries of a live blog: declared ones, and sibling elements that have a time each.

The language files have the words of headlines under ``live.entries``.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Set

from copydesk.cleaners.markup.page_head import ASIDE_TAGS
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import WRITTEN, Block, Kind, Label

# "live-blog", "liveblog__entry", "live-event-entry", "live-updates", "newsticker"; not "delivery" or "livery"
_LIVE_WORDS = lazy_pattern(
    r"(?<![a-z])live[-_]?(?:blog|event|update|entr|post|ticker|feed|stream[-_]?entr)|(?<![a-z])(?:news)?ticker[-_]?(?:entr|item|post)"
)
_CLOCK = lazy_pattern(r"(?<!\d)(?:[01]?\d|2[0-3])[:.h][0-5]\d(?!\d)")
_AS_ONE = str.maketrans(".h", "::")
_MAX_TIME_CHARS = 60  # "20:42 KEY EVENT", "November 02, 2023, 21:06 (IST)"; longer blocks are sentences
_MAX_TIME_LETTERS = 4  # "9.15 Uhr", "kl. 10:40", "11:40 a.m."; with a name it is a byline (set by hand)
_MIN_ENTRIES = 3
"""Like siblings from which they are entries: two are cards. Set by hand, like the share of those with a time."""
_MIN_TIME_SHARE = 0.6
_MIN_ENTRY_LETTERS = 40
"""Letters of a declared entry from which a block with the same text is that entry: shorter texts are not unique."""
_VAGUE = frozenset({Label.RELATED, Label.NAV, Label.OTHER, Label.BYLINE, Label.HIDDEN})
"""What removed entries of a short live blog are taken for."""
_DIGITS = lazy_pattern(r"\d+")


@rule("live.declared", Label.LIVE, "The page declares this text as an entry of its live blog.")
def declared(context: RuleContext) -> Mapping[int, str]:
    """Blocks with the text or the headline of an entry in the page's JSON-LD or microdata."""
    table, parts = context.page.table, context.page.parts
    found: dict[int, str] = {}
    for at, letters in enumerate(table.letters) if parts.updates else ():
        if len(letters) >= _MIN_ENTRY_LETTERS and letters in parts.updates:
            found[at] = "the text of an entry that the page declares (liveBlogUpdate)"
        # with a link, it is an item of a list of the main entries
        elif table.kinds[at] is Kind.HEADING and not table.links[at] and letters in parts.headlines:
            found[at] = "the headline of an entry that the page declares (liveBlogUpdate)"
    return {at: why for at, why in found.items() if not _is_no_entry_text(table.blocks[at], context)}


def _is_no_entry_text(block: Block, context: RuleContext) -> bool:
    """Whether a block is a caption, a teaser or boilerplate by its phrases: entries contain such blocks too."""
    return (
        block.is_hidden
        or block.kind is Kind.CAPTION
        or block.link_chars > len(block.raw) / 2
        or any(hit.mode in ("whole", "lead") for hit in context.page.phrases[block.index].values())
    )


@rule(
    "live.entries",
    Label.LIVE,
    "Sibling elements that have a time each are entries of a live blog.",
    over=WRITTEN | _VAGUE,
)
def entries(context: RuleContext) -> Mapping[int, str]:
    """Kept blocks in like siblings, most of which have a time, on a page that says that it is a live blog; and on any
    page removed ones that lead nowhere and whose times are in order: cards have links.
    """
    blocks, evidence = _blocks_of_entries(context)
    kept = dict.fromkeys(blocks & context.kept_by_now, f"an entry among others with a time each; {evidence}")
    series = _blocks_in_order_of_time(context) - context.kept_by_now
    return dict.fromkeys(series, "an entry among others without a link, whose times are in order") | kept


@rule(
    "live.times",
    Label.LIVE,
    "The time above an entry of a live blog belongs to it.",
    over=frozenset({Label.BYLINE}),
)
def times(context: RuleContext) -> Mapping[int, str]:
    """What was taken for the date of an article, but is a time of day alone in one of these elements; of flattened text
    a line with such a time, where most lines of that kind are kept.
    """
    if Label.BYLINE not in context.labels:
        return {}
    texts = context.page.table.texts
    if not context.page.is_html:
        alone = {at for at, text in enumerate(texts) if _is_time(text)}
        own = alone & context.kept_by_now
        is_series = len(alone) >= _MIN_ENTRIES and len(own) >= _MIN_TIME_SHARE * len(alone)
        return dict.fromkeys(alone, f"a time among {len(own)} others that are kept") if is_series else {}
    blocks, evidence = _blocks_of_entries(context)
    return {at: f"the time of an entry among others; {evidence}" for at in blocks if _is_time(texts[at])}


def _is_time(text: str) -> bool:
    return (
        len(text) <= _MAX_TIME_CHARS
        and _CLOCK.search(text) is not None
        and sum(map(str.isalpha, text)) <= _MAX_TIME_LETTERS
    )


def _blocks_of_entries(context: RuleContext) -> tuple[Set[int], str]:
    """The blocks of like siblings, most of which have a time, and why the page is a live blog; none on other pages."""
    if not context.page.is_html or not (evidence := _live_evidence(context)):
        return frozenset(), ""
    timed = _elements_with_time(context)
    entries = {
        number
        for numbers in _groups_of_siblings(context)
        if len(numbers) >= _MIN_ENTRIES and len(numbers & timed) >= _MIN_TIME_SHARE * len(numbers)
        for number in numbers
    }
    return context.page.table.inside(entries), evidence


def _blocks_in_order_of_time(context: RuleContext) -> Set[int]:
    """The blocks of like siblings without links that begin with a time of day each, the latest or the earliest first,
    and have a sentence each.
    """
    page, table = context.page, context.page.table
    if not page.is_html or context.labels.isdisjoint(_VAGUE):
        return frozenset()
    groups: dict[tuple[int, str, str], dict[int, str]] = {}
    for block in table.blocks:
        clock = _CLOCK.match(block.text)
        # a ticker beside the article
        if clock is None or any(step.tag in ASIDE_TAGS for step in block.path):
            continue
        for above, step in itertools.pairwise(block.path):
            shape = above.number, step.tag, _DIGITS.sub("", step.words)
            if table.spans[step.number].start == block.index:
                groups.setdefault(shape, {})[step.number] = clock[0].translate(_AS_ONE).zfill(5)
    found = set[int]()
    for times in groups.values():
        clocks, spans = [*times.values()], [table.spans[number] for number in times]
        is_in_order = sorted(clocks) in (clocks, clocks[::-1]) and len({*clocks}) >= _MIN_ENTRIES
        if is_in_order and all(_is_unlinked_text(context, span) for span in spans):
            found.update(*spans)
    return found


def _is_unlinked_text(context: RuleContext, span: range) -> bool:
    """Whether a part of the page has a sentence, and neither a link nor a phrase of a site."""
    table = context.page.table
    return not table.sentences.isdisjoint(span) and not any(
        table.links[at] or _is_no_entry_text(table.blocks[at], context) for at in span
    )


def _live_evidence(context: RuleContext) -> str:
    """The evidence that the page is a live blog; ``""`` if there is none."""
    page, table = context.page, context.page.table
    if page.parts.is_live:
        return "the page declares LiveBlogPosting"
    for at, hit in page.hits.get("live.entries", {}).items():
        kind = table.kinds[at]
        if kind is Kind.TITLE or (kind is Kind.HEADING and table.blocks[at].level == 1):
            return f"the title says {hit.phrase!r} ({hit.language})"
    live = table.outermost(table.elements_where(_is_named_live, ("live", "ticker")))
    first = min(live.keys() & context.kept_by_now, default=None)
    if first is None:
        return ""
    step = table.element(live[first])
    return f"{step.tag} is named {_find_live_word(step.words)!r}"


def _is_named_live(words: str, tag: str) -> bool:
    return tag not in ("html", "body") and bool(_find_live_word(words))


def _find_live_word(words: str) -> str:
    found = _LIVE_WORDS.search(words)
    return found.group() if found else ""


def _groups_of_siblings(context: RuleContext) -> Collection[Set[int]]:
    """The elements with kept text, grouped by parent, tag and words; digits in words are ignored."""
    found: dict[tuple[int, str, str], set[int]] = {}
    for at in context.kept_by_now:
        path = context.page.table.blocks[at].path
        for above, step in itertools.pairwise(path):
            if step.tag not in WHOLE_PAGE or step.tag == "article":
                name = _DIGITS.sub("", step.words)
                found.setdefault((above.number, step.tag, name), set()).add(step.number)
    return found.values()


def _elements_with_time(context: RuleContext) -> frozenset[int]:
    """The elements that contain a ``time`` element or a short block with a time of day."""
    blocks = context.page.table.blocks
    shown = [one for one in blocks if len(one.raw) <= _MAX_TIME_CHARS and _CLOCK.search(one.raw)]
    return context.page.parts.stamped.union([step.number for block in shown for step in block.path])


ANYWHERE = (declared,)

CONTEXT = (entries, times)
