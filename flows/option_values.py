"""Values of options, read from the command line, a file, Prefect's form or Python.

Each raises ValueError in words that name neither option nor place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from copydesk.flows.shortening import shortened


def read_truth(value: object) -> bool:
    """True or false, also as text."""
    if isinstance(value, bool):
        return value
    text = shortened(value).strip()
    # an empty text is false to some releases of click; no user means that
    if text:
        with suppress(click.BadParameter):
            # in click's words, as in environment variables
            return bool(click.BOOL.convert(text, None, None))
    raise expected("true or false", value)


def read_number(value: object, *, least: int, most: int) -> int:
    """A whole number within bounds, also as text."""
    number = value
    if isinstance(value, str):
        with suppress(ValueError):
            number = int(value)
    # True is a number to Python, but no user means it
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise expected(f"a whole number, {least} or more", value)
    if number > most:
        raise expected(f"a whole number, {most} or less", value)
    return number


def count_of(what: str) -> Callable[[object], int]:
    """A reader of a whole number, 1 or more, of a file that has numbers."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"expected {what}")
        return value

    return read


def number_of(what: str, *, most: float = math.inf) -> Callable[[object], float]:
    """A reader of a number, 0 or more, of a file that has numbers."""

    def read(value: object) -> float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # by way of text: float() of an integer with 400 digits raises, of its text it is infinite
        if not is_number or not math.isfinite(number := float(str(value))) or not 0 <= number <= most:
            raise ValueError(f"expected {what}")
        return number

    return read


def read_folder(value: object) -> Path:
    """The path of a folder."""
    text = read_text(value)
    # of an empty name pathlib makes the current folder
    if not text or "\0" in text:
        raise expected("a folder", value)
    return Path(text)


def read_text(value: object) -> str:
    """A text, also where it was written as a number."""
    if value is not None and not isinstance(value, (bool, list, tuple, dict)):
        # a number or a date of a settings file as well: `max_failures = 5`, `since = 2026-11-01`
        with suppress(ValueError):  # a number of more digits than Python writes
            return str(value)
    raise expected("text", value)


def expected(what: str, value: object, *, meant: str = "") -> ValueError:
    """The error of a value that is not what it must be."""
    text = shortened(value)
    # what cannot be seen, or would break the line, as Python writes it
    shown = text if text.strip() and text.isprintable() else repr(text)
    return ValueError(f"expected {what}, not {shown}" + (f"; did you mean {meant}?" if meant else ""))
