"""The words of chatbots' talk and of orders to them: data in ``talk/xx.toml``, read here and nowhere else.

They are cues as those of the lexicon are (see docs/cues.md), kept apart since few blocks are read for them: those that
hold what no line of talk does without.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec.structs import replace

from copydesk.cleaners.lexicon.language_files import as_kind, codes_in, place_of, read_language_file
from copydesk.cleaners.lexicon.phrase_checks import check_phrases
from copydesk.cleaners.lexicon.phrase_gates import PhraseGate
from copydesk.cleaners.lexicon.words import Phrases, lexicon
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.wording.cues import CueFinder
from copydesk.cleaners.wording.sentences import Sentence, sentences_with

_FOLDER = Path(__file__).parent / "talk"
_AGAINST = ("cue.reader", "cue.report", "cue.about")
"""Cues of the lexicon that speak against talk."""


@cache
def talk_languages() -> frozenset[str]:
    """Codes of the languages there is a file for."""
    return frozenset(codes_in(_FOLDER))


@cache
def talk_finder(code: str) -> CueFinder:
    """Finds the cues of talk in one language. Raises BadData where the file is wrong, naming file and key."""
    where, data = place_of(_FOLDER, code), read_language_file(_FOLDER, code)
    entry = lexicon(code)
    against = {cue_id: entry.phrases[cue_id] for cue_id in _AGAINST if cue_id in entry.phrases}
    phrases = as_kind(data["phrases"], Phrases, where=where)
    check_phrases(phrases, entry.scripts, where=where)
    return CueFinder(replace(entry, phrases={**against, **phrases}))


@lru_cache_short_text(maxsize=64)
def talk_sentences(text: str, code: str) -> tuple[Sentence, ...]:
    """The sentences of a block with the cues of talk in them."""
    return sentences_with(text, talk_finder(code), has_names=True)


@cache
def talk_gate(code: str, ids: frozenset[str]) -> PhraseGate:
    """The look for these cues in one language: which of them may be in a block."""
    return talk_finder(code).gate(ids)
