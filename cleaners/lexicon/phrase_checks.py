"""Whether the phrases of a language file can be found as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.patterns import lazy_pattern

LETTERS = r"\w#\u0900-\u0963\u0966-\u0d7f"
"""Of words, as a part of a class of characters: the vowel signs of Indic scripts are no ``\\w``, but without them half
of all Hindi words look the same.
"""
LETTER = lazy_pattern(f"[{LETTERS}]")
_NO_PHRASE = lazy_pattern(f"^[^{LETTERS}\n]*$", re.MULTILINE)
_STEM = lazy_pattern(r"(?<!\S)([^\W_]+)\*(?!\S)")
MIN_STEM = 3
"""Letters of a stem that opens a phrase, at least."""
_MIN_LATER_STEM = 2  # words before it narrow down what is meant: "write up*"
_SHORT_STEM = lazy_pattern(
    rf"(?:^[^\W_]{{1,{MIN_STEM - 1}}}|(?<!\S)[^\W_]{{1,{_MIN_LATER_STEM - 1}}})\*(?!\S)", re.MULTILINE
)
WITH_CAPITALS = frozenset({"Latn", "Cyrl", "Grek", "Armn", "Geor"})
"""Scripts (ISO 15924) that have small letters and capitals."""
# in these a letter is a syllable or a word
_UNSPACED_SCRIPTS = frozenset({"Hani", "Hans", "Hant", "Jpan", "Hira", "Kana", "Hang", "Kore"})


def check_phrases(
    tables: Mapping[str, Mapping[Any, Sequence[str]]], scripts: Sequence[str], *, where: str
) -> None:
    """Raises BadData with ``where`` and the key at fault where a phrase could not be found as it is written."""
    for rule_id, modes in tables.items():
        for mode, phrases in modes.items():
            joined = "\n".join(phrases)
            # nearly all lists are right: one look at all phrases is quicker than one at each
            is_right = (
                joined == joined.lower()
                and not ("*" in joined and _SHORT_STEM.search(joined))
                and not _NO_PHRASE.search(joined)
            )
            for phrase in () if is_right else phrases:
                problem = _problem(phrase, scripts)
                if problem or not LETTER.search(phrase):
                    raise BadData(
                        f"{where}: phrases.{rule_id}.{mode}: {phrase!r} {problem or 'is no phrase'}"
                    )


def _problem(phrase: str, scripts: Sequence[str]) -> str | None:
    """What is wrong with a phrase, and what to do."""
    # "AI" within Chinese is a word of another script, which folding takes care of
    if phrase != phrase.lower() and not WITH_CAPITALS.isdisjoint(scripts):
        return "has capital letters; write it in lower case"
    if "*" not in phrase or not _UNSPACED_SCRIPTS.isdisjoint(scripts):
        return None
    for stem in _STEM.finditer(phrase):
        least = _MIN_LATER_STEM if stem.start() else MIN_STEM
        if len(stem[1]) < least:
            return f"has fewer than {least} letters before a star; write more of the word"
    return None
