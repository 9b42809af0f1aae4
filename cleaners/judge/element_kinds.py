"""What class, id, role, itemprop and rel words tell of an element: the kinds named in ``element_kinds.toml``."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import tomli
from msgspec import Struct

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lru_of_short import lru_of_short


class _Parts(Struct, frozen=True):
    """The parts of words that tell of one kind: whole words, beginnings, ends, parts anywhere; beginnings
    that do not.
    """

    whole: frozenset[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    anywhere: tuple[str, ...]
    no_starts: tuple[str, ...]

    def are_in(self, word: str) -> bool:
        """Whether a word is of the kind."""
        if word in self.whole or any(part in word for part in self.anywhere):
            return True
        if word.startswith(self.no_starts):
            return False
        return word.startswith(self.starts) or word.endswith(self.ends)


_FORMS = re.compile(r"\^?[a-z]+\$?|!\^[a-z]+")  # `nav`, `^ad$`, `^post`, `pages$`; `!^poster`


def _parts_of(kind: str, parts: str) -> _Parts:
    told = parts.split()
    for part in told:
        if not _FORMS.fullmatch(part):
            # asked at import: a slip in the data file is not met on some page only
            raise BadData(f"element_kinds.toml: {kind}: {part!r} is no part of a word")
    return _Parts(
        whole=frozenset(part[1:-1] for part in told if part[0] == "^" and part[-1] == "$"),
        starts=tuple(part[1:] for part in told if part[0] == "^" and part[-1] != "$"),
        ends=tuple(part[:-1] for part in told if part[-1] == "$" and part[0] != "^"),
        anywhere=tuple(part for part in told if part.isalpha()),
        no_starts=tuple(part[2:] for part in told if part.startswith("!^")),
    )


_KINDS = {
    kind: _parts_of(kind, parts)
    for kind, parts in tomli.loads((Path(__file__).parent / "element_kinds.toml").read_text("utf-8")).items()
}
_WORD = re.compile("[a-z]{2,40}")

KINDS: tuple[str, ...] = tuple(_KINDS)
"""The kinds, in the order of the data file."""


@lru_of_short(maxsize=16_384)  # the same words come again on every page of a site
def kinds_of(words: str) -> tuple[int, ...]:
    """The kinds (places in ``KINDS``) of an element with these words."""
    return tuple(sorted(kinds_in(words)))


def kinds_in(text: str) -> set[int]:
    """The kinds the words of any text tell of; what is said once need not be remembered."""
    return {kind for word in set(_WORD.findall(text)) for kind in _kinds_of_word(word)}


@lru_cache(maxsize=65_536)  # sites share most of their words
def _kinds_of_word(word: str) -> tuple[int, ...]:
    return tuple(place for place, parts in enumerate(_KINDS.values()) if parts.are_in(word))
