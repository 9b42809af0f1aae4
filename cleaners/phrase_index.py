"""Finding many phrases in a folded sentence at once, each looked up by how it begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from copydesk.cleaners.cue_phrases import fold_as

_KEY = 3  # letters by which stems are filed: the least a stem may have
_WORD = re.compile(r"\S+")
# what is written together with the word that follows in Arabic: "and", "with", "like", "for", the article
_ARABIC_PREFIX = re.compile(r"[وف]?[بكلس]?(?:ال|لل)?")


_REST = "[\uac00-\ud7a3]*"


class Place(NamedTuple):
    """Where a phrase stands in a folded sentence (characters), and its number."""

    start: int
    end: int
    number: int


class PhraseIndex(Protocol):
    """Phrases by their numbers; of two that begin at one place the longer counts, of two as long the first."""

    def find(self, folded: str) -> Iterator[Place]:
        """The phrases in a folded text, from left to right, none overlapping another."""


class SpacedIndex:
    """Phrases of whole words; a star at a word's end stands for the rest of the word."""

    def __init__(self, phrases: Iterable[str], code: str) -> None:
        self._is_arabic = code == "ar"
        self._exact: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._stems: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for number, phrase in enumerate(phrases):
            words = tuple(
                word + "*" * (written.endswith("*") and word is folded[-1])
                for written in phrase.split()
                for folded in [fold_as(written, code).split()]
                for word in folded
            )
            first = words[0]
            filed = self._stems if first.endswith("*") else self._exact
            filed.setdefault(first[: min(_KEY, len(first) - 1)] if first.endswith("*") else first, []).append(
                (number, words)
            )

    def find(self, folded: str) -> Iterator[Place]:
        """See `PhraseIndex`."""
        words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(folded)]
        at = 0
        while at < len(words):
            best: tuple[int, int, int] | None = None
            for first in self._forms(words[at][0]):
                stems = self._stems.get(first[:_KEY], ())
                filed = [one for one in stems if first.startswith(one[1][0][:-1])] if stems else ()
                for number, phrase in (*self._exact.get(first, ()), *filed):
                    if len(phrase) == 1 or self._goes_on(phrase, words, at):
                        size = sum(map(len, phrase))
                        if best is None or (-size, number) < best[:2]:
                            best = (-size, number, len(phrase))
            if best is None:
                at += 1
                continue
            yield Place(words[at][1], words[at + best[2] - 1][2], best[1])
            at += best[2]

    def _forms(self, word: str) -> tuple[str, ...]:
        """A word, in Arabic also without what is written together with it."""
        if not self._is_arabic:
            return (word,)
        found = _ARABIC_PREFIX.match(word)
        ends = {0, *range(1, found.end() + 1)} if found else {0}
        return tuple(word[end:] for end in sorted(ends) if len(word) - end > 1)

    def _goes_on(self, phrase: tuple[str, ...], words: list[tuple[str, int, int]], at: int) -> bool:
        """Whether a phrase whose first word is number ``at`` stands there whole."""
        return at + len(phrase) <= len(words) and all(
            any(_is(wanted, form) for form in self._forms(words[at + step][0]))
            for step, wanted in enumerate(phrase[1:], start=1)
        )


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


class UnspacedIndex:
    """Phrases of scripts without spaces between words: they count anywhere, but a Latin part cuts no longer Latin word.

    Where a phrase has a space, the text may have one; a star at its end stands for the rest of a word of Hangul.
    """

    def __init__(self, phrases: Iterable[str], code: str) -> None:
        self._by_first: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
        by_length = sorted(enumerate(phrases), key=lambda pair: (-len(pair[1].rstrip("*")), pair[0]))
        for number, phrase in by_length:
            folded = fold_as(phrase.replace("*", ""), code)
            body = re.escape(folded).replace(r"\ ", " ?") + (_REST if phrase.endswith("*") else "")
            self._by_first.setdefault(folded[0], []).append((number, re.compile(body)))

    def find(self, folded: str) -> Iterator[Place]:
        """See `PhraseIndex`."""
        at = 0
        while at < len(folded):
            for number, phrase in self._by_first.get(folded[at], ()):
                found = phrase.match(folded, at)
                if found and _is_free(folded, at, found.end()):
                    yield Place(at, found.end(), number)
                    at = found.end()
                    break
            else:
                at += 1


def _is_free(folded: str, start: int, end: int) -> bool:
    """Whether no Latin word is cut: ``ai`` is in ``由ai生成``, not in ``openair``."""
    before, after = folded[start - 1 : start] if start else "", folded[end : end + 1]
    cut_before = _is_latin(folded[start]) and _is_latin(before)
    return not (cut_before or (_is_latin(folded[end - 1]) and _is_latin(after)))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()
