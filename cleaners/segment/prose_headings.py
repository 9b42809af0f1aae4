"""Headings that hold the paragraphs of a page, on which there are no others."""

from __future__ import annotations

from typing import Final

from lxml import etree

from copydesk.cleaners.segment.elements import HEADINGS
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.word_count import count_words

_MIN_WORDS: Final = 15  # of a paragraph; set by hand: headings that are sentences are shorter


def read_prose_headings(root: etree._Element) -> None:
    """Makes paragraphs of the headings of a page whose text they hold: long sentences, and more of them than stand in
    paragraphs, entries of lists and cells.
    """
    long = [(heading, size) for heading in root.iter(*HEADINGS) if (size := _chars_of_prose(heading))]
    if long and sum(size for _, size in long) > sum(map(_chars_of_prose, root.iter("p", "li", "td"))):
        for heading, _ in long:
            heading.tag = "p"


def _chars_of_prose(element: etree._Element) -> int:
    """The letters of an element that holds a long sentence; 0 for others."""
    text = "".join(map(str, element.itertext())).strip()
    return len(text) if ends_sentence(text) and count_words(text) >= _MIN_WORDS else 0
