"""What class, id, role and itemprop words tell of an element: the kinds named in ``element_kinds.toml``."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

import tomli


def _load() -> dict[str, str]:
    return tomli.loads((Path(__file__).parent / "element_kinds.toml").read_text("utf-8"))


_PATTERNS = _load()
_WORD = re.compile("[a-z]{2,40}")

KINDS: tuple[str, ...] = tuple(_PATTERNS)
"""The kinds, in the order of the data file."""


@lru_cache(maxsize=16_384)  # the same words come again on every page of a site
def kinds_of(words: str) -> tuple[int, ...]:
    """The kinds (places in ``KINDS``) of an element with these words."""
    return tuple(sorted({kind for word in set(_WORD.findall(words)) for kind in _kinds_of_word(word)}))


@lru_cache(maxsize=65_536)  # sites share most of their words
def _kinds_of_word(word: str) -> tuple[int, ...]:
    if not _any().search(word):
        return ()
    return tuple(place for place, pattern in enumerate(_each()) if pattern.search(word))


@cache
def _any() -> re.Pattern[str]:
    """What tells of any kind: most words tell of none."""
    return re.compile("|".join(_PATTERNS.values()))


@cache
def _each() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, _PATTERNS.values()))
