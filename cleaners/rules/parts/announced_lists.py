"""Lists that a line announces with a colon. What a sentence of the article announces is part of it, whatever its
entries lead to; what "Read also:" announces leaves with that line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, takewhile

from copydesk._core.layout import common_words
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.link_features import own_site_of, read_target
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.layout import LEAST_SIBLINGS
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label, PathStep
from copydesk.cleaners.word_count import count_words

_COLONS = (":", "：")
# words, set by hand: "Read also:" announces other articles, in any language
_MIN_ANNOUNCING = 5
_MIN_ENTRIES, _MAX_ENTRIES = 2, 40
_MAX_NAME = 6  # words of an entry in an element that is no list, set by hand: a card with a sentence has more
_MAX_ENTRY = 20  # words of a line of flattened text that may be an entry, set by hand; longer is a paragraph
_MIN_HEADLINE = 6  # words of a link to the site from which it is a headline, set by hand
_MIN_HEADLINES, _MAX_HEADLINES = (
    3,
    5,
)  # of flattened text, set by hand; the last of two may head the text below
_MAX_SENTENCES = 2  # paragraphs of a card below its headline
_LINKED = 0.8
_FILE = lazy_pattern(r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|zip|epub)(?:$|[?#])", re.IGNORECASE)
_LISTS = frozenset({"ul", "ol", "dl"})
_BY_WORDS = ("wording.", "worded.")  # rules that know a line by its words
_APART = frozenset(
    {Label.TITLE, Label.CAPTION, Label.HIDDEN, Label.COMMENT, Label.COPYRIGHT, Label.AI_DISCLAIMER}
)
_DROPPED = frozenset(Label) - KEPT - _APART
# on pages with tags the network knows other labels by their elements, if most entries have them
_VAGUE = KEPT | {
    Label.NAV,
    Label.RELATED,
    Label.OTHER,
    Label.SOURCE_NOTE,
    Label.TAGS,
    Label.SOCIAL,
    Label.BYLINE,
}


@rule(
    "structure.announced",
    Label.LIST_ITEM,
    "What a sentence announces with a colon belongs to it.",
    over=_DROPPED,
)
def lists(context: RuleContext) -> Mapping[int, str]:
    """The entries of lists, or of an element with siblings of one shape that have a few words each, right below a kept
    paragraph that ends with a colon, or names that line breaks part from it, but for headlines of the site.
    """
    if not context.page.is_html:
        return {}
    table = context.page.table
    found: dict[int, str] = {}
    for at in _announcing(context):
        list_ = _element_below(table.blocks[at], table.blocks[at + 1])
        if list_ is None:
            continue
        # one more than there may be, to tell that there are too many
        entries = range(at + 1, min(at + 2 + _MAX_ENTRIES, table.spans[list_.number].stop))
        members = [table.blocks[one] for one in entries]
        is_same = list_.number == table.blocks[at].path[-1].number
        if list_.tag not in _LISTS and not (_are_lines if is_same else _are_names)(list_, members):
            continue
        known = [one for one in entries if context.verdicts[one].label not in _VAGUE]
        # no box is within the sentence's own element
        if (is_same or 2 * len(known) <= len(entries)) and _are_entries(context, entries):
            found |= dict.fromkeys(entries, _evidence(table.texts[at]))
    return found


@rule(
    "shape.announced",
    Label.PARAGRAPH,
    "What a sentence announces with a colon belongs to it.",
    over=_DROPPED,
)
def lines(context: RuleContext) -> Mapping[int, str]:
    """The short lines of flattened text between a kept paragraph that ends with a colon and the next kept one, or
    those of one shape below it: with the same signs, such as dates with their places.
    """
    if context.page.is_html:
        return {}
    table = context.page.table
    found: dict[int, str] = {}
    for at in _announcing(context):
        end = min(at + 2 + _MAX_ENTRIES, len(table.blocks))
        long = (one for one in range(at + 1, end) if count_words(table.raws[one]) > _MAX_ENTRY)
        entries = range(at + 1, next(long, end))
        is_closed = entries.stop < end and entries.stop in context.kept_by_now
        if not is_closed:
            entries = _of_one_shape(table.texts, entries)
        if (is_closed or len(entries) >= LEAST_SIBLINGS) and _are_entries(context, entries):
            found |= dict.fromkeys(entries, _evidence(table.texts[at]))
    return found


def _of_one_shape(texts: Sequence[str], entries: range) -> range:
    """The first entries, as many as have the same signs; none where the first has none."""
    signs = [_signs(texts[at]) for at in entries]
    alike = takewhile(signs[0].__eq__, signs) if signs and signs[0] else ()
    return entries[: len([*alike])]


def _signs(text: str) -> str:
    """The signs of a line, without letters, figures and spaces."""
    return "".join([sign for sign in text if not (sign.isalnum() or sign.isspace())])


def _announcing(context: RuleContext) -> list[int]:
    """Kept paragraphs that end with a colon, have something below, and no phrase of a site."""
    table, kept = context.page.table, context.kept_by_now
    return [
        at
        for at, text in enumerate(table.texts[:-1])
        if text.endswith(_COLONS)
        and at in kept
        and table.kinds[at] in (Kind.PARAGRAPH, Kind.HEADING)
        and count_words(text) >= _MIN_ANNOUNCING
        and not _has_phrase(context, at)
    ]


def _element_below(block: Block, below: Block) -> PathStep | None:
    """The element that follows a paragraph as its sibling, and holds the next block."""
    above = {step.number for step in block.path[:-1]}
    return next((step for step in below.path if step.number not in above), None)


def _are_names(around: PathStep, entries: Sequence[Block]) -> bool:
    """Whether an element holds nothing but names without links in siblings of one shape, such as the towns that a
    service covers.
    """
    shapes, members = set(), set()
    for block in entries:
        depth = next(at for at, step in enumerate(block.path, start=1) if step.number == around.number)
        is_name = count_words(block.raw) <= _MAX_NAME and not (block.link_chars or ends_sentence(block.text))
        if depth == len(block.path) or not is_name:
            return False
        member = block.path[depth]
        shapes.add((member.tag, common_words(member.words)))
        members.add(member.number)
    return len(shapes) == 1 and len(members) >= LEAST_SIBLINGS


def _are_lines(around: PathStep, entries: Sequence[Block]) -> bool:
    """Whether what follows in the element of the sentence itself are names, each in a line of its own."""
    return around.tag == "p" and all(
        count_words(block.raw) <= _MAX_NAME and not ends_sentence(block.text) for block in entries
    )


def _are_entries(context: RuleContext, entries: range) -> bool:
    """Whether these are a list, and most of it neither headlines of the site nor what a site says of itself."""
    if not _MIN_ENTRIES <= len(entries) <= _MAX_ENTRIES:
        return False
    own, blocks = context.page.memoized(own_site_of), context.page.table.blocks
    foreign = [one for one in entries if _is_headline(blocks[one], own) or _has_phrase(context, one)]
    return 2 * len(foreign) < len(entries)


def _is_headline(block: Block, own: str) -> bool:
    is_file = _FILE.search(block.link_url or "") is not None
    return count_words(block.raw) >= _MIN_HEADLINE and is_link_to(block, own) and not is_file


def is_link_to(block: Block, own: str) -> bool:
    """Whether a block is nothing but links, of which the first leads to the site ``own``."""
    return block.link_chars >= _LINKED * len(block.raw) > 0 and read_target(block.link_url).is_on(own)


def _has_phrase(context: RuleContext, at: int) -> bool:
    return any(rule.startswith("wording.") for rule in context.page.phrases[at])


def _evidence(text: str) -> str:
    return f"announced by “{text[-60:]}”"


@rule(
    "structure.announced-elsewhere",
    Label.RELATED,
    "What a line such as “Read also:” announces leads elsewhere with it.",
    over=KEPT | {Label.NAV, Label.OTHER},
)
def elsewhere(context: RuleContext) -> Mapping[int, str]:
    """Lines that are nothing but links to other pages of the site, right below a line with a colon that a rule took for
    a pointer to them, and the rows of a table or the cards right below a caption or heading that a rule took for one.
    Of flattened text the headlines right below such a line: a heading stands alone.
    """
    if Label.RELATED not in context.labels:
        return {}
    table, own = context.page.table, context.page.memoized(own_site_of)
    found: dict[int, str] = {}
    for at, verdict in enumerate(context.verdicts[:-1]):
        is_by_words = verdict.rule.startswith(_BY_WORDS) or "wording.related" in context.page.phrases[at]
        if verdict.label is not Label.RELATED or not is_by_words:
            continue
        below = table.blocks[at + 1 : at + 1 + _MAX_ENTRIES]
        if not context.page.is_html:
            entries: Iterable[Block] = _headlines_below(context, at)
        elif table.texts[at].endswith(_COLONS):
            entries = takewhile(lambda one: is_link_to(one, own), below)
        elif table.kinds[at] in (Kind.CAPTION, Kind.HEADING):
            entries = _rows_below(context, at) or _cards_below(context, at, own)
        else:
            continue
        found |= {block.index: f"below “{table.texts[at][-60:]}”" for block in entries}
    return found


def _headlines_below(context: RuleContext, at: int) -> Sequence[Block]:
    blocks = context.page.table.blocks[at + 1 : at + 2 + _MAX_HEADLINES]
    hit = context.page.phrases[at].get("wording.related")
    if hit is None or hit.mode != "whole":
        return ()  # "Read more: Ferry stops" says what it leads to
    lines = [
        *takewhile(lambda one: not ends_sentence(one.text) and count_words(one.raw) <= _MAX_ENTRY, blocks)
    ]
    is_few = _MIN_HEADLINES <= len(lines) <= _MAX_HEADLINES
    return lines if is_few and context.kept_by_now.issuperset([one.index for one in lines]) else ()


def _rows_below(context: RuleContext, at: int) -> Sequence[Block]:
    """The rows of the table right below."""
    blocks = context.page.table.blocks
    table = blocks[at + 1].table
    if blocks[at + 1].kind is not Kind.TABLE_ROW or table is None:
        return ()
    return [*takewhile(lambda one: one.table == table, islice(blocks, at + 1, None))]


def _cards_below(context: RuleContext, at: int, own: str) -> Sequence[Block]:
    """The headlines right below that lead to other pages of the site, two or more, each with its sentences, where no
    surely kept paragraph follows: amid a text it goes on below them.
    """
    entries: list[Block] = []
    headlines = sentences = 0
    for block in context.page.table.blocks[at + 1 : at + 1 + _MAX_ENTRIES]:
        if block.kind is Kind.HEADING and is_link_to(block, own):
            headlines, sentences = headlines + 1, 0
        elif headlines and sentences < _MAX_SENTENCES and block.kind is Kind.PARAGRAPH:
            sentences += 1
        else:
            break
        entries.append(block)
    is_over = headlines >= _MIN_ENTRIES and at > context.judged.memoized(_last_sure)
    return entries if is_over else ()


def _last_sure(judged: JudgedPage) -> int:
    return max(judged.sure, default=-1)


CONTEXT = (lists, lines, elsewhere)
"""Entries of lists: removed ones below kept paragraphs, and kept ones below removed lines."""
