"""Cards of other articles in flattened text: a headline and a sentence each, line after line. The learned judgement
takes some of their lines for the article's; together they are none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import dropwhile

from copydesk.cleaners.facts.page_facts import PageFacts
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
    """The kept lines of cards in flattened text."""
    if context.page.is_html or Label.RELATED not in context.labels:
        return {}
    kept = context.kept_by_now
    last_kept = max(kept, default=0)
    found: dict[int, str] = {}
    titles = {at for at, verdict in enumerate(context.verdicts) if verdict.label is Label.TITLE}
    for run in card_runs(context.page, range(len(context.verdicts)), titles):
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


def card_runs(page: PageFacts, lines: range, titles: Set[int] = frozenset()) -> Iterator[range]:
    """The runs among these lines of three headlines or more with a sentence each. In an interview a name comes again
    and again. ``titles``: headlines of the article, which begin no card.
    """
    at = lines.start
    while at < lines.stop:
        headlines, end = set[str](), at
        while end + 1 < lines.stop and end not in titles and _is_card(page.table, end):
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
    """Paragraphs of flattened text that the learned judgement takes for cards of other articles, and that stand right
    below kept ones, or below headlines that a line such as "Read also" announces there.
    """
    if context.page.is_html or Label.RELATED not in context.labels:
        return {}
    found: dict[int, str] = {}
    for at in range(1, len(context.verdicts)):
        if not _may_be_paragraph(context, at):
            continue
        is_last = _is_last(context, at)
        is_long = is_last or (
            count_words(context.page.table.raws[at]) >= _MIN_PARAGRAPH
            and len(split_sentences(context.page.table.texts[at])) > 1
        )
        above = _above_announced(context, at) if is_last else at - 1
        is_text = above in context.kept_by_now or above in found
        if is_text and is_long and above in context.page.table.sentences:
            found[at] = "right below a paragraph of the text, without a headline"
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


def _is_last(context: RuleContext, at: int) -> bool:
    """Whether below stand only more such paragraphs and then no sentence of a card."""
    verdicts, sentences = context.verdicts, context.page.table.sentences - context.page.saying
    below = range(at + 1, min(at + 1 + _LINES_BELOW, len(verdicts)))
    rest = dropwhile(lambda one: _may_be_paragraph(context, one), below)
    return not any(one in sentences and verdicts[one].label in _OF_CARDS for one in rest)


def _above_announced(context: RuleContext, at: int) -> int:
    """The number of the block above; or above the line that announces the headlines there, two or more."""
    table, start = context.page.table, at - 1
    while (
        start
        and start not in table.sentences
        and at - start < _LINES_BELOW
        and not _announces(context, start)
    ):
        start -= 1
    return start - 1 if _announces(context, start) and at - start > _MIN_ANNOUNCED else at - 1


def _announces(context: RuleContext, at: int) -> bool:
    is_pointer = "wording.related" in context.page.phrases[at] or context.page.table.texts[at].endswith(
        _COLONS
    )
    return is_pointer and context.verdicts[at].label is Label.RELATED


CONTEXT = (paragraphs_below, card_lines)
"""Paragraphs of the text that were taken for cards; and kept lines of cards whose other lines are removed."""
