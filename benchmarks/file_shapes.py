"""Shapes of files of every kind, of queries and of filters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.file_kinds import KINDS, Kind
from benchmarks.page_shapes import Shape, listed
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.record_filter import record_filter
from copydesk.flows.library.search.words import parse_query

LARGER: Final = 8
"""How much larger an input is than a page: reading takes less time than cleaning."""


def file_shapes() -> Iterator[Shape]:
    """All of them; each has a name of its own."""
    for kind, shapes in listed()["files"].items():
        for before, unit, behind in shapes:
            yield Shape(f"{kind}: {before!r}, then {unit!r}", unit, "", before, behind, kind)
    for kind, units in listed()["expressions"].items():
        for unit in units:
            yield Shape(f"{kind} of {unit!r}", unit, before="", media=kind)


def _read_file(kind: Kind, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{kind.suffix}")
        path.write_text(text, "utf-8", newline="")
        kind.read(path)


def _refusing(read: Callable[[str], object], text: str) -> None:
    with suppress(SettingsError):
        read(text)


READERS: Final[Mapping[str, Callable[[str], None]]] = {
    **{name: partial(_read_file, kind) for name, kind in KINDS.items()},
    "query": partial(_refusing, parse_query),
    "filter": partial(_refusing, record_filter),
}
"""What reads the inputs that are no pages, by ``Shape.media``."""
