"""What must not happen, case by case, and the figures and tables made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Value = str | float | int | None
SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing on one page. ``kind`` is what must not happen, ``details`` what is known of it, its words among it."""

    kind: str
    page: str
    details: Mapping[str, Value]

    def __str__(self) -> str:
        """One line: kind, page, and each detail by its name."""
        details = (f"{name} {_shortened(value)}" for name, value in self.details.items() if value is not None)
        return f"{self.kind}  {self.page}  " + "  ".join(details)


def _shortened(value: Value) -> str:
    return repr(value[:SHOWN_CHARS]) if isinstance(value, str) else str(value)


@dataclass(frozen=True, slots=True)
class Report:
    """What one part of a measure found. ``figures``: by table of ``floors.toml``, each a share that should be
    near 1.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Mapping[str, Mapping[str, float]]
    incidents: Sequence[Incident] = field(default_factory=tuple)


def counted(count: int, of: int) -> str:
    """A count, and its share in per cent: ``3 (0.44 %)``."""
    return f"{count} ({100 * count / of:.2f} %)" if of else str(count)


def share_without(count: int, of: int) -> float:
    """The share (0 to 1) of ``of`` that is none of ``count``; 1 where there is nothing."""
    return 1 - count / of if of else 1.0


def write_json(file: Path, reports: Iterable[Report]) -> None:
    """All figures and all incidents, one incident a line, so that two states can be compared line by line."""
    reports = list(reports)
    figures = {table: dict(of) for report in reports for table, of in report.figures.items()}
    incidents = [
        json.dumps({"kind": one.kind, "page": one.page, **one.details}, ensure_ascii=False)
        for report in reports
        for one in report.incidents
    ]
    head = json.dumps(figures, ensure_ascii=False, indent=1)
    file.write_text(f'{{"figures": {head},\n"incidents": [\n' + ",\n".join(incidents) + "\n]}\n", "utf-8")
