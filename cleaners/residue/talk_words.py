"""The words of chatbots' talk and of orders to them: data in ``talk/xx.toml``, read here and nowhere else.

They are cues as those of the lexicon are (see docs/cues.md), kept apart since few pages need them: the files are read,
and blocks are read for them, where a block holds what no line of talk does without.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec.structs import replace

from copydesk.cleaners.lexicon.language_files import as_kind, codes_in, place_of, read_language_file
from copydesk.cleaners.lexicon.phrase_gates import PhraseGate
from copydesk.cleaners.lexicon.words import Lexicon, Phrases, check_phrases, lexicon
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.wording.cues import CueFinder, cue_gate
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
    return CueFinder(_talk(code))


def _talk(code: str) -> Lexicon:
    """The words of a language with those of talk for its phrases."""
    # not kept: most pages need no more of them than the gate, and no language is read more than twice
    where, data = place_of(_FOLDER, code), read_language_file(_FOLDER, code)
    entry = lexicon(code)
    against = {cue_id: entry.phrases[cue_id] for cue_id in _AGAINST if cue_id in entry.phrases}
    phrases = as_kind(data["phrases"], Phrases, where=where)
    check_phrases(phrases, entry.scripts, where=where)
    return replace(entry, phrases={**against, **phrases})


@lru_cache_short_text(maxsize=64)
def talk_sentences(text: str, code: str) -> tuple[Sentence, ...]:
    """The sentences of a block with the cues of talk in them."""
    return sentences_with(text, talk_finder(code), has_names=True)


@cache
def talk_gate(code: str, ids: frozenset[str]) -> PhraseGate:
    """The look for these cues in one language: which of them may be in a block."""
    return cue_gate(_talk(code), ids)
