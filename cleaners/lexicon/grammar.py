"""How a language builds its sentences: what its words alone do not tell.

Data in the table ``[grammar]`` of ``languages/xx.toml``. The keys are the fields of `Grammar`, and one that is left
out has the value that stands there::

    [grammar]
    verb_final = true
    noun_compounds = true

Code asks for a key, never for a language (``tests/contracts/test_languages_are_data.py``).
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from copydesk.cleaners.errors import BadData


class Grammar(Struct, frozen=True, forbid_unknown_fields=True):
    """The grammar of one language, as far as anything here asks for it."""

    verb_final: bool = False
    """The verb, and with it the person, ends the sentence; "by" and "about" follow their noun, and a relative clause
    stands before it: Japanese, Turkish.
    """
    subordinate_verb_final: bool = False
    """The verb ends subordinate clauses alone: "…, die von KI gemacht wurde"."""
    noun_compounds: bool = False
    """A noun right before another says what kind of it is meant: "interview questions", and "KI-Experte", whose hyphen
    is folded into a space.
    """
    relative_articles: bool = False
    """What opens relative clauses is an article elsewhere: "der, die, das"."""
    unmarked_relatives: bool = False
    """A sentence right before a noun is its relative clause, with no word or ending to say so: "AIが書いた作文"."""
    converb_orders: bool = False
    """The form that orders links a clause to the next one as well ("書いて"): it orders where a clause ends."""
    proclitics: bool = False
    """Short words are written together with the word that follows, in front: Arabic "and", "with", the article."""


def read_grammar(table: object, *, where: str) -> Grammar:
    """Checks a table ``[grammar]``. Raises BadData with ``where`` and the key at fault."""
    try:
        return msgspec.convert(table, Grammar)
    except msgspec.ValidationError as error:
        raise BadData(f"{where}: grammar: {error}") from error
