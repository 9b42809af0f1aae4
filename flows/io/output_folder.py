"""The output folder: made, locked for one run, its errors reported in a line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from copydesk.flows.errors import FolderInUse, SinkError, map_errors
from copydesk.flows.io.machine_faults import advice_on, problem_of
from copydesk.flows.io.posix import NotRegular, fcntl, opened_folder
from copydesk.flows.io.sinks import FILE_SINKS

LIBRARY = "library.sqlite"
"""In the output folder, unless the library is a server's."""
EARLIER_STORE = "records.sqlite"
EARLIER_STATE = "state.sqlite"
"""What an earlier copydesk had in place of a library, until a run takes it over."""
QUARANTINE = "quarantine.jsonl"
"""In the output folder, whatever the sink is: records that passed no gate."""
BROKEN = "records.broken.jsonl"
"""In the output folder: lines of a store of files that were no records."""
DEAD_LETTERS = "webhook.dead.jsonl"
"""In the output folder: events that the receiver of the webhook has refused for good."""
REVIEW = "review.html"
"""In the output folder: the report about its store, where somebody has had one written."""
# SQLite's and DuckDB's names for what they have not yet written to the file itself
_BESIDE = ("-wal", "-shm", ".wal")


def is_of_a_store(name: str) -> bool:
    """Whether a file of this name is a library or a view of it, or belongs to one: our own output, and no page."""
    for stem in (*(f"records.{one}" for one in FILE_SINKS), LIBRARY, EARLIER_STORE, EARLIER_STATE):
        if name == stem or (name.startswith(stem) and name.removeprefix(stem) in _BESIDE):
            return True
    return name in (BROKEN, DEAD_LETTERS)


def count_broken_lines(folder: Path) -> int:
    """How many lines that were no records lie beside the views of an output folder. Raises OSError."""
    file = folder / BROKEN
    if not file.exists():
        return 0
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def check_is_file(path: Path) -> None:
    """Raises SinkError where a name is of no file or folder: opening a named pipe waits for its other end."""
    with sink_errors(path, "cannot be used"):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SinkError(path, "is a named pipe, a socket or a device, and no file", advice="move it away")


def check_is_database(file: Path) -> None:
    """As ``check_is_file``, also of what SQLite keeps beside its file: it opens them by their names."""
    for beside in ("", *_BESIDE, "-journal"):
        check_is_file(file.with_name(f"{file.name}{beside}"))


def sink_errors(folder: Path, problem: str) -> contextlib.AbstractContextManager[None]:
    """Turns errors of the system into a SinkError with advice."""

    def fault_for(error: Exception) -> SinkError | None:
        if isinstance(error, NotRegular):
            return SinkError(Path(error.filename), f"is {problem_of(error)}", advice="move it away")
        if not isinstance(error, OSError):
            return None
        advice = advice_on(error)
        if "run again" in advice:
            advice += ": what was written is kept"
        return SinkError(folder, f"{problem}: {problem_of(error)}", advice=advice)

    return map_errors(fault_for)


def make_folder(folder: Path) -> None:
    """Makes an output folder. Raises SinkError where there can be none."""
    with sink_errors(folder, "cannot be used"):
        folder.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other runs out of a folder meanwhile. Raises FolderInUse where one is in it.

    It is the folder itself that is locked: that leaves nothing behind, and ends with the process.
    """
    with contextlib.ExitStack() as opened:
        with sink_errors(folder, "cannot be used"):
            descriptor = opened.enter_context(opened_folder(folder))
        with sink_errors(folder, "cannot be locked"):
            try:
                # flock and not lockf: closing any descriptor of a file ends the latter's locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderInUse(
                    folder,
                    "another run is writing here",
                    advice="wait for its end, or choose another folder with --output",
                ) from error
        yield


def sync_names(folder: Path) -> None:
    """Waits until the names in a folder are on the disk. Raises OSError."""
    with opened_folder(folder) as descriptor:
        os.fsync(descriptor)
