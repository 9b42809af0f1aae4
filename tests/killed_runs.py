"""Runs that are killed: at any line of the code that writes the library and its views, by SIGKILL, in a process of
their own.

A process without threads is started once and forks each run, which takes milliseconds. The run counts the lines of
``flows/library`` that it executes, but those of pure functions, and kills itself at the line it is given: so it dies
between any two statements and any two calls of the system.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from webhook_receiver import KEY

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.config.gate import Gate, stopped_by
from copydesk.flows.config.webhook import Receiver
from copydesk.flows.library import library
from copydesk.flows.library.files.formats import PLAIN
from copydesk.flows.library.files.parts import PartRule
from copydesk.flows.library.files.record_view import RecordView
from copydesk.flows.library.library import Library
from copydesk.flows.library.outbox import Outbox
from copydesk.flows.library.place import StoreLocation, view_of_run
from copydesk.flows.library.records import recurring
from copydesk.flows.library.records.run_writer import Keeping, RunWriter, Taken
from copydesk.flows.run.webhook import Delivery
from copydesk.flows.stored_content import REMOVALS

_WATCHED = str(Path(library.__file__).parent)
# they change nothing outside: to be killed in them is to be killed at the line that called them
_PURE = (
    "identity.py", "line_key.py", "record_lines.py", "tables.py", "signature.py", "precedence.py", "settling.py",
    "search.py", "versions.py",
)  # fmt: skip
PAGES_REMEMBERED = 20
"""Of each site: as many as users have would take minutes."""
NEVER = 1_000_000_000
GATE = Gate(languages=("en", "und"))
"""Of runs that name none."""
KillableRun = Callable[..., int]


def run_of(
    sink: str,
    place: StoreLocation,
    records: Sequence[Record],
    *,
    batch: int = 3,
    learns: bool = False,
    versions: str = "all",
    is_unique: bool = False,
    answered: Iterable[str] = (),
    gate: Gate = GATE,
    webhook: str | None = None,
) -> RunWriter:
    """A whole run: some batches, its end, its views, and its webhook."""
    has_webhook = webhook is not None
    keeping = Keeping(versions, REMOVALS["full"] if learns else None, is_unique, has_webhook=has_webhook)
    with Library.open(place.folder, place.database) as opened:
        if (view := view_of_run(sink, place)) is not None:
            view.check()
        writer = RunWriter(opened, keeping)
        for url in answered:
            writer.answered(url)
        for record in records:
            writer.write(Taken(record, stopped_by(record, gate)))
            if writer.waiting == batch:
                writer.commit()
        writer.end()
        show(opened, sink, place)
        if webhook is not None:
            receiver = Receiver("the receiver", webhook, KEY)
            Delivery(receiver, writer, Outbox(opened, writer.run), place.folder).run()
    return writer


def show(library: Library, sink: str, place: StoreLocation) -> None:
    """Brings the views of a library up to date, as a run does at its end."""
    view = view_of_run(sink, place)
    if view is not None:
        view.update(library)
    RecordView(place.folder, PLAIN, PartRule(), is_aside=True).update(library)


@contextmanager
def killable_runs() -> Iterator[KillableRun]:
    """Gives a function that makes a run and kills it at a line."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *filter(None, sys.path)))},
    ) as process:

        def run(
            sink: str, place: StoreLocation, records: Sequence[Record], *, kill_at: int, **options: Any
        ) -> int:
            """The number of lines of a run that ended first, 0 of one that was killed."""
            assert process.stdin is not None
            assert process.stdout is not None
            where = place._asdict()
            request = {"sink": sink, "folder": str(where.pop("folder")), "place": where, "options": options}
            request |= {
                "records": [encode(one).decode() for one in records],
                "kill_at": kill_at,
            }
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


def _serve() -> None:
    # what runs import is read once, here: they are forked with it
    for name in (
        "copydesk.flows.library.files.record_view",
        "copydesk.flows.crawl.background",
        "copydesk.flows.library.web.web_tables",
        "httpx",
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
    place = StoreLocation(Path(request["folder"]), **request["place"])
    recurring.MOST_PAGES_OF_SITE = PAGES_REMEMBERED
    records = [msgspec.json.decode(line, type=Record) for line in request["records"]]
    executed = count()
    # also in the thread that sends
    threading.settrace(_killing_at(request["kill_at"], executed))
    sys.settrace(_killing_at(request["kill_at"], executed))
    run_of(request["sink"], place, records, **request["options"])
    sys.settrace(None)
    return next(executed)


def _killing_at(line_number: int, executed: count[int]) -> Callable[[FrameType, str, Any], Any]:
    def trace(frame: FrameType, event: str, _: Any) -> Any:
        # other code is passed over: its lines are not ours, and there are many
        file = frame.f_code.co_filename
        if not file.startswith(_WATCHED) or file.endswith(_PURE):
            return None
        if event == "line" and next(executed) + 1 >= line_number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


if __name__ == "__main__":
    _serve()
