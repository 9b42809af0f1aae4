"""Reads user-defined rules (``[[rule]]``), user-defined platforms (``platforms``), the gate (``[gate]``) and views
(``[[view]]``) from the settings file.

``copydesk.cleaners.rules.user_rules``, ``copydesk.cleaners.platforms.platform_files`` and
``copydesk.flows.config.gate`` define the keys of all but the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Struct

from copydesk.cleaners.options import Options
from copydesk.cleaners.platforms.platform_files import packaged, read_platform
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.suggestions import suggestion
from copydesk.cleaners.types import Platform, UserRule
from copydesk.cleaners.user_tables import BadKey, NonNegative, Positive, Reads, read_table
from copydesk.flows.config.gate import Gate
from copydesk.flows.config.settings import GATE_KEY, PLATFORMS_KEY, RULE_KEY, VIEW_KEY, read_file
from copydesk.flows.config.toml_places import TomlFile, read_toml, read_utf8, table_label
from copydesk.flows.errors import SettingsError, setting_errors
from copydesk.flows.formats.format_registry import known_format
from copydesk.flows.io.plug_ins import declared, loaded

GROUP = "copydesk.cleaners"
"""Entry points of packages with rules: lists of tables like those of the settings file."""


def user_rules(folder: Path) -> tuple[UserRule, ...]:
    """The user-defined rules, in the order of the settings file.

    Raises SettingsError with file, line and, if there is one, a suggestion.
    """
    # the file is read again: click gets only the options
    return rules_in(read_file(folder))


def rules_in(file: TomlFile | None) -> tuple[UserRule, ...]:
    """The user-defined rules of a settings file. Raises as ``user_rules`` does."""
    if file is None:
        return ()
    rules: dict[str, UserRule] = {}
    for number, table in enumerate(file.tables(RULE_KEY)):
        for rule in _rules_of_table(file, number, table):
            # records and counts identify a rule by its name
            if rule.name in rules:
                place = file.place_of_table(RULE_KEY, number, "from" if "from" in table else "name")
                raise SettingsError(f"{place}: rule {rule.name!r}: the name is already used")
            rules[rule.name] = rule
    return tuple(rules.values())


def _rules_of_table(file: TomlFile, number: int, table: Mapping[str, Any]) -> Iterator[UserRule]:
    """The rule that a table defines, or those of the installed package that it names: ``from = "NAME"``."""
    if "from" not in table:
        with file.errors_in(RULE_KEY, number, f"rule {table_label(table, number)}"):
            rule = read_user_rule(table)
        yield rule
        return
    name, place, known = table["from"], file.place_of_table(RULE_KEY, number, "from"), declared(GROUP)
    if len(table) > 1:
        raise SettingsError(
            f"{place}: from: the rules are the package's; leave out {', '.join(sorted(table.keys() - {'from'}))}"
        )
    if not isinstance(name, str):
        raise SettingsError(f"{place}: from: expected the name of an installed package's rules, not {name!r}")
    if name not in known:
        hint = suggestion(name, sorted(known), otherwise="no installed package has rules")
        raise SettingsError(f"{place}: from: no installed package has rules named {name!r}; {hint}")
    for at, one in enumerate(loaded("cleaner", known[name], (list, tuple), "list of rules")):
        with setting_errors(f"{place}: from {name!r}: rule {table_label(one, at)}: "):
            rule = read_user_rule(one)
        yield rule


def user_platforms(folder: Path) -> tuple[Platform, ...]:
    """The user-defined platforms, in the order of the settings file.

    Raises SettingsError with the file and, if there is one, a suggestion.
    """
    settings = read_file(folder)
    names = settings.data.get(PLATFORMS_KEY, []) if settings else []
    if settings is None or not names:
        return ()
    place = f"{settings.place(PLATFORMS_KEY)}: {PLATFORMS_KEY}"
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SettingsError(f'{place}: expected a list of files, such as ["my-cms.toml"]')
    platforms: dict[str, Platform] = {}
    known = {platform.name for platform in packaged()}
    for file in (folder / name for name in names):
        with setting_errors(f"{place}: {file.name}: "):
            platform = read_platform(read_toml(read_utf8(file)))
        if platform.name in known | platforms.keys():
            raise SettingsError(f"{place}: {file.name}: name: there is a platform {platform.name!r} already")
        platforms[platform.name] = platform
    return tuple(platforms.values())


class ViewTable(Struct, frozen=True):
    """A table ``[[view]]``."""

    format: Annotated[str, Reads(read=known_format)]
    to: str
    where: str | None = None
    limit: Annotated[Positive | None, Reads("a whole number, 1 or more")] = None
    all: bool = False
    title: bool | None = None
    chunk_size: Annotated[Positive | None, Reads("a whole number, 1 or more")] = None
    chunk_overlap: Annotated[NonNegative | None, Reads("a whole number, 0 or more")] = None
    feed_url: str | None = None
    index: str | None = None


def view_tables(file: TomlFile) -> list[ViewTable]:
    """The views of a settings file, whose places are not looked at. Raises SettingsError."""
    found: list[ViewTable] = []
    for number, table in enumerate(file.tables(VIEW_KEY, hint="; views is the list of texts")):
        with file.errors_in(VIEW_KEY, number, VIEW_KEY):
            found.append(read_table(table, ViewTable))
    return found


def cleaning_options(folder: Path, options: dict[str, Any], rules: Iterable[UserRule] = ()) -> Options:
    """How pages are cleaned with the settings in a folder, further rules, and those of these options that say so, which
    are taken out of them.

    Raises SettingsError, also for what in the settings is for runs alone.
    """
    gate_of(folder)
    if (file := read_file(folder)) is not None:
        view_tables(file)
    given = {name: options.pop(name) for name in Options.__struct_fields__ if name in options}
    own = {"user_rules": (*user_rules(folder), *rules), "platforms": user_platforms(folder)}
    with setting_errors(""):
        return Options(**given | own)


def gate_of(folder: Path) -> Gate:
    """The gate of the settings in a folder; without one, a gate that all records pass.

    Raises SettingsError with file, line and, if there is one, a suggestion.
    """
    file = read_file(folder)
    if file is None or GATE_KEY not in file.data:
        return Gate()
    table = file.data[GATE_KEY]
    if not isinstance(table, dict):
        header = file.header(GATE_KEY)
        raise SettingsError(f"{file.place(GATE_KEY)}: {GATE_KEY}: expected a table [{header}]")
    try:
        return read_table(table, Gate)
    except BadKey as error:
        place = file.place(error.key or "", table=GATE_KEY)
        raise SettingsError(f"{place}: {GATE_KEY}: {error}") from error
