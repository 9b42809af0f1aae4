"""Options of commands: those that may also come from the environment and the settings file, and those of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

import click

from copydesk.flows.config import settings
from copydesk.flows.config.run_options import RunOption, read_single, run_options
from copydesk.flows.exit_codes import EXIT_CODES
from copydesk.flows.terminal import echo

# \b has click leave the lines as they are
SETTINGS_NOTE = """\b
Options that show a variable may also be set by it, or (as jobs, for COPYDESK_JOBS) in copydesk.toml or
[tool.copydesk] of pyproject.toml in the current folder; an option on the command line wins.
"""
EPILOG = f"{SETTINGS_NOTE}\n{EXIT_CODES}"
"""The text below the options of a command with settings."""

Command = TypeVar("Command", bound=Callable[..., Any])


class _Setting(click.Option):
    """An option with a variable, which an error names only if the value comes from it."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        if ctx is None or ctx.get_parameter_source(str(self.name)) is click.core.ParameterSource.ENVIRONMENT:
            return super().get_error_hint(ctx)
        # click's hint for options without a variable
        return click.Parameter.get_error_hint(self, ctx)


def setting(*names: str, is_setting: bool = True, **attributes: Any) -> Callable[[Command], Command]:
    """An option that, if ``is_setting``, may also come from environment and settings file."""
    key = attributes.pop("key", names[0].removeprefix("--").replace("-", "_"))
    return click.option(
        *names,
        key,
        cls=_Setting,
        # a variable also marks the keys of the settings file (settings.py)
        envvar=settings.variable(key) if is_setting else None,
        show_envvar=is_setting,
        # a flag has no value that --help could show as its default
        show_default=attributes.get("default") is not None and not attributes.get("is_flag"),
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
    shown, type_ = option.shown, _type_of(option)
    if not option.flags:
        variable = settings.variable(option.name)
        return click.argument(option.name, nargs=-1, metavar=shown.metavar, envvar=variable, type=type_)
    attributes: dict[str, Any] = {"help": shown.help, "metavar": shown.metavar, "type": type_}
    if option.type is bool:
        attributes["is_flag"] = True
    # `--field body=html --field url=link`: click gathers them into a tuple
    if get_origin(option.type) is tuple:
        attributes["multiple"] = True
    # None is where it was not given
    elif option.default is not None:
        attributes["default"] = option.default
    return setting(*option.flags, key=option.name, is_setting=shown.is_setting, **attributes)


def _type_of(option: RunOption) -> click.ParamType[Any]:
    """The type for ``--help`` and shell completion; the model checks the values."""
    shown = option.shown
    if shown.choices:
        found: _OfTheModel = _Choice(shown.choices)
    elif option.type is bool:
        found = _Flag()
    elif option.type is Path:
        found = _Folder(path_type=Path)
    elif int in {option.type, *get_args(option.type)}:
        found = _Number(min=0)
    elif float in get_args(option.type):
        found = _Share()
    else:
        found = _Text()
    found.option = option
    return found


def number_option(
    name: str, text: str, *, least: int = 1, default: int | None = None, metavar: str = "N"
) -> Callable[[Command], Command]:
    """An option of one command: a whole number."""
    return click.option(
        name,
        type=click.IntRange(min=least),
        default=default,
        show_default=default is not None,
        metavar=metavar,
        help=text,
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


class Url(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click alone
    """The URL of a page: a scheme and a host are needed to resolve its links."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The URL as it was given."""
        try:
            parts = urlsplit(value)
            is_url = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:  # "http://[half"
            is_url = False
        if not is_url:
            self.fail(f"expected a URL such as https://example.org/news/1, not {value!r}", param, ctx)
        return value


class _OfTheModel(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click alone
    """Values are read by the model of the options, which has the error messages."""

    option: RunOption

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return read_single(self.option, value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Choice(_OfTheModel, click.Choice):  # type: ignore[type-arg]
    pass


class _Flag(_OfTheModel, click.types.BoolParamType):
    pass


class _Folder(_OfTheModel, click.Path):
    pass


class _Number(_OfTheModel, click.IntRange):
    pass


class _Share(_OfTheModel, click.types.FloatParamType):
    pass


class _Text(_OfTheModel, click.types.StringParamType):
    pass


def _show_version(ctx: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        from importlib import metadata

        echo(f"copydesk {metadata.version('copydesk')}")
        ctx.exit()


version_option = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)


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
