"""What class, id, role, itemprop and rel words tell of an element: the kinds named in ``element_kinds.toml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import tomli

from copydesk._core.names import WordNumbers
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.string_index import StringIndex
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern


class _Part(NamedTuple):
    """What a part of a word tells: the kind (a place in ``KINDS``), and how."""

    kind: int
    match: Literal["surely", "at a border", "not"]
    """``not``: a word that begins so is of the kind for no other beginning or end."""


_FORMS = lazy_pattern(r"\^?[a-z]+\$?|!\^[a-z]+")  # `nav`, `^ad$`, `^post`, `pages$`; `!^poster`


def _parts_of(kind: str, parts: str, place: int) -> Iterator[tuple[str, _Part]]:
    """Each part of one kind as it occurs in a word between ``^`` and ``$``, and what it shows."""
    for part in parts.split():
        if not _FORMS.fullmatch(part):
            # checked at import: a slip in the data file is not met on some page only
            raise BadData(f"element_kinds.toml: {kind}: {part!r} is no part of a word")
        if part[0] == "!":
            yield part[1:], _Part(place, "not")
        else:
            # a whole word or a part that may stand anywhere
            is_sure = (part[0] == "^") is (part[-1] == "$")
            yield part, _Part(place, "surely" if is_sure else "at a border")


class ElementKinds:
    """The parts of all kinds, looked for at once: each address of a page has words that no page had before."""

    def __init__(self, data: Mapping[str, str]) -> None:
        """``data``: by kind, its parts. Raises BadData where one is no part of a word."""
        self.names = tuple(data)
        parts = [one for place, kind in enumerate(data) for one in _parts_of(kind, data[kind], place)]
        self._parts = [part for _, part in parts]
        self._index = StringIndex(part for part, _ in parts)

    def of_word(self, word: str) -> frozenset[int]:
        """The kinds (places in ``names``) a word is of."""
        parts = [self._parts[number] for _, number in self._index.places(f"^{word}$")]
        excepted = {part.kind for part in parts if part.match == "not"}
        return frozenset(
            part.kind
            for part in parts
            if part.match == "surely" or (part.match == "at a border" and part.kind not in excepted)
        )


_PACKAGED = ElementKinds(tomli.loads((Path(__file__).parent / "element_kinds.toml").read_text("utf-8")))
_MOST_LETTERS = 40
_NAME = lazy_pattern("[a-z0-9_-]{2,40}")  # `entry-tags`, as authors of pages know it
QUOTED_FROM = 1_500
"""Characters of an element's words in which a name is looked for: no page can make quoting one dear."""

KINDS: tuple[str, ...] = _PACKAGED.names
"""The kinds, in the order of the data file."""
WORD_KINDS = WordNumbers(_PACKAGED.of_word, len(KINDS), _MOST_LETTERS)
"""The kinds of words; sites share most of their words, which are looked up once."""


kinds_of = WORD_KINDS.find
"""The kinds (places in ``KINDS``) of an element with these words."""


def names_in(words: str) -> list[str]:
    """The names in an element's words or an address, each in a line and of bounded length; in an order that does not
    depend on that of attributes.
    """
    return sorted(set(_NAME.findall(words[:QUOTED_FROM])))


@lru_cache_short_text(maxsize=16_384)  # as those of kinds_of
def name_of_kind(words: str, kind: str) -> str | None:
    """The first name in these words that tells of a kind, None where none does."""
    place = KINDS.index(kind)
    if place not in kinds_of(words[:QUOTED_FROM]):
        return None
    return next((name for name in names_in(words) if place in kinds_of(name)), None)
