"""Sinks of this machine, as tests open them."""

from __future__ import annotations

import shutil
from pathlib import Path

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


def place_for(_sink: str, folder: Path) -> Place:
    """Where a sink is to write."""
    return Place(folder)


def emptied(_sink: str, place: Place) -> None:
    """Takes what earlier tests have left."""
    shutil.rmtree(place.folder, ignore_errors=True)


_FILES = {"jsonl": "records.jsonl", "sqlite": "records.sqlite"}


def left_over(sink: str, place: Place) -> list[str]:
    """What lies in the output folder beside the store."""
    return sorted(entry.name for entry in place.folder.iterdir() if entry.name != _FILES.get(sink))
