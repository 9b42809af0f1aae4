"""Where sentences end, in any script: by Unicode's sentence terminals (property STerm), and the ellipsis.

All who ask where a sentence ends ask here. What ends one without a space behind it are the wide forms, of scripts
written without spaces; but not the wide full stop, which is used in numbers ("３．５").
"""

from __future__ import annotations

import regex

from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern

_TERMINAL = r"[\p{STerm}…]"
_WIDE = r"[[\p{STerm}&&[\p{EA=W}\p{EA=F}\p{EA=H}]]--[．﹒]]"
_CLOSING = r"[\p{Pe}\p{Pf}\p{Pi}\"']"  # in German “ closes, in Danish «
_MAX_TAIL = 12  # a terminal, and the marks and spaces behind it
_AT_END = regex.compile(rf"(?V1){_TERMINAL}\s?{_CLOSING}*$")
_SENTENCE_AT_END = regex.compile(rf"(?V1)(?:{_TERMINAL}\s?|[:：]){_CLOSING}*$")
_FULL_STOP_AT_END = regex.compile(rf"(?V1)[\p{{STerm}}--[!?！？؟⁇⁈⁉‼‽﹖﹗⸮]]{_CLOSING}*$")
_ABBREVIATED_AT_END = lazy_pattern(r"(?:\d|(?<!\w)\w)\s?\.$")
_BETWEEN = regex.compile(rf"(?V1)(?<={_TERMINAL}){_CLOSING}*\s+|(?<={_WIDE})|\n")
# the same for text in Latin, Greek and Cyrillic letters, in a seventh of the time
_BETWEEN_ALPHABETIC = lazy_pattern("(?<=[.!?․…])[)\\]}\"'«»‘’‛“”‟]*[\t-\r \x85\xa0\u2000-\u200a]+|\n")
_OTHER_SCRIPT = lazy_pattern("[^\0-\u0588\u2000-\u2026]")
_EACH = regex.compile(rf"(?V1){_TERMINAL}(?:\s?{_CLOSING}|\s|$)|{_WIDE}")
_AFTER_EACH = regex.compile(rf"(?V1)(?<={_TERMINAL})\s*")


def ends_with_terminal(text: str) -> bool:
    """Whether a text ends in a sentence's terminal, marks that close a quotation or bracket aside."""
    tail = text.rstrip()[-_MAX_TAIL:]
    last = tail[-1:]
    # two quick answers: this is checked on every block of a page
    return last in (".", "!", "?") or (not last.isalnum() and _AT_END.search(tail) is not None)


def ends_sentence(text: str) -> bool:
    """Whether a text ends as sentences do, or in the colon of one that introduces what follows."""
    tail = text.rstrip()[-_MAX_TAIL:]
    last = tail[-1:]
    return last in (".", "!", "?", ":") or (not last.isalnum() and _SENTENCE_AT_END.search(tail) is not None)


def ends_in_abbreviation(text: str) -> bool:
    """Whether the full stop at the end is that of a number or a letter: "20.11.2026.", "9:30 a.m."."""
    return _ABBREVIATED_AT_END.search(text[-_MAX_TAIL:]) is not None


def ends_in_full_stop(text: str) -> bool:
    """Whether a text ends in a terminal that neither asks nor exclaims, as few headlines do."""
    return _FULL_STOP_AT_END.search(text.rstrip()[-_MAX_TAIL:]) is not None


@lru_cache_short_text(maxsize=64)
def split_sentences(text: str) -> tuple[str, ...]:
    """The parts of a text between ends of sentences and ends of lines; remembered, since several readers ask for those
    of the same text in turn.
    """
    return tuple((_BETWEEN if _OTHER_SCRIPT.search(text) else _BETWEEN_ALPHABETIC).split(text))


def split_after_terminals(text: str) -> list[str]:
    """The same for text whose spaces may be lost: every terminal ends a part."""
    parts: list[str] = _AFTER_EACH.split(text)
    return parts


def count_sentences(text: str) -> int:
    """How many sentences end in a text."""
    return len(_EACH.findall(text))
