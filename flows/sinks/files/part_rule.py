"""When a store in parts begins a new one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from copydesk.flows.errors import SettingsError

# `500MB`, `1.5 GB`, `64MiB`; a number alone is bytes
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class PartRule(NamedTuple):
    """``size``: bytes of records, as lines of JSON, after which a part is full; ``by_day``: each day begins one."""

    size: int | None = None
    by_day: bool = False

    def __bool__(self) -> bool:
        return self.size is not None or self.by_day


def part_rule(size: str | None, by: str | None) -> PartRule:
    """The rule that ``--part-size`` and ``--part-by`` tell. Raises SettingsError for a size that is none."""
    return PartRule(None if size is None else size_of(size), by == "day")


def size_of(text: str) -> int:
    """The bytes that a text such as ``500MB`` stands for. Raises SettingsError."""
    found = _SIZE.fullmatch(text.strip())
    power = _POWERS[(found[2] or "").lower()] if found else 0
    size = int(float(found[1]) * (1024 if found[3] else 1000) ** power) if found else 0
    if size < 1:
        raise SettingsError(f"--part-size: expected a size such as 500MB, not {text!r}")
    return size


def name_of_part(number: int, rule: PartRule, suffix: str) -> str:
    """``000001.jsonl``, ``000002-2026-11-21.jsonl``: in the order in which parts were begun, whatever the rule."""
    day = f"-{today()}" if rule.by_day else ""
    return f"{number:06}{day}{suffix}"


def today() -> str:
    """The day, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d")
