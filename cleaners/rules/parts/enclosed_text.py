"""The text of a flattened page on which nothing reads like an article: what stands between a byline below a headline
and what a site adds, or the only paragraphs in a row. A programme, a live blog, an interview are lines as short as
those of a list of articles; a brief among many cards is little of its page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from copydesk.cleaners.dates.written_dates import parse_date
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.metadata.authors import is_signed
from copydesk.cleaners.rules.parts.card_lines import card_runs
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Label, Labelled
from copydesk.cleaners.word_count import count_words

# set by hand
_MAX_ABOVE = 100  # blocks: menus, the headline, its byline
_MAX_BLOCKS = 60  # of a text; a front page of 683 real pages has 158 in such a place
_MIN_BLOCKS = 3
_MIN_PARAGRAPH = 25  # words
_MIN_SENTENCES = 2
_MIN_HEADLINE_WORDS = 2
_MAX_BYLINE_CHARS = 80
# what sites add to a text; a phrase of the first ends it, whatever its label
_ENDS = frozenset({
    "wording.social", "wording.related", "wording.newsletter", "wording.comment-form", "wording.copyright",
    "wording.cookie", "wording.tags", "wording.nav",
})  # fmt: skip
# what has signs of its own stays what it is
_OVER = frozenset(
    {Label.RELATED, Label.NAV, Label.OTHER, Label.SOCIAL, Label.BYLINE, Label.CAPTION, Label.TAGS}
)


class _Enclosed(NamedTuple):
    """Blocks by their number: a headline, what stands between it and its text, and the text."""

    headline: int
    bylines: range
    text: range
    why: str


def _find(judged: JudgedPage) -> _Enclosed | None:
    return _below_byline(judged) or _only_paragraphs(judged)


def _only_paragraphs(judged: JudgedPage) -> _Enclosed | None:
    """The one run of long paragraphs below a line that may be a headline: cards have a sentence or two each.

    Of 640 composed articles among cards, flattened, 16 have their text by it, and no front page of 80. Of 2,162 real
    pages 19 have nothing that would be kept, and three of these such a run: an article, the lines of a captcha, which
    stays rejected, and of a wiki's licence.
    """
    page, table = judged.page, judged.page.table
    texts, last = table.texts, len(table.texts)
    long = {
        at
        for at in table.sentences
        if judged.labels[at] in _OVER and at not in page.saying and count_words(texts[at]) >= _MIN_PARAGRAPH
    }
    firsts = [at for at in long if at - 1 not in long and at + 1 in long]
    if len(firsts) != 1 or not firsts[0]:
        return None
    first, above = firsts[0], firsts[0] - 1
    while above > 0 and _is_byline(above, page):
        above -= 1
    text = range(first, next(at for at in range(first, last + 1) if at not in long))
    is_headline = above not in table.sentences and count_words(texts[above]) >= _MIN_HEADLINE_WORDS
    why = "the only paragraphs in a row, where nothing is kept"
    return _Enclosed(above, range(above + 1, first), text, why) if is_headline else None


def _below_byline(judged: JudgedPage) -> _Enclosed | None:
    """The first lines between a byline and a site's own, two of them sentences and none a byline."""
    page, sentences = judged.page, judged.page.table.sentences
    texts = page.table.texts
    ends = [not _ENDS.isdisjoint(phrases) for phrases in page.phrases]
    bylines = {at for at in range(min(len(texts), _MAX_ABOVE + _MAX_BLOCKS)) if _is_byline(at, page)}
    for at in sorted(bylines):
        above = at - 1
        if at > _MAX_ABOVE or above < 0 or ends[above] or above in bylines:
            continue
        first = next((one for one in range(at, len(texts)) if not (one in bylines or ends[one])), len(texts))
        end = next((one for one in range(first, len(texts)) if ends[one]), first)
        cards = next((run.start for run in card_runs(page, range(first, end))), end)
        is_brief = first < cards < end and sentences.issuperset(range(first, cards))
        text = range(first, cards if is_brief else end)
        if (
            count_words(texts[above]) >= _MIN_HEADLINE_WORDS
            and len(text) <= _MAX_BLOCKS
            and (
                is_brief or (len(text) >= _MIN_BLOCKS and len(sentences.intersection(text)) >= _MIN_SENTENCES)
            )
            # cards have days of their own
            and bylines.isdisjoint(text)
        ):
            why = "between a byline and what a site adds, where nothing is kept"
            return _Enclosed(above, range(at, first), text, why)
    return None


def _is_byline(at: int, page: PageFacts) -> bool:
    """Whether a line is short, no sentence, and has a day or names who wrote the text."""
    text = page.table.texts[at]
    if len(text) > _MAX_BYLINE_CHARS or at in page.table.sentences:
        return False
    has_day = any(map(str.isdigit, text)) and parse_date(text, language=page.language) is not None
    return has_day or is_signed(text, page.language)


def _found(context: RuleContext) -> _Enclosed | None:
    """The lines of a flattened page of which nothing is kept; looked for once a page."""
    return None if context.page.is_html or context.kept_by_now else context.judged.memoized(_find)


@rule(
    "shape.enclosed-headline",
    Label.TITLE,
    "Where nothing is kept, the line above a byline or the only paragraphs may be a headline.",
    over=_OVER,
)
def headline(context: RuleContext) -> Mapping[int, str]:
    """The line above the first byline, or above the text."""
    found = _found(context)
    return {found.headline: f"above what is {found.why}"} if found else {}


@rule(
    "shape.enclosed-byline",
    Label.BYLINE,
    "Where nothing is kept, a day or a name below a headline is its byline.",
    over=_OVER,
)
def byline(context: RuleContext) -> Mapping[int, str]:
    """The days and names between headline and text."""
    found = _found(context)
    lines = [at for at in found.bylines if _is_byline(at, context.page)] if found else []
    return dict.fromkeys(lines, "below a headline, where nothing is kept")


@rule(
    "shape.enclosed",
    Label.PARAGRAPH,
    "Where nothing else is kept, what a byline opens and a site's own lines end is the text, or the only paragraphs are.",
    over=_OVER,
)
def enclosed(context: RuleContext) -> Mapping[int, str]:
    """The lines between a byline and the first line that sites add, or the only paragraphs in a row."""
    found = _found(context)
    return dict.fromkeys(found.text, found.why) if found else {}


def headline_above(labelled: Sequence[Labelled]) -> str:
    """The headline above a text that was found so, or ``""``: none was looked for before, where nothing was kept."""
    first = next((at for at, item in enumerate(labelled) if item.verdict.rule == enclosed.id), 0)
    return next((item.block.text for item in reversed(labelled[:first]) if item.label is Label.TITLE), "")


CONTEXT = (headline, byline, enclosed)
"""The text, once it is known that no other is kept."""
