"""Which line of flattened text is the headline."""

from __future__ import annotations

import re
from collections.abc import Collection

from copydesk.cleaners import text_forms
from copydesk.cleaners.rules.lines.names import MAX_NAME_CHARS
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.types import KEPT, Block, Label

# of 3,402 labelled headings 5 are longer (`python -m benchmarks.lengths heading=140`); larger takes paragraphs
# without a full stop for headings
MAX_HEADING_CHARS = 140
_NO_NAMES = KEPT | {Label.DUPLICATE, Label.OTHER}  # what a headline may be taken for
# a comma without a space is none of a sentence
_BEFORE_NAME = re.compile(
    # "Bells ring – The Ashford Post"; "Bells ring|Post", "종소리ㅣ신문" with a letter for a bar; "Bells ring,Post"
    r"\s[|\-–—·:/»>•]\s|\s?[|｜ㅣ]|,[^\s\d]"
)


def find_headline(block: Block, context: RuleContext) -> str | None:
    """In flattened text: the page's headline, alone or with the name of its site or source."""
    if context.page.is_html or not context.title:
        return None
    title, text = context.title_letters, context.page.letters[block.index]
    if text == title:
        return None if context.judged.is_article_alone else "the headline of the text"
    # in an article alone only a line beside the headline is one, too; further down the author repeats it
    if context.judged.is_article_alone and abs(block.index - context.memoized(headline_at)) > 1:
        return None
    if not _is_suffixed(text_forms.prose(block.raw), context.title):
        return None
    return "the headline with the site's or source's name"


def headline_at(context: RuleContext) -> int:
    """The number of the block that is the headline; where none is, one below which nothing stands."""
    return next(
        (at for at, text in enumerate(context.page.letters) if text == context.title_letters),
        len(context.page.letters),
    )


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


def unnamed_lines(context: RuleContext) -> Collection[int]:
    """Of flattened text, what the learned judgement would keep, or has no name for."""
    if context.page.is_html:
        return ()
    return [at for at, learned in enumerate(context.judged.learned) if learned.label in _NO_NAMES]
