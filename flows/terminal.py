"""What is printed for people. Names of files and texts of pages may hold what a terminal obeys: it is shown instead."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from copydesk.cleaners.patterns import lazy_pattern

if TYPE_CHECKING:
    from rich.console import Console

_OBEYED = (
    # controls but tab and line feed; line ends of Unicode; what turns the direction of writing
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
    # no mark within a text; tags, which are invisible; halves of characters
    "\\ufeff\\U000e0000-\\U000e007f\\ud800-\\udfff]"
)
_ANY = lazy_pattern(_OBEYED)
_ANY_BUT_COLOUR = lazy_pattern(rf"(?!\x1b\[[0-9;]*m){_OBEYED}")


def shown(text: str, *, keeps_colour: bool = False) -> str:
    """``text`` with the escapes of JSON in place of what a terminal obeys, so that JSON stays what it is.

    ``keeps_colour``: colours are our own; what is quoted between them has come through here before.
    """
    return (_ANY_BUT_COLOUR if keeps_colour else _ANY).sub(lambda found: json.dumps(found[0])[1:-1], text)


def echo(text: str, *, err: bool = False, keeps_colour: bool = False) -> None:
    """Prints a line. Commands print everything by this but the records that other programs read."""
    click.echo(shown(text, keeps_colour=keeps_colour), err=err)


class ShownStream(io.BufferedIOBase):
    """A stream of UTF-8 text into a terminal, written as ``echo`` prints."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self._output.flush()

    def write(self, data: Any) -> int:
        # line ends of CSV: a carriage return by itself is obeyed
        self._output.write(shown(self._decode(written := bytes(data)).replace("\r\n", "\n")).encode())
        return len(written)


def tell(line: str) -> None:
    """Prints a line beside the data, as a warning."""
    echo(line, err=True)


def echo_check(line: str, *, is_ok: bool) -> None:
    """Prints what was found of something that is checked."""
    mark = click.style("ok  ", fg="green") if is_ok else click.style("FAIL", fg="red")
    echo(f"{mark} {shown(line)}", keeps_colour=True)


def console(**settings: Any) -> Console:
    """A console of rich's that prints as ``echo`` does."""
    # here: it takes long to load, and most commands need none
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class Shown(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else segment._replace(text=shown(segment.text))

    return Shown(**settings)


@contextmanager
def shown_errors() -> Iterator[None]:
    """Passes click's messages of errors through ``shown``: they quote the command line."""
    try:
        yield
    except click.ClickException as error:
        error.message = shown(error.message)  # type: ignore[misc]  # it is read when it is shown
        raise
