"""Cards of other articles in flattened text: a headline and a sentence each, line after line. The learned judgement
takes some of their lines for the article's; together they are none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.types import KEPT, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand
_MIN_CARDS = 3
_MAX_HEADLINE, _MAX_SENTENCE = 18, 45  # words
_MIN_PARAGRAPH = 18  # words
# of the lines of cards, at least, are removed as such anyway: below the text, and where the text goes on below them
_REMOVED, _REMOVED_AMID = 1 / 3, 0.6


@rule(
    "shape.cards",
    Label.RELATED,
    "Of headlines with a sentence each, many of which are cards of other articles, all are.",
    over=KEPT,
)
def card_lines(context: RuleContext) -> Mapping[int, str]:
    """The kept lines of cards in flattened text."""
    if context.page.is_html or Label.RELATED not in context.labels:
        return {}
    kept = context.kept_by_now
    last_kept = max(kept, default=0)
    found: dict[int, str] = {}
    for run in _runs(context):
        is_amid = last_kept >= run.stop
        cards = _without_text(run, kept, is_amid=is_amid)
        removed = sum(context.verdicts[at].label is Label.RELATED for at in cards)
        least = (_REMOVED_AMID if is_amid else _REMOVED) * len(cards)
        if len(cards) >= 2 * _MIN_CARDS and removed >= least:
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


def _runs(context: RuleContext) -> Iterator[range]:
    """Lines that are a headline and a sentence in turn."""
    count, at = len(context.verdicts), 0
    while at < count:
        end = at
        while end + 1 < count and _is_headline(context, end) and _is_sentence(context, end + 1):
            end += 2
        if end - at >= 2 * _MIN_CARDS:
            yield range(at, end)
        at = max(end, at + 1)


def _is_headline(context: RuleContext, at: int) -> bool:
    table = context.page.table
    is_line = table.kinds[at] in (Kind.PARAGRAPH, Kind.HEADING) and at not in table.sentences
    # the article's own headline begins no card
    return (
        is_line
        and context.verdicts[at].label is not Label.TITLE
        and count_words(table.raws[at]) <= _MAX_HEADLINE
    )


def _is_sentence(context: RuleContext, at: int) -> bool:
    return at in context.page.table.sentences and count_words(context.page.table.raws[at]) <= _MAX_SENTENCE


@rule(
    "shape.below-text",
    Label.PARAGRAPH,
    "A paragraph right below one of the text is no card: cards begin with a headline.",
    over=frozenset({Label.RELATED}),
)
def paragraphs_below(context: RuleContext) -> Mapping[int, str]:
    """Paragraphs of flattened text that the learned judgement takes for cards of other articles, and that stand right
    below kept ones.
    """
    if context.page.is_html or Label.RELATED not in context.labels:
        return {}
    table, found = context.page.table, dict[int, str]()
    for at, verdict in enumerate(context.verdicts):
        is_text = at - 1 in context.kept_by_now or at - 1 in found
        if (
            is_text
            and verdict.label is context.judged.labels[at] is Label.RELATED
            and {at - 1, at} <= table.sentences
            and count_words(table.raws[at]) >= _MIN_PARAGRAPH
            and len(split_sentences(table.texts[at])) > 1
            and not any(phrase.startswith("wording.") for phrase in context.page.phrases[at])
        ):
            found[at] = "right below a paragraph of the text, without a headline"
    return found


CONTEXT = (paragraphs_below, card_lines)
"""Paragraphs of the text that were taken for cards; and kept lines of cards whose other lines are removed."""
