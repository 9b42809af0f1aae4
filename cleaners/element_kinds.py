"""What class, id, role and itemprop words tell of an element: the kinds named in ``element_kinds.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path


def _load() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "element_kinds.toml").read_text("utf-8"))
    return {kind: re.compile(pattern) for kind, pattern in data.items()}


_PATTERNS = _load()
_WORD = re.compile("[a-z]{2,40}")

KINDS: tuple[str, ...] = tuple(_PATTERNS)
"""The kinds, in the order of the data file."""


@lru_cache(maxsize=16_384)  # the same words come again on every page of a site
def kinds_of(words: str) -> frozenset[int]:
    """The kinds (places in ``KINDS``) of an element with these words."""
    return frozenset().union(*(_kinds_of_word(word) for word in _WORD.findall(words)))


@lru_cache(maxsize=65_536)  # sites share most of their words
def _kinds_of_word(word: str) -> frozenset[int]:
    return frozenset(place for place, pattern in enumerate(_PATTERNS.values()) if pattern.search(word))
