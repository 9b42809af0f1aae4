"""Concepts and the words for them, one file a language: ``words/xx.toml``.

A file has a key for each of CONCEPTS and, under it, the language's words and short phrases. A ``*`` ends a word that
goes on ("generat*"). Entries of English are looked for in every language: machines write so everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.language_files import codes_in, place_of, read_language_file
from copydesk.cleaners.lexicon.vendors import find_vendors, may_name_tool
from copydesk.cleaners.lexicon.words import small_letters
from copydesk.cleaners.memoization import lru_cache_short_text, pattern_when_used

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
DEEDS = frozenset(
    map(CONCEPTS.index, ("made", "written", "translated", "summarised", "voiced", "assisted", "used", "this"))
)
"""What machines did, and what shows that something at hand is spoken of."""
ORDER, PERSONA = CONCEPTS.index("order"), CONCEPTS.index("persona")
TALK = AGENTS.union(map(CONCEPTS.index, ("here_is", "offer", "if_you", "i_can", "as_ai", "refusal", "crumb")))
"""What chatbots say and people hardly ever, and names of machines."""
_NUMBERS = {name: number for number, name in enumerate(CONCEPTS)}
_FOLDER = Path(__file__).parent / "words"
_EVERYWHERE = "en"
_UNSPACED = frozenset({"ja", "ko", "th", "zh"})
"""Languages whose words are met within longer runs of letters; Korean's, since particles stand at nouns."""
# letters with the signs that belong to them: vowels and marks of Arabic, Hebrew, Indic scripts and Thai are no ``\w``
SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0903"
    "\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09cd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200d"
)
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
# "AIで" is two words: what is written without spaces ends where another script begins
_ANY_WORD = rf"[{_WIDE}][{_WIDE}{SIGNS}]*|[^\W_{_WIDE}](?:[^\W_{_WIDE}]|[{SIGNS}])*"
# "Firebase", "ImageGen": what a sentence names; its first word has a capital anyway
_NAME = re.compile(r"(?<![.!?:。！？：]\s)(?<!^)(?<!\w)[A-Z][A-Za-z]{2,}")
_LATIN_ENTRY_WORD = re.compile(r"[^\W_]+\*?")
_FIRST_SIGN = "\u0300"  # before it there are neither signs nor letters of scripts without spaces
_FOLDED_AWAY = re.compile(r"[_\d]")
_GLUED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "ar": re.compile("[وف]?[بكل]?(?:ال|لل)?"),
        "fa": re.compile("و?(?:ال)?"),
        "he": re.compile("[והבלכמש]{0,3}"),
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


class _Phrase(NamedTuple):
    later: tuple[str, ...]
    concept: int


class _Known(NamedTuple):
    """A word of a page: its concepts, the phrases it may begin by their second word, the forms in which it may stand
    in one.
    """

    concepts: tuple[int, ...]
    phrases: Mapping[str, Sequence[_Phrase]]
    stem_sizes: tuple[int, ...]
    """Letters of those second words that are stems."""
    forms: tuple[str, ...]


class _Entries(dict[str, bool]):
    """By word of a page whether it is an entry or begins with a stem: the same words come again and again."""

    def __init__(self, words: Iterable[str], stems: Iterable[str]) -> None:
        super().__init__()
        self._words, self._stems = frozenset(words), tuple(sorted(stems))

    def __missing__(self, word: str) -> bool:
        if len(self) >= _MAX_KNOWN:
            self.clear()
        self[word] = is_entry = word in self._words or word.startswith(self._stems)
        return is_entry


class _Sign:
    """A quick look whether a text may hold any of some concepts, made of their entries in a vocabulary."""

    def __init__(self, concepts: frozenset[int], entries: Iterable[tuple[str, int, bool]]) -> None:
        words: set[str] = set()
        stems: set[str] = set()
        parts: set[str] = set()
        self._begun: dict[str, set[str]] = {}
        """The second words of phrases, by the first."""
        for entry, concept, is_part in entries:
            if concept not in concepts:
                continue
            # "turn0search", "grok_card": other words once digits and underscores are folded
            if is_part or _FOLDED_AWAY.search(entry):
                parts.add(_as_part(entry))
                continue
            first, *later = _words_of(entry)
            if first.endswith("*"):
                stems.add(first[:-1])
            elif later:
                self._begun.setdefault(first, set()).add(later[0])
            else:
                words.add(first)
        self._entries = _Entries(words, stems)
        self._part = re.compile("|".join(map(re.escape, sorted(parts)))) if parts else None

    def is_in(self, words: Set[str], text: str) -> bool:
        """Whether a text may hold any: by its words, or within it where words are not parted."""
        return (
            any(map(self._entries.__getitem__, words))
            or any(
                _is_among(second, words)
                for first in self._begun.keys() & words
                for second in self._begun[first]
            )
            or (self._part is not None and self._part.search(fold(text)) is not None)
        )


def _is_among(entry: str, words: Set[str]) -> bool:
    if entry.endswith("*"):
        return any(word.startswith(entry[:-1]) for word in words)
    return entry in words


def _words_in(folded: str) -> Iterator[re.Match[str]]:
    return pattern_when_used(_ANY_WORD).finditer(folded)


def _words_of(entry: str) -> list[str]:
    """The words of an entry, with the stars of stems."""
    is_latin = max(entry, default="") < _FIRST_SIGN
    pattern = _LATIN_ENTRY_WORD if is_latin else pattern_when_used(rf"(?:{_ANY_WORD})\*?")
    return pattern.findall(entry) or [""]


def _as_part(entry: str) -> str:
    return " ".join(entry.replace("*", "").split())


class Vocabulary:
    """The words of some languages together."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._words: dict[str, frozenset[int]] = {}
        self._stems: dict[str, frozenset[int]] = {}
        self._parts: dict[str, frozenset[int]] = {}
        self._phrases: dict[str, list[_Phrase]] = {}
        self._stem_phrases: dict[str, list[_Phrase]] = {}
        self._glued = [_GLUED[code] for code in codes if code in _GLUED]
        entries = [
            (entry, concept, code in _UNSPACED and not entry.isascii())
            for code in codes
            for concept, entry in _entries(code)
        ]
        for entry, concept, is_part in entries:
            self._add(entry, concept, is_part=is_part)
        self._part_lengths = sorted({len(part) for part in self._parts})
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._phrase_lengths = sorted({len(stem) for stem in self._stem_phrases})
        self._known: dict[str, _Known] = {}
        self._agents, self._machines, self._deeds, self._talk = (
            _Sign(concepts, entries) for concepts in (AGENTS, MACHINES, DEEDS, TALK | {ORDER, PERSONA})
        )

    def _add(self, entry: str, concept: int, *, is_part: bool) -> None:
        one = frozenset({concept})
        if is_part:
            part = _as_part(entry)
            self._parts[part] = self._parts.get(part, frozenset()) | one
            return
        first, *later = _words_of(entry)
        is_stem, bare = first.endswith("*"), first.removesuffix("*")
        if later:
            phrases = self._stem_phrases if is_stem else self._phrases
            phrases.setdefault(bare, []).append(_Phrase(tuple(later), concept))
        elif bare:
            words = self._stems if is_stem else self._words
            words[bare] = words.get(bare, frozenset()) | one

    def hits(self, folded: str) -> list[Hit]:
        """The concepts in a text (see `fold`), in order; the same words may stand for several."""
        words = [(match.group(), *match.span()) for match in _words_in(folded)]
        found: list[Hit] = []
        for at, (word, start, end) in enumerate(words):
            known = self._known.get(word) or self._learn(word)
            for concept in known.concepts:
                found.append(Hit(start, end, concept))  # noqa: PERF401 (most words have none)
            if known.phrases and at + 1 < len(words):
                for later, concept in self._second(known, words[at + 1][0]):
                    behind = words[at + 1 : at + 1 + len(later)]
                    if len(behind) == len(later) and all(map(self._is_word, behind[1:], later[1:])):
                        found.append(Hit(start, behind[-1][2], concept))
        if self._parts and not folded.isascii():
            found += self._within(folded)
        return sorted(set(found))

    def may_name_maker(self, words: Sequence[str], text: str, *, may_have_tool: bool = True) -> bool:
        """Whether a text may name AI or a tool, or a machine and what it did; ``words``: its words, folded;
        ``may_have_tool``: False where it is known that none is named around it. A quick look: most do not.
        """
        met = self._met(words, text)
        return (
            self._agents.is_in(met, text)
            or (may_have_tool and may_name_tool(text))
            or (self._machines.is_in(met, text) and self._deeds.is_in(met, text))
        )

    def may_talk(self, words: Sequence[str], text: str, *, may_have_tool: bool = True) -> bool:
        """The same for what names AI or a tool, talks as chatbots do or gives an order."""
        met = self._met(words, text)
        return self._talk.is_in(met, text) or (may_have_tool and may_name_tool(text))

    def _met(self, words: Sequence[str], text: str) -> Set[str]:
        # in scripts without spaces a run of letters is many words; of some letters there are two forms
        if self._parts or self._glued:
            return {form for match in _words_in(fold(text)) for form in self._forms(match.group())}
        return set(words)

    def _second(self, known: _Known, word: str) -> Iterator[_Phrase]:
        """The phrases of a word that may go on with the next one."""
        for form in (self._known.get(word) or self._learn(word)).forms:
            yield from known.phrases.get(form, ())
            for size in known.stem_sizes:
                if size <= len(form):
                    yield from known.phrases.get(f"{form[:size]}*", ())

    def _is_word(self, word: tuple[str, int, int], entry: str) -> bool:
        forms = (self._known.get(word[0]) or self._learn(word[0])).forms
        if entry.endswith("*"):
            return any(form.startswith(entry[:-1]) for form in forms)
        return entry in forms

    def _within(self, folded: str) -> Iterator[Hit]:
        for start in range(len(folded)):
            for length in self._part_lengths:
                for concept in self._parts.get(folded[start : start + length], ()):
                    yield Hit(start, start + length, concept)

    def _learn(self, word: str) -> _Known:
        forms = tuple(self._forms(word))
        # of the forms the first that says anything: "كتب" begins with what may be a preposition, and is a verb
        concepts = next(filter(None, map(self._concepts, forms)), frozenset())
        phrases: dict[str, list[_Phrase]] = {}
        for phrase in (phrase for form in forms for phrase in self._begun_by(form)):
            phrases.setdefault(phrase.later[0], []).append(phrase)
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

    def _concepts(self, word: str) -> frozenset[int]:
        found = [self._words.get(word, frozenset())]
        found += [self._stems[word[:size]] for size in self._stem_lengths if word[:size] in self._stems]
        return frozenset().union(*found)

    def _begun_by(self, word: str) -> Iterator[_Phrase]:
        yield from self._phrases.get(word, ())
        for size in self._phrase_lengths:
            if size <= len(word):
                yield from self._stem_phrases.get(word[:size], ())


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


def _named(text: str, folded: str, known: Set[int]) -> Iterator[Hit]:
    """Tools, and words that may be names; ``known``: where other concepts begin."""
    for tool in find_vendors(text):
        start = folded.find(fold(tool.quote))
        # a company that makes many things names no tool
        if start >= 0 and not tool.is_general:
            yield Hit(start, start + len(tool.quote), PRODUCT)
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) == len(folded):  # nearly always: then places are the same
        for match in _NAME.finditer(plain):
            if match.start() not in known:
                yield Hit(*match.span(), NAME)


def vocabulary(language: str) -> Vocabulary:
    """The words of a language and of English; of English alone where there is no file."""
    code = language.partition("-")[0]
    return _vocabulary(code if code in languages() else _EVERYWHERE)


@cache
def languages() -> frozenset[str]:
    """The languages there are files for."""
    return frozenset(codes_in(_FOLDER))


@cache
def _vocabulary(code: str) -> Vocabulary:
    return Vocabulary(dict.fromkeys((code, _EVERYWHERE)))


def _entries(code: str) -> list[tuple[int, str]]:
    """Concepts and entries of a file. Raises BadData where it is not as the module says."""
    found: list[tuple[int, str]] = []
    for name, entries in read_language_file(_FOLDER, code).items():
        if name not in _NUMBERS or name in ("product", "name"):
            raise BadData(
                f"{place_of(_FOLDER, code)}: {name!r} is no concept; there are {', '.join(CONCEPTS[:-2])}"
            )
        if not _are_texts(entries):
            raise BadData(f"{place_of(_FOLDER, code)}: {name} must be a list of words")
        # folded in one go: a line break stays, and no letter is composed with it
        found += zip(repeat(_NUMBERS[name]), fold("\n".join(entries)).split("\n"))
    return found


def _are_texts(entries: object) -> bool:
    return isinstance(entries, Sequence) and all(isinstance(entry, str) for entry in entries)
