"""The words with which pages say that a machine had a part in them: data in ``notes/xx.toml``, read here and
nowhere else.

A file holds lists of phrases, one for each part a phrase can play in a note (`Part`). Phrases are compared
folded, as those of the lexicon are; a star at the end of a word represents the rest of it; one in capitals
counts in capitals alone. In scripts written without spaces a phrase counts anywhere, in Arabic also behind
what is written together with it. A file is read at the first page in its language, for the look that tells
which blocks to read for notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import regex

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.cue_phrases import (
    fold_as,
    folded_phrases,
    is_unspaced,
    is_written_together,
)
from copydesk.cleaners.lexicon.language_files import as_kind, codes_in, place_of, read_language_file
from copydesk.cleaners.lexicon.phrase_gates import Folded, PhraseGate
from copydesk.cleaners.lexicon.phrase_index import PhraseIndex, phrase_index
from copydesk.cleaners.lexicon.string_index import longest_literal
from copydesk.cleaners.lexicon.vendors import find_vendors, tool_probes
from copydesk.cleaners.lexicon.words import lexicon
from copydesk.cleaners.patterns import lazy_pattern

_FOLDER = Path(__file__).parent / "notes"


class Part(StrEnum):
    """What a phrase is in a note: what the note speaks of, who made it, how, and what speaks against a note."""

    THIS = "this"
    """The page names itself beyond doubt: "this article"."""
    KIND = "kind"
    """A word for a text, which may be this page or any other: "transcript"."""
    KIND_TRANSLATED = "kind_translated"
    KIND_SUMMARISED = "kind_summarised"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    AI = "ai"
    AUTOMATION = "automation"
    """A maker that is surely no person, but no AI either: "automatically", "a program"."""
    TOOL = "tool"
    """A tool of ``vendors.toml``; in no file. Its name may be a person's as well (`NAMESAKE`), or its maker's
    (`COMPANY`).
    """
    NAMESAKE = "namesake"
    COMPANY = "company"
    AI_MADE = "ai_made"
    AI_TRANSLATED = "ai_translated"
    GENERATED = "generated"
    """What no person does: generated."""
    MADE = "made"
    TRANSLATED = "translated"
    SUMMARISED = "summarised"
    ASSISTED = "assisted"
    HELP = "help"
    """With the help of: what makes it assistance, and is no deed by itself."""
    USED = "used"
    PURPOSE = "purpose"
    """What AI was used for: "to write"."""
    PURPOSE_TRANSLATED = "purpose_translated"
    PURPOSE_SUMMARISED = "purpose_summarised"
    PURPOSE_ASSISTED = "purpose_assisted"
    OTHERS = "others"
    """What others wrote: reviews, comments, answers to a survey. What is made of them sums them up."""
    HUMAN = "human"
    PASSIVE = "passive"
    """"Was", "has been": between a maker and a deed they make the maker what was made ("the AI was created by …")."""
    NOT = "not"
    REPORTED = "reported"
    OPEN = "open"
    """What makes a statement a condition, a plan, a duty or an offer."""
    BY = "by"
    """Words that lead from a deed to its maker; looked for between the two alone."""
    THAT = "that"
    """Words that lead to what somebody says or thinks; looked for before what names the page alone."""
    ABOUT = "about"
    """Words that lead to what something was made for, or is about, or unlike: looked for beside a maker alone."""
    PLACE = "place"
    """Words that say where a text is, on this page ("the summary above") or elsewhere ("above the door"): looked
    for at the end of what names the page alone.
    """
    WHO = "who"
    """Words that open a relative clause; looked for between what was made, the deed and its maker alone."""
    THEIRS = "theirs"
    """Words that say whose a text is, and not the page's: looked for before a word for a text alone."""
    PARTLY = "partly"
    """Words that say that only some of a text is meant: with them what was made is a text made with help."""
    NAMED_MAKER = "named_maker"
    """How a house is named that had the page made, ``{}`` its name: "by {}"; read beside automation alone."""
    LIGHT = "light"
    """What notes say besides, and says nothing of the world: "checked by our editors"."""


MAKING = (Part.GENERATED, Part.MADE, Part.TRANSLATED, Part.SUMMARISED, Part.ASSISTED)
"""What may have been done."""
_RANK = {part: rank for rank, part in enumerate((*MAKING, *(part for part in Part if part not in MAKING)))}
"""Of a phrase that is in several lists, the part it plays: deeds before what they are done to."""


_SMALL = (Part.BY, Part.THAT, Part.ABOUT, Part.WHO, Part.THEIRS, Part.PLACE)
_MAX_CREDIT_CHARS = 60
"""A longer text is no credit: "Text: ChatGPT" is short in every language."""
_CREDIT = lazy_pattern(r"\w\s?[:：(（=＝]\s?\w")
_SEPARATE_LISTS = {*_SMALL, Part.PARTLY, Part.NAMED_MAKER}
"""Lists that are looked into by themselves; as words of a sentence they would hide others."""
# up to four words with capitals, or one of a script that has none
_NAME = r"""(?:\p{Lu}[\w&’'.-]*(?:\s\p{Lu}[\w&’'.-]*){0,3}|\p{Lo}\w*?|[«“„"][^«“„»”"]{1,40}[»”"])"""
_UNSPACED_NAME = r"[^\s、，。はをに]{2,14}?"
_SPELT = "spelt"  # the id of phrases that are letters: "a i"
_SPELT_PHRASE = lazy_pattern(r"\S\*?(?: \S\*?)*")
_INITIALS = lazy_pattern(r"\b[aA]\.\s?[iI]\b|\b[kK]\.\s?[iI]\b")  # what is spelt "a i" when folded
_MAKERS = (Part.AI, Part.AUTOMATION, Part.AI_MADE, Part.AI_TRANSLATED)
_NAMED = frozenset({*_MAKERS, Part.TOOL, Part.COMPANY})
NAMING = frozenset({*_NAMED, _SPELT})
"""Parts of which one names the maker in whatever is a note."""
DEEDS = (
    *MAKING, Part.AI_MADE, Part.AI_TRANSLATED, Part.KIND_TRANSLATED, Part.KIND_SUMMARISED,
    Part.PURPOSE, Part.PURPOSE_TRANSLATED, Part.PURPOSE_SUMMARISED, Part.PURPOSE_ASSISTED,
)  # fmt: skip
"""What was done; a note names at least one of these."""


class Word(NamedTuple):
    """A phrase found in a folded sentence, and where it is (characters)."""

    part: Part
    start: int
    end: int
    phrase: str


def may_be_credit(text: str) -> bool:
    """Whether a text may be a credit and nothing else: "Text: ChatGPT", "Proofreading (DeepL Write)"."""
    return len(text) <= _MAX_CREDIT_CHARS and _CREDIT.search(text) is not None


class NoteWords:
    """The phrases of one language, and its function words."""

    def __init__(self, code: str, phrases: Mapping[Part, Sequence[str]]) -> None:
        self.code = code
        self._entry = entry = lexicon(code)
        self.grammar = entry.grammar
        self.function_words = frozenset(fold_as(word, code) for word in entry.function_words)
        self.is_unspaced = is_unspaced(entry)
        self._as_in_file = phrases
        self.phrases = {part: folded_phrases(some, code) for part, some in phrases.items()}
        self._is_anywhere = is_written_together(entry)
        self._alone: dict[Part, _Index] = {}
        # small words that are looked for beside others alone, folded
        self.by, self.that, self.about, self.who, self.theirs, self.places = (
            frozenset(map(_bare, self.phrases.get(part, ()))) for part in _SMALL
        )

    @cached_property
    def named_maker(self) -> regex.Pattern[str]:
        """Words that name a house as the maker."""
        name = _UNSPACED_NAME if self.is_unspaced else _NAME
        forms = [
            regex.escape(one).replace(r"\ ", r"\s+").replace(r"\{\}", name)
            for one in self._as_in_file.get(Part.NAMED_MAKER, ())
        ]
        listed = "|".join(forms) or "(?!)"
        return regex.compile(listed if self.is_unspaced else rf"(?<!\w)(?:{listed})(?!\w)")

    def may_name_maker(self, text: str) -> bool:
        """Whether AI, automation or a tool may be named in a text. Cheap; of many texts `texts_naming_makers`
        is cheaper.
        """
        return bool(self.texts_naming_makers(Folded([text])))

    def texts_naming_makers(self, folded: Folded) -> set[int]:
        """The numbers of the texts in which AI, automation or a tool may be named."""
        found = self.gate.present(folded)
        return {at for at, ids in found.items() if _names_maker(ids, folded.texts[at])}

    def texts_with_notes(self, folded: Folded) -> set[int]:
        """The numbers of the texts that need be read for notes (see `may_hold_note`)."""
        found = self.gate.present(folded)
        return {at for at, ids in found.items() if may_hold_note(ids, folded.texts[at])}

    def _gated(self) -> Iterator[tuple[str, Iterable[str]]]:
        """What a text holds that has a maker or a deed in it, by the part."""
        for part in (*_MAKERS, *DEEDS):
            phrases = self.phrases.get(part, ())
            spelt = set() if self._is_anywhere else set(filter(_SPELT_PHRASE.fullmatch, phrases))
            yield part, [self._probe(phrase) for phrase in phrases if phrase not in spelt]
            yield _SPELT, map(self._probe, spelt)
        for is_company, probes in tool_probes().items():
            part = Part.COMPANY if is_company else Part.TOOL
            yield part, map(self._written, probes) if self._is_anywhere else probes

    def _probe(self, phrase: str) -> str:
        if not self._is_anywhere:
            return longest_literal(phrase)[0]
        if self.is_unspaced:
            return _bare(phrase).replace(" ", "")
        # each of the words may be written together with what comes before it
        return max(_bare(phrase).split(" "), key=len)

    @cached_property
    def gate(self) -> PhraseGate:
        """The look for the parts without which there is no note (see `may_hold_note`)."""
        return PhraseGate(self._gated(), (lambda text, _: self._written(text)) if self._is_anywhere else None)

    def _written(self, text: str) -> str:
        """A text as the gate looks at it where words are written together: in scripts without spaces it has none."""
        folded = self.fold(text)
        return folded.replace(" ", "") if self.is_unspaced else folded

    def fold(self, text: str) -> str:
        """The form in which sentences are compared."""
        return fold_as(text, self.code)

    def words(self, sentence: str) -> tuple[str, tuple[Word, ...]]:
        """A sentence folded, and the phrases and tools in it, in order; none overlaps another."""
        folded = self.fold(sentence)
        tools = tuple(self._tools(sentence, folded))
        found = self._as_written(self._found(self._all, folded), sentence)
        return folded, tuple(sorted((*_beside(found, tools), *tools), key=lambda word: word.start))

    def _found(self, index: _Index, folded: str) -> Iterator[Word]:
        for start, number, end in index.phrases.find(folded):
            yield Word(index.parts[number], start, end, folded[start:end])

    @cached_property
    def _capitals(self) -> Mapping[str, re.Pattern[str]]:
        """Phrases that the file has in capitals, however they are written: "AI" is a word of its own in Italian."""
        return {
            self.fold(phrase): re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
            for some in self._as_in_file.values()
            for phrase in some
            if phrase.isupper()
        }

    def _as_written(self, found: Iterable[Word], sentence: str) -> Iterator[Word]:
        """The words without those that count in capitals alone and are written otherwise where they stand.

        Folding keeps the order of words, not their places: so the n-th of a phrase is the n-th in the sentence.
        """
        written: dict[str, Iterator[str]] = {}
        for word in found:
            pattern = self._capitals.get(word.phrase)
            if pattern is None:
                yield word
                continue
            places = written.setdefault(word.phrase, iter(pattern.findall(sentence)))
            if next(places, "").isupper():
                yield word

    def _tools(self, sentence: str, folded: str) -> Iterator[Word]:
        at = 0
        for hit in find_vendors(sentence):
            phrase = self.fold(hit.quote)
            start = self._place(phrase, folded, at)
            if phrase and start >= 0:
                at = start + len(phrase)
                part = Part.COMPANY if hit.is_general else Part.TOOL if hit.is_sure else Part.NAMESAKE
                yield Word(part, start, at, phrase)

    def _place(self, phrase: str, folded: str, at: int) -> int:
        """Where a tool's name is from ``at`` on, as words of its own where words have spaces; -1 for nowhere."""
        if self._is_anywhere:
            return folded.find(phrase, at)
        return f" {folded} ".find(f" {phrase} ", at)

    @cached_property
    def _all(self) -> _Index:
        found = set(self.phrases) - _SEPARATE_LISTS
        return self._index(sorted(found, key=_RANK.__getitem__))

    @cached_property
    def has_passive(self) -> bool:
        """Whether the language tells "an image made by AI" from "the image was made by AI" by a word."""
        return Part.PASSIVE in self.phrases

    def _index(self, parts: Iterable[Part]) -> _Index:
        filed = [(phrase, part) for part in parts for phrase in self.phrases.get(part, ())]
        written = [phrase for part in parts for phrase in self._as_in_file.get(part, ())]
        phrases = phrase_index([phrase for phrase, _ in filed], written, self._entry)
        return _Index(phrases, tuple(part for _, part in filed))

    def names_ai(self, text: str) -> bool:
        """Whether AI or a tool of AI is surely named in a text."""
        found = self._found_alone(Part.AI, self.fold(text))
        return any(True for _ in self._as_written(found, text)) or any(
            hit.is_sure and not hit.is_general for hit in find_vendors(text)
        )

    def holds(self, part: Part, phrase: str) -> bool:
        """Whether a folded text holds a word that plays this part."""
        return any(self._found_alone(part, phrase))

    def phrases_in(self, part: Part, phrase: str) -> tuple[str, ...]:
        """What plays this part in a folded text."""
        return tuple(word.phrase for word in self._found_alone(part, phrase))

    def _found_alone(self, part: Part, folded: str) -> Iterator[Word]:
        index = self._alone.get(part)
        if index is None:
            index = self._alone[part] = self._index((part,))
        return self._found(index, folded)


def _bare(phrase: str) -> str:
    """A phrase without the stars of its stems."""
    return phrase.replace("*", "")


def _beside(words: Iterable[Word], tools: Sequence[Word]) -> Iterator[Word]:
    """The words that overlap no tool, both in order."""
    at = 0
    for word in words:
        while at < len(tools) and tools[at].end <= word.start:
            at += 1
        if at == len(tools) or word.end <= tools[at].start:
            yield word


def may_hold_note(ids: Set[str], text: str) -> bool:
    """Whether a text that may have these parts need be read for notes: a maker is named, and a deed; or the text
    may be a credit ("Text: ChatGPT").
    """
    return _names_maker(ids, text) and (not ids.isdisjoint(DEEDS) or may_be_credit(text))


def _names_maker(ids: Set[str], text: str) -> bool:
    """Whether parts of notes that may be in a text name a maker; letters do where they are written as initials."""
    return not ids.isdisjoint(_NAMED) or (_SPELT in ids and _INITIALS.search(text) is not None)


class _Index(NamedTuple):
    """Phrases, and the part that each plays by its number."""

    phrases: PhraseIndex
    parts: tuple[Part, ...]


@cache
def note_languages() -> frozenset[str]:
    """Codes of the languages there is a file for."""
    return frozenset(codes_in(_FOLDER))


@cache
def note_words(code: str) -> NoteWords:
    """The phrases of one language. Raises BadData where the file is wrong, naming file and key."""
    where = place_of(_FOLDER, code)
    data = as_kind(read_language_file(_FOLDER, code), dict[Part, tuple[str, ...]], where=where)
    words = NoteWords(code, data)
    for part, phrases in words.phrases.items():
        if not all(phrases):
            raise BadData(f"{where}: {part} has a phrase without letters")
    return words
