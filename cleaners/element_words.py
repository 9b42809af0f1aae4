"""What class, id, role and itemprop words tell of an element: the kinds named in ``element_words.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path


def _load() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "element_words.toml").read_text("utf-8"))
    return {kind: re.compile(pattern) for kind, pattern in data.items()}


_PATTERNS = _load()
KINDS: tuple[str, ...] = tuple(_PATTERNS)
"""The kinds, in the order of the data file."""
_NONE = (0.0,) * len(KINDS)


@lru_cache(maxsize=8192)  # the same words come again on every page of a site
def kinds_of(words: str) -> tuple[float, ...]:
    """For each of ``KINDS``, 1.0 where an element with these words is of the kind."""
    if not words:
        return _NONE
    return tuple(1.0 if pattern.search(words) else 0.0 for pattern in _PATTERNS.values())
