"""Concepts and the words for them, one file a language: ``words/xx.toml``.

A file has a key for each of CONCEPTS and, under it, the language's words and short phrases. A ``*`` ends a word that
goes on ("generat*"). Entries of English are looked for in every language: machines write so everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache, cached_property
from itertools import chain, pairwise, repeat
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.cue_phrases import folded_phrases
from copydesk.cleaners.lexicon.language_files import as_kind, codes_in, place_of, primary, read_language_file
from copydesk.cleaners.lexicon.phrase_gates import Folded, PhraseGate
from copydesk.cleaners.lexicon.string_index import longest_literal
from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.lexicon.words import small_letters
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern

CONCEPTS = (
    "text", "translation", "summary", "image", "audio", "video", "transcript", "code", "extent", "material",
    "this", "we", "you", "others",
    "made", "written", "translated", "summarised", "assisted", "checked", "voiced", "used", "by",
    "ai", "machine", "human",
    "label", "errors", "original", "verify", "liability",
    "not", "must", "can", "if", "will", "question", "policy", "said", "study", "example", "feature",
    "assent", "here_is", "offer", "if_you", "i_can", "hope", "thanks", "sorry", "refusal", "as_ai", "revised",
    "request", "crumb", "turn",
    "order", "persona", "format", "placeholder",
    "product", "name",
)  # fmt: skip
"""What words are about: things made, who speaks of what, deeds, machines and people, the frame of a note, what speaks
against one, a chatbot's talk, orders to one. In no file: ``product``, names of tools (``lexicon/vendors.toml``), and
``name``, other words that begin with a capital within a sentence.
"""
PRODUCT, NAME = CONCEPTS.index("product"), CONCEPTS.index("name")
AGENTS = frozenset({CONCEPTS.index("ai"), PRODUCT})
MACHINES = frozenset({CONCEPTS.index("machine")})
NAMING = AGENTS | MACHINES | frozenset({NAME, CONCEPTS.index("turn"), CONCEPTS.index("material")})
"""What names somebody or something and says nothing of its making: "Artificial intelligence: facts and figures"."""
DEEDS = frozenset(
    map(CONCEPTS.index, ("made", "written", "translated", "summarised", "voiced", "assisted", "used", "this"))
)
"""What machines did, and what shows that something at hand is spoken of."""
ORDER, PERSONA = CONCEPTS.index("order"), CONCEPTS.index("persona")
TALK = AGENTS.union(map(CONCEPTS.index, ("here_is", "offer", "if_you", "i_can", "as_ai", "refusal", "crumb")))
"""What chatbots say and people hardly ever, and names of machines."""
_SIGNS: Mapping[int, str] = MappingProxyType(
    dict.fromkeys(TALK, "talk")
    | dict.fromkeys((ORDER, PERSONA), "order")
    | dict.fromkeys(MACHINES, "machine")
    | dict.fromkeys(AGENTS, "agent")
)
"""What concepts are a sign of that `Vocabulary.signs` looks for."""
_FOLDER = Path(__file__).parent / "words"
_EVERYWHERE = "en"
_UNSPACED = frozenset({"ja", "ko", "th", "zh"})
"""Languages whose words are met within longer runs of letters; Korean's, since particles stand at nouns."""
# letters with the signs that belong to them: vowels and marks of Arabic, Hebrew, Indic scripts and Thai are no ``\w``
SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0903"
    "\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd\u0bd7\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200d"
)
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
# "AIで" is two words: what is written without spaces ends where another script begins
_ANY_WORD = lazy_pattern(rf"[{_WIDE}][{_WIDE}{SIGNS}]*|[^\W_{_WIDE}](?:[^\W_{_WIDE}]|[{SIGNS}])*")
_ASCII_WORD = lazy_pattern("[a-z0-9]+")  # the same of folded text without other letters
# "Firebase", "ImageGen": what a sentence names; its first word has a capital anyway
_NAME = lazy_pattern(r"(?<![.!?:。！？：]\s)(?<!^)(?<!\w)[A-Z][A-Za-z]{2,}")
_ANY_ENTRY_WORD = lazy_pattern(rf"(?:{_ANY_WORD.pattern})\*?")
_LATIN_ENTRY_WORD = lazy_pattern(r"[^\W_]+\*?")
_FIRST_SIGN = "\u0300"  # before it there are neither signs nor letters of scripts without spaces
_GLUED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "ar": lazy_pattern("[وف]?[بكل]?(?:ال|لل)?"),
        "fa": lazy_pattern("و?(?:ال)?"),
        "he": lazy_pattern("[והבלכמש]{0,3}"),
    }
)
"""Articles, prepositions and conjunctions that are written as one with the next word."""
# one letter for those that people mix in writing, none for a stretched line
_SAME_LETTER = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": None, "\u200c": " "})
_MAX_KNOWN = 10_000  # words of pages whose concepts are remembered, for each language


class Hit(NamedTuple):
    """A concept met in a text, and where (characters)."""

    start: int
    end: int
    concept: int


_Phrase = tuple[tuple[str, ...], int]
"""The words behind a first one, none where it is a phrase by itself, and the concept."""


class _Known(Struct, frozen=True, gc=False):
    """A word of a page: its concepts, the phrases it may begin by their second word, the forms in which it may stand
    in one.
    """

    concepts: tuple[int, ...]
    phrases: Mapping[str, Sequence[_Phrase]]
    stem_sizes: tuple[int, ...]
    """Letters of those second words that are stems."""
    forms: tuple[str, ...]


def _words_of(entry: str) -> list[str]:
    """The words of an entry, with the stars of stems."""
    is_latin = entry.isascii() or max(entry) < _FIRST_SIGN
    pattern = _LATIN_ENTRY_WORD if is_latin else _ANY_ENTRY_WORD
    return pattern.findall(entry) or [""]


class _WordFile:
    """The words of one language: those that are met within longer runs of letters, and all others by their first."""

    def __init__(self, code: str) -> None:
        self.parts: dict[str, set[int]] = {}
        self._words: dict[str, list[_Phrase]] = {}
        self._stems: dict[str, list[_Phrase]] = {}
        self.entries = [
            (entry, concept, code in _UNSPACED and not entry.isascii()) for concept, entry in _entries(code)
        ]
        for entry, concept, is_part in self.entries:
            if is_part:
                self.parts.setdefault(_as_part(entry), set()).add(concept)
            else:
                self._add(entry, concept)
        # all beginnings of a word that may be stems, in C; the first two are none
        self._beginnings = itemgetter(*map(slice, {0, 1, *map(len, self._stems)}))

    def _add(self, entry: str, concept: int) -> None:
        first, *later = _words_of(entry)
        bare = first.removesuffix("*")
        if bare:
            (self._words if bare == first else self._stems).setdefault(bare, []).append(
                (tuple(later), concept)
            )

    def begun_by(self, word: str) -> Iterator[_Phrase]:
        """The phrases whose first word it is, or whose first word is a stem of it."""
        for stem in self._stems.keys() & self._beginnings(word):
            yield from self._stems[stem]
        yield from self._words.get(word, ())


_word_file = cache(_WordFile)  # English is read beside each language


class Vocabulary:
    """The words of a language and of English together; of English alone for its code."""

    def __init__(self, code: str) -> None:
        self._glued = [_GLUED[code]] if code in _GLUED else []
        self._files = [_word_file(one) for one in dict.fromkeys((code, _EVERYWHERE))]
        self._parts = self._files[0].parts  # English has none
        self._part_lengths = sorted({len(part) for part in self._parts})
        self._known: dict[str, _Known] = {}

    def hits(self, folded: str) -> list[Hit]:
        """The concepts in a text (see `fold`), in order; the same words may stand for several."""
        pattern = _ASCII_WORD if folded.isascii() else _ANY_WORD
        words = [self._known.get(word) or self._learn(word) for word in pattern.findall(folded)]
        spans = [match.span() for match in pattern.finditer(folded)]
        found = {
            Hit(*span, concept)
            for word, span in zip(words, spans, strict=True)
            if word.concepts
            for concept in word.concepts
        }
        # two words of five begin a phrase ("in", "the"), and nearly none goes on with one
        begun = [
            at
            for at, (word, behind) in enumerate(pairwise(words))
            if word.phrases and (word.stem_sizes or not word.phrases.keys().isdisjoint(behind.forms))
        ]
        for at in begun:
            for later, concept in _going_on(words[at], words[at + 1]):
                last = at + len(later)
                # nearly all phrases of more words end at the third, where it is no stem
                if last < len(words) and (
                    last == at + 1
                    or (
                        (later[1] in words[at + 2].forms or later[1][-1] == "*")
                        and _are_forms(words[at + 2 : last + 1], later[1:])
                    )
                ):
                    found.add(Hit(spans[at][0], spans[last][1], concept))
        if self._parts and not folded.isascii():
            found.update(self._within(folded))
        return sorted(found)

    def signs(self, folded: Folded) -> Mapping[int, Set[str]]:
        """By the number of a text what of _SIGNS it may hold: a quick look, since most hold none."""
        return self._gate.present(folded)

    @cached_property
    def _gate(self) -> PhraseGate:
        # in scripts without spaces a run of letters is many words; of some letters there are two forms
        has_own_rows = bool(self._parts or self._glued)
        signs: dict[str, list[tuple[str, bool]]] = {}
        for words in self._files:
            for entry, concept, is_part in words.entries:
                if concept in _SIGNS:
                    signs.setdefault(_SIGNS[concept], []).append((entry, is_part))
        if has_own_rows:
            return PhraseGate(((sign, map(_probe, some)) for sign, some in signs.items()), _row)
        spaced = {
            sign: folded_phrases([entry for entry, _ in some], _EVERYWHERE) for sign, some in signs.items()
        }
        return PhraseGate((sign, [longest_literal(one)[0] for one in some]) for sign, some in spaced.items())

    def _within(self, folded: str) -> Iterator[Hit]:
        for start in range(len(folded)):
            for length in self._part_lengths:
                for concept in self._parts.get(folded[start : start + length], ()):
                    yield Hit(start, start + length, concept)

    def _learn(self, word: str) -> _Known:
        forms = tuple(self._forms(word))
        begun = [[one for words in self._files for one in words.begun_by(form)] for form in forms]
        # of the forms the first that says anything: "كتب" begins with what may be a preposition, and is a verb
        alone = ({concept for later, concept in some if not later} for some in begun)
        concepts = next(filter(None, alone), ())
        phrases: dict[str, list[_Phrase]] = {}
        for later, concept in chain.from_iterable(begun):
            if later:
                phrases.setdefault(later[0], []).append((later, concept))
        stem_sizes = tuple({len(entry) - 1 for entry in phrases if entry.endswith("*")})
        known = _Known(tuple(concepts), phrases, stem_sizes, forms)
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[word] = known
        return known

    def _forms(self, word: str) -> Iterator[str]:
        """A word, and what is left of it without what may be glued to it."""
        yield word
        for glued in self._glued:
            match = glued.match(word)
            for cut in range(1, match.end() + 1 if match else 1):
                if len(word) - cut > 1:
                    yield word[cut:]


def _going_on(word: _Known, behind: _Known) -> Sequence[_Phrase]:
    """The phrases of a word that may go on with the one behind it."""
    found = [phrase for form in behind.forms for phrase in word.phrases.get(form, ())]
    if word.stem_sizes:
        stems = {f"{form[:size]}*" for form in behind.forms for size in word.stem_sizes if size <= len(form)}
        found += [phrase for stem in stems for phrase in word.phrases.get(stem, ())]
    return found


def _are_forms(words: Sequence[_Known], entries: Sequence[str]) -> bool:
    for word, entry in zip(words, entries, strict=True):
        begin = entry.removesuffix("*")
        if entry not in word.forms and (
            begin == entry or True not in [form.startswith(begin) for form in word.forms]
        ):
            return False
    return True


def _as_part(entry: str) -> str:
    return " ".join(entry.replace("*", "").split())


def _probe(read: tuple[str, bool]) -> str:
    """What a row holds that has an entry."""
    entry, is_part = read
    if is_part:
        return _as_part(entry)
    words = _words_of(entry)
    if entry.isascii():
        return longest_literal(" ".join(words))[0]
    # each of the words may be written together with what comes before it
    return max((word.removesuffix("*") for word in words), key=len)


def _row(text: str, _: str) -> str:
    """The words of a text as entries are written, and the text, in which parts of words are looked for."""
    folded = fold(text)
    return f"{' '.join(_ANY_WORD.findall(folded))}  {folded}"


def fold(text: str) -> str:
    """The form in which words are compared."""
    plain = small_letters(unicodedata.normalize("NFKC", text))
    return plain if plain.isascii() else plain.translate(_SAME_LETTER)


@lru_cache_short_text(maxsize=64)
def concepts_in(text: str, language: str) -> tuple[str, list[Hit]]:
    """The text folded, and the concepts in it by the words of a language and of English."""
    folded = fold(text)
    hits = vocabulary(language).hits(folded)
    hits += _named(text, folded, {hit.start for hit in hits})
    return folded, sorted(hits)


def _named(text: str, folded: str, known: Set[int]) -> list[Hit]:
    """Tools, and words that may be names; ``known``: where other concepts begin."""
    found = []
    for tool in find_vendors(text):
        start = folded.find(fold(tool.quote))
        # a company that makes many things names no tool
        if start >= 0 and not tool.is_general:
            found.append(Hit(start, start + len(tool.quote), PRODUCT))
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) == len(folded):  # nearly always: then places are the same
        names = [match.span() for match in _NAME.finditer(plain)]
        found += [Hit(start, end, NAME) for start, end in names if start not in known]
    return found


def vocabulary(language: str) -> Vocabulary:
    """The words of a language and of English; of English alone where there is no file."""
    code = primary(language)
    return _vocabulary(code if code in languages() else _EVERYWHERE)


_vocabulary = cache(Vocabulary)


@cache
def languages() -> frozenset[str]:
    """The languages there are files for."""
    return frozenset(codes_in(_FOLDER))


def _entries(code: str) -> list[tuple[int, str]]:
    """Concepts and entries of a file. Raises BadData where it is not as the module says."""
    found: list[tuple[int, str]] = []
    where = place_of(_FOLDER, code)
    for name, entries in as_kind(
        read_language_file(_FOLDER, code), dict[str, list[str]], where=where
    ).items():
        if name not in CONCEPTS[:-2]:
            raise BadData(f"{where}: {name!r} is no concept; there are {', '.join(CONCEPTS[:-2])}")
        # folded in one go: a line break stays, and no letter is composed with it
        found += zip(repeat(CONCEPTS.index(name)), fold("\n".join(entries)).split("\n"))
    return found
