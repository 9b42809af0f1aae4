"""Headings that hold the paragraphs of a page, on which there are no others."""

from __future__ import annotations

from typing import Final, cast

from lxml import etree

from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.word_count import count_words

_LOWER: Final = ("h2", "h3", "h4", "h5", "h6")
_MIN_WORDS: Final = 15  # of a paragraph; set by hand: headings that are sentences are shorter
_OUTSIDE: Final = etree.XPath(
    f"//body//text()[not({' or '.join(f'ancestor::{tag}' for tag in (*_LOWER, 'script', 'style'))})]"
)


def read_prose_headings(root: etree._Element) -> None:
    """Makes paragraphs of the headings of a page whose text they hold: long sentences, two of them right behind each
    other, and more than all other long sentences of the page.
    """
    texts = {one: "".join(map(str, one.itertext())) for one in root.iter(*_LOWER)}
    prose = {one: len(text) for one, text in texts.items() if _is_prose(text)}
    if not any(one.getnext() in prose for one in prose):
        return
    outside = [str(text) for text in cast("list[object]", _OUTSIDE(root))]
    if sum(prose.values()) > sum(map(len, filter(_is_prose, outside))):
        for one in prose:
            one.tag = "p"


def _is_prose(text: str) -> bool:
    return ends_sentence(text.strip()) and count_words(text) >= _MIN_WORDS
