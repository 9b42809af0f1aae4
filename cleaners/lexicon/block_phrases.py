"""Which phrases of the lexicon each block of a page holds, and the text that tells which language to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from copydesk.cleaners.lexicon.words import PhraseHit, PhraseMatcher, folded_words, matcher, phrase_languages
from copydesk.cleaners.types import Block

# set by hand: in longer ones prose would be found that happens to say "sign up"
PHRASE_CHARS = 420
"""No phrase counts in longer blocks, except what opens them."""
SAMPLE_CHARS = 4_000
"""As much text as telling the language takes."""
_SAMPLE_BLOCKS = 8
# set by hand: share of a block's characters in links from which it is no running text
_LINKED = 0.4
# set by hand: longer lines are sentences, and what is in one of them says nothing of the block
_MENU_LINE_CHARS = 40


def language_sample(blocks: Sequence[Block]) -> str:
    """The longest texts of the page that are no links: what tells its language best."""
    running = [
        block for block in blocks if block.link_chars < _LINKED * len(block.raw) and not block.is_hidden
    ]
    raws = [block.raw for block in running or blocks]
    # of two as long the first
    longest = sorted(raws, key=len, reverse=True)[:_SAMPLE_BLOCKS]
    return " ".join(map(str.strip, longest))[:SAMPLE_CHARS]


class Phrased(NamedTuple):
    """For each block the phrases found in it, by the rule they are filed under, and its first words as folded;
    ``language``: the page's, in which phrases were looked for.
    """

    hits: Sequence[Mapping[str, PhraseHit]]
    words: Sequence[Sequence[str]]
    language: str

    def of(self, places: Sequence[int]) -> Phrased:
        """The same for some of the blocks alone."""
        hits, words = [self.hits[place] for place in places], [self.words[place] for place in places]
        return Phrased(hits, words, self.language)


def find_phrases(blocks: Sequence[Block], language: str) -> Phrased:
    """Phrases of the page's language, and English ones: templates are often left untranslated."""
    codes = ("en",) if language not in phrase_languages() or language == "en" else (language, "en")
    texts = [block.raw[:PHRASE_CHARS] for block in blocks]
    found = matcher(*codes)
    # menus stand twice on many pages
    different = list(dict.fromkeys(texts))
    # tuples, as the garbage collector passes over them
    words: list[Sequence[str]] = [tuple(folded_words(text)) for text in different]
    hits = [
        hits or (_in_lines(text, found) if "\n" in text else hits)
        for text, hits in zip(different, found.find_all(different, words), strict=True)
    ]
    numbers = dict(zip(different, range(len(different)), strict=True))
    order = [numbers[text] for text in texts]
    return Phrased(tuple([hits[at] for at in order]), tuple([words[at] for at in order]), language)


def _in_lines(text: str, phrases: PhraseMatcher) -> dict[str, PhraseHit]:
    """What the lines of a menu say that is parted by line breaks alone."""
    # a tab parts cells: rows of a table are no menu
    if "\t" in text:
        return {}
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or max(map(len, lines)) > _MENU_LINE_CHARS:
        return {}
    merged: dict[str, PhraseHit] = {}
    for line in lines:
        for rule_id, hit in phrases.find(line).items():
            # a line that only begins so, or holds the phrase, may be a piece of a sentence
            if hit.mode == "whole":
                merged.setdefault(rule_id, hit)
    return merged
