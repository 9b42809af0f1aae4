"""Errors on standard error; and that, or standard output, whose reader has left."""

from __future__ import annotations

import os
import select
import signal
import sys
from types import FrameType
from typing import IO, Any, TextIO

import click


def has_lost_its_reader(stream: TextIO | None) -> bool:
    """Whether a stream is a pipe, socket or terminal whose other end is closed; None is one that the shell closed."""
    if stream is None:
        return False
    asked = select.poll()
    try:
        asked.register(stream.fileno(), 0)  # nothing is waited for: that is told unasked
    except ValueError:  # it has no descriptor: it is closed, or another stands in its place
        return False
    return bool(asked.poll(0))


def forget(stream: TextIO) -> None:
    """Keeps Python from complaining at its end that what it still holds has no reader."""
    # not closed: at its end Python writes out what it holds, and to a closed file that is an error
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def hung_up(number: int, frame: FrameType | None) -> None:
    """Handles SIGHUP as Ctrl-C is handled. Raises KeyboardInterrupt."""
    # what is shown on the way out would be an error on a terminal that is gone
    for stream in (sys.stdout, sys.stderr):
        if has_lost_its_reader(stream):
            forget(stream)
    signal.default_int_handler(number, frame)


class ShownError(click.ClickException):
    """An error of ours, shown as a line and turned into its exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads the instance as well

    def show(self, file: IO[Any] | None = None) -> None:
        """On standard error; where nobody reads it, the exit code alone tells."""
        try:
            super().show(file)
        except BrokenPipeError:
            forget(sys.stderr)
