"""Runs that are killed: at any line of the code that writes records, by SIGKILL, in a process of their own.

A process without threads is started once and forks each run, which takes milliseconds. The run counts the lines of
``flows/sinks`` and ``flows/store`` that it executes once its records are written, but those of pure functions, and
kills itself at the line it is given.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import msgspec

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.duplicates import near_duplicates
from copydesk.flows.sinks import catalogue
from copydesk.flows.sinks.catalogue import sink_named
from copydesk.flows.sinks.journal import journal_file
from copydesk.flows.sinks.journalled_sink import Refine
from copydesk.flows.sinks.merging.copies import NearCopies
from copydesk.flows.sinks.store_backend import StoreLocation
from copydesk.flows.library.stored_content import REMOVALS
from copydesk.flows.store import recurring_blocks
from copydesk.flows.library.recurring import RecurringBlocks, SiteMemory
from copydesk.flows.store.state import State

_WATCHED = tuple(str(Path(item.__file__).parent) for item in (catalogue, recurring_blocks, near_duplicates))
# they change nothing outside: to be killed in them is to be killed at the line that called them
_PURE = (
    "identity.py", "record_lines.py", "record_rank.py", "state_tables.py", "duplicate_tables.py",
    "signature.py", "precedence.py", "settling.py",
)  # fmt: skip
PAGES_REMEMBERED = 20
"""Of each site, by runs that learn: as many as users have would take minutes."""
KillableRun = Callable[..., int]


@contextmanager
def killable_runs() -> Iterator[KillableRun]:
    """Gives a function that runs records into a sink and kills it at a line of its merge."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *filter(None, sys.path)))},
    ) as process:

        def run(
            name: str,
            place: StoreLocation,
            records: Sequence[Record],
            *,
            kill_at: int,
            half: int = 0,
            learns: bool = False,
            is_near: bool = False,
        ) -> int:
            """The number of lines of a run that ended first, 0 of one that was killed.

            ``kill_at``: 0 before the merge begins; ``half``: so many bytes of one more record are in the journal;
            ``learns``: what recurs on sites; ``is_near``: copies are detected by the index of near duplicates."""
            assert process.stdin is not None
            assert process.stdout is not None
            options = place._asdict()
            request = {"name": name, "folder": str(options.pop("folder")), "options": options}
            request["records"] = [encode(record).decode() for record in records]
            request |= {"kill_at": kill_at, "half": half, "learns": learns, "is_near": is_near}
            print(json.dumps(request), file=process.stdin, flush=True)
            answer = process.stdout.readline().strip()
            assert answer.isdigit(), answer
            return int(answer)

        try:
            yield run
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def learning(folder: Path) -> Refine:
    """What learns in a run what recurs on sites."""

    @contextmanager
    def refined(journal: BinaryIO) -> Iterator[BinaryIO]:
        with (
            State.open(folder) as state,
            RecurringBlocks(folder, SiteMemory(state), REMOVALS["full"])(journal) as merged,
        ):
            yield merged

    return refined


def _serve() -> None:
    # what runs import is read once, here: they are forked with it
    for name in (
        "copydesk.flows.sinks.databases.database_backend",
        "copydesk.flows.store.state_tables",
        "numpy",
        "pyarrow.parquet",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite",
    ):
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            try:
                lines = _run(request)
            except BaseException as error:  # noqa: BLE001 - reported to the caller
                print(f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
                os._exit(1)
            print(lines, flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print("0" if os.WTERMSIG(status) == signal.SIGKILL else f"signal {status}", flush=True)


def _run(request: dict[str, Any]) -> int:
    place = StoreLocation(Path(request["folder"]), **request["options"])
    recurring_blocks.MOST_PAGES_OF_SITE = PAGES_REMEMBERED
    refine = learning(place.folder) if request["learns"] else nullcontext
    with ExitStack() as opened:
        copies = NearCopies(opened.enter_context(State.open(place.folder))) if request["is_near"] else None
        sink = opened.enter_context(sink_named(request["name"], place, refine=refine, copies=copies))
        for line in request["records"]:
            sink.write(msgspec.json.decode(line, type=Record))
        if request["half"]:
            journal = journal_file(place.folder, sink.backend.name)
            with journal.open("ab") as file:
                file.write(request["records"][-1].encode()[: request["half"]])
        if not request["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        executed = count()
        sys.settrace(_killing_at(request["kill_at"], executed))
    sys.settrace(None)
    return next(executed)


def _killing_at(line_number: int, executed: count[int]) -> Callable[[FrameType, str, Any], Any]:
    def trace(frame: FrameType, event: str, _: Any) -> Any:
        # library code is passed over: its lines are not ours, and there are many
        file = frame.f_code.co_filename
        if not file.startswith(_WATCHED) or file.endswith(_PURE):
            return None
        if event == "line" and next(executed) + 1 >= line_number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


if __name__ == "__main__":
    _serve()
