"""How much a command says beside its data: ``-q`` and ``-v``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import click

from copydesk.flows.terminal import echo

if TYPE_CHECKING:
    from copydesk.cleaners.schema import Record

Command = TypeVar("Command", bound=Callable[..., Any])


class Talk(IntEnum):
    """How much is said on standard error. Errors always are."""

    QUIET = 0
    USUAL = 1
    VERBOSE = 2


def talk_options(quiet: str, verbose: str = "") -> Callable[[Command], Command]:
    """Adds ``-q`` and, where there is more to say, ``-v``, with these helps; the command is given ``talk``."""

    def decorate(command: Command) -> Command:
        def choose(talk: Talk) -> Callable[[click.Context, click.Parameter, bool], None]:
            def chosen(ctx: click.Context, _: click.Parameter, is_given: bool) -> None:
                usual = ctx.params.setdefault("talk", Talk.USUAL)
                if is_given and usual not in (Talk.USUAL, talk):
                    raise click.UsageError("-q says less, -v says more: give one of the two")
                ctx.params["talk"] = talk if is_given else usual

            return chosen

        if verbose:
            command = _flag("-v", "--verbose", verbose, choose(Talk.VERBOSE))(command)
        return _flag("-q", "--quiet", quiet, choose(Talk.QUIET))(command)

    return decorate


def _flag(short: str, long: str, help_: str, callback: Callable[..., None]) -> Callable[[Command], Command]:
    # not exposed: the two become one parameter
    return click.option(short, long, is_flag=True, expose_value=False, help=help_, callback=callback)


def shows_progress(talk: Talk) -> bool:
    """Whether a line that moves may be shown on standard error."""
    return talk is not Talk.QUIET and sys.stderr is not None and sys.stderr.isatty()


def warn(line: str) -> None:
    """Says what costs no exit code and is to be seen."""
    echo(line, err=True)


def told_of(record: Record, talk: Talk) -> str | None:
    """The line to say about a record, if any."""
    from copydesk.flows.commands.advice import line_about  # here, so that --help need not load it

    if talk is Talk.QUIET:
        return None
    line = line_about(record)
    if line is not None or talk is not Talk.VERBOSE:
        return line
    # a record of a thousand pages a minute: counts, no text
    words, cut = len(record.text.split()), len(record.removed)
    reason = f" ({record.reason})" if record.reason else ""
    name = record.url or record.source.name
    return f"{name}: {record.status}{reason}: {words:,} words kept, {cut:,} block{'s' * (cut != 1)} removed"
