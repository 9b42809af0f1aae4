"""What holds for the phrases of every language, whatever rule they are for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from copydesk.cleaners.lexicon.words import Phrases, fold, languages, lexicon, matcher, site_phrases

Place = tuple[str, str, str]
"""Rule, mode and phrase."""


def phrases_of(code: str) -> Phrases:
    """The phrases of a language, by rule, with a lexicon or without."""
    return (lexicon(code) if code in languages() else site_phrases(code)).phrases


def not_found(code: str, rule_ids: Iterable[str]) -> list[Place]:
    """The phrases that are not found in a text that has them where their mode says."""
    one = matcher(code)
    return [
        (rule_id, mode, phrase)
        for rule_id in rule_ids
        for mode, phrases in phrases_of(code)[rule_id].items()
        for phrase in phrases
        if rule_id not in one.find(_text_with(phrase, mode))
    ]


def _text_with(phrase: str, mode: str) -> str:
    filled = re.sub("# (?=#)", "#/", phrase).replace("#", "7")
    return {
        "whole": filled, "lead": f"{filled}: x", "start": f"{filled} x", "contains": f"x {filled} x",
    }[mode]  # fmt: skip


def repeated(code: str, rule_ids: Iterable[str]) -> list[Place]:
    """The phrases that a list has more than once, as they are looked up."""
    return [
        (rule_id, mode, phrase)
        for rule_id in rule_ids
        for mode, phrases in phrases_of(code)[rule_id].items()
        for phrase, times in Counter(map(fold, phrases)).items()
        if times > 1
    ]
