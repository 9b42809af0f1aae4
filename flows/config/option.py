"""An option: its name, type and default, how it is offered, and how its values are read, wherever they are written."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from pkgutil import resolve_name
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin

import click
from msgspec import Struct

from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.suggestions import closest
from copydesk.flows.shortening import shortened

# `500MB`, `1.5 GB`, `64MiB`; a number alone is bytes
_SIZE = lazy_pattern(r"(\d{1,12}(?:\.\d{1,12})?)\s*(?:([kmgt]?)(i?)b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


MOST = 1_000_000_000
"""Set by hand: more than any run has pages, and no number that Python's iterators refuse."""


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """How an option is offered, as ``options.toml`` has it.

    ``at``: the commands that have it. ``flags``: its names on the command line, if not just its own. ``choices``: the
    only values, where its type does not name them; ``instead``: a group of entry points, and the error for a name of
    that. ``least``, ``most``: of numbers. ``check``: ``module:function`` of ``copydesk.flows`` that raises ValueError
    for a wrong value, loaded only with a value. ``is_setting``: allowed in the settings file and as a variable.
    ``is_required``: the command does nothing without it.
    """

    help: str
    at: tuple[str, ...]
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    instead: tuple[str, str] = ("", "")
    least: int = 0
    most: int = MOST
    check: str | None = None
    is_setting: bool = True
    is_required: bool = False
    is_argument: bool = False


class Option(NamedTuple):
    """An option: its name, type and default, and how it is offered."""

    name: str
    type: Any
    default: Any
    shown: Shown

    @property
    def flags(self) -> tuple[str, ...]:
        """Its names on the command line; none for an argument."""
        if self.shown.is_argument:
            return ()
        return self.shown.flags or (f"--{self.name.replace('_', '-')}",)

    @property
    def kind(self) -> Any:
        """The type, None aside."""
        alternatives = get_args(self.type)
        return alternatives[0] if NoneType in alternatives else self.type

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values, if there are such."""
        return self.shown.choices or (get_args(self.kind) if get_origin(self.kind) is Literal else ())

    @property
    def is_cleaning(self) -> bool:
        """Whether it is one of ``Options``."""
        return self.name in Options.__struct_fields__

    @property
    def has_words(self) -> bool:
        """Whether its values are words in one text, separated by commas; a file may have a list of them."""
        return get_origin(self.type) is tuple and self.is_cleaning

    @property
    def is_repeated(self) -> bool:
        """Whether it may be given several times, each time with a text."""
        return get_origin(self.type) is tuple and not self.is_cleaning

    def read(self, value: object) -> Any:
        """A value as programs have it. Raises ValueError, whose message names neither option nor place."""
        if value is None and NoneType in get_args(self.type):
            return None
        if self.is_repeated:
            if not isinstance(value, (list, tuple)):
                raise expected("a list of texts", value)
            read: Any = tuple(map(self._one, value))
        else:
            read = words_of(value) if self.has_words else self._one(value)
        if self.shown.check and read != self.default:
            resolve_name(f"copydesk.flows.{self.shown.check}")(read)
        if self.is_cleaning:
            try:
                given: dict[str, Any] = {self.name: read}
                return getattr(Options(**given), self.name)
            except ValueError as error:
                raise ValueError(str(error).removeprefix(f"{self.name}: ")) from error
        return read

    def _one(self, value: object) -> Any:
        if self.choices:
            return self._choice(value)
        if self.kind is bool:
            return read_bool(value)
        if self.kind in (int, float):
            return self._number(value)
        if self.shown.check and isinstance(value, (int, float, date)) and not isinstance(value, bool):
            # `max_failures = 5`, `since = 2026-11-01`: whether it is right is for the check to say
            with suppress(ValueError):  # a number with more digits than Python converts
                value = str(value)
        if self.kind is not Path:
            if not isinstance(value, str):
                raise expected("a text in quotation marks", value)
            return value
        if not isinstance(value, (str, Path)):
            raise expected("the path of a folder in quotation marks", value)
        # Path("") is the current folder
        if not str(value) or "\0" in str(value):
            raise expected("a folder", value)
        return Path(value)

    def _choice(self, value: object) -> str:
        choices, (group, instead) = self.choices, self.shown.instead
        if value in choices:
            return str(value)
        if group:
            from importlib.metadata import entry_points  # here, so that --help need not load it

            if isinstance(value, str) and value in entry_points(group=group).names:
                raise ValueError(instead.format(value))
        listed = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
        raise expected(listed, value, meant=closest(shortened(value), choices))

    def _number(self, value: object) -> float:
        is_share = self.kind is float
        least, most = (0, 1) if is_share else (self.shown.least, self.shown.most)
        number: float | None = None
        # as text: true is no number, and 2.5 no whole one
        with suppress(ValueError):
            number = self.kind(str(value))
        if number is not None and least <= number <= most:
            return number
        if is_share:
            raise expected("a number from 0 to 1, such as 0.8", value)
        bound = f"{least} or more" if number is None or number < least else f"{most} or less"
        raise expected(f"a whole number, {bound}", value)


def words_of(value: object) -> tuple[str, ...]:
    """The words of a text that are separated by commas, or of a list; none of None."""
    if value is None:
        return ()
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        raise expected("words separated by commas", value)
    return tuple(word.strip() for word in words)


def read_bool(value: object) -> bool:
    """True or false, or a text that click accepts for one of them."""
    if isinstance(value, bool):
        return value
    text = shortened(value).strip()
    # some releases of click read an empty text as false; no user means that
    if text:
        with suppress(click.BadParameter):
            return bool(click.BOOL.convert(text, None, None))
    raise expected("true or false", value)


def read_size(text: str) -> int:
    """The bytes of a size such as ``500MB``."""
    found = _SIZE.fullmatch(text.strip())
    power = _POWERS[(found[2] or "").lower()] if found else 0
    size = int(float(found[1]) * (1024 if found[3] else 1000) ** power) if found else 0
    if size < 1:
        raise expected("a size such as 500MB", text)
    return size


def expected(what: str, value: object, *, meant: str = "") -> ValueError:
    """The error of a wrong value: ``expected {what}, not {value}``, with a suggestion if ``meant`` is one."""
    text = shortened(value)
    # repr() of a text that is invisible or has line breaks
    shown = text if text.strip() and text.isprintable() else repr(text)
    return ValueError(f"expected {what}, not {shown}" + (f"; did you mean {meant}?" if meant else ""))
