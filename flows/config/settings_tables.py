"""Tables of the settings file: the user's own rules (``[[rule]]``) and platforms (``platforms``), and the gate of all
sources (``[gate]``).

``copydesk.cleaners.rules.user_rules``, ``copydesk.cleaners.platforms.platform_files`` and ``copydesk.flows.gates.gate``
define their keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from copydesk.cleaners.platforms.platform_files import BadPlatformError, packaged, read_platform
from copydesk.cleaners.rules.user_rules import BadRuleError, read_user_rule
from copydesk.cleaners.types import Platform, UserRule
from copydesk.flows.config.settings import GATE_KEY, PLATFORMS_KEY, RULE_KEY, SettingsFile, read_file
from copydesk.flows.config.toml_places import read_toml, text_of
from copydesk.flows.errors import SettingsError
from copydesk.flows.gates.gate import BadGateError, Gate, read_gate
from copydesk.flows.io.plug_ins import declared, loaded
from copydesk.flows.suggestions import suggestion

GROUP = "copydesk.cleaners"
"""The group of entry points by which packages bring rules: lists of tables as those of the settings file."""


def user_rules(folder: Path) -> tuple[UserRule, ...]:
    """The user's own rules, checked, in the order of the file.

    Raises SettingsError with file, line and, where there is one, a suggestion.
    """
    # the settings file is read again: click only got options
    return rules_in(read_file(folder))


def rules_in(found: SettingsFile | None) -> tuple[UserRule, ...]:
    """The user's own rules in a settings file. Raises as ``user_rules`` does."""
    tables = found.data.get(RULE_KEY, []) if found else []
    if found is None or not tables:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{found.place(RULE_KEY)}: {RULE_KEY}: expected tables [[{found.rule_header}]]")
    rules: dict[str, UserRule] = {}
    for number, table in enumerate(tables):
        for rule in (
            _rules_from(found, number, table) if "from" in table else (_own_rule(found, number, table),)
        ):
            # records and counts identify a rule by its name
            if rule.name in rules:
                place = found.place_of_rule(number, "from" if "from" in table else "name")
                raise SettingsError(f"{place}: rule {rule.name!r}: the name is already used")
            rules[rule.name] = rule
    return tuple(rules.values())


def _own_rule(found: SettingsFile, number: int, table: Mapping[str, Any]) -> UserRule:
    try:
        return read_user_rule(table)
    except BadRuleError as error:
        place = found.place_of_rule(number, error.key)
        raise SettingsError(f"{place}: rule {rule_name(table, number)}: {error}") from error


def _rules_from(found: SettingsFile, number: int, table: Mapping[str, Any]) -> Iterator[UserRule]:
    """The rules of an installed package, in place of a table ``from = "NAME"``."""
    name, place, known = table["from"], found.place_of_rule(number, "from"), declared(GROUP)
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
        try:
            yield read_user_rule(one)
        except BadRuleError as error:
            raise SettingsError(f"{place}: from {name!r}: rule {rule_name(one, at)}: {error}") from error


def user_platforms(folder: Path) -> tuple[Platform, ...]:
    """The user's own platforms, checked, in the order of the settings file.

    Raises SettingsError with the file and, where there is one, a suggestion.
    """
    found = read_file(folder)
    names = found.data.get(PLATFORMS_KEY, []) if found else []
    if found is None or not names:
        return ()
    place = f"{found.place(PLATFORMS_KEY)}: {PLATFORMS_KEY}"
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SettingsError(f'{place}: expected a list of files, such as ["my-cms.toml"]')
    platforms: list[Platform] = []
    for file in (folder / name for name in names):
        try:
            platform = read_platform(read_toml(text_of(file)))
        except (BadPlatformError, ValueError) as error:  # also where it cannot be read, or is no TOML
            raise SettingsError(f"{place}: {file.name}: {error}") from error
        platforms.append(platform)
    known = [platform.name for platform in packaged()]
    for name, platform in zip(names, platforms, strict=True):
        if platform.name in known:
            raise SettingsError(f"{place}: {name}: name: there is a platform {platform.name!r} already")
        known.append(platform.name)
    return tuple(platforms)


def rule_name(table: Mapping[str, Any], number: int) -> str:
    """The name of a table in quotes, else its number, counted from 1."""
    return repr(table["name"]) if isinstance(table.get("name"), str) else str(number + 1)


def gate_of(folder: Path) -> Gate:
    """The gate of the settings in a folder, checked; without one, a gate that all records pass.

    Raises SettingsError with file, line and, where there is one, a suggestion.
    """
    found = read_file(folder)
    if found is None or GATE_KEY not in found.data:
        return Gate()
    table = found.data[GATE_KEY]
    if not isinstance(table, dict):
        header = found.header(GATE_KEY)
        raise SettingsError(f"{found.place(GATE_KEY)}: {GATE_KEY}: expected a table [{header}]")
    try:
        return read_gate(table)
    except BadGateError as error:
        place = found.place(error.key, table=GATE_KEY)
        # a key of an inline table has no line of its own: that of the table
        place = found.place(GATE_KEY) if place == found.where else place
        raise SettingsError(f"{place}: {GATE_KEY}: {error}") from error
