"""Cues: the words that, several together, tell a page's talk about itself from the article.

A cue is a phrase of a language file under an id that starts with ``cue.`` or ``residue.``. Where
``PhraseMatcher`` says *whether* a rule's phrase is in a block, a `CueFinder` says *where every*
cue stands in a sentence, overlaps included: a rule that weighs cues against each other needs all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaners.lexicon import Lexicon, Mode, fold, languages, lexicon
from cleaners.vendors import VendorHit, find_vendors

PREFIXES = ("cue.", "residue.")
UNSPACED = frozenset({"Hani", "Hans", "Hant", "Jpan", "Hira", "Kana", "Hang", "Kore", "Thai"})

# a quotation, or a title in brackets of its own; an apostrophe opens none
_QUOTED = re.compile(
    r"“[^”]{1,600}”|„[^“”]{1,600}[“”]|«[^»]{1,600}»|»[^«]{1,600}«|\"[^\"]{1,600}\"|「[^」]{1,600}」|『[^』]{1,600}』"
    r"|《[^》]{1,200}》|‘.{1,400}?’(?!\w)|‚[^‘’]{1,400}[‘’]|(?<!\w)'[^']{2,400}'(?!\w)|”[^”]{1,600}”"
)
_OPENED = re.compile(r"^\s*[“„«「『\"]")
_ENDED = re.compile(r"(?<=[.!?…؟।])[\"”»)\]]*\s+|(?<=[。!?])|\n")
_CLAUSE = re.compile(r"[,;:،؛、,:;]\s*|\s[–—-]\s")
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue found in a folded sentence: its id, the phrase, and where it stands (characters)."""

    id: str
    phrase: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a block, its quotations taken out, with all cues and AI products in it.

    ``coverage`` (0 to 1): the share of its letters that belong to cues, product names, digits or
    function words. Prose about the world is covered to a third or so, a label entirely.
    """

    raw: str
    cues: tuple[Cue, ...]
    vendors: tuple[VendorHit, ...]
    coverage: float

    def has(self, *ids: str) -> bool:
        """Whether one of these cues is in the sentence."""
        return any(cue.id in ids for cue in self.cues)

    def first(self, *ids: str) -> Cue | None:
        """The leftmost of these cues, or None."""
        return next((cue for cue in self.cues if cue.id in ids), None)

    def phrases(self, *ids: str) -> frozenset[str]:
        """The different phrases found for these cues."""
        return frozenset(cue.phrase for cue in self.cues if cue.id in ids)


class CueFinder:
    """Finds every cue of some languages in a folded sentence.

    Words of scripts with spaces match as whole words; in Han, kana and Hangul a phrase matches
    anywhere, only that a Latin part of it must not stand inside a longer Latin word. ``start``
    phrases count at the start of a sentence or clause, ``whole`` ones where they are all of it.
    """

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self._by_word: dict[str, list[tuple[str, str, Mode]]] = {}
        self._anywhere: list[tuple[str, str, Mode]] = []
        self.function_words: frozenset[str] = frozenset()
        self.has_unspaced = False
        for entry in lexicons:
            self.function_words |= entry.function_words
            unspaced = not UNSPACED.isdisjoint(entry.scripts)
            self.has_unspaced |= unspaced
            for cue_id, mode, phrase in _phrases(entry):
                if unspaced:
                    self._anywhere.append((phrase, cue_id, mode))
                else:
                    self._by_word.setdefault(phrase.split(" ", 1)[0], []).append((phrase, cue_id, mode))

    def find(self, folded: str, *, clause_starts: frozenset[int]) -> Iterator[Cue]:
        """Every cue in ``folded``; ``clause_starts`` are the places where a clause begins."""
        padded = folded + " "
        for word in _WORD.finditer(folded):
            at = word.start()
            for phrase, cue_id, mode in self._by_word.get(word.group(), ()):
                if padded.startswith(phrase + " ", at) and _fits(mode, at, len(phrase), folded, clause_starts):
                    yield Cue(cue_id, phrase, at, at + len(phrase))
        for phrase, cue_id, mode in self._anywhere:
            at = folded.find(phrase)
            if at >= 0 and _fits(mode, at, len(phrase), folded, clause_starts) and _is_free(folded, at, len(phrase)):
                yield Cue(cue_id, phrase, at, at + len(phrase))


def _phrases(entry: Lexicon) -> Iterator[tuple[str, Mode, str]]:
    for cue_id, modes in entry.phrases.items():
        if cue_id.startswith(PREFIXES):
            for mode, phrases in modes.items():
                for phrase in phrases:
                    yield cue_id, mode, fold(phrase)


def _fits(mode: Mode, at: int, length: int, folded: str, clause_starts: frozenset[int]) -> bool:
    if mode == "whole":
        return length == len(folded)
    return mode == "contains" or at in clause_starts


def _is_free(folded: str, at: int, length: int) -> bool:
    """Whether no Latin word is cut by the phrase: ``ai`` is in ``由ai生成``, not in ``openair``."""
    before, after = folded[at - 1 : at], folded[at + length : at + length + 1]
    cut_before = folded[at].isascii() and before.isascii() and before.isalpha()
    cut_after = folded[at + length - 1].isascii() and after.isascii() and after.isalpha()
    return not (cut_before or cut_after)


@cache
def finder(*codes: str) -> CueFinder:
    """The finder for the cues of these languages; codes without a file are left out."""
    known = languages()
    return CueFinder(lexicon(code) for code in codes if code in known)


def unquoted(text: str) -> str:
    """``text`` without what it quotes; empty where it opens with a quotation it never closes."""
    bare = _QUOTED.sub(" … ", text)
    return "" if _OPENED.match(bare) else bare


def quotations(text: str) -> tuple[str, ...]:
    """What the text quotes, in order, without the marks."""
    return tuple(match.group()[1:-1].strip() for match in _QUOTED.finditer(text))


@lru_cache(maxsize=16)
def sentences(text: str, language: str) -> tuple[Sentence, ...]:
    """The sentences of a block with their cues, in its language and in English.

    Remembered for the few blocks at hand, since several rules ask about the same block in turn.
    """
    code = language.split("-")[0].lower()
    cues = finder(*dict.fromkeys((code, "en")))
    parts = (part.strip() for part in _ENDED.split(unquoted(text)))
    return tuple(_read(part, cues) for part in parts if part and _LETTERS.search(part))


def _read(raw: str, cues: CueFinder) -> Sentence:
    folded = fold(raw)
    found = tuple(sorted(cues.find(folded, clause_starts=_clause_starts(raw)), key=lambda cue: cue.start))
    vendors = find_vendors(raw)
    return Sentence(raw, found, vendors, _coverage(folded, found, vendors, cues))


def _clause_starts(raw: str) -> frozenset[int]:
    """Offsets, in the folded sentence, at which its clauses begin."""
    starts = {0}
    done = ""
    for clause in _CLAUSE.split(raw)[:-1]:
        done = f"{done} {clause}"
        folded = fold(done)
        starts.add(len(folded) + 1)
        starts.add(len(folded))  # scripts without spaces keep none after a comma
    return frozenset(starts)


def _coverage(folded: str, found: tuple[Cue, ...], vendors: tuple[VendorHit, ...], cues: CueFinder) -> float:
    covered = bytearray(len(folded))
    spans = [(cue.start, cue.end) for cue in found]
    for vendor in vendors:
        phrase = fold(vendor.quote)
        at = folded.find(phrase)
        if at >= 0:
            spans.append((at, at + len(phrase)))
    spans += [word.span() for word in _WORD.finditer(folded) if _is_light(word.group(), cues)]
    if cues.has_unspaced:
        spans += [(at, at + 1) for at, char in enumerate(folded) if char in cues.function_words]
    for start, end in spans:
        covered[start:end] = b"\1" * (end - start)
    letters = [at for at, char in enumerate(folded) if char != " "]
    return sum(covered[at] for at in letters) / len(letters) if letters else 0.0


def _is_light(word: str, cues: CueFinder) -> bool:
    return word in cues.function_words or word == "#"
