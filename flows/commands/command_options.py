"""Options of commands: those that may also come from the environment and the settings file, and those of a run."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from copydesk.flows.config import settings
from copydesk.flows.config.option import MOST, Option
from copydesk.flows.config.run_options import options_of
from copydesk.flows.exit_codes import EXIT_CODES
from copydesk.flows.io.extras import HAS_FLOWS, ExtraOfValue

# \b has click leave the lines as they are
SETTINGS_NOTE = """\b
Options that show a variable may also be set by it, or (as jobs, for COPYDESK_JOBS) in copydesk.toml or
[tool.copydesk] of pyproject.toml in the current folder; an option on the command line wins.
"""
EPILOG = f"{SETTINGS_NOTE}\n{EXIT_CODES}"
"""The text below the options of a command with settings."""

ON_FILES = ("clean", "explain", "teach")
"""Commands that the smaller installation has for files; what they need beyond, they name."""

GIVEN = "copydesk.given"
"""Where the context has the options of the command that is run, also after its end."""

Command = TypeVar("Command", bound=Callable[..., Any])


class _Offered(click.Parameter):
    """An option or argument whose values are read by the model, which has the error messages."""

    def __init__(self, *args: Any, option: Option, **attributes: Any) -> None:
        self._read = option.read
        super().__init__(*args, **attributes)

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        ctx.meta[GIVEN] = ctx.params
        # in some releases of click an `Enum` stands for what was not given
        if value is None or isinstance(value, Enum):
            return super().type_cast_value(ctx, value)
        try:
            return self._read(value)
        except ValueError as error:
            # the command says that it needs the larger installation, which has this, too
            if isinstance(error, ExtraOfValue) and not HAS_FLOWS and ctx.info_name not in ON_FILES:
                return ()
            is_of_variable = ctx.get_parameter_source(str(self.name)) is ParameterSource.ENVIRONMENT
            place = f"environment: {self.envvar}" if is_of_variable else (*self.opts, str(self.name))[0]
            raise click.UsageError(f"{place}: {error}", ctx) from error


class _OfferedOption(_Offered, click.Option):
    pass


class _OfferedArgument(_Offered, click.Argument):
    pass


def options_for(command: str) -> Callable[[Command], Command]:
    """Adds the options that the model has for a command, above those that follow."""

    def decorate(function: Command) -> Command:
        for option in reversed(options_of(command)):  # as decorators are read, from below
            function = _as_click(option)(function)
        return function

    return decorate


def _as_click(option: Option) -> Callable[[Command], Command]:
    shown = option.shown
    attributes: dict[str, Any] = {
        "metavar": shown.metavar,
        "type": _shown_type(option),
        "envvar": settings.variable(option.name) if shown.is_setting else None,
        "required": shown.is_required,
    }
    if not option.flags:
        return click.argument(option.name, option=option, cls=_OfferedArgument, nargs=-1, **attributes)
    if option.is_repeated:
        # `--field body=html --field url=link`: click gathers them into a tuple
        attributes["multiple"] = True
    elif option.default is not None:
        attributes |= {"default": option.default, "show_default": option.default not in (True, False, ())}
    if option.type is bool:
        attributes["is_flag"] = True
    return click.option(
        *option.flags,
        option.name,
        option=option,
        cls=_OfferedOption,
        help=shown.help,
        show_envvar=shown.is_setting,
        **attributes,
    )


def _shown_type(option: Option) -> click.ParamType[Any] | None:
    """The type for ``--help`` and shell completion."""
    if option.choices:
        return click.Choice(option.choices)
    types = {
        bool: click.BOOL,
        Path: click.Path(path_type=Path),
        int: click.IntRange(option.shown.least, None if option.shown.most == MOST else option.shown.most),
        float: click.FLOAT,
    }
    return types.get(option.kind, click.STRING)


summary_as_json = click.option(
    "--json", "is_json", is_flag=True, help="Print the summary as a line of JSON to standard output."
)


def format_options(command: Command) -> Command:
    """Adds ``--format text|json`` and its short form ``--json``; the command gets the parameter ``is_json``."""

    def choose(ctx: click.Context, _: click.Parameter, value: str | bool) -> None:
        ctx.params["is_json"] = ctx.params.get("is_json", False) or value in (True, "json")

    # not exposed: the two become one parameter
    json = click.option(
        "--json", is_flag=True, expose_value=False, callback=choose, help="The same as --format json."
    )
    shape = click.option(
        "--format",
        type=click.Choice(["text", "json"]),
        default="text",
        expose_value=False,
        callback=choose,
        help="For people or programs.",
    )
    return shape(json(command))


def formats_that_begin_so(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """The export formats for shell completion, looked up only then."""
    from copydesk.flows.formats.format_registry import format_names

    return [name for name in format_names() if name.startswith(typed)]


class CommandGroup(click.Group):
    """Commands of which an unknown one is an error in one line, with what may have been meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, with the arguments after it. Raises UsageError with a suggestion."""
        name = args[0]
        # click reports unknown options; shell completion gets no error
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"no such command: {name}; {self.hint(ctx, name)}")

    def hint(self, ctx: click.Context, name: str) -> str:
        """What a user may have meant by a command that there is not."""
        from copydesk.cleaners.suggestions import suggestion

        return suggestion(name, self.list_commands(ctx))
