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
from typing import Any

import click

from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.config.option import Option
from copydesk.flows.config.run_options import options_of, run_options
from copydesk.flows.config.toml_places import TomlFile, read_utf8, toml_file
from copydesk.flows.errors import SettingsError, setting_errors

PREFIX = "COPYDESK_"
FILE_NAME = "copydesk.toml"
PROJECT_NAME = "pyproject.toml"
PROJECT_TABLE = "tool.copydesk"
RULE_KEY = "rule"
"""The tables of user-defined rules (``settings_tables.py``)."""
PLATFORMS_KEY = "platforms"
"""The files of user-defined platforms, relative to the folder of the settings (``settings_tables.py``)."""
GATE_KEY = "gate"
"""The table of conditions for storing a record (``settings_tables.py``)."""
VIEW_KEY = "view"
"""The tables of exports that a run keeps up to date (``exports/views.py``); the option ``views`` has texts."""

Defaults = dict[str, dict[str, Any]]
"""Command → parameter → value: click's default map."""


def load(commands: Mapping[str, click.Command], *, folder: Path, environment: Mapping[str, str]) -> Defaults:
    """The settings of the file by command, checked.

    Raises SettingsError for unknown keys and wrong values, with the key and its file and line, or the variable.
    """
    groups = {name: getattr(command, "commands", ()) for name, command in commands.items()}
    of_command = {name: _settings_of(name) for one, below in groups.items() for name in (one, *below)}
    options = {key: option for known in of_command.values() for key, option in known.items()}
    # also without a file: a misspelt variable would be ignored silently
    variables = [name for name in environment if name.startswith(PREFIX)]
    _check_keys(variables, map(variable, options), where=lambda _: "environment", prefix=PREFIX)
    file = read_file(folder)
    if file is None:
        return {}
    # before the keys are checked: `rules` is the table of a command, so `[[rules]]` would be a known key
    _check_headers(file)
    _check_keys(
        file.data, {RULE_KEY, PLATFORMS_KEY, GATE_KEY, VIEW_KEY, *commands, *options}, where=file.place
    )
    # a table beats a key above it
    defaults = {name: _table_of(file, name) for name in commands}
    for key, value in file.data.items():
        # `sources` is a command, and an option of other commands
        if key not in options or (key in commands and isinstance(value, dict)):
            continue
        read = _value(options[key], value, where=file.place)
        for name, below in groups.items():
            if key in of_command[name]:
                defaults[name].setdefault(key, read)
            # a group (`sources`): click wants the defaults of its commands one level deeper
            for inner in below:
                if key in of_command[inner]:
                    defaults[name].setdefault(inner, {})[key] = read
    return defaults


def variable(key: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + key.upper()


def _settings_of(command: str) -> dict[str, Option]:
    """The options of a command that a variable or the file may set."""
    return {option.name: option for option in options_of(command) if option.shown.is_setting}


def _check_keys(
    keys: Iterable[str], known: Iterable[str], *, where: Callable[[str], str], prefix: str = ""
) -> None:
    """``where``: returns the place of a wrong key. ``prefix``: what all keys begin with."""
    names = sorted(set(known))
    for key in keys:
        if key not in names:
            none = "there are no settings of this command"
            hint = suggestion(key, names, otherwise=none, prefix=prefix)
            raise SettingsError(f"{where(key)}: unknown key {key!r}; {hint}")


def _check_headers(file: TomlFile) -> None:
    """Refuses ``[[rules]]`` and ``[[views]]``, whose errors would mislead: a command and an option are called so."""
    for key, value in file.data.items():
        for meant in (RULE_KEY, VIEW_KEY):
            has_tables = isinstance(value, list) and any(isinstance(one, dict) for one in value)
            if key != meant and key.lower().startswith(meant) and has_tables:
                raise SettingsError(
                    f"{file.place(key)}: unknown tables [[{key}]]; did you mean [[{file.header(meant)}]]?"
                )


def read_file(folder: Path) -> TomlFile | None:
    """The settings in a folder; None if there are none. Raises SettingsError if the file cannot be read."""
    # copydesk.toml takes precedence: two files for one run would be hard to follow
    own, project = folder / FILE_NAME, folder / PROJECT_NAME
    # not is_file(): a folder of this name would be ignored silently
    if own.exists():
        return settings_in(FILE_NAME, _text(own))
    # most projects do not configure copydesk: their file need not be parsed
    if project.is_file() and b"copydesk" in project.read_bytes():
        return settings_in(PROJECT_NAME, _text(project))
    return None


def settings_in(name: str, text: str) -> TomlFile | None:
    """The settings in the text of a file of this name; None if there are none. Raises SettingsError."""
    file = toml_file(name, text)
    if name == FILE_NAME:
        return file
    # the file may mention copydesk only as a dependency
    table = file.data.get("tool", {}).get("copydesk")
    return TomlFile(name, text, table, PROJECT_TABLE) if isinstance(table, dict) else None


def _text(file: Path) -> str:
    with setting_errors(f"{file.name}: "):
        return read_utf8(file)


def _table_of(file: TomlFile, name: str) -> dict[str, Any]:
    """The values in the table of a command, by its name."""
    options, table = _settings_of(name), file.data.get(name, {})
    if not isinstance(table, dict):
        if any(name == option.name for option in run_options().values()):
            return {}  # `sources = ["seeds"]`
        raise SettingsError(f"{file.place(name)}: {name}: expected a table of settings")

    def place(key: str) -> str:
        return f"{file.place(key, table=name)}: {name}"

    _check_keys(table, options, where=place)
    return {key: _value(options[key], value, where=place) for key, value in table.items()}


def _value(option: Option, value: object, *, where: Callable[[str], str]) -> Any:
    """A value as it is read everywhere. ``where``: returns the place of a key."""
    with setting_errors(f"{where(option.name)}: {option.name}: "):
        if option.is_repeated != isinstance(value, list) and not option.has_words:
            raise ValueError(f"expected {'a list' if option.is_repeated else 'a single value'}")
        return option.read(value)
