"""What a command writes beside its data (``-q``, ``-v``), its errors, and streams whose reader has left."""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, TextIO, TypeVar

import click

from copydesk.flows.shortening import counted
from copydesk.flows.terminal import TIMES_A_SECOND, progress

if TYPE_CHECKING:
    from copydesk.cleaners.schema import Record

Command = TypeVar("Command", bound=Callable[..., Any])
_SIGNAL_SECONDS = 1.0
"""How long a signal may go unnoticed while input is waited for."""


class Verbosity(IntEnum):
    """How much a command writes to standard error. Errors are always written."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


def verbosity_options(quiet: str, verbose: str = "") -> Callable[[Command], Command]:
    """Adds ``-q`` and, with a help text for it, ``-v``; the command gets the parameter ``verbosity``."""

    def option(short: str, long: str, help_: str, chosen: Verbosity) -> Callable[[Command], Command]:
        def choose(ctx: click.Context, _: click.Parameter, is_given: bool) -> None:
            before = ctx.params.setdefault("verbosity", Verbosity.NORMAL)
            if is_given and before not in (Verbosity.NORMAL, chosen):
                raise click.UsageError("-q and -v exclude each other: give one of the two")
            ctx.params["verbosity"] = chosen if is_given else before

        # not exposed: the two become one parameter
        return click.option(short, long, is_flag=True, expose_value=False, help=help_, callback=choose)

    def decorate(command: Command) -> Command:
        if verbose:
            command = option("-v", "--verbose", verbose, Verbosity.VERBOSE)(command)
        return option("-q", "--quiet", quiet, Verbosity.QUIET)(command)

    return decorate


@contextmanager
def progress_shown(
    verbosity: Verbosity, line: Callable[[], str], *, patience_seconds: float = 0.0
) -> Iterator[None]:
    """Shows ``line`` again and again, once so much time has passed, where standard error is a terminal and may."""
    if verbosity is Verbosity.QUIET or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    ended = threading.Event()

    def show() -> None:
        # in a thread of its own, also while the work waits for a server
        ended.wait(patience_seconds)
        while not ended.wait(1 / TIMES_A_SECOND):
            progress(line())

    shows = threading.Thread(target=show, daemon=True)
    shows.start()
    try:
        yield
    finally:
        ended.set()
        shows.join()
        progress("")


def record_line(record: Record, verbosity: Verbosity) -> str | None:
    """The line about a record for this verbosity, if any."""
    # here, so that --help need not load them
    from copydesk.cleaners.word_count import count_words
    from copydesk.flows.commands.advice import line_about

    if verbosity is Verbosity.QUIET and record.status != "failed":
        return None
    line = line_about(record)
    if line is not None or verbosity is not Verbosity.VERBOSE:
        return line
    # a record of a thousand pages a minute: counts, no text
    words, removed = count_words(record.text), len(record.removed)
    reason = f" ({record.reason})" if record.reason else ""
    name = record.url or record.source.name
    return (
        f"{name}: {record.status}{reason}: {counted(words, 'word')} kept, {counted(removed, 'block')} removed"
    )


def table(rows: Sequence[Sequence[str]], *, right: Container[int] = ()) -> Iterator[str]:
    """The lines of a table, its columns as wide as their cells need; ``right``: numbers of right-aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


class _InterruptibleFile(io.FileIO):
    """A file whose reading a signal always ends.

    Python handles signals between its own instructions. One that comes after the last of them and before the system
    begins to read, or that the system hands to another thread, is noticed only when the reading is over; input that
    is still open may never end it.
    """

    def readinto(self, buffer: Any) -> int | None:
        while not select.select([self], [], [], _SIGNAL_SECONDS)[0]:
            pass
        return super().readinto(buffer)

    # that of FileIO reads by itself
    readall = io.RawIOBase.readall


def interruptible(stream: TextIO) -> TextIO:
    """An input stream that nobody has read from yet, and that stays open, as one whose reading a signal always ends."""
    raw = _InterruptibleFile(stream.fileno(), closefd=False)
    return io.TextIOWrapper(io.BufferedReader(raw), stream.encoding, stream.errors)


def has_lost_its_reader(stream: TextIO | None) -> bool:
    """Whether a stream is a pipe, socket or terminal whose other end is closed; None is a stream the shell closed."""
    if stream is None:
        return False
    poll = select.poll()
    try:
        poll.register(stream.fileno(), 0)  # no events: a closed other end is reported anyway
    except ValueError:  # it has no descriptor: it is closed, or replaced
        return False
    return bool(poll.poll(0))


def forget(stream: TextIO) -> None:
    """Keeps Python from complaining at its end that buffered output has no reader."""
    # not closed: at its end Python flushes the stream, and flushing a closed file is an error
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def hung_up(number: int, frame: FrameType | None) -> None:
    """Handles SIGHUP as Ctrl-C is handled. Raises KeyboardInterrupt."""
    # output on the way out would be an error on a terminal that is gone
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
        """On standard error; without a reader, the exit code is the only sign."""
        try:
            super().show(file)
        except BrokenPipeError:
            forget(sys.stderr)
