"""Runs that are killed, with a reader beside them: ``python -m benchmarks.kills`` (no data needed).

Each round rewrites all pages, in words of its own, and kills the process group of the run by SIGKILL: at a moment
drawn from its whole length, from its end, where records come into the store, or from its begin, where what the run
before has left does. What a run had written when it was killed must be in the store once the next one has begun, each
page once, no record in parts. Some pages wait in the quarantine, always or every second round; some are copies of
others; all share a paragraph that recurs on their site.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import msgspec
from copydesk.flows.sinks.catalogue import backend_named, sink_names
from copydesk.flows.sinks.journal import journal_file
from copydesk.flows.sinks.store_backend import StoreLocation

from benchmarks.composed import compose_sentence
from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import filled_database_url
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import FlowError
from copydesk.flows.io.output_folder import QUARANTINE
from copydesk.flows.run.batches import Ingestion

RUN = """
import json, sys
from pathlib import Path
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import ingest_plainly
output, *sources = sys.argv[2:]
ingest_plainly(IngestOptions(output=Path(output), sources=sources, **json.loads(sys.argv[1])))
"""
GATE = "[gate]\nleast_words = 60\n"
_ROUND = re.compile(r"in round (\d+)")
_SENTENCES = 4
# reading all the time would take half the machine from the runs
_SECONDS_BETWEEN_READINGS = 0.3
_KIND_OF_KILL = ("amid", "merge", "amid", "begin")
Readings = dict[str, int]
"""URL of a page to the newest round that it was read in."""


@dataclass
class Faults:
    """What must not be, and what was done to find it. ``reads``: how many times the reader has read all."""

    lost: int = 0
    twice: int = 0
    broken: int = 0
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_KIND_OF_KILL, 0))
    reads: int = 0
    unread: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {kind}" for kind, count in self.kills.items())
        return (
            f"{sum(self.kills.values())} kills ({counts}); {self.reads} readings of the store meanwhile: "
            f"{self.lost} lost, {self.twice} twice, {self.broken} broken"
        )


def url_of(number: int) -> str:
    """The address of a page."""
    return f"https://clocks.example/{number}"


def passes(number: int, round_: int) -> bool:
    """Whether a page passes the gate in a round: of ten, seven always, two every second round, one never."""
    last = number % 10
    return last < 7 or (last < 9 and (number + round_) % 2 == 0)


def page(number: int, round_: int) -> dict[str, str]:
    """A page that costs next to nothing to clean. One of ten is a copy of the one before it."""
    # no secret; the words of a copy are those of its original
    chance = random.Random(f"{number - (number % 10 == 5)} {round_}")  # noqa: S311
    own = " ".join(compose_sentence(chance) for _ in range(_SENTENCES))
    paragraphs = (
        f"Clock number {number} strikes again",
        f"The clock of house number {number} struck noon in round {round_}, and a small crowd came to hear it.",
        *((own,) if passes(number, round_) else ()),
        "The council pays for the clocks of this town, and the watchmaker of the market square looks after them.",
    )
    return {"url": url_of(number), "text": "\n\n".join(paragraphs)}


def readings_in(lines: Iterable[bytes], faults: Faults | None = None) -> Readings:
    """The rounds of pages; with ``faults`` what is wrong is counted."""
    found: Readings = {}
    seen: set[tuple[str, int]] = set()
    for line in lines:
        try:
            record = msgspec.json.decode(line, type=Record)
            round_ = int(_ROUND.findall(record.text)[0])
        except (msgspec.MsgspecError, IndexError):
            if faults is not None:
                faults.broken += 1
            continue
        url = str(record.url)
        if faults is not None:
            faults.twice += (url, record.version) in seen
        seen.add((url, record.version))
        found[url] = max(round_, found.get(url, 0))
    return found


class Promised:
    """What was written, and so must not be lost: of each page the newest reading that passed, and the newest at all."""

    def __init__(self) -> None:
        self._passed: Readings = {}
        self._newest: Readings = {}

    def add(self, readings: Readings) -> None:
        """Takes up what was found in a journal, the store or the quarantine."""
        for url, round_ in readings.items():
            self._newest[url] = max(round_, self._newest.get(url, -1))
            if _has_passed(url, round_):
                self._passed[url] = max(round_, self._passed.get(url, -1))

    def lost(self, stored: Readings, waiting: Readings) -> int:
        """How many of these are nowhere."""
        not_stored = sum(stored.get(url, -1) < round_ for url, round_ in self._passed.items())
        not_waiting = sum(
            waiting.get(url, -1) < round_
            for url, round_ in self._newest.items()
            # a newer reading that has passed took it out of the quarantine
            if not _has_passed(url, round_) and stored.get(url, -1) < round_
        )
        return not_stored + not_waiting


def _has_passed(url: str, round_: int) -> bool:
    return passes(int(url.rpartition("/")[2]), round_)


class Bench:
    """A store that is written round after round."""

    def __init__(self, sink: str, place: StoreLocation, pages: int, versions: str) -> None:
        self.pages = pages
        self._root = place.folder.parent
        self._place = place
        self._source = self._root / "pages.jsonl"
        self._options: dict[str, Any] = {
            "sink": sink,
            "database": place.database,
            "part_size": place.part_size,
            "versions": versions,
            "jobs": 2,
        }
        self._backend = backend_named(sink, place)
        self._waiting = place.folder / QUARANTINE
        self._journals = [journal_file(place.folder, name) for name in (self._backend.name, "quarantine")]
        (self._root / "nothing").mkdir()
        (self._root / "copydesk.toml").write_text(GATE, "utf-8")

    def started(self, round_: int) -> subprocess.Popen[bytes]:
        """A run over all pages, in a process group of its own."""
        lines = (msgspec.json.encode(page(number, round_)) + b"\n" for number in range(self.pages))
        self._source.write_bytes(b"".join(lines))
        command = (sys.executable, "-c", RUN, json.dumps(self._options), self._place.folder, self._source)
        return subprocess.Popen(command, cwd=self._root, start_new_session=True, stdout=subprocess.DEVNULL)

    def begin_and_end(self) -> None:
        """A run over nothing: what was left by the one before is merged as it begins."""
        sources = (str(self._root / "nothing"),)
        nothing = IngestOptions(sources=sources, output=self._place.folder, **self._options)
        # here and not in a process of its own, which would take longer to start than to merge
        with contextlib.chdir(self._root), Ingestion(nothing):
            pass

    def written(self) -> int:
        """Bytes in the journal of the store."""
        with contextlib.suppress(FileNotFoundError):
            return self._journals[0].stat().st_size
        return 0

    def left(self) -> Iterator[Readings]:
        """What lies in the journals."""
        for file in self._journals:
            lines = file.read_bytes().splitlines(keepends=True) if file.exists() else ()
            yield readings_in(line for line in lines if line.endswith(b"\n"))

    def read(self, faults: Faults) -> tuple[Readings, Readings]:
        """What is in the store, and what waits in the quarantine."""
        with contextlib.suppress(FileNotFoundError), self._waiting.open("rb") as lines:
            return readings_in(self._backend.lines(), faults), readings_in(lines, faults)
        return readings_in(self._backend.lines(), faults), {}


@contextlib.contextmanager
def reader_beside(bench: Bench, faults: Faults) -> Iterator[None]:
    """Reads the store over and over meanwhile: it never has fewer pages than before, and none of an older round."""
    is_over = threading.Event()

    def read() -> None:
        last: Readings = {}
        while not is_over.is_set():
            try:
                stored, _ = bench.read(faults)
            except FlowError as error:
                faults.unread.append(str(error))
                return
            faults.lost += sum(stored.get(url, -1) < round_ for url, round_ in last.items())
            faults.reads += 1
            last = stored
            is_over.wait(_SECONDS_BETWEEN_READINGS)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@dataclass(frozen=True)
class Lengths:
    """Of a run: seconds until it writes, bytes in its journal, seconds from there to its end."""

    begin: float
    size: int
    merge: float


def lengths_of(bench: Bench) -> Lengths:
    """Those of a run that replaces what is there."""
    bench.started(0).wait()
    begun = at = time.perf_counter()
    run, size, begin = bench.started(1), 0, 0.0
    while run.poll() is None:
        if (now := bench.written()) > size:
            at, size = time.perf_counter(), now
            begin = begin or at - begun
        time.sleep(0.001)
    return Lengths(begin, size, time.perf_counter() - at)


def kill_once(bench: Bench, round_: int, kind: str, lengths: Lengths, chance: random.Random) -> bool:
    """Starts a run, and ends its whole group at a moment of this kind; False where it ended before."""
    run = bench.started(round_)
    if kind == "begin":
        time.sleep(chance.random() * lengths.begin)
    else:
        left = bench.written()
        # what is written is not the same to the byte in each round
        wanted = lengths.size * (0.97 if kind == "merge" else 0.97 * chance.random())
        while run.poll() is None and not (bench.written() > wanted and bench.written() != left):
            # what the last run left is merged first: from then on the journal is this run's
            left = min(left, bench.written())
            time.sleep(0.001)
        time.sleep(chance.random() * lengths.merge if kind == "merge" else 0)
    is_killed = run.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    return is_killed


def measured(bench: Bench, kills: int, chance: random.Random) -> Faults:
    """So many runs that are killed, and one that is not. Progress goes to standard error."""
    faults, promised = Faults(), Promised()
    lengths = lengths_of(bench)
    with reader_beside(bench, faults):
        round_ = 1
        while sum(faults.kills.values()) < kills:
            round_ += 1
            kind = _KIND_OF_KILL[round_ % len(_KIND_OF_KILL)]
            faults.kills[kind] += kill_once(bench, round_, kind, lengths, chance)
            for readings in bench.left():
                promised.add(readings)
            # every second time it is the next run that is killed that merges what was left
            if kind != "merge":
                bench.begin_and_end()
                _look(bench, promised, faults)
                click.echo(f"  so far: {faults}", err=True)
        bench.started(round_ + 1).wait()
        stored, waiting = _look(bench, promised, faults)
        faults.lost += len({url_of(number) for number in range(bench.pages)} - stored.keys() - waiting.keys())
        # what passes waits nowhere, and nothing waits that is older than what is stored
        faults.twice += sum(stored.get(url, -1) >= round_ for url, round_ in waiting.items())
    return faults


def _look(bench: Bench, promised: Promised, faults: Faults) -> tuple[Readings, Readings]:
    stored, waiting = bench.read(faults)
    faults.lost += promised.lost(stored, waiting)
    promised.add(stored)
    promised.add(waiting)
    return stored, waiting


@click.command()
@click.option("--sink", "sinks", multiple=True, help="Only these; all that need no database if not given.")
@click.option("--database", help="Address of an empty database, for --sink postgresql.")
@click.option("--part-size", help="As of copydesk ingest.")
@click.option("--versions", type=click.Choice(["all", "last"]), default="last", show_default=True)
@click.option("--kills", default=200, show_default=True, help="For each sink.")
@click.option("--pages", default=1_000, show_default=True, help="Of a run.")
@click.option("--seed", default=1, show_default=True, help="Of the moments.")
def main(  # noqa: PLR0913 - one parameter an option
    *,
    sinks: tuple[str, ...],
    database: str | None,
    part_size: str | None,
    versions: str,
    kills: int,
    pages: int,
    seed: int,
) -> None:
    """Kills runs into each sink; exit code 1 where anything is lost, there twice, or broken."""
    is_sound = True
    for name in sinks or [one for one in sink_names() if one != "postgresql"]:
        with tempfile.TemporaryDirectory() as root:
            url = None if database is None else filled_database_url(database, os.environ)
            place = StoreLocation(Path(root) / "output", database=url, part_size=part_size)
            place.folder.mkdir()
            faults = measured(
                Bench(name, place, pages, versions),
                kills,
                random.Random(seed),  # noqa: S311 - no secret
            )
        click.echo(f"{name}: {faults}")
        for line in faults.unread:
            click.echo(f"  the reader was refused: {line}")
        is_sound = is_sound and not (faults.lost or faults.twice or faults.broken or faults.unread)
    sys.exit(not is_sound)


if __name__ == "__main__":
    main()
