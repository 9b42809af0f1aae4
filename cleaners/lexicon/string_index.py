"""Where any of many strings, or of many phrases, stand in a text: found in one pass (Aho and Corasick's automaton),
so that however many there are, a text costs its letters and what is found in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from ahocorasick import Automaton

Words = tuple[tuple[str, bool], ...]
"""Folded words, and whether each is a stem, which represents all words that begin so."""


class StringIndex:
    """Where strings occur, whatever is around them."""

    def __init__(self, strings: Iterable[str]) -> None:
        # a string may be given twice, and the automaton holds one value for each
        numbers: dict[str, tuple[int, ...]] = {}
        for number, string in enumerate(strings):
            numbers[string] = (*numbers.get(string, ()), number)
        self._automaton = Automaton()
        for string, some in numbers.items():
            self._automaton.add_word(string, (len(string), some))
        if numbers:  # else it is none, and cannot be searched
            self._automaton.make_automaton()
        self._is_empty = not numbers

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where each string occurs, and its number in the order they were given; overlaps included."""
        if self._is_empty:
            return
        for last, (size, some) in self._automaton.iter(text):
            for number in some:
                yield last + 1 - size, number


class Place(NamedTuple):
    """Where a phrase occurs in a folded text (characters), and its number. They sort as they are read: by where they
    begin, and at one place by number.
    """

    start: int
    number: int
    end: int


class WordIndex:
    """Where phrases of whole words and stems stand in folded texts, whose words are parted by one space."""

    def __init__(self, phrases: Sequence[Words]) -> None:
        # tuples: the garbage collector would look through lists of thousands, again and again
        self._phrases = tuple(phrases)
        parts = [longest_literal(words) for words in phrases]
        self._before = tuple(before for _, before in parts)
        self._parts = StringIndex(part for part, _ in parts)

    def places(self, folded: str) -> list[Place]:
        """Where each phrase occurs, by place, and at one place in the order they were given; overlaps included."""
        padded = f" {folded} "
        found = []
        for at, number in self._parts.places(padded):
            start = _words_back(padded, at, self._before[number])
            # the space before a word of `padded` is where the word begins in `folded`
            end = _end_of(self._phrases[number], padded, start + 1) if start >= 0 else 0
            if end:
                found.append(Place(start, number, end - 1))
        return sorted(found)


def longest_literal(words: Words) -> tuple[str, int]:
    """The longest string that a folded text, a space before and behind it, holds wherever the phrase occurs; and how
    many words of the phrase stand before it.
    """
    if True not in map(itemgetter(1), words):
        return f" {' '.join(map(itemgetter(0), words))} ", 0
    parts: list[tuple[str, int]] = []
    start = 0
    for number, (_, is_stem) in enumerate(words):
        if is_stem or number == len(words) - 1:
            letters = " ".join(word for word, _ in words[start : number + 1])
            # whatever else a word of the text has behind a stem; "new" is not in "newsletter"
            parts.append((f" {letters}" if is_stem else f" {letters} ", start))
            start = number + 1
    return max(parts, key=lambda part: len(part[0]))


def _words_back(padded: str, at: int, count: int) -> int:
    """The space before the word so many words before the one behind this space; -1 where there are fewer."""
    for _ in range(count):
        if at <= 0:
            return -1
        at = padded.rfind(" ", 0, at)
    return at


def _end_of(words: Words, padded: str, at: int) -> int:
    """The space behind a phrase, if it is whole at a place of a padded text, else 0."""
    for number, (word, is_stem) in enumerate(words):
        at += number > 0
        if not padded.startswith(word if is_stem else f"{word} ", at):
            return 0
        at = padded.find(" ", at)
    return at
