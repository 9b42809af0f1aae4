"""How a language builds its sentences: what its words alone do not tell.

Data in the table ``[grammar]`` of ``languages/xx.toml``. The keys are the fields of `Grammar`, and one that is left
out has the value that stands there::

    [grammar]
    verb_final = true
    object_particles = ["를", "을"]

Code asks for a key, never for a language (``tests/contracts/test_languages_are_data.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from copydesk.cleaners.errors import BadData


class Grammar(Struct, frozen=True):
    """The grammar of one language, as far as anything here asks for it."""

    verb_final: bool = False
    """The verb, and with it the person, ends the sentence; "by" and "about" follow their noun, and a relative clause
    stands before it: Japanese, Turkish.
    """
    subordinate_verb_final: bool = False
    """The verb ends subordinate clauses alone: "…, die von KI gemacht wurde"."""
    compounds: Literal["none", "open", "closed"] = "none"
    """How a noun before another says what kind of it is meant. ``open``: with a space between ("interview questions").
    ``closed``: written together, or with a hyphen, which folding makes a space ("KI-Experte"). ``none``: not by its
    place, or there is no space to tell where it ends.
    """
    relative_articles: bool = False
    """What opens relative clauses is an article elsewhere: "der, die, das"."""
    unmarked_relatives: bool = False
    """A sentence right before a noun is its relative clause, with no word or ending to say so: "AIが書いた作文"."""
    converb_orders: bool = False
    """The form that orders links a clause to the next one as well ("書いて"): it orders where a clause ends."""
    object_particles: tuple[str, ...] = ()
    """What marks the object of a verb, written behind it: "を"."""
    proclitics: bool = False
    """Short words are written together with the word that follows, in front: Arabic "and", "with", the article."""


def read_grammar(table: object, *, where: str) -> Grammar:
    """Checks a table ``[grammar]``. Raises BadData with ``where`` and the key at fault."""
    if not isinstance(table, Mapping):
        raise BadData(f"{where}: grammar must be a table")
    known = Grammar.__struct_fields__
    # a misspelt key would change nothing without a sound
    if unknown := set(table) - set(known):
        raise BadData(f"{where}: grammar: unknown key {min(unknown)!r}; known are {', '.join(sorted(known))}")
    for key, value in table.items():
        _check(key, value, where=f"{where}: grammar.{key}")
    return msgspec.convert(table, Grammar)


def _check(key: str, value: Any, *, where: str) -> None:
    try:
        msgspec.convert({key: value}, Grammar)
    except msgspec.ValidationError as error:
        raise BadData(f"{where}: {str(error).partition(' - at ')[0]}") from error
    if key == "object_particles" and not all(one.strip() for one in value):
        raise BadData(f"{where}: {value!r} holds no word")
