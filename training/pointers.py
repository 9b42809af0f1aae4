"""Pages with pointers to other articles between their paragraphs, as most news sites have them: "Read also: …".

With tags such a line stands in an element of its own. In flattened text it looks like the first card of a list, and the
paragraph below it like that card's sentence. All choices follow from the page's name.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from copydesk.cleaners.types import Block, Kind, Label
from training.everyday_pages import Story
from training.pages import Example
from training.variants import lines_of, seeded

Headlines = Mapping[tuple[int | None, str], Sequence[str]]
"""Headlines by fold and language; those that were composed, under no fold."""

_FEWEST = 40  # headlines of pages in a language, below which composed ones are taken, too

_FORMS = ("{word}: {headline}", "{word} {headline}", "{word} – {headline}", "{mark} {headline}")
_MARKS = ("▶", "»", "→", "▪", "+++")
_OWN_LINE = 0.4  # share of pages where the word has a line of its own
_MOST_POINTERS = (1, 1, 2, 3, 8)  # places of a page
_MOST_IN_PLACE = (1, 1, 1, 2, 3)


def headlines_by_language(stories: Mapping[int, Sequence[Story]], composed: Sequence[Story]) -> Headlines:
    """The headlines of stories, by fold and language, and of composed ones by language."""
    found: dict[tuple[int | None, str], list[str]] = defaultdict(list)
    for fold, own in stories.items():
        for story in own:
            found[fold, story.language].append(story.title)
    for story in composed:
        found[None, story.language].append(story.title)
    return dict(found)


def headlines_for(headlines: Headlines, fold: int, language: str) -> Sequence[str]:
    """Headlines that a page of this fold and language may point to."""
    own = headlines.get((fold, language), ())
    return own if len(own) >= _FEWEST else [*own, *headlines.get((None, language), ())]


def with_pointers(page: Example, headlines: Sequence[str], *, language: str, purpose: str) -> Example:
    """The page with lines that lead to other articles between two paragraphs of its own, linked where the page has
    links; ``purpose``: of which copy of the page.
    """
    chance = seeded(page, f"pointers {purpose}")
    borders = [
        at
        for at, (one, other) in enumerate(pairwise(page.keep))
        if one and other and page.blocks[at].kind is Kind.PARAGRAPH
    ]
    if not borders or not headlines:
        return page
    count = min(len(borders), chance.choice(_MOST_POINTERS))
    chosen = set(chance.sample(borders, count))
    style = _Style(page, language, chance)
    label = Label.RELATED if any(page.labels) else None
    rows: list[tuple[Block, Label | None, bool | None]] = []
    for at, row in enumerate(zip(page.blocks, page.labels, page.keep, strict=True)):
        rows.append(row)
        if at in chosen:
            rows += [(line, label, False) for line in style.lines(row[0], headlines)]
    blocks, labels, keep = zip(*rows, strict=True)
    numbered = tuple(block.replace(index=index) for index, block in enumerate(blocks))
    return replace(page, blocks=numbered, labels=labels, keep=keep)


class _Style:
    """How the pointers of one page are written."""

    def __init__(self, page: Example, language: str, chance: random.Random) -> None:
        self.chance = chance
        words = [text for label, text in lines_of(language) or lines_of("en") if label is Label.RELATED]
        self.word = chance.choice(words) if words else ""
        if chance.random() < 0.2:
            self.word = self.word.upper()
        self.is_linked = any(block.link_chars for block in page.blocks)
        # a headline without a link, a word or a mark is a sentence of the text for all that anyone can see
        forms = (*_FORMS, "{headline}") if self.is_linked else _FORMS
        self.form = chance.choice(forms) if self.word else _FORMS[-1]
        self.mark = chance.choice(_MARKS)
        self.has_own_line = bool(self.word) and chance.random() < _OWN_LINE
        self.is_heading = self.has_own_line and chance.random() < 0.4

    def lines(self, model: Block, headlines: Sequence[str]) -> list[Block]:
        """The lines in one place, below ``model``."""
        chosen = [self.chance.choice(headlines) for _ in range(self.chance.choice(_MOST_IN_PLACE))]
        if not self.has_own_line:
            texts = [self.form.format(word=self.word, mark=self.mark, headline=one) for one in chosen]
            return [self._line(model, text, one) for text, one in zip(texts, chosen, strict=True)]
        level = 4 if self.is_heading and self.is_linked else 0
        kind = Kind.HEADING if level else Kind.PARAGRAPH
        first = model.replace(raw=self.word, kind=kind, level=level, link_chars=0, link_url="")
        return [first, *(self._line(model, one, one) for one in chosen)]

    def _line(self, model: Block, text: str, linked: str) -> Block:
        chars = len(linked) if self.is_linked else 0
        return model.replace(raw=text, link_chars=chars, link_url="/2026/05/other" if chars else "")
