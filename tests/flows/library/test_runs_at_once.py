"""Several runs at once into one library on a server: nothing is lost or doubled, whichever ends first."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from conftest import HANG_SECONDS, clean_environment, wait_until
from faulty_server import ANSWERS, FaultyServer
from killed_runs import NEVER, KillableRun, run_of
from page_versions import reading
from postgres import Server
from stores import lines
from web_runs import Site, feed, source_list, titled

from copydesk.cleaners.schema import Record
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.run_writer import Keeping, RunWriter, Taken
from copydesk.flows.stored_content import REMOVALS

SITE = "https://courier.example"
BOX = "Read the harbour letter of the week."
STORY = "The council has bought the last steam crane, and will have it painted in the spring. " * 3
PROGRAM = """
import sys
from pathlib import Path
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import ingest_plainly
if __name__ == "__main__":
    address, output, *sources = sys.argv[1:]
    options = IngestOptions(sources=tuple(sources), output=Path(output), database=address, sink="postgresql", jobs=1)
    ingest_plainly(options)
"""
_numbers = count()


@pytest.fixture
def address(postgresql: Server) -> str:
    name = f"at_once_{next(_numbers)}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return postgresql.url(name)


def page(name: str, text: str) -> Record:
    whole = f"{text}\n\n{BOX}"
    return reading(whole, url=f"{SITE}/{name}", title=name, markdown=whole)


def ship(number: int, hour: int = 1) -> Record:
    return page(f"{number}", f"Ship {number} came in at {hour} o'clock with the tide of day {number}.")


@contextmanager
def open_run(folder: Path, address: str, **keeping: bool) -> Iterator[RunWriter]:
    with Library.open(folder, address) as library:
        yield RunWriter(library, Keeping(shorten=REMOVALS["full"], **keeping))


def bring(writer: RunWriter, records: Sequence[Record]) -> None:
    for record in records:
        writer.write(Taken(record))
    writer.commit()


def stored(folder: Path, address: str) -> list[Record]:
    return [msgspec.json.decode(line, type=Record) for line in lines(StoreLocation(folder, address))]


@pytest.mark.parametrize(("many", "is_last_first"), [(2, True), (3, False)])
def test_runs_at_once_come_to_what_runs_in_turn_do(
    tmp_path: Path, address: str, many: int, is_last_first: bool
) -> None:
    with open_run(tmp_path / "before", address) as before:
        bring(before, [ship(number) for number in range(4)])
        before.end()
    with ExitStack() as opened:
        runs = [opened.enter_context(open_run(tmp_path / f"{one}", address)) for one in range(many)]
        # each has new pages and changed ones of its own, and shares others with all
        for batch in range(3):
            for one, writer in enumerate(runs):
                own = ship(100 * (one + 1) + batch)
                bring(writer, [own, ship(batch), ship(3, hour=9), ship(50 + batch)])
        bring(runs[0], [page("crane", STORY)])
        bring(runs[1], [page("copy", f"{STORY} So it is.")])
        for writer in reversed(runs) if is_last_first else runs:
            writer.end()
    found = stored(tmp_path, address)
    newest = [one for one in found if one.next is None]
    names = [f"{SITE}/{number}" for number in (0, 1, 2, 3, 50, 51, 52)]
    names += [f"{SITE}/{100 * (one + 1) + batch}" for one in range(many) for batch in range(3)]
    assert Counter(one.url for one in newest) == Counter([*names, f"{SITE}/crane", f"{SITE}/copy"])
    assert [(one.version, one.url) for one in newest if one.version > 1] == [(2, f"{SITE}/3")]
    (past,) = [one for one in found if one.next is not None]
    (now,) = [one for one in newest if one.version == 2]
    assert (past.id, past.next, now.previous) == (now.id, now.content_hash, past.content_hash)
    crane, copy = (next(one for one in newest if one.url == f"{SITE}/{name}") for name in ("crane", "copy"))
    assert {crane.duplicate_of, copy.duplicate_of} in ({None, crane.id}, {None, copy.id})
    assert [one.url for one in newest if BOX in (one.text or "")] == []
    # whoever ended first said of its own what is new
    assert sum(writer.stored.became["new"] for writer in runs) == len(newest) - 4
    assert sum(writer.stored.became["changed"] for writer in runs) == 1


def test_a_run_settles_what_a_killed_one_wrote_and_nothing_of_one_that_goes_on(
    tmp_path: Path, address: str, killable_run: KillableRun
) -> None:
    def folder(name: str) -> StoreLocation:
        return StoreLocation(tmp_path / name, address)

    records = [ship(number) for number in range(9)]
    length = killable_run("postgresql", folder("first"), [ship(99)], kill_at=NEVER, learns=True)
    with open_run(tmp_path / "on", address) as goes_on:
        bring(goes_on, [ship(20)])
        assert not killable_run("postgresql", folder("killed"), records, kill_at=2 * length, learns=True)
        killed = {one.url for one in stored(tmp_path, address)} & {one.url for one in records}
        assert killed
        after = run_of("postgresql", folder("next"), [ship(number) for number in range(5, 12)], learns=True)
        assert after.brought_in == len(killed)
        texts = {one.url: one.text or "" for one in stored(tmp_path, address)}
        # the first was alone on its site
        assert [url for url, text in texts.items() if BOX in text] == [f"{SITE}/99", f"{SITE}/20"]
        bring(goes_on, records)
        goes_on.end()
    found = stored(tmp_path, address)
    assert Counter(one.url for one in found) == Counter(f"{SITE}/{n}" for n in (99, 20, *range(12)))
    assert [one.url for one in found if BOX in (one.text or "")] == [f"{SITE}/99"]
    assert {one.version for one in found} == {1}
    assert run_of("postgresql", folder("next"), [ship(1)], learns=True).brought_in == 0


def test_copies_are_left_out_by_whoever_brought_them(tmp_path: Path, address: str) -> None:
    with ExitStack() as opened:
        one, other = (
            opened.enter_context(open_run(tmp_path / name, address, is_unique=True)) for name in ("a", "b")
        )
        bring(one, [page("crane", STORY), ship(1)])
        bring(other, [page("copy", f"{STORY} So it is."), ship(2)])
        one.end()
        other.end()
    left = {record.url for record in stored(tmp_path, address)}
    assert left in ({f"{SITE}/{name}" for name in (one_of, 1, 2)} for one_of in ("crane", "copy"))
    assert one.stored.left_out + other.stored.left_out == 1


@pytest.mark.slow
def test_programs_at_once_over_the_same_folder_and_list_of_which_one_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, address: str
) -> None:
    site = Site(monkeypatch, server)
    listed = [site.put(f"/page/{number}", titled(f"Clock {number}")) for number in range(6)]
    seeds = source_list(
        tmp_path, [server], f"name = 'paper'\nkind = 'feed'\naddress = '{site.put('/feed', feed(*listed))}'"
    )
    goes_on, answer = threading.Event(), ANSWERS["page"]

    def give_in_time(handler: Any, rest: str) -> None:
        goes_on.wait(HANG_SECONDS)
        answer(handler, rest)

    site.answer("page", give_in_time)
    folders = [tmp_path / name for name in ("a", "b")]
    shared = tmp_path / "shared"
    for folder in (*folders, shared):
        folder.mkdir()
        for number in range(2):
            url = f"https://{folder.name}.example/{number}"
            head = f'<link rel="canonical" href="{url}">'
            body = titled(f"Noon {number} in {folder.name}").replace(b"<head>", f"<head>{head}".encode(), 1)
            (folder / f"{number}.html").write_bytes(body if b"canonical" in body else head.encode() + body)

    program = tmp_path / "run.py"
    program.write_text(PROGRAM)

    def told(folder: Path) -> Path:
        return tmp_path / f"told-{folder.name}"

    def begin(folder: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, program, address, tmp_path / f"out-{folder.name}", folder, shared, seeds]
        with told(folder).open("wb") as output:
            return subprocess.Popen(command, stdout=output, stderr=output, env=clean_environment())

    running = [begin(folder) for folder in folders]
    # it has yet to get its pages: it cannot have ended
    with psycopg.connect(address, autocommit=True) as elsewhere:

        def is_any_stored() -> bool:
            is_made = elsewhere.execute("SELECT to_regclass('copydesk.record')").fetchone() != (None,)
            return is_made and elsewhere.execute("SELECT FROM copydesk.record LIMIT 1").fetchone() is not None

        wait_until(is_any_stored, of=running[0])
    running[0].kill()
    running[0].wait()
    running.append(begin(folders[0]))
    goes_on.set()
    codes = [one.wait(HANG_SECONDS) for one in running]
    assert codes == [-9, 0, 0], [told(one).read_text() for one in folders]
    requested = Counter(path for path, _ in site.again() if path.startswith("/page/"))
    # what a killed one had in hand is requested again
    assert (len(requested), max(requested.values()) <= 2) == (6, True)
    found = stored(tmp_path, address)
    by_site = Counter(
        (one.url or one.canonical_url or "").partition("/page/")[0].rpartition("/")[0] for one in found
    )
    assert {one.version for one in found} == {1}
    assert sum(by_site.values()) == 3 * 2 + 6, by_site
    assert len({one.id for one in found}) == len(found)
