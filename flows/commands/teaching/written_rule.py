"""A user's own rule as it stands in the settings file, and how it gets there."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import msgspec

from copydesk.cleaners.rules.user_rules import BadRuleError, read_user_rule
from copydesk.cleaners.types import UserRule
from copydesk.flows.config.settings import FILE_NAME, RULE_KEY, read_file
from copydesk.flows.config.toml_places import read_toml
from copydesk.flows.config.user_rules import user_rules
from copydesk.flows.errors import EnvironmentFault, SettingsError


def as_toml(rule: UserRule, *, header: str = RULE_KEY) -> str:
    """The table of a rule, read back as that rule. Raises SettingsError where there can be no such rule."""
    table = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in msgspec.to_builtins(rule).items()
        if value
    }
    # what JSON writes of texts and lists of texts is TOML, but for this control
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    written = "\n".join((f"[[{header}]]", *lines, "")).replace("\x7f", "\\u007f")
    try:
        read_user_rule(table)
        read_toml(written)
    except (BadRuleError, ValueError) as error:
        raise SettingsError(f"no rule can be made of it: {error}") from error
    return written


def append_rule(folder: Path, rule: UserRule) -> str:
    """Adds a rule at the end of the settings file, which is made where there is none; returns its name.

    Nothing else in it is touched. Raises SettingsError where the file is wrong, or has its rules inline,
    EnvironmentFault where it cannot be written; it is then as it was.
    """
    found = read_file(folder)
    path = folder / (found.name if found else FILE_NAME)
    added = as_toml(rule, header=found.rule_header if found else RULE_KEY)
    before = user_rules(folder)
    try:
        # appended, not written anew: comments, order and line breaks stay
        with path.open("a+b") as file:
            # of two that add at once the second comes after the first
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            content = file.read()
            gap = b"" if not content else b"\n" if content.endswith(b"\n") else b"\n\n"
            _check(content + gap + added.encode(), path)
            try:
                file.write(gap + added.encode())
                file.flush()
                os.fsync(file.fileno())
                if len(user_rules(folder)) <= len(before):
                    raise SettingsError(f"{path}: the rule is not read back from it; add it by hand")
            except (OSError, SettingsError):
                # half a table would leave the settings unreadable
                os.ftruncate(file.fileno(), len(content))
                if found is None:
                    path.unlink()
                raise
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise EnvironmentFault(f"{path}: cannot be written: {problem}; nothing was added") from error
    return path.name


def _check(content: bytes, path: Path) -> None:
    try:
        read_toml(content.decode("utf-8"))
    except ValueError as error:
        raise SettingsError(f"{path}: its rules are written inline; make them tables [[rule]]") from error
