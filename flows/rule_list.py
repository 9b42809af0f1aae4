"""``copydesk rules``: every rule with its reason and the cases that say what it means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import tomli

from cleaners import page_type, script_body
from cleaners.rules import RULES
from cleaners.types import Label

CASES = resources.files("cleaners") / "cases"
"""A file of cases a rule, named by its id."""


def rules_as_json() -> str:
    """All rules in the order they are asked, with their cases as they stand in the data."""
    listed = [
        {"id": rule_id, "label": label, "why": why, "cases": _cases(rule_id)}
        for rule_id, label, why in _rules()
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False)


def rules_as_text() -> str:
    """The same for people."""
    return "\n\n".join("\n".join(_lines(*rule)) for rule in _rules())


def _rules() -> Iterator[tuple[str, str, str]]:
    """Id, label and reason of each rule of blocks, then of those that speak of whole pages."""
    for rule in RULES:
        yield rule.id, rule.label, rule.why
    for rule_id, label in page_type.VERDICTS.items():
        yield rule_id, label, page_type.WHY
    yield script_body.RULE_ID, Label.DUPLICATE, script_body.WHY


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
