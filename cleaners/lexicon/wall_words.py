"""Words of walls: lines at which a text ends and that say that it goes on for subscribers, members or known readers.

The language files have them under ``wall.cut``, what says so alone; ``wall.rest``, what there is more of; and
``wall.reader``, who may read it, or how.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Literal

from copydesk.cleaners.lexicon.cue_phrases import fold_as, folded_phrases, has_optional_marks, is_unspaced
from copydesk.cleaners.lexicon.string_index import StringIndex, WordIndex
from copydesk.cleaners.lexicon.words import languages, lexicon, phrase_languages, site_phrases

Part = Literal["cut", "rest", "reader"]
PARTS: tuple[Part, ...] = ("cut", "rest", "reader")
_APART = " \n "  # in no phrase


def find_wall_words(texts: Sequence[str], language: str) -> Mapping[int, Mapping[Part, str]]:
    """For each folded text with such words, by its number, the first phrase of each part, in the language or English.

    All texts are searched in one go: nearly none has any.
    """
    found: dict[int, dict[Part, str]] = {}
    for code in dict.fromkeys((language, "en")):
        if code in phrase_languages():
            phrases, index = _index(code)
            compared = [fold_as(text, code) for text in texts] if has_optional_marks(code) else texts
            starts = [*accumulate((len(text) + len(_APART) for text in compared), initial=0)]
            for start, number, *_ in index.places(_APART.join(compared)):
                part, phrase = phrases[number]
                found.setdefault(bisect(starts, start) - 1, {}).setdefault(part, phrase)
    return found


@cache
def _index(code: str) -> tuple[Sequence[tuple[Part, str]], WordIndex | StringIndex]:
    entry = lexicon(code) if code in languages() else site_phrases(code)
    phrases = [
        (part, phrase)
        for part in PARTS
        for phrase in folded_phrases(entry.phrases.get(f"wall.{part}", {}).get("contains", ()), code)
    ]
    strings = [phrase for _, phrase in phrases]
    return phrases, StringIndex(strings) if is_unspaced(entry) else WordIndex(strings)
