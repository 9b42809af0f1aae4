"""Settings from the environment and a file, checked before anything runs.

An option beats its variable ``COPYDESK_<NAME>``, which beats ``copydesk.toml`` (or, where there is
none, ``[tool.copydesk]`` in ``pyproject.toml``) in the current folder, which beats the default.
A key of the file holds for every command that has the option; one in a table named like a command,
for that command::

    jobs = 4
    [ingest]
    sources = ["seeds", "inbox"]

The same file contains the user's own rules, each in a table ``[[rule]]``::

    [[rule]]
    name = "kiosk-box"
    label = "ad"
    reason = "the paper's own kiosk"
    sites = ["example.org"]
    start = ["buy this issue"]
    css = ["aside.kiosk"]

A table ``[gate]`` has the conditions for storing a record, tables ``[[view]]`` the exports of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from copydesk.flows.config.toml_places import Places, at, read_toml, text_of
from copydesk.flows.suggestions import suggestion

PREFIX = "COPYDESK_"
FILE_NAME = "copydesk.toml"
PROJECT_NAME = "pyproject.toml"
PROJECT_TABLE = "tool.copydesk"
RULE_KEY = "rule"
"""The key of the user's own rules, which are no option of a command."""
PLATFORMS_KEY = "platforms"
"""The key of the user's own platforms: files, named from the folder of the settings."""
GATE_KEY = "gate"
"""The key of what records must be like to be stored, read by ``settings_tables``."""
VIEW_KEY = "view"
"""The key of what a run writes of its store, beside the option ``views``: ``exports/views.py`` reads it."""

Defaults = dict[str, dict[str, Any]]
"""Command to parameter to value: what click calls a default map."""


def load(commands: Mapping[str, click.Command], *, folder: Path, environment: Mapping[str, str]) -> Defaults:
    """The file's settings, a table a command, everything checked.

    Raises SettingsError, naming file and line, or variable, and the key, for unknown keys and values of the wrong kind.
    """
    # also where there is no file: a misspelt variable would be ignored without a word
    _check_variables(commands, environment)
    found = read_file(folder)
    if found is None:
        return {}
    data = found.data
    defaults: Defaults = {name: {} for name in commands}
    options = {key for command in commands.values() for key in _settable(command)}
    # names of commands are keys as well: they head tables
    known = {RULE_KEY, PLATFORMS_KEY, GATE_KEY, VIEW_KEY, *commands, *options}
    # before the keys: `rules` is a command too, so that `[[rules]]` is no unknown key
    _check_headers(data, found)
    _check_keys(data, known, where=found.place)
    for key, value in data.items():
        # `sources` is a command, and an option of others
        if key in commands and (key not in options or isinstance(value, dict)):
            _put_table(defaults[key], commands[key], value, file=found)
            continue
        for name, command in commands.items():
            if key in _settable(command):
                defaults[name].setdefault(key, _value(command, key, value, where=found.place))
            # `sources` is a group: its commands' defaults lie one level deeper, as click wants them
            for below, inner in getattr(command, "commands", {}).items():
                if key in _settable(inner):
                    defaults[name].setdefault(below, {})[key] = _value(inner, key, value, where=found.place)
    return defaults


def variable(key: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + key.upper()


def _settable(command: click.Command) -> dict[str, click.Parameter]:
    """The parameters that may come from elsewhere than the command line: those with a variable."""
    return {str(parameter.name): parameter for parameter in command.params if parameter.envvar}


def _check_variables(commands: Mapping[str, click.Command], environment: Mapping[str, str]) -> None:
    known = {variable(key) for command in commands.values() for key in _settable(command)}
    _check_keys(
        (name for name in environment if name.startswith(PREFIX)),
        known,
        where=lambda _: "environment",
        prefix=PREFIX,
    )


def _check_keys(
    keys: Iterable[str], known: Iterable[str], *, where: Callable[[str], str], prefix: str = ""
) -> None:
    """``where`` gives the place of a wrong key; ``prefix``: the beginning of all keys."""
    names = sorted(set(known))
    for key in keys:
        if key not in names:
            none = "there are no settings of this command"
            hint = suggestion(key, names, otherwise=none, prefix=prefix)
            raise _wrong(f"{where(key)}: unknown key {key!r}; {hint}")


def _check_headers(data: Mapping[str, Any], file: SettingsFile) -> None:
    """Tables headed ``[[rules]]`` or ``[[views]]``: others have these keys, and the usual advice would mislead."""
    for key, value in data.items():
        for meant in (RULE_KEY, VIEW_KEY):
            has_tables = isinstance(value, list) and any(isinstance(one, dict) for one in value)
            if key != meant and key.lower().startswith(meant) and has_tables:
                raise _wrong(
                    f"{file.place(key)}: unknown tables [[{key}]]; did you mean [[{file.header(meant)}]]?"
                )


class SettingsFile(NamedTuple):
    """The file that holds settings: its name for messages, the table's content, the file's own name and text, and how a
    table of a rule is headed in it.
    """

    where: str
    data: dict[str, Any]
    name: str
    text: str
    rule_header: str

    def place(self, key: str, *, table: str = "") -> str:
        """File and line of a key or table, below the table of a command where one is named."""
        line = Places(self.text).of_key(key, table=self.header(table))
        return self.where.replace(self.name, at(self.name, line), 1)

    def header(self, key: str) -> str:
        """How a table of this key is headed in the file."""
        # `tool.copydesk.rule` without its last part is the table of the settings
        return ".".join(filter(None, (self.rule_header.rpartition(".")[0], key)))

    def place_of_rule(self, number: int, key: str | None) -> str:
        """File and line of a rule, counted from 0, or of its key; of a rule written inline the file."""
        return self.place_of_table(self.rule_header, number, key)

    def place_of_table(self, header: str, number: int, key: str | None) -> str:
        """The same for any array of tables, by its header."""
        return at(self.name, Places(self.text).of([(header, number)], key))


def read_file(folder: Path) -> SettingsFile | None:
    """The file that holds settings, or None where there is none. Raises SettingsError where it cannot be read."""
    # copydesk.toml alone where both are there: two files that hold for one run would be hard to follow
    own, project = folder / FILE_NAME, folder / PROJECT_NAME
    # whatever it is: what cannot be read would be ignored without a word
    if own.exists():
        return settings_in(FILE_NAME, _text(own))
    # most projects do not configure copydesk: do not parse their file for nothing
    if project.is_file() and b"copydesk" in project.read_bytes():
        return settings_in(PROJECT_NAME, _text(project))
    return None


def settings_in(name: str, text: str) -> SettingsFile | None:
    """The settings in the text of a file of this name, or None where there are none. Raises SettingsError."""
    try:
        data = read_toml(text)
    except ValueError as error:  # no TOML, or a number of more digits than Python reads
        raise _wrong(f"{name}: {error}") from error
    if name == FILE_NAME:
        return SettingsFile(name, data, name, text, RULE_KEY)
    # copydesk may be named there as a dependency only
    table = data.get("tool", {}).get("copydesk")
    if not isinstance(table, dict):
        return None
    return SettingsFile(f"{name} [{PROJECT_TABLE}]", table, name, text, f"{PROJECT_TABLE}.{RULE_KEY}")


def _text(file: Path) -> str:
    try:
        return text_of(file)
    except ValueError as error:
        raise _wrong(f"{file.name}: {error}") from error


def _put_table(
    defaults: dict[str, Any], command: click.Command, table: object, *, file: SettingsFile
) -> None:
    name = str(command.name)
    if not isinstance(table, dict):
        raise _wrong(f"{file.place(name)}: {name}: expected a table of settings")

    def place(key: str) -> str:
        return f"{file.place(key, table=name)}: {name}"

    _check_keys(table, _settable(command), where=place)
    for key, value in table.items():
        defaults[key] = _value(command, key, value, where=place)


def _value(command: click.Command, key: str, value: object, *, where: Callable[[str], str]) -> Any:
    """A value as click wants it, checked by the option's own type. ``where`` gives the place of a key."""
    parameter = _settable(command)[key]
    # nargs -1: any number of arguments; multiple: an option that may be repeated
    is_list = parameter.nargs == -1 or getattr(parameter, "multiple", False)
    if is_list != isinstance(value, list):
        raise _wrong(f"{where(key)}: {key}: expected {'a list' if is_list else 'a single value'}")
    try:
        # click's own check, so that file and command line refuse the same values
        parameter.type_cast_value(click.Context(command, info_name=command.name), value)
    except click.BadParameter as error:
        # its first letter alone: the value that is quoted stays as it was written
        message = error.message[:1].lower() + error.message[1:].rstrip(".")
        raise _wrong(f"{where(key)}: {key}: {message}") from error
    return value


def _wrong(message: str) -> Exception:
    from copydesk.flows.errors import SettingsError

    return SettingsError(message)
