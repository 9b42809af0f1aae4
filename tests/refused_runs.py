"""Whole runs into a disk that is full or read-only: a program for a mount namespace of its own, which ends with it.

Each run has gates. Prints as JSON what the runs reported, and whether all is there once the
disk takes it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from conftest import HANG_SECONDS

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import FlowError
from copydesk.flows.io.child import Limits
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.reading import FileRecords, LibraryRecords
from copydesk.flows.library.records.record_rows import RecordRows
from copydesk.flows.run import batches

# a machine that is busy makes no page slow: one that was given up would differ from itself
PATIENT = partial(Limits, timeout_seconds=HANG_SECONDS)
GATE = "[gate]\nleast_words = 60\n"
PAGES = 24


def passes(number: int, day: int) -> bool:
    """Of three pages one always, one never, one every second day."""
    return number % 3 == 0 or (number % 3 == 1 and day % 2 == 0)


def write_pages(file: Path, *, day: int, pages: int = PAGES) -> None:
    """Pages of which some are too short for the gate."""
    lines = []
    for number in range(pages):
        length = 12 if passes(number, day) else 1
        words = " ".join(f"Boat {number}{n} met the ferry of pier {day}{n * number}." for n in range(length))
        page = {
            "url": f"https://harbour.example/{number}",
            "text": f"Boat {number}\n\nIt was day {day}. {words}",
        }
        lines.append(json.dumps(page) + "\n")
    file.write_text("".join(lines), "utf-8")


def content(place: StoreLocation, sink: str) -> list[dict[str, Any]]:
    """All that readers see of what is stored and of what waits, but for how long it took."""
    waiting = place.folder / "quarantine.jsonl"
    view = place.folder / f"records.{sink}"
    stored = FileRecords(view, sink) if view.exists() else LibraryRecords(place.folder, place.database)
    lines = (*stored.lines(), *(waiting.read_bytes().splitlines() if waiting.exists() else ()))
    found: list[dict[str, Any]] = [msgspec.json.decode(line) for line in lines]
    for item in found:
        del item["processing"]["duration_ms"]
    return found


def written(folder: Path) -> set[tuple[str, str]]:
    """Address and text of all that the library holds."""
    library = Library.look(folder)
    if library is None:
        return set()
    with library, library.reading() as connection:
        lines = (*RecordRows(connection).lines(), *RecordRows(connection, is_aside=True).lines())
        return {(one["url"], one["text"]) for one in map(msgspec.json.decode, lines)}


def differences(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[object]:
    """How many there are of each where these are not the same; else what fields differ, and of which page."""
    if len(found) != len(wanted):
        return [len(found), len(wanted)]
    return [
        [is_["url"], key, is_.get(key), was.get(key)]
        for is_, was in zip(found, wanted, strict=True)
        for key in is_.keys() | was.keys()
        if is_.get(key) != was.get(key)
    ]


@contextmanager
def full_but_for(disk: Path, free: int) -> Iterator[None]:
    """Nothing but so many bytes can be written meanwhile."""
    ballast, found = disk / "ballast", os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - free)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Nothing can be written meanwhile."""
    _mount("-o", "remount,ro", disk)
    try:
        yield
    finally:
        _mount("-o", "remount,rw", disk)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


def main(work: Path, sink: str, part_size: str | None, free_bytes: Iterable[int]) -> None:
    """Runs over pages of two days; the second day's are refused and run again."""
    os.chdir(work)
    (work / "copydesk.toml").write_text(GATE, "utf-8")
    disk, pages, first_day = work / "disk", work / "pages.jsonl", work / "first_day"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", "size=20m", "tmpfs", disk)
    place = StoreLocation(disk / "output", part_size=part_size)

    kept: set[tuple[str, str]] = set()

    def run(source: str = "pages.jsonl") -> str:
        options = IngestOptions(
            sources=(source,), output=place.folder, sink=sink, part_size=part_size, jobs=1
        )
        try:
            with batches.Ingestion(options) as ingestion:
                try:
                    while not ingestion.is_done:
                        ingestion.clean_batch(5)
                finally:
                    kept.update(written(place.folder))
        except FlowError as error:
            return f"{error.exit_code}: {error}"
        return "ended"

    write_pages(pages, day=1, pages=PAGES * 2 // 3)
    run()
    shutil.copytree(place.folder, first_day, symlinks=True)
    write_pages(pages, day=2)
    run()
    wanted = content(place, sink)
    # read-only comes first: a run that was refused has files open until its error is forgotten
    refusals: dict[str, Callable[[], Any]] = {"read-only": lambda: read_only(disk)} | {
        f"{free} bytes free": lambda free=free: full_but_for(disk, free) for free in free_bytes
    }
    (work / "nothing").mkdir()
    reports: dict[str, Any] = {}
    for name, refusal in refusals.items():
        shutil.rmtree(place.folder)
        shutil.copytree(first_day, place.folder, symlinks=True)
        with refusal():
            kept.clear()
            outputs = [run(), run()]
        # what was written is there though its page may be gone from its source
        then = [run("nothing")]
        there = {(item["url"], item["text"]) for item in content(place, sink)}
        reports[name] = {"said": outputs, "written": len(kept), "lost": sorted(kept - there)}
        then.append(run())
        reports[name] |= {"then": then, "differs": differences(content(place, sink), wanted)}
    print(json.dumps(reports))


if __name__ == "__main__":
    with patch.object(batches, "Limits", PATIENT):
        main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] or None, map(int, sys.argv[4:]))
