"""``copydesk rules import``: site files of others as rules of one's own."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct, to_builtins

from copydesk.cleaners.types import UserRule
from copydesk.cleaners.user_tables import table_of
from copydesk.flows.config.settings_tables import user_rules
from copydesk.flows.config.site_files import Unsupported, read_site_files
from copydesk.flows.errors import SettingsError
from copydesk.flows.shortening import counted


class Imported(Struct, frozen=True):
    """The rules of site files that are not in the settings yet, and what became no rule."""

    rules: tuple[UserRule, ...]
    unsupported: tuple[Unsupported, ...]
    notes: int
    known: int
    """The number of rules that the settings have already."""


def read_for_settings(place: Path, folder: Path) -> Imported:
    """The rules of the site files at a place for the settings in a folder.

    Raises SettingsError if there are none, or the settings are wrong.
    """
    if not place.exists():
        raise SettingsError(f"{place}: no such file or folder")
    try:
        files = read_site_files(place)
    except OSError as error:
        raise SettingsError(f"{place}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not files.rules and not files.unsupported:
        raise SettingsError(f"{place}: has no site files, such as example.org.txt")
    names = {rule.name for rule in user_rules(folder)}
    new = tuple(rule for rule in files.rules if rule.name not in names)
    return Imported(new, files.unsupported, files.notes, len(files.rules) - len(new))


def as_json(imported: Imported) -> str:
    """The rules as tables, and by file and line what became none."""
    shown = {
        "rules": [table_of(rule) for rule in imported.rules],
        "unsupported": to_builtins(imported.unsupported),
        "notes": imported.notes,
        "known": imported.known,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def summary(imported: Imported) -> str:
    """What came of it, in one line."""
    parts = [f"{counted(len(imported.rules), 'rule')} of site files"]
    if imported.known:
        parts.append(f"{imported.known:,} left out, whose names the settings have already")
    if imported.unsupported:
        parts.append(f"{counted(len(imported.unsupported), 'line or file', 'lines and files')} not supported")
    if imported.notes:
        parts.append(f"{counted(imported.notes, 'line')} only for tests (test_url)")
    return "; ".join(parts)
