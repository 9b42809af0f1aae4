"""Phrases of cues as they are compared: folded words, each whole or a stem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat

from msgspec import Struct

from copydesk.cleaners.lexicon.string_index import longest_literal
from copydesk.cleaners.lexicon.words import WITH_CAPITALS, Lexicon, Mode, fold, folded_words
from copydesk.cleaners.patterns import lazy_pattern

# ids of phrases that are looked up sentence by sentence (cleaners/wording/cues.py), not of blocks
PREFIXES = ("cue.", "residue.")
# ISO 15924. Korean has spaces, but glues its particles to words
_UNSPACED = frozenset({"Hani", "Hans", "Hant", "Jpan", "Hira", "Kana", "Hang", "Kore", "Thai"})
# short vowels, which most Arabic texts leave out, and the stretching stroke
_ARABIC_MARKS = lazy_pattern("[\u064b-\u0652\u0670\u0640]")
# hamza and madda on alef are often left out, and a final ya without dots is written for one with
_ARABIC_ALEF = str.maketrans("أإآى", "اااي")
LETTERS = lazy_pattern(r"[^\W\d_]+")


class CuePhrase(Struct, frozen=True, gc=False):
    """A phrase of the data under a cue's id.

    ``words``: each folded, with whether it is a stem. ``text``: the words in a row. ``probe``: what a
    padded folded text contains if the phrase is in it, from its beginning on; ``part`` the longest such
    string.
    """

    id: str
    mode: Mode
    words: tuple[tuple[str, bool], ...]
    text: str
    probe: str
    part: str

    def is_likely(self, padded: str) -> bool:
        """Whether a padded folded text has the phrase's ``probe`` and, anywhere, all of its whole words."""
        return self.probe in padded and all(
            f" {word} " in padded for word, is_stem in self.words if not is_stem
        )


def phrase_of(cue_id: str, mode: Mode, words: tuple[tuple[str, bool], ...], *, is_glued: bool) -> CuePhrase:
    """The phrase of these words; ``is_glued``: it may stand inside what is written together."""
    # lists, no generators: a page waits for thousands of phrases
    text = " ".join([word for word, _ in words])
    whole = [word for word, is_stem in words if not is_stem]
    if is_glued:
        return CuePhrase(cue_id, mode, words, text, text, text)
    # without a stem the phrase is its own longest part
    if len(whole) == len(words):
        return CuePhrase(cue_id, mode, words, text, f" {text} ", f" {text} ")
    # the text's word may go on after a stem, so that what is looked for ends there
    stem = [is_stem for _, is_stem in words].index(True)
    probe = " " + " ".join([word for word, _ in words[: stem + 1]])
    return CuePhrase(cue_id, mode, words, text, probe, longest_literal(words)[0])


def is_unspaced(entry: Lexicon) -> bool:
    """Whether words of the language stand without spaces, or with particles glued to their ends."""
    return not _UNSPACED.isdisjoint(entry.scripts)


def has_capitals(entry: Lexicon) -> bool:
    """Whether the language is written with small letters and capitals, which then tell names."""
    return not WITH_CAPITALS.isdisjoint(entry.scripts)


def is_written_together(entry: Lexicon) -> bool:
    """Whether words of the language stand without spaces, or with others glued to them."""
    return entry.grammar.proclitics or is_unspaced(entry)


def read_phrases(entry: Lexicon) -> Iterator[CuePhrase]:
    """Every cue phrase of a language."""
    is_glued = is_written_together(entry)
    for cue_id, modes in entry.phrases.items():
        if cue_id.startswith(PREFIXES):
            for mode, phrases in modes.items():
                for phrase in phrases:
                    yield phrase_of(cue_id, mode, words_of(phrase, entry.code), is_glued=is_glued)


def parts_of(entry: Lexicon, cue_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Of each phrase of some cues the cue and the phrase's ``part``: all that a cheap look for them needs."""
    is_glued = is_written_together(entry)
    for cue_id in cue_ids:
        for mode, phrases in entry.phrases.get(cue_id, {}).items():
            for phrase in phrases:
                if is_glued or "*" in phrase:
                    words = words_of(phrase, entry.code)
                    yield cue_id, phrase_of(cue_id, mode, words, is_glued=is_glued).part
                else:
                    yield cue_id, f" {fold_as(phrase, entry.code)} "


def words_of(phrase: str, code: str) -> tuple[tuple[str, bool], ...]:
    """The words of a phrase, folded, and which of them are stems."""
    if "*" not in phrase:  # nearly all: folded in one go
        return tuple(zip(folded_words(_as_compared(phrase, code)), repeat(False)))
    return tuple(word for written in phrase.split() for word in _word(written, code))


def _word(written: str, code: str) -> Iterator[tuple[str, bool]]:
    """One word of the data, folded; punctuation inside it parts it."""
    parts = folded_words(_as_compared(written, code))
    for number, part in enumerate(parts, start=1):
        yield part, number == len(parts) and written.endswith("*")


def has_optional_marks(code: str) -> bool:
    """Whether texts of the language may have marks in them, or leave them out, that no phrase has."""
    return code == "ar"


def fold_as(text: str, code: str) -> str:
    """``text`` folded as phrases of the language ``code`` are; Arabic loses its optional marks first."""
    return fold(_as_compared(text, code))


def _as_compared(text: str, code: str) -> str:
    """``text`` without what texts of the language may leave out."""
    return _ARABIC_MARKS.sub("", text).translate(_ARABIC_ALEF) if has_optional_marks(code) else text
