"""Flattened pages whose own text is in pieces as short as cards of other articles: a sentence or two a paragraph, below
subheads and questions, with lists of short lines between.

Of real pages few are, and those who flatten pages leave no tag that tells such a piece from a card. All choices follow
from the page's name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from copydesk.cleaners.sentence_ends import split_after_terminals
from copydesk.cleaners.types import Block, Kind, Label
from training.pages import Example
from training.variants import seeded

_MOST_SENTENCES = (1, 1, 2, 2, 3)  # of a paragraph
_MOST_SPLIT = 12  # paragraphs of a page that are split; the others stay
_HEADED = (0.0, 0.0, 0.0, 0.3)  # share of pieces below a subhead or a question
_LISTED = 0.08  # share of paragraphs with a list below
_SUBHEAD_WORDS, _ENTRY_WORDS, _ENTRIES = (2, 7), (1, 5), (3, 8)
_UNITS = ("{} g {}", "{} {}", "{}. {}", "{} ml {}", "{}: {}", "– {1}", "{1}, {0}", "{0} x {1}")

_Row = tuple[Block, Label | None, bool | None]


def in_short_paragraphs(page: Example, *, purpose: str) -> Example:
    """The page with the paragraphs of its text cut into short ones; ``purpose``: of which copy of the page."""
    chance = seeded(page, f"short paragraphs {purpose}")
    share, is_question = chance.choice(_HEADED), chance.random() < 0.3
    rows: list[_Row] = []
    split = 0
    for row in zip(page.blocks, page.labels, page.keep, strict=True):
        block, label, keep = row
        if not keep or block.kind is not Kind.PARAGRAPH or split >= _MOST_SPLIT:
            rows.append(row)
            continue
        split += 1
        for text in _pieces(block.raw, chance):
            if chance.random() < share and (subhead := _subhead(text, chance)):
                head = Label.PARAGRAPH if is_question else Label.HEADING
                rows.append((block.replace(raw=subhead + "?" * is_question), label and head, True))
            rows.append((_bare(block, text), label, True))
        if chance.random() < _LISTED:
            rows += [
                (_bare(block, entry), label and Label.LIST_ITEM, True)
                for entry in _entries(block.raw, chance)
            ]
    if not split:
        return page
    blocks, labels, kept = zip(*rows, strict=True)
    numbered = tuple(block.replace(index=index) for index, block in enumerate(blocks))
    return replace(page, blocks=numbered, labels=labels, keep=kept)


def _bare(block: Block, text: str) -> Block:
    """A piece of a block, with its share of the links in it."""
    chars = round(block.link_chars * len(text) / max(1, len(block.raw)))
    return block.replace(raw=text, link_chars=chars, link_url=block.link_url if chars else "")


def _pieces(text: str, chance: random.Random) -> Iterator[str]:
    sentences = [one.strip() for one in split_after_terminals(text) if one.strip()] or [text]
    while sentences:
        count = chance.choice(_MOST_SENTENCES)
        yield " ".join(sentences[:count])
        sentences = sentences[count:]


def _subhead(text: str, chance: random.Random) -> str:
    """Some words of a text, as subheads take them up."""
    words = text.split()
    if len(words) <= _SUBHEAD_WORDS[1]:
        return ""
    start = chance.randrange(len(words) - _SUBHEAD_WORDS[1])
    found = " ".join(words[start : start + chance.randint(*_SUBHEAD_WORDS)]).strip(" ,.;:!?–—-\"“”'")
    return found[:1].upper() + found[1:]


def _entries(text: str, chance: random.Random) -> Iterator[str]:
    """Lines of ingredients, results or prices of the words of a text."""
    words = [word.strip(",.;:!?“”\"'()«»") for word in text.split()]
    words = [word for word in words if word.isalpha()]
    form = chance.choice(_UNITS)
    for number in range(1, chance.randint(*_ENTRIES) + 1 if words else 0):
        start = chance.randrange(len(words))
        entry = " ".join(words[start : start + chance.randint(*_ENTRY_WORDS)])
        yield form.format(number if form == "{}. {}" else chance.randrange(1, 500), entry)
