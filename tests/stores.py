"""Sinks of this machine, as tests open them."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import psycopg
import pytest
from postgres import Server

from copydesk.flows.sinks.catalogue import sink_names
from copydesk.flows.sinks.files.jsonl import JsonlShelf
from copydesk.flows.sinks.journal import journal_file
from copydesk.flows.sinks.journalled_sink import JournalledSink
from copydesk.flows.sinks.shelf import Place

JOURNAL_NAME = journal_file(Path(), "jsonl").name
EVERY_SINK = sink_names()


class JsonlSink(JournalledSink):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, JsonlShelf(folder))


def place_for(sink: str, folder: Path, request: pytest.FixtureRequest) -> Place:
    """Where a sink is to write: a folder, and a database of its own where it needs one."""
    if sink != "postgresql":
        return Place(folder)
    server: Server = request.getfixturevalue("postgresql")
    database = f"test_{next(_numbers)}"
    server.asked(f"CREATE DATABASE {database}")
    return Place(folder, database=server.url(database))


_numbers = count()


def emptied(place: Place) -> None:
    """Takes what is there."""
    shutil.rmtree(place.folder, ignore_errors=True)
    if place.database is not None:
        with psycopg.connect(place.database) as connection:
            connection.execute("DROP TABLE IF EXISTS records, copydesk_marks, copydesk_about")


_FILES = {"jsonl": "records.jsonl", "sqlite": "records.sqlite"}


def left_over(sink: str, place: Place) -> list[str]:
    """What lies in the output folder beside the store."""
    return sorted(entry.name for entry in place.folder.iterdir() if entry.name != _FILES.get(sink))
