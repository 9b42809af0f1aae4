"""Pages for the measures of time and memory: real ones where there is a data folder, else composed ones."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.composed import compose_pages
from benchmarks.sets import Case, load, pick


def pages_for_timing(data: Path, *, count: int, seed: int = 0) -> tuple[list[Case], str]:
    """About ``count`` pages and, in words, where they come from."""
    if not data.is_dir():
        composed = [
            Case(
                id=f"composed-{place}", file=Path(), truth="", url=f"http://localhost/news/{place}", body=page
            )
            for place, page in enumerate(compose_pages(count))
        ]
        return composed, f"{len(composed)} composed pages"
    parts = (("wcxb", count - count // 2), ("fundus", count // 2))
    cases = [case for name, part in parts for case in pick(load(name, data), part, seed=seed)]
    random.Random(seed).shuffle(cases)  # noqa: S311 - no secret
    return cases, f"{len(cases)} pages of wcxb and fundus, seed {seed}"
