"""The gate of all sources, in the table ``[gate]`` of the settings file; see ``copydesk.flows.gates.gate``."""

from __future__ import annotations

from pathlib import Path

from copydesk.flows.config.settings import GATE_KEY, SettingsFile, read_file
from copydesk.flows.errors import SettingsError
from copydesk.flows.gates.gate import BadGateError, Gate, read_gate


def gate_of(folder: Path) -> Gate:
    """The gate of the settings in a folder, checked; one that all records pass where there is none.

    Raises SettingsError with file, line and, where there is one, a suggestion.
    """
    found = read_file(folder)
    if found is None or GATE_KEY not in found.data:
        return Gate()
    table = found.data[GATE_KEY]
    if not isinstance(table, dict):
        raise SettingsError(f"{found.place(GATE_KEY)}: {GATE_KEY}: expected a table [{_header(found)}]")
    try:
        return read_gate(table)
    except BadGateError as error:
        raise SettingsError(f"{_place(found, error.key)}: {GATE_KEY}: {error}") from error


def _place(found: SettingsFile, key: str) -> str:
    """File and line of a key; of one in an inline table that of the table."""
    place = found.place(key, table=GATE_KEY)
    return found.place(GATE_KEY) if place == found.where else place


def _header(found: SettingsFile) -> str:
    return ".".join(filter(None, (found.rule_header.rpartition(".")[0], GATE_KEY)))
