"""Lines of a store that are no records: the next run moves them beside it and reports them, and readers skip them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from copydesk.flows.sinks.catalogue import backend_named, sink_named
from copydesk.flows.sinks.store_backend import StoreLocation
from killed_runs import KillableRun
from made_records import full_record
from msgspec.structs import replace

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.commands.cli import cli
from copydesk.flows.io.output_folder import BROKEN

RECORDS = [
    replace(full_record(), id=f"{number:032x}", status="ok", url=f"https://desk.example/{number}", next=None)
    for number in range(3)
]
LINES = [*map(encode, RECORDS)]
AT = LINES[1].index(b'"text":"') + len(b'"text":"')
DAMAGES = {
    "cut short": LINES[1][:AT] + b"\n",
    "zeros": LINES[1][:AT] + bytes(4) + LINES[1][AT:],
    "no UTF-8": LINES[1][:AT] + b"\xff" + LINES[1][AT:],
    "a list": b"[]\n",
    "a control": LINES[1][:AT] + b"\x01" + LINES[1][AT:],
}
BOM = b"\xef\xbb\xbf"

Run = Callable[..., Result]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def damaged(empty_folder: Path) -> Path:  # noqa: ARG001 - the folder that is run in
    """A store of two records with every damage between them."""
    Path("output").mkdir()
    Path("pages.jsonl").touch()
    store = Path("output", "records.jsonl")
    store.write_bytes(b"".join((LINES[0], *DAMAGES.values(), LINES[2])))
    return store


def ids(lines: bytes) -> list[str]:
    return [msgspec.json.decode(line, type=Record).id for line in lines.splitlines()]


def test_a_run_moves_broken_lines_beside_the_store_and_reports_them(damaged: Path) -> None:
    done = run("ingest", "pages.jsonl")
    assert done.exit_code == 0
    assert ids(damaged.read_bytes()) == [RECORDS[0].id, RECORDS[2].id]
    aside = damaged.with_name(BROKEN)
    assert aside.read_bytes() == b"".join(DAMAGES.values())
    warning = f"warning: 5 lines of the store that were no records are in {aside}"
    assert warning in done.stderr
    # until the file is moved away
    again = run("ingest", "pages.jsonl")
    assert warning in again.stderr
    assert aside.read_bytes() == b"".join(DAMAGES.values())
    line = f"moved out of the store: 5 lines that were no records, in {aside}: see what was damaged, and move the file away"
    assert line in run("status").stdout.splitlines()
    assert json.loads(run("status", "--json").stdout)["set_aside"] == 5
    kept = damaged.rename("kept")
    assert run("status").stdout.splitlines()[:2] == ["records: none in output", line]
    kept.rename(damaged)
    # it is no page, and no store
    assert run("clean", "output").stderr == "no pages found\n"
    aside.unlink()
    assert "no record" not in run("ingest", "pages.jsonl").stderr.replace("no record is new", "")


def test_readers_warn_and_go_on(damaged: Path) -> None:
    exported = run("export", "--format", "jsonl", "-o", "-")
    assert (exported.exit_code, ids(exported.stdout_bytes)) == (0, [RECORDS[0].id, RECORDS[2].id])
    warning = f"warning: {damaged}:2: no record: "
    assert exported.stderr.startswith(warning)
    assert "; 5 lines are left out" in exported.stderr
    for reader in (("review",), ("rules", "--count", "output")):
        done = run(*reader)
        assert (done.exit_code, done.stderr.startswith(warning)) == (0, True), done.output
    shown = run("status")
    assert shown.exit_code == 0
    assert "records: 2 in " in shown.stdout
    assert f"  {damaged}:2: no record: " in shown.stdout
    assert "; 5 lines are left out: mend or remove them\n" in shown.stdout


@pytest.mark.parametrize("fault", ["without processing", "a number for a text"])
def test_an_unreadable_line_of_a_known_page_stays_and_is_reported(damaged: Path, fault: str) -> None:
    fields = json.loads(LINES[1])
    if fault == "without processing":
        del fields["processing"]
    else:
        fields["text"] = 5
    damaged.write_bytes(LINES[0] + json.dumps(fields).encode() + b"\n")
    # a run knows whose it is: it is replaced when its page is read again
    assert run("ingest", "pages.jsonl").exit_code == 0
    assert len(damaged.read_bytes().splitlines()) == 2
    export = ("export", "--format", "jsonl", "-o", "-")
    for reader in (export, ("status",)):
        done = run(*reader)
        message = done.stderr if reader is export else done.stdout
        assert done.exit_code == 0
        assert f"{damaged}:2: no record: " in message
        assert "; 1 line is left out: mend or remove it\n" in message
        assert "next run" not in done.stderr
    assert ids(run(*export).stdout_bytes) == [RECORDS[0].id]
    store = json.loads(run("status", "--json").stdout)["store"]
    assert (store["records"], store["broken"]) == (1, 1)


READERS = [("export", "--format", "jsonl", "-o", "-"), ("rules", "--count", "output")]


@pytest.mark.parametrize("reader", READERS)
def test_a_store_without_any_record_is_refused(damaged: Path, reader: tuple[str, ...]) -> None:
    damaged.write_bytes(b"[]\n[]\n")
    done = run(*reader)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {damaged}:1: no record: ")


def test_lines_that_are_no_whole_records_are_read_as_far_as_they_go(damaged: Path) -> None:
    page = {
        "id": "abcdefabcdef0123",
        "source": {"kind": "file", "name": "n.html"},
        "status": "ok",
        "text": "Old.",
    }
    damaged.write_text(
        "".join(json.dumps(page | other) + "\n" for other in ({}, {"version": 2, "text": "New."}))
    )
    assert "[-Old.-]{+New.+}" in run("diff", "abcdef").stdout
    explained = run("explain", "abcdef")
    assert (explained.exit_code, "its page was read from n.html" in explained.stderr) == (2, True)
    Path("n.html").write_text(
        "<p>The harbour ferry sails again from Monday, the port of Aldmouth said.</p>" * 3
    )
    taught = run("teach", "n.html", "The harbour ferry")
    assert "of 2 other records in output/records.jsonl it cuts 0 lines" in taught.stdout, taught.output
    Path("removed.jsonl").write_text('{"removed":[{"rule":"a.b"},{"rule":"a.b"}]}\n{"removed":[]}\n')
    assert "a.b: 2 blocks in 1 record\n" in run("rules", "--count", "removed.jsonl").stdout


def test_a_byte_order_mark_and_blank_lines_are_no_damage(damaged: Path) -> None:
    damaged.write_bytes(BOM + LINES[0] + b"\r\n\n" + LINES[2].rstrip())
    assert run("export", "--format", "jsonl", "-o", "-").stderr == "2 records to standard output\n"
    assert "no record" not in run("ingest", "pages.jsonl").stderr.replace("no record is new", "")
    assert [path.name for path in damaged.parent.glob("records.*")] == ["records.jsonl"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl.gz", "parts"])
def test_a_killed_run_leaves_a_broken_line_in_the_store_or_beside_it(
    tmp_path: Path, kind: str, killable_run: KillableRun
) -> None:
    sink = "jsonl" if kind == "parts" else kind
    broken = DAMAGES["no UTF-8"]

    def made(name: str) -> StoreLocation:
        place = StoreLocation(tmp_path / name, part_size="2kB" if kind == "parts" else None)
        with sink_named(sink, place) as opened:
            for record in RECORDS:
                opened.write(record)
        store = place.folder / f"records.{sink}"
        [*_, file] = sorted(store.iterdir()) if store.is_dir() else [store]
        file.write_bytes(file.read_bytes() + (gzip.compress(broken) if kind == "jsonl.gz" else broken))
        return place

    def holds(place: StoreLocation) -> tuple[list[bytes], bytes]:
        aside = place.folder / BROKEN
        return list(backend_named(sink, place).lines()), aside.read_bytes() if aside.exists() else b""

    length = killable_run(sink, made("whole"), [], kill_at=1_000_000)
    assert holds(StoreLocation(tmp_path / "whole")) == (LINES, broken)
    for kill_at in range(1, length, length // 15):
        place = made(str(kill_at))
        assert not killable_run(sink, place, [], kill_at=kill_at)
        lines, aside = holds(place)
        assert [line for line in lines if line != broken] == LINES, kill_at
        assert broken in (*lines, aside), kill_at
        with sink_named(sink, place):
            pass
        assert holds(place) == (LINES, broken), kill_at
