"""Views of the records: packed ones read by others, parts of which the changed ones alone are written."""

from __future__ import annotations

import fcntl
import gzip
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import page_versions
import pytest
from click.testing import CliRunner
from killed_runs import show
from msgspec.structs import replace
from stores import lines
from test_identity import read

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.commands.cli import cli
from copydesk.flows.errors import SinkError
from copydesk.flows.io.output_folder import QUARANTINE
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation, view_of_run
from copydesk.flows.library.reading import FileRecords
from copydesk.flows.library.records.record_rows import RecordRows

SITE = "https://courier.example"


def page(number: int, text: str | None = None) -> Record:
    return read(f"{SITE}/{number}", text or f"text {number}")


# one record a page: a changed text takes the place of the old one
store = partial(page_versions.store, versions="last")


def texts(lines: Sequence[bytes]) -> list[str]:
    return [msgspec.json.decode(line, type=Record).text for line in lines]


def view(sink: str, folder: Path) -> Iterator[bytes]:
    """What readers see of a view."""
    return FileRecords(folder / f"records.{sink}", sink).lines()


def parts(place: StoreLocation, pattern: str = "*.jsonl") -> dict[str, list[str]]:
    folder = place.folder / "records.jsonl"
    return {file.name: texts(file.read_bytes().splitlines()) for file in sorted(folder.glob(pattern))}


@pytest.mark.parametrize("sink", ["jsonl.gz", "jsonl.zst"])
def test_packed_stores_are_read_by_others_and_equal_runs_leave_equal_bytes(tmp_path: Path, sink: str) -> None:
    place, file = StoreLocation(tmp_path), tmp_path / f"records.{sink}"
    store(sink, place, page(1), page(2, "two\u2028lines"))
    before = file.read_bytes()
    is_gzip = sink.endswith("gz")
    unpack = gzip.decompress if is_gzip else zstd.decompress
    plain = unpack(before)
    assert texts(plain.split(b"\n")[:-1]) == ["text 1", "two\u2028lines"]
    store(sink, StoreLocation(tmp_path / "other"), page(1), page(2, "two\u2028lines"))
    assert (tmp_path / "other" / f"records.{sink}").read_bytes() == before
    # as gzip and zstd append: further members are read
    file.write_bytes(before + (gzip if is_gzip else zstd).compress(encode(page(3))))
    assert texts(list(view(sink, tmp_path))) == ["text 1", "two\u2028lines", "text 3"]


@pytest.mark.parametrize(
    ("sink", "damage"),
    [("jsonl.gz", "cut"), ("jsonl.gz", "gone"), ("jsonl.zst", "cut"), ("jsonl.zst", "changed")],
)
def test_a_damaged_view_is_reported_by_readers_and_made_again_by_the_next_run(
    tmp_path: Path, sink: str, damage: str
) -> None:
    place, file = StoreLocation(tmp_path), tmp_path / f"records.{sink}"
    store(sink, place, *map(page, range(20)))
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(
            whole[:-9] if damage == "cut" else whole[:-9] + bytes(255 - one for one in whole[-9:])
        )
        with pytest.raises(SinkError, match="is damaged"):
            list(view(sink, tmp_path))
    made = view_of_run(sink, place)
    assert made is not None
    with Library.open(tmp_path) as library:
        assert [made.update(library), made.update(library)] == [True, False]
    assert file.read_bytes() == whole


def test_of_a_plain_view_the_changed_lines_alone_are_new(tmp_path: Path) -> None:
    """Whatever was changed, taken out or added: the view is the library, line by line."""
    place, many = StoreLocation(tmp_path), 60
    store("jsonl", place, *map(page, range(many)))
    for changes in ((0,), (many - 1,), (3, 4, 30), (*range(10, 20),), ()):
        store(
            "jsonl",
            place,
            *(page(one, f"text {one} of {changes}") for one in changes),
            page(99 + len(changes)),
        )
        assert (tmp_path / "records.jsonl").read_bytes() == b"".join(lines(place))
    with Library.open(tmp_path) as library:
        show(library, "jsonl", place)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_parts_have_the_set_size_and_only_changed_ones_are_written(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path, part_size=str(len(encode(page(1))) + 1))
    store("jsonl", place, *map(page, range(5)))
    assert parts(place) == {
        "000001.jsonl": ["text 0", "text 1"],
        "000002.jsonl": ["text 2", "text 3"],
        "000003.jsonl": ["text 4"],
    }
    inodes = {name: (tmp_path / "records.jsonl" / name).stat().st_ino for name in parts(place)}
    store("jsonl", place, page(2, "changed"), page(5), page(6))
    assert parts(place) == {
        "000001.jsonl": ["text 0", "text 1"],
        "000002.jsonl": ["changed", "text 3"],
        "000003.jsonl": ["text 4", "text 5"],
        "000004.jsonl": ["text 6"],
    }
    now = {name: (tmp_path / "records.jsonl" / name).stat().st_ino for name in inodes}
    assert {name for name in now if now[name] == inodes[name]} == {"000001.jsonl"}


def test_a_state_stays_for_as_long_as_it_is_read(tmp_path: Path) -> None:
    place, sink = StoreLocation(tmp_path, part_size="1"), "parquet"
    store(sink, place, page(0), page(1))
    reader = view(sink, tmp_path)
    first = next(reader)
    unchanged = (tmp_path / f"records.{sink}").resolve()
    store(sink, place, page(0))
    assert (tmp_path / f"records.{sink}").resolve() == unchanged
    for text in ("second", "third", "fourth"):
        store(sink, place, page(0, text), page(1, text))
    assert texts([first, *reader]) == ["text 0", "text 1"]
    store(sink, place, page(0, "fifth"))
    states = sorted(entry.name for entry in tmp_path.iterdir())
    assert states == [
        f".records.{sink}.000004",
        f".records.{sink}.000005",
        "library.sqlite",
        f"records.{sink}",
    ]


def test_a_reader_during_runs_gets_the_newest_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = StoreLocation(tmp_path, part_size="1")
    store("jsonl", place, page(0), page(1))
    flock = fcntl.flock

    def locked_late(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        # between the look at the link and the lock: what the link led to then is gone
        for text in ("second", "third", "fourth"):
            store("jsonl", place, page(0, text), page(1, text))
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", locked_late)
    assert texts(list(view("jsonl", tmp_path))) == ["fourth", "fourth"]


def test_a_copy_of_a_view_without_its_link_is_read(tmp_path: Path) -> None:
    store("jsonl", StoreLocation(tmp_path / "out", part_size="1"), page(0), page(1))
    shutil.copytree(tmp_path / "out" / "records.jsonl", tmp_path / "copy" / "records.jsonl")
    assert texts(list(view("jsonl", tmp_path / "copy"))) == ["text 0", "text 1"]
    # the parts are gone, and the link is left: the next run makes them again
    shutil.rmtree((tmp_path / "out" / "records.jsonl").resolve())
    store("jsonl", StoreLocation(tmp_path / "out", part_size="1"))
    assert texts(list(view("jsonl", tmp_path / "out"))) == ["text 0", "text 1"]


def test_each_day_begins_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, records in (
        ("2026-11-20", [page(1), page(2)]),
        ("2026-11-21", [page(1, "changed"), page(3)]),
        ("2026-11-21", [page(4)]),
        ("2026-11-20", [page(5)]),  # a clock that was set back: parts stay in the order they were begun
    ):
        for module in ("record_view", "parts"):
            monkeypatch.setattr(f"copydesk.flows.library.files.{module}.today", lambda day=day: day)
        store("jsonl", StoreLocation(tmp_path, part_by="day"), *records)
    assert parts(StoreLocation(tmp_path)) == {
        "000001-2026-11-20.jsonl": ["changed", "text 2"],
        "000002-2026-11-21.jsonl": ["text 3", "text 4"],
        "000003-2026-11-20.jsonl": ["text 5"],
    }


def test_a_view_of_one_file_becomes_parts_and_stays_in_parts(tmp_path: Path) -> None:
    store("jsonl", StoreLocation(tmp_path), page(1), page(2))
    made = view_of_run("jsonl", StoreLocation(tmp_path, part_size="1"))
    assert made is not None
    with Library.open(tmp_path) as library:
        assert not made.update(library), "nobody has hurt it"
    store("jsonl", StoreLocation(tmp_path), page(1, "changed"), page(3))
    assert parts(StoreLocation(tmp_path)) == {
        "000001.jsonl": ["changed"],
        "000002.jsonl": ["text 2", "text 3"],
    }
    file = tmp_path / "other" / "records.jsonl"
    (file / "somebody's").mkdir(parents=True)
    with pytest.raises(SinkError, match="is a folder of somebody else's; move it away"):
        store("jsonl", StoreLocation(tmp_path / "other"), page(1))
    assert [entry.name for entry in file.iterdir()] == ["somebody's"]


@pytest.mark.parametrize("holds_parts", [False, True])
def test_a_folder_in_place_of_a_store_is_reported(empty_folder: Path, holds_parts: bool) -> None:
    (empty_folder / "page.html").write_text("<p>The ferry sails again.</p>", "utf-8")
    in_its_place = empty_folder / "output" / "records.jsonl"
    in_its_place.mkdir(parents=True)
    if holds_parts:
        (in_its_place / "000001.jsonl").touch()
    message = "Error: output/records.jsonl: is a folder of somebody else's; move it away\n"
    done = CliRunner().invoke(cli, ["ingest", "page.html"])
    assert (done.exit_code, done.stderr) == (5, message)
    assert not list(in_its_place.parent.glob(".records*"))


def test_what_leaves_the_quarantine_is_no_change_of_what_was_stored(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path)
    aside = [read(f"{SITE}/{number}", f"text {number}") for number in (20, 21)]
    store("jsonl", place, *map(page, range(5)), *(replace(one, language="de") for one in aside), page(5))
    with Library.open(tmp_path) as library, library.reading() as connection:
        before = RecordRows(connection)
    store("jsonl", place, aside[0])
    with Library.open(tmp_path) as library, library.reading() as connection:
        stored, waiting = (
            RecordRows(connection, since=before.change, is_aside=is_aside) for is_aside in (False, True)
        )
        assert [*stored.changed_in(0, stored.last)] == [stored.last]
        assert len(waiting.changed_in(0, stored.last)) == 1
    assert len((tmp_path / QUARANTINE).read_bytes().splitlines()) == 1
    store("jsonl", place, aside[1])
    assert not (tmp_path / QUARANTINE).exists()
