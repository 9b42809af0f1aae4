"""``--mask``, ``--keep`` and ``--drop``: which text of a page is in a record."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.errors import SettingsError, setting_errors
from copydesk.flows.io.extras import install

if TYPE_CHECKING:
    from copydesk.flows.sources.opening.field_names import FieldNames

# both as in cleaners, which --help need not load
KINDS = ("email", "phone")
OPTIONAL = ("standfirst", "faq", "live", "embed", "sidebar", "infobox", "hatnote", "reference")
"""The labels that options keep in the text or drop."""
SEPARATED_BY_COMMAS = frozenset({"keep", "drop", "mask"})
"""Options with several values in one text; a settings file may have a list of them."""


def read_mask(text: str | None) -> tuple[str, ...]:
    """The kinds in the option, separated by commas; none if it is not given. Raises SettingsError."""
    named = _named(text)
    for kind in named:
        if kind not in KINDS:
            raise SettingsError(f"--mask: unknown kind {kind!r}; {suggestion(kind, KINDS)}")
    if "phone" in named and find_spec("phonenumbers") is None:
        raise SettingsError(f"--mask phone needs phonenumberslite: {install('masks')}")
    return tuple(kind for kind in KINDS if kind in named)


def read_policy(keep: str | None, drop: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels kept in the text and those dropped, each separated by commas. Raises SettingsError."""
    kept, dropped = _labels("--keep", keep), _labels("--drop", drop)
    if both := [label for label in kept if label in dropped]:
        raise SettingsError(f"--keep and --drop: {both[0]} is in both")
    return kept, dropped


def read_field_option(pairs: Iterable[str]) -> FieldNames:
    """The names of fields from ``--field``, each ``field=name``. Raises SettingsError in one line."""
    # here, so that --help need not load it
    from copydesk.flows.sources.opening.field_names import parse_field_names

    with setting_errors("--field "):
        return parse_field_names(pairs)


def _labels(option: str, text: str | None) -> tuple[str, ...]:
    named = _named(text)
    for label in named:
        if label not in OPTIONAL:
            from copydesk.cleaners.types import KEPT, Label  # as above

            problem = f"unknown label {label!r}"
            if label in list(Label):
                problem = f"{label} is always {'in' if label in KEPT else 'outside'} the text"
            # so few are listed whatever is like them: “foo” is near to “infobox” by its letters alone
            raise SettingsError(f"{option}: {problem}; labels with a choice are {', '.join(OPTIONAL)}")
    return tuple(label for label in OPTIONAL if label in named)


def _named(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(part.strip() for part in text.split(","))
