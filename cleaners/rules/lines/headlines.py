"""Which line is the headline, and what is only taken for one: sentences, results of matches."""

from __future__ import annotations

import re
from collections.abc import Collection

from copydesk.cleaners import text_forms
from copydesk.cleaners.rules.lines.names import MAX_NAME_CHARS, SURE_BESIDE
from copydesk.cleaners.rules.rule import Pass, kept
from copydesk.cleaners.sentence_ends import ends_in_full_stop, ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.scores import is_score

# of 3,402 labelled headings 5 are longer (`python -m benchmarks.lengths heading=140`); larger takes paragraphs
# without a full stop for headings
MAX_HEADING_CHARS = 140
_NO_NAMES = KEPT | {Label.DUPLICATE, Label.OTHER}  # what a headline may be taken for
# a comma without a space is none of a sentence
_BEFORE_NAME = re.compile(
    # "Bells ring – The Ashford Post"; "Bells ring|Post", "종소리ㅣ신문" with a letter for a bar; "Bells ring,Post"
    r"\s[|\-–—·:/»>•]\s|\s?[|｜ㅣ]|,[^\s\d]"
)
# set by hand: "The U.S." and "Breaking news." end like sentences, too; larger leaves short ones titles
_MIN_SENTENCE_WORDS = 5


def find_headline(block: Block, context: Pass) -> str | None:
    """In flattened text: the page's headline, alone or with the name of its site or source."""
    if context.page.is_html or not context.title:
        return None
    title, text = context.title_letters, context.page.letters[block.index]
    if text == title:
        return None if context.judged.is_article_alone else "the headline of the text"
    # in an article alone only a line beside the headline is one, too; further down the author repeats it
    if context.judged.is_article_alone and abs(block.index - context.once(headline_at)) > 1:
        return None
    if not _is_suffixed(text_forms.prose(block.raw), context.title):
        return None
    return "the headline with the site's or source's name"


def headline_at(context: Pass) -> int:
    """The number of the block that is the headline; where none is, one below which nothing stands."""
    return next(
        (at for at, text in enumerate(context.page.letters) if text == context.title_letters),
        len(context.page.letters),
    )


def find_first_sentence(block: Block, context: Pass) -> str | None:
    """A plain paragraph taken for the headline that is a sentence of prose, on a page whose headline is
    another or unknown.

    Of 457,000 blocks of 2,300 real pages it keeps five: three sentences and two cards; of pages of bare
    sentences every eighth loses its first without it (`python -m benchmarks.openweb prose`).
    """
    if context.page.letters[block.index] == context.title_letters or not ends_in_full_stop(block.text):
        return None
    return "a sentence, not a headline" if count_words(block.text) >= _MIN_SENTENCE_WORDS else None


def paragraphs_taken_for_titles(context: Pass) -> Collection[int]:
    """Of a page with tags, plain paragraphs that the learned judgement calls titles."""
    if not context.page.is_html:
        return ()
    named = (at for at, learned in enumerate(context.judged.learned) if learned.label is Label.TITLE)
    return [at for at in named if context.page.blocks[at].kind is Kind.PARAGRAPH]


def _is_suffixed(text: str, title: str) -> bool:
    """Whether a line is the headline, a separator and a name. Of 1,487 real pages 715 part the two by a sign
    between spaces; none by a comma and a space, behind which a sentence that begins with the headline's words
    goes on.
    """
    rest = text[len(title) :]
    return (
        text.startswith(title)
        and 0 < len(rest) <= MAX_NAME_CHARS
        and _BEFORE_NAME.match(rest) is not None
        and rest[-1] not in ".!?。"  # a sentence that begins with the headline's words
    )


def find_second_title(block: Block, context: Pass) -> str | None:
    """A line taken for a title with surely kept prose on either side of it."""
    at = block.index
    if len(block.raw) > MAX_HEADING_CHARS or not 0 < at < len(context.page.blocks) - 1:
        return None
    # the headline itself may stand amid the text where a page repeats it; that stays a title
    if context.page.letters[at] == context.title_letters or ends_sentence(block.text):
        return None
    beside = (at - 1, at + 1)
    # both sides: at an end of the text a title may be the page's or the next article's
    if min(context.judged.keep[near] for near in beside) < SURE_BESIDE:
        return None
    if not all(ends_sentence(context.page.blocks[near].text) for near in beside):
        return None
    return "a line amid surely kept sentences"


def find_score(block: Block, context: Pass) -> str | None:
    """A result taken for a headline, a byline or residue of no kind, beside what is surely text, or a kept result."""
    if not is_score(block.text):
        return None
    if any(_stands_beside_text(block, step, context) for step in (-1, 1)):
        return "two sides and their points, beside the text"
    beside = [at for at in (block.index - 1, block.index + 1) if 0 <= at < len(context.page.blocks)]
    # in a list of results few stand beside prose; one that is kept speaks for its neighbours
    if any(at in kept(context) and is_score(context.page.blocks[at].text) for at in beside):
        return "two sides and their points, beside others of the text"
    return None


def _stands_beside_text(block: Block, step: int, context: Pass) -> bool:
    """Whether what is surely text stands next to a result, or next to another one beside it."""
    blocks, at = context.page.blocks, block.index + step
    if 0 <= at < len(blocks) and is_score(blocks[at].text):
        at += step
    return 0 <= at < len(blocks) and context.judged.keep[at] > SURE_BESIDE


def titles_bylines_and_vague(context: Pass) -> Collection[int]:
    """Of flattened text, what the learned judgement calls titles or bylines, or would not keep and cannot name."""
    if context.page.is_html:
        return ()
    return [
        at
        for at, learned in enumerate(context.judged.learned)
        if learned.label in (Label.TITLE, Label.BYLINE) or at in context.judged.vague
    ]


def titles(context: Pass) -> Collection[int]:
    """Of flattened text, what the learned judgement calls titles."""
    if context.page.is_html:
        return ()
    return [at for at, learned in enumerate(context.judged.learned) if learned.label is Label.TITLE]


def unnamed_lines(context: Pass) -> Collection[int]:
    """Of flattened text, what the learned judgement would keep, or has no name for."""
    if context.page.is_html:
        return ()
    return [at for at, learned in enumerate(context.judged.learned) if learned.label in _NO_NAMES]
