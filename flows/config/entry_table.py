"""One source of a list, as it stands there."""

from __future__ import annotations

from typing import Any

import msgspec

from copydesk.cleaners.types import UserRule
from copydesk.flows.config.source_entry import SourceEntry
from copydesk.flows.gates.gate import as_gate_table
from copydesk.flows.sources.opening.field_names import named_fields


def as_table(entry: SourceEntry) -> dict[str, Any]:
    """The keys of an entry that differ from their defaults, as they stand in a list; ``read_entry`` reads them back."""
    plain: dict[str, Any] = {}
    for field in msgspec.structs.fields(entry):
        value = getattr(entry, field.name)
        # name, kind and address stand in a list whatever they are
        if field.required or value != field.default:
            plain[field.name] = value
    if "headers" in plain:
        plain["headers"] = dict(entry.headers.written)
    if "fields" in plain:
        plain["fields"] = named_fields(entry.fields)
    if "gate" in plain:
        plain["gate"] = as_gate_table(entry.gate)
    if rules := plain.pop("rules", ()):
        plain["rule"] = [_rule_table(rule) for rule in rules]
    return plain


def _rule_table(rule: UserRule) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in msgspec.structs.asdict(rule).items()
        if value
    }
