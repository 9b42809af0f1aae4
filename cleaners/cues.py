"""Cues: the words that, several together, tell a page's talk about itself from the article.

A cue is a phrase of a language file under an id that starts with ``cue.`` or ``residue.``. Where
``PhraseMatcher`` says *whether* a rule's phrase is in a block, a `CueFinder` says *where every* cue
stands in a sentence, overlaps included: a rule that weighs cues against each other needs all. A star
at the end of a word (``translat*``) stands for the rest of the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaners.headline import language_of_script
from cleaners.lexicon import Lexicon, Mode, fold, languages, lexicon
from cleaners.vendors import tool_names

PREFIXES = ("cue.", "residue.")
VENDOR = "vendor"
_UNSPACED = frozenset({"Hani", "Hans", "Hant", "Jpan", "Hira", "Kana", "Hang", "Kore", "Thai"})
_HEAD = 6  # letters by which the cheap look-up knows a word
_SHORT_HEAD = 4
_KEY = 3  # letters by which phrases are filed
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W\d_]+")
# short vowels, which most Arabic texts leave out, and the stretching stroke
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0670\u0640]")
_ARABIC_ALEF = str.maketrans("أإآى", "اااي")
# what is written together with the word that follows: "and", "with", "like", "for", the article
_ARABIC_PREFIX = re.compile(r"(?:^|\s)[وف]?[بكلس]?(?:ال|ل)?$")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue found in a folded sentence: its id, the phrase, and where it stands (characters)."""

    id: str
    phrase: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    id: str
    mode: Mode
    words: tuple[tuple[str, bool], ...]  # each with whether it is a stem

    @property
    def text(self) -> str:
        return " ".join(word for word, _ in self.words)


class CueFinder:
    """Finds every cue of one language in a folded sentence.

    Words of scripts with spaces match as words or stems; in Han, kana and Hangul a phrase matches
    anywhere, only that a Latin part of it must not cut a longer Latin word; in Arabic it may follow
    what is written together with it. ``start`` phrases count where a sentence or clause begins,
    ``whole`` ones where they are all of it.
    """

    def __init__(self, entry: Lexicon) -> None:
        self.code = entry.code
        self.function_words = entry.function_words
        self.is_unspaced = not _UNSPACED.isdisjoint(entry.scripts)
        self._is_anywhere = self.is_unspaced or entry.code == "ar"
        phrases = tuple(_phrases(entry))
        self._anywhere = phrases if self._is_anywhere else ()
        self._filed: dict[str, list[_Phrase]] = {}
        self._heads: dict[str, set[str]] = {}
        if not self._is_anywhere:
            for phrase in phrases:
                self._file(phrase)
            for name in tool_names():
                if words := _LETTERS.findall(name):
                    self._know(max(words, key=len), VENDOR, size=_HEAD)

    def _file(self, phrase: _Phrase) -> None:
        self._filed.setdefault(phrase.words[0][0][:_KEY], []).append(phrase)
        word, is_stem = max(phrase.words, key=lambda pair: len(pair[0]))
        self._know(word, phrase.id, size=_SHORT_HEAD if is_stem and len(word) < _HEAD else _HEAD)

    def _know(self, word: str, cue_id: str, *, size: int) -> None:
        head = word[:size] + ("*" if size == _SHORT_HEAD else "")
        self._heads.setdefault(head, set()).add(cue_id)

    def suspects(self, text: str) -> frozenset[str]:
        """Ids of the cues that may be in ``text`` (an AI product's is ``vendor``).

        Cheap: at times there is less in the text than this says, never more.
        """
        if self._is_anywhere:
            folded = self.fold(text)
            found = {phrase.id for phrase in self._anywhere if phrase.text in folded}
            is_named = any(name in text.lower() for name in tool_names())
            return frozenset(found | {"vendor"} if is_named else found)
        lowered = text.lower().replace("i\u0307", "i").replace("ı", "i")
        words = _LETTERS.findall(lowered)
        heads = {word[:_HEAD] for word in words} | {f"{word[:_SHORT_HEAD]}*" for word in words}
        return frozenset().union(*(self._heads[head] for head in heads & self._heads.keys()))

    def fold(self, text: str) -> str:
        """The form in which this language's phrases are compared (see `cleaners.lexicon.fold`)."""
        return _fold(text, self.code)

    def find(self, folded: str, *, clause_starts: frozenset[int]) -> Iterator[Cue]:
        """Every cue in ``folded``; ``clause_starts`` are the places where a clause begins."""
        words = [(match.group(), match.start()) for match in _WORD.finditer(folded)]
        for index, (word, at) in enumerate(words):
            for phrase in self._filed.get(word[:_KEY], ()):
                end = _match(phrase, words, index)
                if end and _fits(phrase.mode, at, end, folded, clause_starts):
                    yield Cue(phrase.id, folded[at:end], at, end)
        for phrase in self._anywhere:
            for at in self._places(phrase.text, folded):
                end = at + len(phrase.text)
                if _fits(phrase.mode, at, end, folded, clause_starts):
                    yield Cue(phrase.id, phrase.text, at, end)

    def _places(self, phrase: str, folded: str) -> Iterator[int]:
        at = folded.find(phrase)
        while at >= 0:
            if _is_free(folded, at, len(phrase)) if self.is_unspaced else _ARABIC_PREFIX.search(folded[:at]):
                yield at
            at = folded.find(phrase, at + 1)


def _phrases(entry: Lexicon) -> Iterator[_Phrase]:
    for cue_id, modes in entry.phrases.items():
        if cue_id.startswith(PREFIXES):
            for mode, phrases in modes.items():
                for phrase in phrases:
                    words = (_word(one, entry.code) for one in phrase.split())
                    yield _Phrase(cue_id, mode, tuple(word for pair in words for word in pair))


def _word(written: str, code: str) -> Iterator[tuple[str, bool]]:
    """One word of the data, folded; punctuation inside it parts it."""
    parts = _fold(written, code).split()
    for number, part in enumerate(parts, start=1):
        yield part, number == len(parts) and written.endswith("*")


def _fold(text: str, code: str) -> str:
    if code == "ar":
        text = _ARABIC_MARKS.sub("", text).translate(_ARABIC_ALEF)
    return fold(text)


def _match(phrase: _Phrase, words: list[tuple[str, int]], index: int) -> int:
    """Where the phrase ends if it stands at word ``index``, else 0."""
    if index + len(phrase.words) > len(words):
        return 0
    for (wanted, is_stem), (word, _) in zip(phrase.words, words[index:], strict=False):
        if not (word.startswith(wanted) if is_stem else word == wanted):
            return 0
    word, at = words[index + len(phrase.words) - 1]
    return at + len(word)


def _fits(mode: Mode, at: int, end: int, folded: str, clause_starts: frozenset[int]) -> bool:
    if mode == "whole":
        return at == 0 and end == len(folded)
    return mode == "contains" or at in clause_starts


def _is_free(folded: str, at: int, length: int) -> bool:
    """Whether no Latin word is cut by the phrase: ``ai`` is in ``由ai生成``, not in ``openair``."""
    before, after = folded[at - 1 : at] if at else "", folded[at + length : at + length + 1]
    cut_before = folded[at].isascii() and before.isascii() and before.isalpha()
    cut_after = folded[at + length - 1].isascii() and after.isascii() and after.isalpha()
    return not (cut_before or cut_after)


@cache
def finder(code: str) -> CueFinder:
    """The finder for one language there is a file for."""
    return CueFinder(lexicon(code))


def codes_for(text: str, language: str) -> tuple[str, ...]:
    """The languages whose cues are looked for in a block: the page's, then English.

    Where the page's language is unknown, the block's script may say which.
    """
    code = language.split("-")[0].lower()
    if code not in languages():
        code = language_of_script(text) or "en"
    return (code, "en") if code != "en" else ("en",)


@lru_cache(maxsize=512)
def suspects(text: str, code: str) -> frozenset[str]:
    """See `CueFinder.suspects`; remembered, since every rule asks about every block."""
    return finder(code).suspects(text)
