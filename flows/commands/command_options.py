"""Options of commands: those that may also come from the environment and the settings file, and those of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import click

from copydesk.flows.config import settings
from copydesk.flows.config.run_options import RunOption, run_options

Command = TypeVar("Command", bound=Callable[..., Any])


def setting(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """An option that may also come from environment and settings file."""
    key = attributes.pop("key", names[0].removeprefix("--").replace("-", "_"))
    return click.option(
        *names,
        key,
        # a variable also marks what a settings file may hold (settings.py)
        envvar=settings.variable(key),
        show_default=attributes.get("default") is not None,
        **attributes,
    )


def options_of_a_run(*names: str) -> Callable[[Command], Command]:
    """Some options of `IngestOptions`, in the order of ``--help``."""
    known = run_options()

    def decorate(command: Command) -> Command:
        for name in reversed(names):  # as decorators are read, from below
            command = _as_click(known[name])(command)
        return command

    return decorate


def _as_click(option: RunOption) -> Callable[[Command], Command]:
    shown, variable = option.shown, settings.variable(option.name)
    if not shown.flags:
        return click.argument(option.name, nargs=-1, metavar=shown.metavar, envvar=variable)
    attributes = _attributes(option)
    # a flag has no value that --help could show as its default
    if shown.is_setting and option.type is not bool:
        return setting(*shown.flags, key=option.name, **attributes)
    return click.option(
        *shown.flags, option.name, envvar=variable if shown.is_setting else None, **attributes
    )


def _attributes(option: RunOption) -> dict[str, Any]:
    shown = option.shown
    found: dict[str, Any] = {"help": shown.help, "metavar": shown.metavar}
    if shown.choices:
        return found | {"type": click.Choice(shown.choices), "default": option.default}
    if option.type is bool:
        return {"help": shown.help, "is_flag": True, "default": option.default}
    if option.type is Path:
        return found | {"type": click.Path(path_type=Path), "default": option.default}
    # `--field body=html --field url=link`: click gathers them into a tuple
    if get_origin(option.type) is tuple:
        return found | {"multiple": True}
    # `int | None` is a number as well: None is where it was not given
    if int in {option.type, *get_args(option.type)}:
        return found | {"type": click.IntRange(min=shown.least)}
    return found
