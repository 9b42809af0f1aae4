"""An output folder says to which library it belongs: moved, copied or restored, its files are what they were."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
from earlier_copydesk import (
    LINES,
    RECORDS,
    change,
    ids,
    ids_of,
    ingest,
    make_state,
    make_store,
    refused,
    run,
)
from postgres import Server

from copydesk.flows.io.output_folder import LIBRARY

MARK = ".library.json"


@pytest.fixture
def url(postgresql: Server, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    name = f"marked_{abs(hash(request.node.name))}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return postgresql.url(name)


def copied(folder: Path, to: str) -> Path:
    """A copy with other numbers and times."""
    shutil.copytree(folder, to, copy_function=shutil.copyfile)
    return Path(to)


def test_a_folder_of_a_library_on_a_server_may_be_moved_copied_and_restored(output: Path, url: str) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    assert ingest("--state", url).exit_code == 0
    before = (output / "records.jsonl").read_bytes()
    output.rename("moved")
    places = (Path("moved"), copied(Path("moved"), "copied"))
    for place in places:
        for _ in range(2):
            done = ingest("--state", url, "--output", str(place))
            assert (done.exit_code, "earlier" in done.stderr) == (0, False), done.stderr
    assert "made again" not in done.stderr
    # an older state of the file, brought back
    places[0].joinpath("records.jsonl").write_bytes(b"")
    done = ingest("--state", url, "--output", "moved")
    assert (done.exit_code, "it is made again" in done.stderr) == (0, True)
    assert [place.joinpath("records.jsonl").read_bytes() for place in places] == [before, before]


def test_a_run_that_forgets_the_server_is_told_its_name(
    monkeypatch: pytest.MonkeyPatch, output: Path, url: str, postgresql: Server
) -> None:
    monkeypatch.setenv("NEWS", "hunter2")
    assert ingest("--state", url.replace("copydesk@", "copydesk:${NEWS}@")).exit_code == 0
    mark = (output / MARK).read_bytes()
    where = json.loads(mark)["where"]
    assert where.startswith("postgresql:///marked_")
    assert b"hunter2" not in mark
    says = f"Error: output: belongs to the library {where}; name it with --database or --state, name another --output, or remove output/.library.json if that library is no more\n"
    assert refused(ingest()) == says
    assert not (output / LIBRARY).exists()
    postgresql.asked("CREATE DATABASE marked_another")
    line = refused(ingest("--state", postgresql.url("marked_another")))
    assert line.startswith(f"Error: output: belongs to the library {where}, and postgresql:///marked_another")
    assert line.endswith(
        "; name another --output, or remove output/.library.json if that library is no more\n"
    )
    assert ingest("--state", url).exit_code == 0
    (output / MARK).write_bytes(b"{")
    assert f"{output / MARK}: does not say of which library this folder is" in refused(ingest())


def test_where_the_library_was_made_anew_the_files_are_taken(
    output: Path, url: str, postgresql: Server
) -> None:
    (output / "records.jsonl").write_bytes(b"".join(LINES))
    assert ingest("--state", url).exit_code == 0
    postgresql.asked("DROP SCHEMA copydesk CASCADE", database=url.partition("?")[0].rpartition("/")[2])
    done = ingest("--state", url)
    assert (done.exit_code, "4 records are in postgresql:///" in done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize("left", ["records.sqlite", "state.sqlite"])
def test_what_was_left_may_be_copied_and_touched(output: Path, left: str) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    file = (
        make_store(output, left, LINES[1:3]) if left == "records.sqlite" else make_state(output, version=12)
    )
    assert ingest().exit_code == 0
    os.utime(file, (1, 1))
    assert ingest().exit_code == 0
    copy = copied(output, "copy")
    for _ in range(2):
        assert ingest("--output", "copy").exit_code == 0
    assert ids(copy) == ids_of(RECORDS[:1])
    change(copy / left, "CREATE TABLE more (number INTEGER)")
    further = copied(output, "further")
    make_store(further, "records.sqlite", LINES) if left == "state.sqlite" else make_state(further)
    assert refused(ingest("--output", "copy")).endswith(
        f"; move {left} away to go on without what that brought\n"
    )
    came = "records.sqlite" if left == "state.sqlite" else "state.sqlite"
    assert f"has written {came} here after" in refused(ingest("--output", "further"))


def test_a_file_that_was_taken_by_a_run_with_another_sink_is_kept_up_to_date(output: Path) -> None:
    (output / "records.jsonl").write_bytes(b"[]\n" + b"".join(LINES))
    done = ingest("--sink", "parquet")
    assert (done.exit_code, "as the last run left it" in done.stderr) == (0, False), done.stderr
    exported = run("export", "--output", "output/records.jsonl", "--format", "jsonl", "--to", "-")
    assert (exported.stdout.count("\n"), exported.stderr) == (4, "4 records to standard output\n")


def test_views_without_their_library_are_one_store(output: Path) -> None:
    (output / "records.jsonl").write_bytes(b"".join(LINES))
    assert ingest().exit_code == 0
    assert ingest("--sink", "jsonl.gz").exit_code == 0
    for file in output.glob(f"{LIBRARY}*"):
        file.unlink()
    done = ingest()
    assert (done.exit_code, "4 records are in" in done.stderr, "stays" in done.stderr) == (0, True, False)
    (output / "records.jsonl").unlink()
    assert ingest("--sink", "jsonl.gz").exit_code == 0
    assert gzip.decompress((output / "records.jsonl.gz").read_bytes()).count(b"\n") == 4
