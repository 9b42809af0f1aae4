"""Reads values of options from the command line, a file, Prefect's form or Python.

All readers raise ValueError; their callers add the option and the place to the message.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from copydesk.flows.shortening import shortened


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


def read_integer(value: object, *, most: int) -> int:
    """A whole number from 0 to ``most``, or a text of one."""
    number = value
    if isinstance(value, str):
        with suppress(ValueError):
            number = int(value)
    # bool is a subclass of int
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise expected("a whole number, 0 or more", value)
    if number > most:
        raise expected(f"a whole number, {most} or less", value)
    return number


def read_share(value: object) -> float:
    """A number from 0 to 1, or a text of one."""
    number = value
    if isinstance(value, str):
        with suppress(ValueError):
            number = float(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= 1:
        raise expected("a number from 0 to 1, such as 0.8", value)
    return float(number)


def positive_integer(what: str) -> Callable[[object], int]:
    """Makes a reader of integers, 1 or more, in TOML; its error says ``expected {what}``."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"expected {what}")
        return value

    return read


def nonnegative_number(what: str, *, most: float = math.inf) -> Callable[[object], float]:
    """Makes a reader of numbers from 0 to ``most`` in TOML; its error says ``expected {what}``."""

    def read(value: object) -> float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # by way of text: float() of an integer with 400 digits raises, of its text it returns infinity
        if not is_number or not math.isfinite(number := float(str(value))) or not 0 <= number <= most:
            raise ValueError(f"expected {what}")
        return number

    return read


def read_folder(value: object) -> Path:
    """The path of a folder."""
    text = read_text(value)
    # Path("") is the current folder
    if not text or "\0" in text:
        raise expected("a folder", value)
    return Path(text)


def read_text(value: object) -> str:
    """A text; in TOML it may be written as a number or a date."""
    if value is not None and not isinstance(value, (bool, list, tuple, dict)):
        # `max_failures = 5`, `since = 2026-11-01`
        with suppress(ValueError):  # a number with more digits than Python converts
            return str(value)
    raise expected("text", value)


def expected(what: str, value: object, *, meant: str = "") -> ValueError:
    """The error of a wrong value: ``expected {what}, not {value}``, with a suggestion if ``meant`` is one."""
    text = shortened(value)
    # repr() of a text that is invisible or has line breaks
    shown = text if text.strip() and text.isprintable() else repr(text)
    return ValueError(f"expected {what}, not {shown}" + (f"; did you mean {meant}?" if meant else ""))
