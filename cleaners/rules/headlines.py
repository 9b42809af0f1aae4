"""Lines that are the headline or a heading, and excerpts of other articles, which come below headlines of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from itertools import pairwise

from copydesk.cleaners import text_forms
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.bylines import MAX_NAME_CHARS, PEOPLE_LABELS
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, Kind, Label
from copydesk.cleaners.wording.text_headline import is_score

# of 3,402 labelled headings 5 are longer; larger takes paragraphs
# without a full stop for headings
_MAX_HEADING_CHARS = 140
_LEAST_STANZA, _MAX_VERSE = 3, 100  # lines; characters of each; set by hand
_NO_NAMES = KEPT | {Label.DUPLICATE, Label.OTHER}  # what a headline may be taken for
# a comma without a space is none of a sentence
_BEFORE_NAME = lazy_pattern(
    # "Bells ring – The Ashford Post"; "Bells ring|Post", "종소리ㅣ신문" with a letter for a bar; "Bells ring,Post"
    r"\s[|\-–—·:/»>•]\s|\s?[|｜ㅣ]|,[^\s\d]"
)
_CUT = ("…", "...", "[...]", "[…]")
"""The signs by which a list of articles cuts its excerpts."""
# of 552 labelled headlines 2 are longer
_MAX_TEASER_TITLE_CHARS = 160
# one excerpt that breaks off may be the author's own dots
_MIN_TEASERS = 2


@rule("shape.headline", Label.TITLE, "The headline has a field of its own.")
def headlines(context: RuleContext) -> Mapping[int, str]:
    """In flattened text: the page's headline, alone or with the name of its site or source, of what the learned
    judgement would keep, or has no name for.
    """
    judged, title, table = context.judged, context.title, context.page.table
    if context.page.is_html or not title:
        return {}
    places: Iterable[int] = range(len(table.blocks))
    if judged.is_article_alone:
        # only a line beside the headline is one, too; further down the author repeats it
        at = (*context.headlines, len(table.blocks))[0]
        places = {at - 1, at + 1}.intersection(range(len(table.blocks)))
    found = {
        at: "the headline with the site's or source's name"
        for at in places
        if judged.labels[at] in _NO_NAMES and _is_with_name(text_forms.prose(table.raws[at]), title)
    }
    # what stands below a sentence of the text may head the part below
    first = min(judged.kept & table.sentences, default=len(table.blocks))
    for at in context.headlines:
        found.pop(at, None)
        if at > first:
            continue
        # of an article alone the first line is the headline for certain where Markdown marks it
        is_marked = table.blocks[at].level == 1 and table.kinds[at] is Kind.HEADING
        if (is_marked or not judged.is_article_alone) and judged.labels[at] in _NO_NAMES:
            found[at] = "the headline of the text"
    return found


def _is_with_name(text: str, title: str) -> bool:
    """Whether a text is the headline, a separator and a name.

    Of 1,487 real pages 715 separate the two by a sign between spaces; none by a comma and a space, behind which a
    sentence that begins with the headline's words goes on.
    """
    name = text[len(title) :]
    return (
        0 < len(name) <= MAX_NAME_CHARS
        and text.startswith(title)
        and _BEFORE_NAME.match(name) is not None
        and name[-1] not in ".!?。"  # a sentence that begins with the headline's words
    )


@rule("shape.heading", Label.HEADING, "Headings structure the text.", over=frozenset({Label.PARAGRAPH}))
def headings(context: RuleContext) -> Mapping[int, str]:
    """In flattened text: a short line of its own with text of the article below it."""
    table, kept = context.page.table, context.kept_by_now
    if context.page.is_html:
        return {}
    sizes = [*map(len, table.texts)]
    return {
        at: "a short line of its own above text"
        for at in kept.intersection(table.of_kind.get(Kind.PARAGRAPH, ()))
        - table.sentences
        - _in_stanzas(table)
        if sizes[at] <= _MAX_HEADING_CHARS
        # two blocks below: a caption or label may come between a heading and its text
        and any(
            after in kept and (sizes[after] > sizes[at] or table.kinds[after] is Kind.LIST_ITEM)
            for after in range(at + 1, min(at + 3, len(sizes)))
        )
        and not is_score(table.texts[at])
    }


def _in_stanzas(table: PageTable) -> Set[int]:
    """The numbers of lines below another without a blank line between, where all lines between two blank ones are
    short: of stanzas, addresses and logs only the first may be a heading.
    """
    starts = [at for at, block in enumerate(table.blocks) if block.gap or not at]
    return {
        at
        for start, end in pairwise([*starts, len(table.blocks)])
        if len(starts) > 1
        and end - start >= _LEAST_STANZA
        and max(map(len, table.raws[start:end])) <= _MAX_VERSE
        for at in range(start + 1, end)
    }


@rule("shape.teaser", Label.RELATED, "Excerpts that break off are advertisements of other articles.")
def teasers(context: RuleContext) -> Mapping[int, str]:
    """Evidence for excerpts that break off, and for the headlines above them, on pages that are made of them.

    On all pages it was right on 9 lines and wrong on 38 (decision 0010): the learned judgement sees teasers. Of
    flattened text also lines that might be a person's words: a card of headline and excerpt reads like a box of name
    and text. Of such lines of the labelled pages this names 18 rightly and 3 wrongly; of all vague ones it would name
    32 and 48.
    """
    page, judged = context.page, context.judged
    cut = {at for at, text in enumerate(page.table.texts) if text.endswith(_CUT)}
    excerpts = [at for at in cut if _has_headline_above(page, at)]
    if len(excerpts) < _MIN_TEASERS or judged.is_article_alone or not _is_mostly_teasers(judged, cut):
        return {}
    among = judged.kept
    if not page.is_html:
        among |= {at for at in judged.vague if judged.labels[at] in PEOPLE_LABELS}
    above = {at - 1 for at in excerpts} - cut
    return {
        at: f"{'an' if at in cut else 'the headline of an'} excerpt that breaks off, one of several"
        for at in among & above.union(excerpts)
    }


def _has_headline_above(page: PageFacts, index: int) -> bool:
    above = page.table.blocks[index - 1] if index else None
    if above is None or len(above.text) > _MAX_TEASER_TITLE_CHARS:
        return False
    if page.is_html:  # a teaser leads somewhere, or has a heading; verses break off, too
        return above.kind is Kind.HEADING or above.link_chars > 0 or page.table.links[index] > 0
    # a headline may be a question
    return above.kind is Kind.HEADING or index - 1 not in page.table.sentences


def _is_mostly_teasers(judged: JudgedPage, cut: Set[int]) -> bool:
    """Whether at least half of the kept text that is longer than a headline breaks off (``cut``)."""
    return len(judged.kept & cut) >= len((judged.kept - cut) & judged.page.table.sentences)
