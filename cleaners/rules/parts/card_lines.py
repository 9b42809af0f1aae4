"""Cards of other articles in flattened text: a headline and a sentence each, line after line. The learned judgement
takes some of their lines for the article's; together they are none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.link_features import own_site_of
from copydesk.cleaners.rules.parts.announced_lists import is_link_to
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.types import KEPT, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand
_MIN_CARDS = 3
_HEADLINE, _MAX_SENTENCE = range(2, 19), 45  # words
_MIN_PARAGRAPH = 18  # words
_MIN_LAST = 12  # of the last paragraph
_OF_CARDS = frozenset({Label.RELATED, Label.OTHER})
_LINES_BELOW, _MIN_ANNOUNCED = 15, 2
# letters of words, and how many of them a headline and its sentence have in common
_MIN_LONG, _MIN_SHARED = 4, 2
_CUT, _COLONS = ("…", "...", "?"), (":", "：")
# of the lines of cards, at least, are removed as such anyway: below the text, and where the text goes on below them
_REMOVED, _REMOVED_AMID = 1 / 3, 0.6


@rule(
    "shape.cards",
    Label.RELATED,
    "Of headlines with a sentence each, many of which are cards of other articles, all are.",
    over=KEPT,
)
def card_lines(context: RuleContext) -> Mapping[int, str]:
    """The kept lines of cards in flattened text, and in Markdown those of which each headline leads to another page of
    the site.
    """
    table = context.page.table
    if context.page.is_html or not (any(table.links) or Label.RELATED in context.labels):
        return {}
    kept, own = context.kept_by_now, context.page.memoized(own_site_of)
    last_kept = max(kept, default=0)
    found: dict[int, str] = {}
    # what a site says between paragraphs, such as "Read also: …", heads none of its cards
    titles = {at for at, verdict in enumerate(context.verdicts) if verdict.label is Label.TITLE}
    for run in card_runs(context.page, range(len(context.verdicts)), titles | context.page.saying):
        is_amid = last_kept >= run.stop
        is_linked = all(is_link_to(table.blocks[at], own) for at in run[::2])
        cards = run if is_linked else _without_text(run, kept, is_amid=is_amid)
        removed = sum(context.verdicts[at].label is Label.RELATED for at in cards)
        least = (_REMOVED_AMID if is_amid else _REMOVED) * len(cards)
        if len(cards) >= 2 * _MIN_CARDS and (is_linked or removed >= least):
            said = f"among {len(cards) // 2} headlines with a sentence each"
            found |= dict.fromkeys(kept.intersection(cards), said)
    return found


def _without_text(run: range, kept: Set[int], *, is_amid: bool) -> range:
    """The cards without the first that are kept whole, and, where the text goes on below, without the last ones: they
    may be headings of the text, with a paragraph each.
    """
    first, stop = run.start, run.stop
    while first < stop and {first, first + 1} <= kept:
        first += 2
    while is_amid and first < stop and {stop - 2, stop - 1} <= kept:
        stop -= 2
    return range(first, stop)


def card_runs(page: PageFacts, lines: range, no_headlines: Set[int] = frozenset()) -> Iterator[range]:
    """The runs among these lines of three headlines or more with a sentence each. In an interview a name comes again
    and again. ``no_headlines``: lines that begin no card.
    """
    at = lines.start
    while at < lines.stop:
        headlines, end = set[str](), at
        while end + 1 < lines.stop and end not in no_headlines and _is_card(page.table, end):
            if page.table.letters[end] in headlines:
                break
            headlines.add(page.table.letters[end])
            end += 2
        if len(headlines) >= _MIN_CARDS:
            yield range(at, end)
        at = max(end, at + 1)


def _is_card(table: PageTable, at: int) -> bool:
    """Whether a line is a headline by its length and end, and the next one a sentence."""
    return (
        table.kinds[at] in (Kind.PARAGRAPH, Kind.HEADING)
        and at not in table.sentences
        and at + 1 in table.sentences
        and count_words(table.raws[at]) in _HEADLINE
        and count_words(table.raws[at + 1]) <= _MAX_SENTENCE
    )


@rule(
    "shape.below-text",
    Label.PARAGRAPH,
    "A paragraph right below one of the text is no card: cards begin with a headline.",
    over=frozenset({Label.RELATED}),
)
def paragraphs_below(context: RuleContext) -> Mapping[int, str]:
    """Paragraphs of flattened text that the learned judgement takes for cards of other articles: of several sentences
    right below kept ones, or right above; and the last one of a page, also below headlines that a line such as "Read
    also" announces.
    """
    if context.page.is_html or Label.RELATED not in context.labels or not context.kept_by_now:
        return {}
    sentences, kept, found = context.page.table.sentences, context.kept_by_now, dict[int, str]()
    for at in range(context.kept_in_order[0] + 1, len(context.verdicts)):
        if not _may_be_paragraph(context, at):
            continue
        is_long = _has_sentences(context, at)
        is_below = at - 1 in sentences and (at - 1 in kept or at - 1 in found)
        if is_below and (is_long or _is_last(context, at)):
            found[at] = "right below a paragraph of the text, without a headline"
        elif is_long and at + 1 in kept:
            found[at] = "amid the text, right above a line of it"
        elif _is_last(context, at) and _ends_announced(context, at):
            found[at] = "below headlines that a line announces, with no headline of its own"
    return found


def _may_be_paragraph(context: RuleContext, at: int) -> bool:
    table = context.page.table
    return (
        context.verdicts[at].label is context.judged.labels[at] is Label.RELATED
        and at in table.sentences
        and at not in context.page.saying
        and count_words(table.raws[at]) >= _MIN_LAST
        and not table.texts[at].endswith(_CUT)
    )


def _has_sentences(context: RuleContext, at: int) -> bool:
    table = context.page.table
    return count_words(table.raws[at]) >= _MIN_PARAGRAPH and len(split_sentences(table.texts[at])) > 1


def _is_last(context: RuleContext, at: int) -> bool:
    """Whether no sentence of a card stands below, but perhaps one more such paragraph: cards have headlines between."""
    below = range(at + 1, min(at + 1 + _LINES_BELOW, len(context.verdicts)))
    cards = [one for one in below if _is_of_card(context, one)]
    return not cards or (cards == [at + 1] and _may_be_paragraph(context, at + 1))


def _is_of_card(context: RuleContext, at: int) -> bool:
    is_sentence = at in context.page.table.sentences and at not in context.page.saying
    return is_sentence and context.verdicts[at].label in _OF_CARDS


def _ends_announced(context: RuleContext, at: int) -> bool:
    """Whether two headlines or more stand right above, above them the line that announces them, and a kept sentence;
    and the last of them speaks of something else.
    """
    table, start = context.page.table, at - 1
    while at - start < _LINES_BELOW and start not in table.sentences and not _announces(context, start):
        start -= 1
    return (
        _announces(context, start)
        and at - start > _MIN_ANNOUNCED
        and start - 1 in context.kept_by_now
        and start - 1 in table.sentences
        and len({*_long_words(table.texts[at - 1])} & {*_long_words(table.texts[at])}) < _MIN_SHARED
    )


def _long_words(text: str) -> list[str]:
    """The beginnings of the longer words: their endings change."""
    return [word[:_MIN_LONG] for word in text.lower().split() if len(word) >= _MIN_LONG]


def _announces(context: RuleContext, at: int) -> bool:
    text = context.page.table.texts[at]
    is_pointer = "wording.related" in context.page.phrases[at] or text.endswith(_COLONS)
    return is_pointer and context.verdicts[at].label is Label.RELATED


CONTEXT = (paragraphs_below, card_lines)
"""Paragraphs of the text that were taken for cards; and kept lines of cards whose other lines are removed."""
