"""Where any of many strings, or of many phrases, stand in a text: found in one pass (Aho and Corasick's automaton),
so that however many there are, a text costs its letters and what is found in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ahocorasick import Automaton


class StringIndex:
    """Where strings occur, whatever is around them."""

    def __init__(self, strings: Iterable[str]) -> None:
        sizes: list[int] = []
        # a string may be given twice, and the automaton holds one value for each: the first number
        firsts: dict[str, int] = {}
        self._alike: dict[int, list[int]] = {}
        for number, string in enumerate(strings):
            sizes.append(len(string))
            first = firsts.setdefault(string, number)
            if first != number:
                self._alike.setdefault(first, [first]).append(number)
        self._sizes = tuple(sizes)
        self._automaton = Automaton()
        for string, number in firsts.items():
            self._automaton.add_word(string, number)
        if sizes:  # else it is none, and cannot be searched
            self._automaton.make_automaton()

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where each string occurs, and its number in the order they were given; overlaps included."""
        return [
            (last + 1 - self._sizes[first], number)
            for last, first in (self._automaton.iter(text) if self._sizes else ())
            for number in self._alike.get(first, (first,))
        ]


class Place(NamedTuple):
    """Where a phrase occurs in a folded text (characters), and its number. They sort as they are read: by where they
    begin, and at one place by number.
    """

    start: int
    number: int
    end: int


class WordIndex:
    """Where phrases of whole words and stems stand in folded texts, whose words are parted by one space. A star ends a
    stem, which represents all words that begin so.
    """

    def __init__(self, phrases: Sequence[str]) -> None:
        # tuples: the garbage collector would look through lists of thousands, again and again
        self._phrases = tuple(phrases)
        parts = [longest_literal(phrase) for phrase in phrases]
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


def longest_literal(phrase: str) -> tuple[str, int]:
    """The longest string that a folded text, a space before and behind it, holds wherever the phrase occurs; and how
    many words of the phrase stand before it.
    """
    padded = f" {phrase} "
    if "*" not in phrase:
        return padded, 0
    # whatever else a word of the text has behind a stem; "new" is not in "newsletter"
    parts = padded.split("*")
    longest = max(parts, key=len)
    return longest, "".join(parts[: parts.index(longest)]).count(" ")


def _words_back(padded: str, at: int, count: int) -> int:
    """The space before the word so many words before the one behind this space; -1 where there are fewer."""
    for _ in range(count):
        if at <= 0:
            return -1
        at = padded.rfind(" ", 0, at)
    return at


def _end_of(phrase: str, padded: str, at: int) -> int:
    """The space behind a phrase, if it is whole at a place of a padded text, else 0."""
    if "*" not in phrase:
        return at + len(phrase) if padded.startswith(f"{phrase} ", at) else 0
    for word in phrase.split(" "):
        start = at
        at = padded.find(" ", start)
        if padded[start:at] != word and not (word[-1] == "*" and padded.startswith(word[:-1], start)):
            return 0
        at += 1
    return at - 1
