"""``copydesk rules``: every rule with its reason and the cases that say what it means."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import tomli

from cleaners.rules import RULES

CASES = resources.files("cleaners") / "cases"
"""A file of cases a rule, named by its id."""


def rules_as_json() -> str:
    """All rules in the order they are asked, with their cases as they stand in the data."""
    listed = [
        {"id": rule.id, "label": rule.label, "why": rule.why, "cases": _cases(rule.id)} for rule in RULES
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False)


def rules_as_text() -> str:
    """The same for people."""
    return "\n\n".join("\n".join(_lines(rule.id, rule.label, rule.why)) for rule in RULES)


def _lines(rule_id: str, label: str, why: str) -> list[str]:
    return [f"{rule_id} → {label}", f"  {why}", *(f"  {_shown(case)}" for case in _cases(rule_id))]


def _shown(case: dict[str, Any]) -> str:
    rest = {key: value for key, value in case.items() if key != "text"}
    return f"{json.dumps(rest, ensure_ascii=False)} {case.get('text', '')!r}"


def _cases(rule_id: str) -> list[dict[str, Any]]:
    file = CASES / f"{rule_id}.toml"
    if not file.is_file():
        return []
    return list(tomli.loads(file.read_text("utf-8")).get("case", []))
