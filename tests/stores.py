"""Libraries and views of this machine, as tests open them; the fixtures ``kind``, ``sink`` and ``place`` go through
both databases.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from killed_runs import KillableRun, killable_runs
from postgres import Server

from copydesk.flows.errors import SettingsError
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.io.sinks import DATABASE_SINKS, sink_names
from copydesk.flows.library.place import StoreLocation, view_of_run
from copydesk.flows.library.reading import FileRecords, LibraryRecords

EVERY_SINK = {name: (name, {}) for name in sink_names()} | {
    # a record is some 1,000 bytes: two or three a part
    "jsonl in parts": ("jsonl", {"part_size": "2kB", "part_by": "day"}),
    "parquet in parts": ("parquet", {"part_size": "3kB"}),
    "jsonl.zst in parts": ("jsonl.zst", {"part_size": "1.5kB"}),
}
"""What is written and how, by what tests call it."""


@pytest.fixture(params=["jsonl", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """A key of ``EVERY_SINK``: each database once. That all views show it is one test (``test_every_view``)."""
    return str(request.param)


@pytest.fixture
def sink(kind: str) -> str:
    """The name of its sink."""
    return EVERY_SINK[kind][0]


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> StoreLocation:
    """Where it writes to: there is nothing yet."""
    return place_for(kind, tmp_path / kind, request)


@pytest.fixture(scope="session")
def killable_run() -> Iterator[KillableRun]:
    with killable_runs() as run:
        yield run


def place_for(kind: str, folder: Path, request: pytest.FixtureRequest) -> StoreLocation:
    """Where a sink is to write: a folder, and a database of its own where it needs one."""
    _, options = EVERY_SINK[kind]
    place = StoreLocation(folder, **options)
    if kind != "postgresql":
        return place
    server: Server = request.getfixturevalue("postgresql")
    database = f"test_{next(_numbers)}"
    server.asked(f"CREATE DATABASE {database}")
    return place._replace(database=server.url(database))


_numbers = count()


def lines(place: StoreLocation) -> list[bytes]:
    """The records of a library."""
    try:
        return list(LibraryRecords(place.folder, place.database).lines())
    except SettingsError:  # no run has made the library yet
        return []


def shown(sink: str, place: StoreLocation) -> list[bytes] | None:
    """What readers of the view see; None where the library is the view."""
    if sink in DATABASE_SINKS:
        return None
    view = view_of_run(sink, place)
    assert view is not None
    return list(FileRecords(view.path, sink).lines())


def emptied(place: StoreLocation) -> None:
    shutil.rmtree(place.folder, ignore_errors=True)
    if place.database is not None:
        with psycopg.connect(place.database) as connection:
            connection.execute("DROP SCHEMA IF EXISTS copydesk CASCADE")


def left_over(place: StoreLocation) -> list[str]:
    """What lies in the output folder beside library and view: one name, and the newest states of its parts."""
    names = {entry.name for entry in place.folder.iterdir()}
    # readers leave what SQLite has beside its file
    own = {f"{LIBRARY}{end}" for end in ("", "-wal", "-shm")}
    states = sorted(name for name in names if re.fullmatch(r"\.records\..*\.\d{6}", name))
    return sorted(names - set(states[-2:]) - set(fnmatch.filter(names, "records.*")) - own)
