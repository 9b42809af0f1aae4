"""The words of chatbots' talk and of orders to them: data in ``talk/xx.toml``, read here and nowhere else.

They are cues as those of the lexicon are (see docs/cues.md), kept apart since few pages need them: the files are read,
and blocks are read for them, where a block holds what no line of talk does without.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cache
from pathlib import Path

import tomli
from msgspec.structs import replace

from copydesk.cleaners.cue_phrases import CuePhrase
from copydesk.cleaners.cues import CueFinder
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon import lexicon, read_phrases
from copydesk.cleaners.lru_of_short import lru_of_short
from copydesk.cleaners.sentences import Sentence, sentences_with

_FOLDER = Path(__file__).parent / "talk"
_AGAINST = ("cue.reader", "cue.report", "cue.about")
"""Cues of the lexicon that speak against talk."""
VERB_LAST = frozenset({"hi", "ja", "ko", "tr"})
"""Languages in which the verb, and with it the person, stands last."""
_KEY = 3  # letters by which stems are filed


@cache
def talk_languages() -> frozenset[str]:
    """Codes of the languages there is a file for."""
    return frozenset(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def talk_finder(code: str) -> CueFinder:
    """Finds the cues of talk in one language. Raises BadData where the file is wrong, naming file and key."""
    where = f"talk/{code}.toml"
    try:
        data = tomli.loads((_FOLDER / f"{code}.toml").read_text("utf-8"))
    except tomli.TOMLDecodeError as error:
        raise BadData(f"{where}: {error}") from error
    entry = lexicon(code)
    against = {cue_id: entry.phrases[cue_id] for cue_id in _AGAINST if cue_id in entry.phrases}
    phrases = read_phrases(data.get("phrases", {}), entry.scripts, where=where)
    return CueFinder(replace(entry, phrases={**against, **phrases}))


@lru_of_short(maxsize=64)
def talk_sentences(text: str, code: str) -> tuple[Sentence, ...]:
    """The sentences of a block with the cues of talk in them."""
    return sentences_with(text, talk_finder(code), has_names=True)


class TalkGate:
    """A cheap look at a block: which of some cues may be in it. It is asked of every block of a page."""

    def __init__(self, cues: CueFinder, ids: Iterable[str]) -> None:
        self._cues = cues
        self._by_word: dict[str, list[CuePhrase]] = {}
        self._by_stem: dict[str, list[CuePhrase]] = {}
        self._anywhere: list[CuePhrase] = []
        for phrase in (phrase for cue_id in ids for phrase in cues.entries(cue_id)):
            word, is_stem = max(phrase.words, key=lambda pair: len(pair[0]))
            if cues.is_anywhere:
                self._anywhere.append(phrase)
            elif is_stem:
                self._by_stem.setdefault(word[:_KEY], []).append(phrase)
            else:
                self._by_word.setdefault(word, []).append(phrase)

    def present(self, text: str, words: Set[str], folded: str) -> frozenset[str]:
        """The cues that may be in a text with these distinct ``words``; ``folded``: all of them in a row."""
        if self._anywhere:
            folded = self._cues.fold(text)
            return frozenset(phrase.id for phrase in self._anywhere if phrase.text in folded)
        filed = [phrase for word in self._by_word.keys() & words for phrase in self._by_word[word]]
        if self._by_stem:
            heads = self._by_stem.keys() & {word[:_KEY] for word in words}
            filed += [phrase for head in heads for phrase in self._by_stem[head]]
        if not filed:
            return frozenset()
        padded = f" {folded} "
        return frozenset(phrase.id for phrase in filed if phrase.probe in padded)


@cache
def talk_gate(code: str, ids: frozenset[str]) -> TalkGate:
    """The look for these cues in one language."""
    return TalkGate(talk_finder(code), sorted(ids))
