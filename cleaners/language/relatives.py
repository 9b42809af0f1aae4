"""Close relatives among languages, and the words and letters that tell them apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
import tomli
from msgspec import Struct

from copydesk.cleaners.errors import BadData

_FILE = Path(__file__).with_name("pairs.toml")
# set by hand: worth 9 of log-odds (`weights.BY_SIGN`); with more a long text would be told by signs alone
_MOST_SIGNS = 6


class Relative(Struct, frozen=True, forbid_unknown_fields=True):
    """A language told by words and letters (in lower case) from close relatives (``against``), or from all
    others where none is named; and what it is measured by where a voice does not know it (``like``).
    """

    words: frozenset[str]
    letters: str = ""
    against: tuple[str, ...] = ()
    like: tuple[str, ...] = ()

    def signs(self, sample: str) -> int:
        """How many words and letters of the sample, in lower case, tell the language; up to some."""
        # a word counts each time it stands there, a letter once: one name with ł would count again and again
        told = sum(word in self.words for word in sample.split())
        return min(_MOST_SIGNS, told + sum(letter in sample for letter in self.letters))


@cache
def relatives() -> Mapping[str, Relative]:
    """The languages of ``pairs.toml``. Raises BadData where the file is wrong."""
    try:
        found = msgspec.convert(tomli.loads(_FILE.read_text("utf-8")), dict[str, Relative])
    except (OSError, tomli.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadData(f"{_FILE.name}: {error}") from error
    return found


@cache
def relatives_of(code: str) -> frozenset[str]:
    """The language itself and its close relatives."""
    # both ways, since the file may name a pair under one of the two alone
    mine = relatives()[code].against if code in relatives() else ()
    return frozenset((code, *mine, *(name for name, one in relatives().items() if code in one.against)))


@cache
def rivals_of(code: str) -> frozenset[str]:
    """The languages whose signs count where ``code`` is the likeliest: its relatives and those told from all others."""
    return relatives_of(code) | {name for name, one in relatives().items() if not one.against}
