"""What is printed for people. Names of files and texts of pages may hold what a terminal obeys: it is shown instead."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import click

from copydesk.cleaners.patterns import lazy_pattern

_OBEYED = (
    # controls but tab and line feed; line ends of Unicode; what turns the direction of writing
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
    # no mark within a text; tags, which are invisible; halves of characters
    "\\ufeff\\U000e0000-\\U000e007f\\ud800-\\udfff]"
)
# set by hand: faster flickers, slower looks as if it had stopped
TIMES_A_SECOND = 4
"""How often progress is shown anew."""
_ERASE = "\x1b[K"  # from the cursor to the end of its line
_ANY = lazy_pattern(_OBEYED)
_ANY_BUT_COLOUR = lazy_pattern(rf"(?!\x1b\[[0-9;]*m){_OBEYED}")


def shown(text: str, *, keeps_colour: bool = False) -> str:
    """``text`` with the escapes of JSON in place of what a terminal obeys, so that JSON stays what it is.

    ``keeps_colour``: colours are our own; what is quoted between them has come through here before.
    """
    return (_ANY_BUT_COLOUR if keeps_colour else _ANY).sub(lambda found: json.dumps(found[0])[1:-1], text)


def echo(text: str, *, err: bool = False, keeps_colour: bool = False) -> None:
    """Prints a line. Commands print everything by this but the records that other programs read."""
    # progress may stand there
    erase = _ERASE if err and sys.stderr is not None and sys.stderr.isatty() else ""
    click.echo(erase + shown(text, keeps_colour=keeps_colour), err=err)


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


def styled(text: str, **style: Any) -> str:
    """``text`` as ``shown``, in colours of ours as of ``click.style``; to be printed by ``echo``, which keeps them."""
    return click.style(shown(text), **style) if style else shown(text)


def progress(line: str) -> None:
    """Shows ``line`` on the terminal that standard error is, until ``echo`` prints there; "" takes it away.

    The cursor stays at its beginning, so that what is printed next stands in its place.
    """
    import wcwidth  # here: most commands show none

    try:  # of standard error: the data may go to a file
        cells = os.get_terminal_size(sys.stderr.fileno()).columns - 1
    except OSError:  # it has been closed
        return
    sys.stderr.write(f"{_ERASE}{wcwidth.clip(shown(line), 0, cells)}\r")
    sys.stderr.flush()


@contextmanager
def shown_errors() -> Iterator[None]:
    """Passes click's messages of errors through ``shown``, in one line: they quote the command line."""
    try:
        yield
    # no error, and in releases of click before 8.2 no exception
    except getattr(click.exceptions, "NoArgsIsHelpError", ()):
        raise
    except click.UsageError as error:
        text = error.format_message()
        if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
            # as of other errors: first the option that is wrong, then what is expected of it
            text = f"{error.param.opts[0]}: {error.message}" if error.param else error.message
        line = " ".join(shown(text).split()).removesuffix(".")
        is_of_parser = isinstance(error, (click.NoSuchOption, click.MissingParameter, click.BadOptionUsage))
        is_hinted = line.endswith("?") or not is_of_parser
        see = f"; see {error.ctx.command_path} --help" if error.ctx and not is_hinted else ""
        # without a context click shows no lines on usage
        raise click.UsageError(line + see) from error
    except click.ClickException as error:
        error.message = shown(error.message)  # type: ignore[misc]  # it is read when it is shown
        raise
