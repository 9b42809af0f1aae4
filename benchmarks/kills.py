"""Runs that are killed, with a reader beside them: ``python -m benchmarks.kills`` (no data needed).

Each round writes all pages anew, in words of its own, and kills the process group of the run by SIGKILL: at a moment
drawn from its whole length, or, every second time, from the end, where records come into the store. What a run had
written when it was killed must be in the store once the next one has begun, each page once, no record in parts.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import msgspec

from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import filled_database_url
from copydesk.flows.errors import SinkError
from copydesk.flows.sinks.catalogue import shelf_named, sink_named, sink_names
from copydesk.flows.sinks.journal import journal_file
from copydesk.flows.sinks.shelf import Place, Shelf

RUN = """
import sys
from pathlib import Path
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import ingest_plainly
source, output, sink, *rest = sys.argv[1:]
more = dict(zip(rest[::2], rest[1::2]))
ingest_plainly(IngestOptions(sources=(source,), output=Path(output), sink=sink, jobs=2, **more))
"""
_ROUND = re.compile(r"in round (\d+)")
Readings = dict[str, int]
"""URL of a page to the newest round that it was read in."""


@dataclass
class Faults:
    """What must not be. ``reads``: how many times the reader has read the whole store."""

    lost: int = 0
    twice: int = 0
    broken: int = 0
    kills: int = 0
    merging: int = 0
    reads: int = 0
    rounds_seen: set[int] = field(default_factory=set)


def page(number: int, round_: int) -> dict[str, str]:
    """A page that costs next to nothing to clean."""
    text = (
        f"Clock number {number} strikes again\n\nThe clock of house number {number} struck noon in round {round_}, and a "
        "small crowd had come to the square to hear it.\n\nThe council paid for the material only, and the watchmaker "
        "said that it would now lose less than a minute a month."
    )
    return {"url": f"https://clocks.example/{number}", "text": text}


def readings_in(lines: Iterable[bytes], faults: Faults | None = None) -> Readings:
    """The rounds of pages; with ``faults`` what is wrong is counted."""
    found: Readings = {}
    seen: Counter[str] = Counter()
    for line in lines:
        try:
            record = msgspec.json.decode(line, type=Record)
            round_ = int(_ROUND.findall(record.text)[0])
        except (msgspec.MsgspecError, IndexError):
            if faults is not None:
                faults.broken += 1
            continue
        url = str(record.url)
        seen[url] += 1
        found[url] = max(round_, found.get(url, 0))
    if faults is not None:
        faults.twice += seen.total() - len(seen)
        faults.rounds_seen.update(found.values())
    return found


@contextlib.contextmanager
def reader_beside(shelf: Shelf, faults: Faults) -> Iterator[None]:
    """Reads the store over and over meanwhile: it never has fewer pages than before, and none of an older round."""
    is_over = threading.Event()

    def read() -> None:
        last: Readings = {}
        while not is_over.is_set():
            found = readings_in(shelf.lines(), faults)
            faults.lost += sum(found.get(url, -1) < round_ for url, round_ in last.items())
            faults.reads += 1
            last = found
            is_over.wait(0.05)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


class Bench:
    """A store that is written round after round."""

    def __init__(self, sink: str, place: Place, pages: int) -> None:
        self.sink, self.place, self.pages = sink, place, pages
        self.shelf = shelf_named(sink, place)
        self.journal = journal_file(place.folder, self.shelf.name)
        self.source = place.folder.parent / "pages.jsonl"

    def started(self, round_: int) -> subprocess.Popen[bytes]:
        """A run over all pages, in a process group of its own."""
        lines = (msgspec.json.encode(page(number, round_)) + b"\n" for number in range(self.pages))
        self.source.write_bytes(b"".join(lines))
        options = [
            part
            for key, value in self.place._asdict().items()
            if key != "folder" and value is not None
            for part in (key, str(value))
        ]
        command = (sys.executable, "-c", RUN, str(self.source), str(self.place.folder), self.sink, *options)
        return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)

    def written(self) -> int:
        """Bytes in the journal."""
        return self.journal.stat().st_size if self.journal.exists() else 0

    def lines_left(self) -> list[bytes]:
        """Whole lines in the journal."""
        if not self.journal.exists():
            return []
        return [line for line in self.journal.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]

    def lengths(self) -> tuple[float, int]:
        """How long a run merges (seconds), and how many bytes it writes before."""
        run = self.started(0)
        at, size = time.perf_counter(), 0
        while run.poll() is None:
            if (now := self.written()) > size:
                at, size = time.perf_counter(), now
            time.sleep(0.001)
        return time.perf_counter() - at, size


def kill_once(bench: Bench, round_: int, *, after_bytes: int, after_seconds: float, faults: Faults) -> None:
    """Starts a run, and ends its whole group once it has written so much and waited so long."""
    run = bench.started(round_)
    left_before = bench.written()
    while run.poll() is None and not (bench.written() >= after_bytes and bench.written() != left_before):
        # what the last run left is merged first: from then on the journal is this run's
        left_before = min(left_before, bench.written())
        time.sleep(0.001)
    time.sleep(after_seconds)
    if run.poll() is None:
        faults.kills += 1
        faults.merging += after_seconds > 0
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def measured(bench: Bench, kills: int, chance: random.Random) -> Faults:
    """So many runs that are killed, and one that is not."""
    faults = Faults()
    merge_seconds, size = bench.lengths()
    promised: Readings = {f"https://clocks.example/{number}": 0 for number in range(bench.pages)}
    with reader_beside(bench.shelf, faults):
        round_ = 0
        while faults.kills < kills:
            round_ += 1
            amid_merge = round_ % 2 == 0
            kill_once(
                bench,
                round_,
                after_bytes=size if amid_merge else chance.randrange(1, size),
                after_seconds=chance.random() * merge_seconds if amid_merge else 0.0,
                faults=faults,
            )
            in_journal = readings_in(bench.lines_left())
            for url, newest in in_journal.items():
                promised[url] = max(promised[url], newest)
            with contextlib.suppress(SinkError), sink_named(bench.sink, bench.place):
                pass  # as a next run begins: what was left is merged
            found = readings_in(bench.shelf.lines(), faults)
            faults.lost += sum(found.get(url, -1) < newest for url, newest in promised.items())
            promised |= found
    return faults


@click.command()
@click.option("--sink", "sinks", multiple=True, help="Only these; all that need no database if not given.")
@click.option("--database", help="Address of an empty database, for --sink postgresql.")
@click.option("--part-size", help="As of copydesk ingest.")
@click.option("--kills", default=200, show_default=True, help="For each sink.")
@click.option("--pages", default=1_000, show_default=True, help="Of a run.")
@click.option("--seed", default=1, show_default=True, help="Of the moments.")
def main(  # noqa: PLR0913 - one parameter an option
    *, sinks: tuple[str, ...], database: str | None, part_size: str | None, kills: int, pages: int, seed: int
) -> None:
    """Kills runs into each sink; exit code 1 where anything is lost, there twice, or broken."""
    is_sound = True
    for name in sinks or [one for one in sink_names() if one != "postgresql"]:
        with tempfile.TemporaryDirectory() as root:
            url = None if database is None else filled_database_url(database, os.environ)
            place = Place(Path(root) / "output", database=url, part_size=part_size)
            place.folder.mkdir()
            faults = measured(Bench(name, place, pages), kills, random.Random(seed))  # noqa: S311 - no secret
        click.echo(
            f"{name}: {faults.kills} kills, {faults.merging} of them after the last page; {faults.reads} readings of "
            f"the store meanwhile: {faults.lost} lost, {faults.twice} twice, {faults.broken} broken"
        )
        is_sound = is_sound and not (faults.lost or faults.twice or faults.broken)
    sys.exit(not is_sound)


if __name__ == "__main__":
    main()
