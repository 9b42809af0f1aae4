"""Lines that are the headline or a heading, and excerpts of other articles, which come below headlines of theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from copydesk.cleaners import text_forms
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.bylines import MAX_NAME_CHARS, PEOPLE_LABELS
from copydesk.cleaners.rules.rule import RuleContext, page_rule, rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.text_headline import is_score

# of 3,402 labelled headings 5 are longer; larger takes paragraphs
# without a full stop for headings
_MAX_HEADING_CHARS = 140
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


def unnamed_lines(context: RuleContext) -> Collection[int]:
    """Of flattened text, what the learned judgement would keep, or has no name for."""
    if context.page.is_html:
        return ()
    return [at for at, label in enumerate(context.judged.labels) if label in _NO_NAMES]


@rule("shape.headline", Label.TITLE, "The headline has a field of its own.", unnamed_lines)
def headline(block: Block, context: RuleContext) -> str | None:
    """In flattened text: the page's headline, alone or with the name of its site or source."""
    if context.page.is_html or not context.title:
        return None
    is_alone = context.judged.is_article_alone
    if context.page.table.letters[block.index] == context.title_letters:
        return None if is_alone else "the headline of the text"
    # in an article alone only a line beside the headline is one, too; further down the author repeats it
    if is_alone and abs(block.index - context.headline_at) > 1:
        return None
    # The headline, a separator and a name. Of 1,487 real pages 715 separate the two by a sign between spaces; none by a
    # comma and a space, behind which a sentence that begins with the headline's words goes on.
    text = text_forms.prose(block.raw)
    name = text[len(context.title) :]
    if (
        text.startswith(context.title)
        and 0 < len(name) <= MAX_NAME_CHARS
        and _BEFORE_NAME.match(name) is not None
        and name[-1] not in ".!?。"  # a sentence that begins with the headline's words
    ):
        return "the headline with the site's or source's name"
    return None


@rule(
    "shape.heading",
    Label.HEADING,
    "Headings structure the text.",
    lambda context: () if context.page.is_html else context.kept_by_now,
)
def heading(block: Block, context: RuleContext) -> str | None:
    """In flattened text: a short line of its own with text of the article below it."""
    if (
        context.page.is_html
        or block.kind is not Kind.PARAGRAPH
        or context.verdicts[block.index].label is not Label.PARAGRAPH
        or len(block.text) > _MAX_HEADING_CHARS
        or ends_sentence(block.text)
        or is_score(block.text)
    ):
        return None
    # two blocks below: a caption or label may come between a heading and its text
    for after in context.page.table.blocks[block.index + 1 : block.index + 3]:
        if context.verdicts[after.index].label in KEPT and (
            len(after.text) > len(block.text) or after.kind is Kind.LIST_ITEM
        ):
            return "a short line of its own above text"
    return None


@page_rule("shape.teaser", Label.RELATED, "Excerpts that break off are advertisements of other articles.")
def teasers(context: RuleContext) -> Mapping[int, str]:
    """Evidence for excerpts that break off, and for the headlines above them, on pages that are made of them.

    On all pages it was right on 9 lines and wrong on 38 (decision 0010): the learned judgement sees teasers. Of
    flattened text also lines that might be a person's words: a card of headline and excerpt reads like a box of name
    and text. Of such lines of the labelled pages this names 18 rightly and 3 wrongly; of all vague ones it would name
    32 and 48.
    """
    page, judged = context.page, context.judged
    excerpts = page.memoized(_excerpts)
    if len(excerpts) < _MIN_TEASERS or judged.is_article_alone or not judged.memoized(_is_mostly_teasers):
        return {}
    among = judged.kept
    if not page.is_html:
        among |= {at for at in judged.vague if judged.labels[at] in PEOPLE_LABELS}
    cut = page.memoized(_cut_blocks)
    return {
        at: f"{'an' if at in cut else 'the headline of an'} excerpt that breaks off, one of several"
        for at in among
        if (at if at in cut else at + 1) in excerpts
    }


def _cut_blocks(page: PageFacts) -> frozenset[int]:
    return frozenset([at for at, block in enumerate(page.table.blocks) if block.raw.rstrip().endswith(_CUT)])


def _excerpts(page: PageFacts) -> frozenset[int]:
    """The blocks that break off below a headline."""
    return frozenset([at for at in page.memoized(_cut_blocks) if _has_headline_above(page, at)])


def _has_headline_above(page: PageFacts, index: int) -> bool:
    above = page.table.blocks[index - 1] if index else None
    if above is None or len(above.text) > _MAX_TEASER_TITLE_CHARS:
        return False
    if page.is_html:  # a teaser leads somewhere, or has a heading; verses break off, too
        return above.kind is Kind.HEADING or above.link_chars > 0 or page.table.blocks[index].link_chars > 0
    return above.kind is Kind.HEADING or not ends_sentence(above.text)  # a headline may be a question


def _is_mostly_teasers(judged: JudgedPage) -> bool:
    """Whether at least half of the kept text that is longer than a headline breaks off."""
    cut = judged.kept & judged.page.memoized(_cut_blocks)
    sentences = [at for at in judged.kept - cut if ends_sentence(judged.page.table.blocks[at].text)]
    return len(cut) >= len(sentences)
