"""The user's own rules in the settings file, each in a table ``[[rule]]``; see
``copydesk.cleaners.rules.user_rules`` for its keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from copydesk.cleaners.rules.user_rules import BadRuleError, read_user_rule
from copydesk.cleaners.types import UserRule
from copydesk.flows.config.settings import RULE_KEY, SettingsFile, read_file
from copydesk.flows.errors import SettingsError


def user_rules(folder: Path) -> tuple[UserRule, ...]:
    """The user's own rules, checked, in the order of the file.

    Raises SettingsError with file, line and, where there is one, a suggestion.
    """
    found = read_file(folder)
    # the settings file is read anew: click was handed options alone
    tables = found.data.get(RULE_KEY, []) if found else []
    if found is None or not tables:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{found.place(RULE_KEY)}: {RULE_KEY}: expected tables [[{found.rule_header}]]")
    return tuple(_own_rule(found, number, tables) for number in range(len(tables)))


def _own_rule(found: SettingsFile, number: int, tables: Sequence[Mapping[str, Any]]) -> UserRule:
    try:
        rule = read_user_rule(tables[number])
    except BadRuleError as error:
        raise SettingsError(
            f"{found.place_of_rule(number, error.key)}: rule {_named(tables[number], number)}: {error}"
        ) from error
    # records and counts know a rule by its name: two of one could not be told apart
    if any(table.get("name") == rule.name for table in tables[:number]):
        raise SettingsError(
            f"{found.place_of_rule(number, 'name')}: rule {rule.name!r}: there is another one of this name"
        )
    return rule


def _named(table: Mapping[str, Any], number: int) -> str:
    # people count from 1
    return repr(table["name"]) if isinstance(table.get("name"), str) else str(number + 1)
