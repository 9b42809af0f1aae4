"""A sentence as notes on AI are read in it: its words of notes, what they cover of it, and where its clauses end."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal, NamedTuple

from copydesk.cleaners.language.names import language_places
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.note_words import MAKING, NoteWords, Part, Word, note_words

_TRANSLATIONS = (Part.TRANSLATED, Part.AI_TRANSLATED, Part.KIND_TRANSLATED)
AGAINST = (Part.REPORTED, Part.OPEN)
_CLAUSE = lazy_pattern(r"[,;:،؛、，：；()（）]|\s[–—|-]\s")
_COMMAS = frozenset(",،、，")
_ADDRESS = lazy_pattern(r"\b(?:https?://|www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,4}\b(?:/[\w./-]*)?")
Ground = Literal["self", "subject", "label", "denial"]
AGENTS = (Part.AI, Part.TOOL, Part.NAMESAKE, Part.COMPANY, Part.AI_MADE, Part.AI_TRANSLATED, Part.AUTOMATION)
"""What may have made something."""
# The limits below were measured: what each does to the composed notes and traps of 16 languages, and to the open half
# of published residue.
_NEAR = 0.5
"""Share of words of notes between what, deed and maker (0 to 1). At 0.3 a trap is claimed, at 0.7 four
published notes are lost.
"""
_LITTLE = 0.7
"""Share of such words in a sentence that belongs to the note beside it. At 0.8 a published note stays;
English prose has 0.32 in the middle.
"""


class NoteSentence(NamedTuple):
    """A sentence, folded, with its words of notes."""

    raw: str
    folded: str
    words: tuple[Word, ...]
    covered: bytes
    """For each character of ``folded``: 1 a word of notes or a function word, 0 another, 2 a space."""
    clause_ends: tuple[int, ...]
    """Where in ``folded`` its clauses end."""
    breaks: frozenset[int]
    """Those of them with more than a comma: what follows is stated by itself."""
    language: NoteWords

    def having(self, *parts: Part, start: int = 0, end: int | None = None) -> list[Word]:
        """The words that play one of these parts and begin between two places, in order."""
        end = len(self.folded) if end is None else end
        return [word for word in self.words if word.part in parts and start <= word.start < end]

    def having_right_behind(self, word: Word, *parts: Part) -> list[Word]:
        """The words that play one of these parts and begin right behind a word."""
        # a space is between
        return self.having(*parts, start=word.end + 1, end=word.end + 2)

    def share(self, start: int = 0, end: int | None = None) -> float:
        """How much of the letters between two places are words of notes or function words (0 to 1)."""
        part = self.covered[start:end]
        letters = len(part) - part.count(2)
        return part.count(1) / letters if letters else 1.0

    def others(self, start: int = 0, end: int | None = None) -> int:
        """Letters between two places that are no words of notes."""
        return self.covered[start:end].count(0)

    def is_close(self, start: int = 0, end: int | None = None) -> bool:
        """Whether nearly nothing but words of notes is between two places."""
        return self.share(start, end) >= _NEAR

    def gap(self, one: Word, other: Word) -> int:
        """Letters between two words that are no words of notes."""
        start, end = min(one.end, other.end), max(one.start, other.start)
        return self.others(start, end)

    def clause_end(self, at: int) -> int:
        """Where the clause ends in which a place is."""
        following = bisect_left(self.clause_ends, at)
        return self.clause_ends[following] if following < len(self.clause_ends) else len(self.folded)

    def clause_start(self, at: int) -> int:
        """Where the clause begins in which a place is."""
        before = bisect_left(self.clause_ends, at)
        return self.clause_ends[before - 1] if before else 0

    def is_one_clause(self, one: Word, other: Word) -> bool:
        """Whether two words stand in one clause."""
        return self.clause_end(min(one.end, other.end)) >= max(one.start, other.start)


def parse_sentence(raw: str, words: NoteWords) -> NoteSentence:
    """A sentence with the words of notes of one language in it."""
    folded, found = words.words(raw)
    covered = bytearray(len(folded))
    for at, char in enumerate(folded):
        if char in " #" or "\u3040" <= char <= "\u309f":
            covered[at] = 2
    start = 0
    for word in folded.split(" "):
        if word in words.function_words:
            covered[start : start + len(word)] = b"\1" * len(word)
        start += len(word) + 1
    _cover_addresses(raw, folded, covered, words)
    if any(one.part in _TRANSLATIONS for one in found):
        for start, end in language_places(folded, words.code):  # "translated from Norwegian"
            covered[start:end] = b"\1" * (end - start)
    for one in found:
        if one.part not in AGAINST:
            covered[one.start : one.end] = b"\1" * (one.end - one.start)
    ends = tuple(_clause_ends(raw, words))
    breaks = frozenset(at for at, is_break in ends if is_break)
    return NoteSentence(raw, folded, found, bytes(covered), tuple(at for at, _ in ends), breaks, words)


def _cover_addresses(raw: str, folded: str, covered: bytearray, words: NoteWords) -> None:
    """Web addresses say nothing of the world: "translated with www.example.com/translator"."""
    for address in _ADDRESS.findall(raw):
        written = words.fold(address)
        at = folded.find(written)
        if at >= 0:  # folded by itself it may be written in another way
            covered[at : at + len(written)] = b"\1" * len(written)


def _clause_ends(raw: str, words: NoteWords) -> Iterator[tuple[int, bool]]:
    length = start = 0
    for clause in _CLAUSE.finditer(raw):
        # folding goes word by word, and clauses part words
        folded = len(words.fold(raw[start : clause.start()]))
        length += folded + (folded > 0 and length > 0)
        start = clause.end()
        yield length, clause.group().strip() not in _COMMAS


def adds_little(sentence: str, code: str) -> bool:
    """Whether a sentence beside a note belongs to it: nearly all of it is what notes say besides, and nothing
    is done in it but checking ("Checked by our editors; it may contain errors").
    """
    parsed = parse_sentence(sentence.strip(), note_words(code))
    light = bytearray(parsed.covered)
    for word in parsed.words:
        if word.part in MAKING:
            light[word.start : word.end] = bytes(word.end - word.start)
    letters = len(light) - light.count(2)
    return light.count(1) >= _LITTLE * letters
