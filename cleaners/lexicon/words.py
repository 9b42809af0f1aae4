"""Words and phrases of each language: data in ``languages/xx.toml``, read here and nowhere else.

A file holds::

    code = "en"                       # BCP 47
    name = "English"
    scripts = ["Latn"]
    function_words = ["the", ...]     # the most frequent ones; they tell the language and mark prose
    months = ["january jan", ...]     # twelve entries, spellings parted by spaces
    byline = ["by", "written by"]     # what comes before an author's name

    [grammar]                         # how sentences are built: the keys are fields of `Grammar`
    noun_compounds = true

    [phrases."wording.newsletter"]    # under the id of the rule that uses them
    whole = ["subscribe"]             # the block is this and nothing more
    lead = ["also read", "photo"]     # the block starts so, and a colon, bar or arrow follows, or it is in brackets
    start = ["sign up for our"]       # the block starts so
    contains = ["in your inbox"]      # the phrase is anywhere in the block

Phrases are compared after folding: lower case, every run of digits is ``#``, punctuation is a
space, white space is one space. How long a block may be for a phrase to count is the rule's affair.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from encodings import cp1252
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from copydesk._core import words as core
from copydesk._core.texts import Folding
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.language_files import (
    as_kind,
    codes_in,
    place_of,
    read_language_file,
    read_language_head,
)
from copydesk.cleaners.lexicon.phrase_checks import LETTER, LETTERS, check_phrases
from copydesk.cleaners.lexicon.string_index import StringIndex
from copydesk.cleaners.patterns import lazy_pattern

Mode = Literal["whole", "lead", "start", "contains"]
MODES: tuple[Mode, ...] = ("whole", "lead", "start", "contains")

_FOLDER = Path(__file__).parent / "languages"
_SITES = Path(__file__).parent / "site_phrases"
# 1,000 and 3.5 and 12 000 are one number each: a counter changes, its phrase does not
_DIGITS = lazy_pattern(r"\d+(?:[.,\u00a0 ]\d+)*")
_NOT_WORD = re.compile(f"[^{LETTERS}]+")
# of many phrases, one a line
_SIGN_IN_LINE = lazy_pattern(f"[^{LETTERS}* \n]+")
_LOOSE_STAR = lazy_pattern(rf"\*(?:(?<![{LETTERS}]\*)|(?=\S))")  # at the end of no word
_WESTERN = "cp1252"  # letters of Western Europe and the signs of typesetters: most texts, as bytes, five times as fast
_WESTERN_WORDS = bytes(
    32 if _NOT_WORD.match(bytes([code]).decode(_WESTERN, "replace")) else code for code in range(256)
)
_WESTERN_PHRASES = bytes(code if code in b"*\n" else _WESTERN_WORDS[code] for code in range(256))
_BESIDE_NUMBER = lazy_pattern(r"(?<=#) (?=[\u3040-\u9fff가-힣])|(?<=[\u3040-\u9fff가-힣]) (?=#)")
_AFTER_LEAD = lazy_pattern("[:：՝|¦│>›»→▶►]")
_BEFORE_LEAD = " >›»→▶►"  # ">> Read also: …"
# set by hand: within which the mark has to follow; longer openings are sentences with a colon
_LEAD_CHARS = 60
# `[Photo] A dog`: text must follow, or the brackets are all there is
_BRACKETED_LEAD = lazy_pattern(r"[\[(【（]([^\[\]()【】（）]{1,40})[\])】）]\s*\w")


def fold(text: str) -> str:
    """The form in which phrases and blocks are compared: lower case, digits ``#``, no punctuation."""
    return " ".join(folded_words(text))


def fold_phrases(lines: str) -> list[str]:
    """Phrases, one a line, as ``fold`` has them, but with a star at the end of each stem. All are folded in one go: a
    page waits for thousands.
    """
    folded = _without_signs(_LOOSE_STAR.sub(" ", lines).lower(), _WESTERN_PHRASES, _SIGN_IN_LINE)
    while "  " in folded:
        folded = folded.replace("  ", " ")
    return folded.replace(" \n", "\n").replace("\n ", "\n").strip(" ").split("\n")


def _fold_any(text: str) -> list[str]:
    """``folded_words`` of any text: it is asked of those with letters whose small letter depends on what is around."""
    # nothing to fold but capitals: most phrases, and most entries of menus
    if text.replace(" ", "").isalpha():
        return small_letters(text).split()
    return _without_signs(text.lower(), _WESTERN_WORDS, _NOT_WORD).split()


def _without_signs(lowered: str, western: bytes, signs: re.Pattern[str]) -> str:
    """A text with a ``#`` for each number and spaces for ``signs``; ``western``: what its bytes become."""
    try:
        data = lowered.encode() if lowered.isascii() else _to_western(lowered)
    except UnicodeEncodeError:
        return signs.sub(" ", _DIGITS.sub("#", small_letters(lowered)))
    # only texts with digits pay for the pattern
    if len(data.translate(None, b"0123456789")) != len(data):
        data = _to_western(_DIGITS.sub("#", lowered))
    return codecs.charmap_decode(data.translate(western), "strict", cp1252.decoding_table)[0]


def _to_western(text: str) -> bytes:
    # what `str.encode` comes to, without the look-up of the codec: words are folded hundreds of times a page
    return codecs.charmap_encode(text, "strict", cp1252.encoding_table)[0]


def small_letters(text: str) -> str:
    """The letters of the form in which phrases and blocks are compared."""
    lowered = text.lower()
    # Turkish has two letters i; `lower` makes i and a combining dot of the capital with the dot
    return lowered if lowered.isascii() else lowered.replace("i\u0307", "i").replace("ı", "i")


def _ask(char: str) -> tuple[int, str, bool, bool]:
    """What the compiled core asks of a character: its small letter, and whether that is part of a word."""
    lower = small_letters(char)
    return 0, lower, LETTER.match(lower) is not None, False


folded_words: Callable[[str], list[str]] = Folding(_ask, _fold_any).folded_words
"""The words of the form in which phrases and blocks are compared."""


class PhraseHit(Struct, frozen=True, gc=False):
    """A phrase found in a block: how it matched, the phrase as the data has it, and its language."""

    mode: Mode
    phrase: str
    language: str


class PhraseEntry(Struct, frozen=True, gc=False):
    """A phrase in the form it is compared in, and whose it is."""

    folded: str
    rule_id: str
    hit: PhraseHit


class Grammar(Struct, frozen=True, forbid_unknown_fields=True):
    """The grammar of one language, as far as anything here asks for it."""

    verb_final: bool = False
    """The verb, and with it the person, ends the sentence; "by" and "about" follow their noun, and a relative clause
    precedes it: Japanese, Turkish.
    """
    subordinate_verb_final: bool = False
    """The verb ends subordinate clauses alone: "…, die von KI gemacht wurde"."""
    noun_compounds: bool = False
    """A noun right before another says what kind of it is meant: "interview questions", and "KI-Experte", whose hyphen
    is folded into a space.
    """
    relative_articles: bool = False
    """What opens relative clauses is an article elsewhere: "der, die, das"."""
    unmarked_relatives: bool = False
    """A sentence right before a noun is its relative clause, with no word or ending to say so: "AIが書いた作文"."""
    converb_orders: bool = False
    """The form that orders links a clause to the next one as well ("書いて"): it orders where a clause ends."""
    proclitics: bool = False
    """Short words are written together with the word that follows, in front: Arabic "and", "with", the article."""


Phrases = dict[str, dict[Mode, tuple[str, ...]]]
"""By the id of the rule that uses them, and how they are compared."""


# a misspelt key would lose its words without a sound
class Lexicon(Struct, frozen=True, forbid_unknown_fields=True):
    """One language's words and phrases, as validated at load."""

    code: Annotated[str, Meta(min_length=1)]
    name: Annotated[str, Meta(min_length=1)]
    function_words: Annotated[frozenset[str], Meta(min_length=1)]
    scripts: tuple[str, ...] = ("Latn",)
    months: tuple[tuple[str, ...], ...] = ()
    byline: tuple[str, ...] = ()
    phrases: Phrases = {}
    grammar: Grammar = Grammar()


class SitePhrases(Struct, frozen=True, forbid_unknown_fields=True):
    """What sites say around their articles in a language that has no lexicon: phrases alone, as a lexicon has them."""

    code: Annotated[str, Meta(min_length=1)]
    name: Annotated[str, Meta(min_length=1)]
    phrases: Phrases
    scripts: tuple[str, ...] = ("Latn",)


def entries_of(lexicon: Lexicon | SitePhrases) -> Iterator[PhraseEntry]:
    """The phrases of one language that are looked for in blocks."""
    for rule_id, modes in lexicon.phrases.items():
        if rule_id.startswith(("cue.", "wall.")):  # looked for elsewhere: see cues.py and wall_words.py
            continue
        for mode, phrases in modes.items():
            for phrase in phrases:
                for form in _spacings(fold(phrase)) if mode == "whole" else (fold(phrase),):
                    yield PhraseEntry(form, rule_id, PhraseHit(mode, phrase, lexicon.code))


def _spacings(folded: str) -> Iterator[str]:
    """A phrase as it may be spaced beside numbers where letters need no space: "3 条评论", "3条评论"."""
    first, *parts = _BESIDE_NUMBER.split(folded)
    # of many numbers as it stands, and without a space
    joints = (
        product(("", " "), repeat=len(parts)) if len(parts) < 4 else ([" "] * len(parts), [""] * len(parts))
    )
    for joint in joints:
        yield first + "".join(chain.from_iterable(zip(joint, parts, strict=True)))


_Entries = Mapping[str, tuple[PhraseEntry, ...]]


class PhraseMatcher:
    """Finds the phrases of several languages in a block, all rules in one go.

    Phrases of scripts without spaces match at any letter, others at word borders. Looked up by one of
    their words rather than by one large pattern, whose compilation alone would take 30 ms.
    """

    def __init__(self, entries: Iterable[PhraseEntry], others: PhraseMatcher | None = None) -> None:
        """``others``: finds phrases that are looked for as well; of two as long the one of ``entries`` counts."""
        filed: dict[Mode, dict[str, list[PhraseEntry]]] = {mode: {} for mode in MODES}
        unspaced: list[PhraseEntry] = []
        for entry in entries:
            mode = entry.hit.mode
            # whole and lead are compared with all of a text or all before its mark, so that one look-up tells
            if mode in ("whole", "lead"):
                filed[mode].setdefault(entry.folded, []).append(entry)
            # either end: `ai生成` begins with a Latin word and goes on without a space
            elif _is_unspaced(entry.folded[0]) or _is_unspaced(entry.folded[-1]):
                unspaced.append(entry)
            else:
                words = entry.folded.split(" ")
                # the longest word is the rarest: prose is full of "to" and "in", few blocks have "unsubscribe"
                key = " ".join(words[:2]) if mode == "start" else max(words, key=len)
                filed[mode].setdefault(key, []).append(entry)
        self._filed: Mapping[Mode, _Entries] = {
            mode: _ranked(some, others._filed[mode] if others else {}) for mode, some in filed.items()
        }
        self._whole, self._lead, self._start, self._contains = map(self._filed.__getitem__, MODES)
        self._openings: dict[str, list[str]] = {}
        for lead in self._lead:
            self._openings.setdefault(lead.split(" ")[0], []).append(f" {lead} ")
        unspaced += others._unspaced if others else ()
        # the stronger way first, and the longest phrases, as in `_ranked`
        unspaced.sort(key=lambda entry: (entry.hit.mode == "contains", -len(entry.folded)))
        self._unspaced: tuple[PhraseEntry, ...] = tuple(unspaced)
        self._unspaced_places = StringIndex(entry.folded for entry in unspaced)

    def find(self, text: str) -> dict[str, PhraseHit]:
        """Rule id to the strongest hit in ``text`` (whole before lead before start before contains)."""
        return self.find_all([text], [folded_words(text)])[0]

    def find_all(self, texts: list[str], words: list[Sequence[str]]) -> list[dict[str, PhraseHit]]:
        """The same for each of several texts; ``words``: of each, folded."""
        filed = self._whole, self._openings, self._start, self._contains
        return core.find_phrases(
            texts, words, filed, self._find_lead, self._find_unspaced if self._unspaced else None
        )

    def _find_lead(self, text: str, found: dict[str, PhraseHit]) -> None:
        text = text.lstrip(_BEFORE_LEAD)
        mark = _AFTER_LEAD.search(text, 0, _LEAD_CHARS + 1)
        # a bar at the very beginning has no lead before it
        if mark and mark.start():
            for entry in self._lead.get(fold(text[: mark.start()]), ()):
                found.setdefault(entry.rule_id, entry.hit)
        # the same phrases: templates write "Photo:" or "[Photo]"
        bracketed = _BRACKETED_LEAD.match(text)
        if bracketed:
            for entry in self._lead.get(fold(bracketed.group(1)), ()):
                found.setdefault(entry.rule_id, entry.hit)

    def _find_unspaced(self, folded: str, found: dict[str, PhraseHit]) -> None:
        places = self._unspaced_places.places(folded)
        met = {number for at, number in places if not at or self._unspaced[number].hit.mode == "contains"}
        for number in sorted(met):
            entry = self._unspaced[number]
            found.setdefault(entry.rule_id, entry.hit)


def _ranked(filed: Mapping[str, Sequence[PhraseEntry]], others: _Entries) -> _Entries:
    """Phrases and others by the same keys, the longest first: of several the first is reported."""
    ranked = dict(others)
    for key, some in filed.items():
        both = (*some, *others.get(key, ()))
        # tuples: the garbage collector would look through thousands of lists, again and again
        ranked[key] = tuple(sorted(both, key=lambda entry: -len(entry.folded))) if len(both) > 1 else both
    return ranked


def _is_unspaced(char: str) -> bool:
    """Han, kana, Thai, and Hangul (whose particles are glued to the word)."""
    return "\u0e00" <= char <= "\u0e7f" or "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


@cache
def languages() -> tuple[str, ...]:
    """Codes of all languages there is a file for, sorted."""
    return codes_in(_FOLDER)


@cache
def lexicon(code: str) -> Lexicon:
    """The lexicon of one language.

    Raises BadData where the file is wrong, naming file and key.
    """
    return read_lexicon(read_language_file(_FOLDER, code), where=place_of(_FOLDER, code))


@cache
def lexicon_without_tables(code: str) -> Lexicon:
    """The lexicon of one language without its phrases and grammar: for what asks all languages, of which most pages
    need no more. Raises BadData as ``lexicon`` does.
    """
    data = read_language_head(_FOLDER, code)
    return read_lexicon(data, where=place_of(_FOLDER, code))


def function_words(language: str) -> frozenset[str]:
    """The most frequent words of a language, as folded; none where there is no file for it."""
    return lexicon_without_tables(language).function_words if language in languages() else frozenset()


@cache
def phrase_languages() -> frozenset[str]:
    """Codes of the languages in which blocks are searched for phrases: those with a lexicon, and others."""
    return frozenset((*languages(), *codes_in(_SITES)))


@cache
def site_phrases(code: str) -> SitePhrases:
    """What sites say in a language without a lexicon. Raises BadData where the file is wrong, naming file and key."""
    found = as_kind(read_language_file(_SITES, code), SitePhrases, where=place_of(_SITES, code))
    check_phrases(found.phrases, found.scripts, where=place_of(_SITES, code))
    return found


@cache
def matcher(*codes: str) -> PhraseMatcher:
    """The matcher for the phrases of these languages, of ``phrase_languages``."""
    code, *others = codes
    entries = entries_of(lexicon(code) if code in languages() else site_phrases(code))
    # English ones are looked for on pages in all languages
    return PhraseMatcher(entries, matcher(*others) if others else None)


def read_lexicon(data: Mapping[str, Any], *, where: str) -> Lexicon:
    """Checks the content of a language file. Raises BadData with ``where`` and the key at fault."""
    months = [entry.split() for entry in data.get("months", ())]
    # none is allowed: dates in such a language are read by the English names
    if len(months) not in (0, 12):
        raise BadData(f"{where}: months has {len(months)} entries instead of twelve")
    found = as_kind({**data, "months": months}, Lexicon, where=where)
    check_phrases(found.phrases, found.scripts, where=where)
    return found
