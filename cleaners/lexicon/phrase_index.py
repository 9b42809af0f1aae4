"""Finding many phrases in a folded sentence at once, each looked up by how it begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from copydesk.cleaners.lexicon.cue_phrases import is_unspaced
from copydesk.cleaners.lexicon.phrase_checks import MIN_STEM
from copydesk.cleaners.lexicon.string_index import Place, WordIndex
from copydesk.cleaners.lexicon.words import Lexicon
from copydesk.cleaners.patterns import lazy_pattern

_WORD = lazy_pattern(r"\S+")
# what is written together with the word that follows in Arabic: "and", "with", "like", "for", the article. Not
# "for the" (لل): what is written for AI is not written by it (`benchmarks.claim_traps`)
_ARABIC_PREFIX = lazy_pattern(r"[وف]?[بكلس]?(?:ال)?")
# syllables of Hangul: the particle or ending glued to a stem
_REST = lazy_pattern("[\uac00-\ud7a3]*")


class PhraseIndex(Protocol):
    """Phrases by their numbers; of two that begin at one place the longer counts, of two as long the first."""

    def find(self, folded: str) -> Iterator[Place]:
        """The phrases in a folded text, from left to right, none overlapping another."""


def phrase_index(folded: Sequence[str], written: Sequence[str], entry: Lexicon) -> PhraseIndex:
    """The phrases of one language (see `folded_phrases`), as its words are written: apart, together, or together with
    what comes before.
    """
    if is_unspaced(entry):
        return UnspacedIndex(folded, written)
    return (GluedIndex if entry.grammar.proclitics else SpacedIndex)(folded)


_Ranked = tuple[int, int, Sequence[str]]
"""The rank of a phrase, its number, and its words: sorted, the longest first, then the first."""


def _ranked(phrases: Sequence[str]) -> list[int]:
    """The numbers of phrases, the longest first, then the first."""
    # the star counts: of two as long the stem is the longer
    sizes = [-len(phrase.replace(" ", "")) for phrase in phrases]
    return sorted(range(len(phrases)), key=sizes.__getitem__)


class SpacedIndex:
    """Phrases of whole words; a star at a word's end represents the rest of the word."""

    def __init__(self, phrases: Sequence[str]) -> None:
        # a tuple: the garbage collector would look through a list of thousands, again and again
        self._numbers = tuple(_ranked(phrases))
        self._words = WordIndex([_without_short_stem(phrases[number]) for number in self._numbers])

    def find(self, folded: str) -> Iterator[Place]:
        past = -1
        # by place, and at one place in the order in which they count
        for start, number, end in self._words.places(folded):
            # behind the last phrase: none overlaps another
            if start > past:
                yield Place(start, self._numbers[number], end)
                past = end


class GluedIndex:
    """The same for Arabic, where a word may be written together with what comes before it."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._exact: dict[str, list[_Ranked]] = {}
        self._stems: dict[str, list[_Ranked]] = {}
        for rank, number in enumerate(_ranked(phrases)):
            words = tuple(phrases[number].split(" "))
            # filed by its beginning, so that nearly every word of a text meets an empty list
            filed, begin = (
                (self._stems, words[0][:-1][:MIN_STEM]) if words[0][-1] == "*" else (self._exact, words[0])
            )
            filed.setdefault(begin, []).append((rank, number, words))

    def find(self, folded: str) -> Iterator[Place]:
        words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(folded)]
        at = 0
        while at < len(words):
            # the longest phrase counts over all readings, whichever of them it is found by
            found = [phrase for form in _forms(words[at][0]) for phrase in self._matching(form, words, at)]
            if not found:
                at += 1
                continue
            _, number, best = min(found)
            yield Place(words[at][1], number, words[at + len(best) - 1][2])
            # behind the phrase: none overlaps another
            at += len(best)

    def _matching(self, form: str, words: Sequence[tuple[str, int, int]], at: int) -> Iterator[_Ranked]:
        """Of the phrases filed alike the first that is whole at word number ``at``, read as ``form``."""
        for filed in (self._exact.get(form, ()), self._stems.get(form[:MIN_STEM], ())):
            yield from islice((phrase for phrase in filed if _matches(phrase[2], form, words, at)), 1)


def _forms(word: str) -> tuple[str, ...]:
    """A word of Arabic, also without what is written together with it."""
    found = _ARABIC_PREFIX.match(word)
    # each part of the prefix too: the و of وكالة ("agency") is its own first letter, no "and"
    ends = {0, *range(1, found.end() + 1)} if found else {0}
    return tuple(word[end:] for end in sorted(ends) if len(word) - end > 1)


def _matches(phrase: Sequence[str], form: str, words: Sequence[tuple[str, int, int]], at: int) -> bool:
    """Whether a phrase is whole at word number ``at``, read as ``form``."""
    if at + len(phrase) > len(words) or not _is(phrase[0], form):
        return False
    return all(
        any(_is(wanted, form) for form in _forms(words[at + step][0]))
        for step, wanted in enumerate(phrase[1:], start=1)
    )


def _without_short_stem(phrase: str) -> str:
    # of a shorter stem that opens a phrase the star counts for nothing: it would stand for half of all words
    return phrase.replace("*", "", 1) if 0 < phrase.find("*") < MIN_STEM else phrase


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted[-1] == "*" else word == wanted


class UnspacedIndex:
    """Phrases of scripts without spaces between words: they count anywhere, but a Latin part cuts no longer Latin word.

    Where a phrase has a space, the text may have one; a star at its end represents the rest of a word of Hangul.
    """

    def __init__(self, phrases: Sequence[str], written: Sequence[str]) -> None:
        """``written``: the phrases as the data has them, whose signs count for their length."""
        self._by_first: dict[str, list[tuple[int, Sequence[str], bool]]] = {}
        sizes = [-len(phrase.rstrip("*")) for phrase in written]
        # the longest first, since the first found there is taken
        for number in sorted(range(len(phrases)), key=sizes.__getitem__):
            phrase = phrases[number]
            entry = number, tuple(phrase.replace("*", "").split(" ")), phrase[-1] == "*"
            self._by_first.setdefault(phrase[0], []).append(entry)

    def find(self, folded: str) -> Iterator[Place]:
        at = 0
        while at < len(folded):
            for number, words, is_stem in self._by_first.get(folded[at], ()):
                # at any letter: where a word begins these scripts do not tell
                end = end_of_words(words, folded, at)
                if end and is_stem and (rest := _REST.match(folded, end)):
                    end = rest.end()
                if end and cuts_no_latin_word(folded, at, end):
                    yield Place(at, number, end)
                    at = end
                    break
            else:
                at += 1


def end_of_words(words: Sequence[str], folded: str, at: int) -> int:
    """Where some words end that stand in a row at a place of a text, with spaces between them or without, else 0."""
    for number, word in enumerate(words):
        if number and folded.startswith(" ", at):
            at += 1
        if not folded.startswith(word, at):
            return 0
        at += len(word)
    return at


def cuts_no_latin_word(folded: str, start: int, end: int) -> bool:
    """Whether a phrase is no part of a Latin word: ``ai`` is found in ``由ai生成``, not in ``openair``."""
    before, after = folded[start - 1 : start] if start else "", folded[end : end + 1]
    # plain letters are enough: it is for AI, GPT and names of tools among Han, kana and Hangul
    return not any(
        pair.isascii() and pair.isalpha() and len(pair) > 1
        for pair in (before + folded[start], folded[end - 1] + after)
    )
