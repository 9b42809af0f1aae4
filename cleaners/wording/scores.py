"""Lines that tell how a match ended, and nothing else: short and without an end mark as a headline is, and none."""

from __future__ import annotations

import re
from typing import Final

MAX_CHARS: Final = 80
"""Of a line that is looked at: two names of clubs of six words, and figures."""
_SIDE = r"(?:\d\.\s)?[^\W\d_][^\d\n:–—-]*(?:-[^\W\d_][^\d\n:–—-]*)*"  # 1. FC Köln, Paris Saint-Germain
_POINTS = r"\d{1,3}\s?[:–-]\s?\d{1,3}"
_SCORE = re.compile(rf"{_SIDE}\s(?:[–—-]|vs?\.?)\s{_SIDE}[\s,:]\s?{_POINTS}(?:\s?\([^()]*\))?")


def is_score(text: str) -> bool:
    """Whether a line is two sides and then their points: "Ajax - PSV 2-1". With the points between them it
    may be a headline.
    """
    return len(text) <= MAX_CHARS and _SCORE.fullmatch(text) is not None
