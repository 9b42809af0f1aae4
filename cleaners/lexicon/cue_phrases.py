"""Phrases of cues as they are compared: folded, their words whole or stems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.phrase_checks import WITH_CAPITALS
from copydesk.cleaners.lexicon.words import Lexicon, Mode, SitePhrases, fold, fold_phrases
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

    ``folded``: with a star at the end of each stem. ``probe``: what a padded folded text contains if the phrase is in
    it, from its beginning on.
    """

    id: str
    mode: Mode
    folded: str
    probe: str

    @property
    def text(self) -> str:
        """The words in a row."""
        return self.folded.replace("*", "")

    def is_likely(self, padded: str) -> bool:
        """Whether a padded folded text has the phrase's ``probe`` and, anywhere, all of its whole words."""
        return self.probe in padded and all(
            f" {word} " in padded for word in self.folded.split(" ") if word[-1] != "*"
        )


def is_unspaced(entry: Lexicon | SitePhrases) -> bool:
    """Whether words of the language stand without spaces, or with particles glued to their ends."""
    return not _UNSPACED.isdisjoint(entry.scripts)


def has_capitals(entry: Lexicon) -> bool:
    """Whether the language is written with small letters and capitals, which then tell names."""
    return not WITH_CAPITALS.isdisjoint(entry.scripts)


def is_written_together(entry: Lexicon) -> bool:
    """Whether words of the language stand without spaces, or with others glued to them."""
    return entry.grammar.proclitics or is_unspaced(entry)


def read_phrases(entry: Lexicon) -> Mapping[str, Sequence[CuePhrase]]:
    """The phrases of each cue of a language."""
    is_glued = is_written_together(entry)
    return {
        cue_id: tuple(
            CuePhrase(cue_id, mode, folded, _probe(folded, is_glued=is_glued))
            for mode, phrases in modes.items()
            for folded in folded_phrases(phrases, entry.code)
        )
        for cue_id, modes in entry.phrases.items()
        if cue_id.startswith(PREFIXES)
    }


def _probe(folded: str, *, is_glued: bool) -> str:
    if is_glued:  # it may stand inside what is written together
        return folded.replace("*", "")
    # the text's word may go on after a stem, so that what is looked for ends there
    return f" {folded.partition('*')[0]}" if "*" in folded else f" {folded} "


def folded_phrases(phrases: Sequence[str], code: str) -> list[str]:
    """Phrases of a language as they are compared, with a star at the end of each stem."""
    lines = "\n".join(phrases)
    if phrases and lines.count("\n") >= len(phrases):
        raise BadData(f"{code}: a phrase has a line break; write it in one line")
    return fold_phrases(_as_compared(lines, code)) if phrases else []


def has_optional_marks(code: str) -> bool:
    """Whether texts of the language may have marks in them, or leave them out, that no phrase has."""
    return code == "ar"


def fold_as(text: str, code: str) -> str:
    """``text`` folded as phrases of the language ``code`` are; Arabic loses its optional marks first."""
    return fold(_as_compared(text, code))


def _as_compared(text: str, code: str) -> str:
    """``text`` without what texts of the language may leave out."""
    return _ARABIC_MARKS.sub("", text).translate(_ARABIC_ALEF) if has_optional_marks(code) else text
