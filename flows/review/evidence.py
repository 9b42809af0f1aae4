"""The evidence of a verdict as people read it."""

from __future__ import annotations

import re

_LEARNED = re.compile(r"(?P<share>[\d.]+) for keeping, [\d.]+ for \w+(?:: (?P<facts>.*))?", re.DOTALL)
_PHRASE = re.compile(r"(?P<mode>whole|lead|start|contains) \(\w+\): (?P<phrase>'.*')")
_BY_WORDS = re.compile(r"by its words \((?P<words>.*)\) (?P<what>.*?)(?: \(log-odds [^)]*\))?")
_MODES = {"whole": "is nothing but", "lead": "is led by", "start": "begins with", "contains": "contains"}


def in_words(evidence: str) -> str:
    """Evidence as part of a sentence, without most figures of the network."""
    if found := _LEARNED.fullmatch(evidence):
        why = f"; {found['facts']}" if found["facts"] else ""
        return f"{round(100 * float(found['share']))} % likely to be the article's{why}"
    if found := _PHRASE.fullmatch(evidence):
        return f"{_MODES[found['mode']]} {found['phrase']}"
    if found := _BY_WORDS.fullmatch(evidence):
        return f"{found['what']}, by its words: {found['words']}"
    return evidence or "by its rule"
