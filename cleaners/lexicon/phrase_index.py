"""Finding many phrases in a folded sentence at once, each looked up by how it begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from copydesk.cleaners.lexicon.cue_phrases import fold_as, words_of

_KEY = 3  # letters by which stems are filed: the least a stem may have
_WORD = re.compile(r"\S+")
# what is written together with the word that follows in Arabic: "and", "with", "like", "for", the article
_ARABIC_PREFIX = re.compile(r"[وف]?[بكلس]?(?:ال|لل)?")


# syllables of Hangul: the particle or ending glued to a stem
_REST = re.compile("[\uac00-\ud7a3]*")


class Place(NamedTuple):
    """Where a phrase stands in a folded sentence (characters), and its number."""

    start: int
    end: int
    number: int


class PhraseIndex(Protocol):
    """Phrases by their numbers; of two that begin at one place the longer counts, of two as long the first."""

    def find(self, folded: str) -> Iterator[Place]:
        """The phrases in a folded text, from left to right, none overlapping another."""


class _Phrase(NamedTuple):
    """A phrase of a `SpacedIndex`. ``begin``: what a text holds where the phrase stands, up to the first
    stem, which ``is_all``.
    """

    size: int
    number: int
    words: tuple[str, ...]
    begin: str
    is_all: bool

    @property
    def rank(self) -> tuple[int, int]:
        """The longest first, then the first."""
        return -self.size, self.number


class SpacedIndex:
    """Phrases of whole words; a star at a word's end stands for the rest of the word."""

    def __init__(self, phrases: Iterable[str], code: str) -> None:
        self._is_arabic = code == "ar"
        self._exact: dict[str, list[_Phrase]] = {}
        self._stems: dict[str, list[_Phrase]] = {}
        for number, written in enumerate(phrases):
            phrase = _phrase(number, written, code)
            first = phrase.words[0]
            # filed by its beginning, so that nearly every word of a text meets an empty list
            if first.endswith("*"):
                self._stems.setdefault(first[: min(_KEY, len(first) - 1)], []).append(phrase)
            else:
                self._exact.setdefault(first, []).append(phrase)
        for filed in (*self._exact.values(), *self._stems.values()):
            filed.sort(key=lambda phrase: phrase.rank)

    def find(self, folded: str) -> Iterator[Place]:
        """See `PhraseIndex`."""
        words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(folded)]
        # whole phrases end with a space (`begin`), which the last word would lack
        padded = f"{folded} "
        at = 0
        while at < len(words):
            best: _Phrase | None = None
            # the longest phrase counts over all readings, whichever of them it is found by
            for form in self._forms(words[at][0]):
                for filed in (self._exact.get(form, ()), self._stems.get(form[:_KEY], ())):
                    found = self._first(filed, form, words, at, padded) if filed else None
                    if found is not None and (best is None or found.rank < best.rank):
                        best = found
            if best is None:
                at += 1
                continue
            yield Place(words[at][1], words[at + len(best.words) - 1][2], best.number)
            # behind the phrase: none overlaps another
            at += len(best.words)

    def _first(
        self, filed: Sequence[_Phrase], form: str, words: list[tuple[str, int, int]], at: int, padded: str
    ) -> _Phrase | None:
        """The first of these phrases, in the order in which they count, that stands at word number ``at``,
        read as ``form``.
        """
        # a form is the end of its word: in Arabic what is glued stands before it
        start = words[at][2] - len(form)
        for phrase in filed:
            # nearly none does, and a look at its letters is enough to say so; in Arabic others may stand between them
            if not self._is_arabic and not padded.startswith(phrase.begin, start):
                continue
            if (phrase.is_all and not self._is_arabic) or self._stands(phrase.words, form, words, at):
                return phrase
        return None

    def _forms(self, word: str) -> tuple[str, ...]:
        """A word, in Arabic also without what is written together with it."""
        if not self._is_arabic:
            return (word,)
        found = _ARABIC_PREFIX.match(word)
        # each part of the prefix too: the و of وكالة ("agency") is its own first letter, no "and"
        ends = {0, *range(1, found.end() + 1)} if found else {0}
        return tuple(word[end:] for end in sorted(ends) if len(word) - end > 1)

    def _stands(self, phrase: tuple[str, ...], form: str, words: list[tuple[str, int, int]], at: int) -> bool:
        """Whether a phrase stands whole at word number ``at``, read as ``form``."""
        if at + len(phrase) > len(words) or not _is(phrase[0], form):
            return False
        return all(
            any(_is(wanted, form) for form in self._forms(words[at + step][0]))
            for step, wanted in enumerate(phrase[1:], start=1)
        )


def _phrase(number: int, written: str, code: str) -> _Phrase:
    parts = words_of(written, code)
    words = tuple(word + "*" * is_stem for word, is_stem in parts)
    stem = next((at for at, (_, is_stem) in enumerate(parts) if is_stem), None)
    whole = [word for word, _ in parts]
    # with a space at the end, or "new" would be found in "newsletter"
    begin = " ".join(whole) + " " if stem is None else " ".join(whole[: stem + 1])
    is_all = stem is None or stem == len(parts) - 1
    return _Phrase(sum(map(len, words)), number, words, begin, is_all)


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


class UnspacedIndex:
    """Phrases of scripts without spaces between words: they count anywhere, but a Latin part cuts no longer Latin word.

    Where a phrase has a space, the text may have one; a star at its end stands for the rest of a word of Hangul.
    """

    def __init__(self, phrases: Iterable[str], code: str) -> None:
        self._by_first: dict[str, list[tuple[int, _Glued]]] = {}
        # the longest first, since the first that stands there is taken
        by_length = sorted(enumerate(phrases), key=lambda pair: (-len(pair[1].rstrip("*")), pair[0]))
        for number, phrase in by_length:
            folded = fold_as(phrase.replace("*", ""), code)
            self._by_first.setdefault(folded[0], []).append(
                (number, _Glued(folded, is_stem=phrase.endswith("*")))
            )

    def find(self, folded: str) -> Iterator[Place]:
        """See `PhraseIndex`."""
        at = 0
        while at < len(folded):
            for number, phrase in self._by_first.get(folded[at], ()):
                # at any letter: where a word begins these scripts do not tell
                end = phrase.end(folded, at)
                if end and _is_free(folded, at, end):
                    yield Place(at, end, number)
                    at = end
                    break
            else:
                at += 1


class _Glued:
    """A phrase of a `UnspacedIndex`."""

    def __init__(self, folded: str, *, is_stem: bool) -> None:
        self._words = folded.split(" ")
        self._is_stem = is_stem

    def end(self, folded: str, at: int) -> int:
        """Where the phrase ends if it stands at a place of a text, else 0."""
        end = end_of_words(self._words, folded, at)
        rest = _REST.match(folded, end) if end and self._is_stem else None
        return rest.end() if rest else end


def end_of_words(words: Sequence[str], folded: str, at: int) -> int:
    """Where some words end that stand in a row at a place of a text, with spaces between them or without, else 0."""
    for number, word in enumerate(words):
        if number and folded.startswith(" ", at):
            at += 1
        if not folded.startswith(word, at):
            return 0
        at += len(word)
    return at


def _is_free(folded: str, start: int, end: int) -> bool:
    """Whether no Latin word is cut: ``ai`` is in ``由ai生成``, not in ``openair``."""
    before, after = folded[start - 1 : start] if start else "", folded[end : end + 1]
    cut_before = _is_latin(folded[start]) and _is_latin(before)
    return not (cut_before or (_is_latin(folded[end - 1]) and _is_latin(after)))


def _is_latin(char: str) -> bool:
    # plain letters are enough: it is for AI, GPT and names of tools among Han, kana and Hangul
    return char.isascii() and char.isalpha()
