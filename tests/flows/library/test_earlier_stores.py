"""What an earlier copydesk has left is taken once and whole, or refused in a line: nothing of it goes unread."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest
from earlier_copydesk import (
    LINES,
    RECORDS,
    asked,
    change_state,
    ids,
    ids_of,
    ingest,
    make_database,
    make_state,
    refused,
    run,
)
from msgspec.structs import replace

from copydesk.cleaners import encode
from copydesk.flows.io.output_folder import BROKEN, LIBRARY


def test_a_store_that_was_not_taken_stays_and_is_named(output: Path) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    (output / "records.jsonl.gz").write_bytes(gzip.compress(LINES[3]))
    store = make_database(output, LINES[1:3])
    before = store.read_bytes()
    done = ingest()
    assert (done.exit_code, ids(output)) == (0, ids_of(RECORDS[:1]))
    assert "records.jsonl.gz stays as it is, with records that were not taken" in done.stderr
    assert "records.sqlite stays as it is, with records that were not taken" in done.stderr
    again = ingest()
    assert (again.exit_code, "stays" in again.stderr) == (0, False)
    assert store.read_bytes() == before
    # the view of another sink would take its place
    line = refused(ingest("--sink", "jsonl.gz"))
    assert (
        f"{output / 'records.jsonl.gz'}: holds an earlier copydesk's records, which {output / LIBRARY}"
        in line
    )
    (output / "records.jsonl.gz").unlink()
    for _ in range(2):
        assert ingest("--sink", "jsonl.gz").exit_code == 0


def test_a_store_with_the_same_records_in_other_words_stays(output: Path) -> None:
    # a page on the web has its id of its address: another store has its text of a later day as its first version, too
    later = replace(RECORDS[0], text="Other words. ", content_hash="e" * 64)
    (output / "records.jsonl").write_bytes(LINES[0])
    (output / "records.jsonl.gz").write_bytes(gzip.compress(encode(later)))
    for _ in range(2):
        assert ingest().exit_code == 0
    assert gzip.decompress((output / "records.jsonl.gz").read_bytes()) == encode(later)


def test_lines_set_aside_that_are_no_records_are_kept(output: Path) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    (output / "quarantine.jsonl").write_bytes(b"a broken line\n" + b'{"gate":"--min-words"}\n')
    assert ingest().exit_code == 0
    assert (output / BROKEN).read_bytes() == b"a broken line\n" + b'{"gate":"--min-words"}\n'


def test_what_a_killed_run_had_read_is_a_version_of_what_was_stored(output: Path) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    text = "Quite another text of many new words that were never there before. " * 3
    later = replace(
        RECORDS[0], text=text, field_origins={}, content_hash="f" * 64, fetched_at="2027-01-01T00:00:00Z"
    )
    (output / ".records.jsonl.journal").write_bytes(encode(later))
    done = ingest()
    stored = [json.loads(line) for line in (output / "records.jsonl").read_bytes().splitlines()]
    assert [(one["version"], one["text"]) for one in stored] == [(1, RECORDS[0].text), (2, text)]
    # as of a run that was cut short: what recurs on its sites is still to be settled
    assert asked(output, "SELECT run, number > 1 FROM site_page") == [(1, 1)]
    assert asked(output, "SELECT * FROM run") == []
    assert "1 record" in done.stderr


def test_what_a_killed_run_had_read_of_a_file_is_no_second_record(output: Path) -> None:
    source = replace(RECORDS[0].source, name="a.html", kind="html")
    first = replace(RECORDS[0], url=None, canonical_url=None, source=source, title="Harbour crane")
    corrected = replace(first, id="e" * 32, text=f"{first.text} One more.", content_hash="f" * 64)
    (output / "records.jsonl").write_bytes(encode(first))
    (output / ".records.jsonl.journal").write_bytes(encode(corrected))
    assert ingest().exit_code == 0
    (stored,) = (output / "records.jsonl").read_bytes().splitlines()
    assert json.loads(stored)["text"] == corrected.text


def test_damaged_lines_of_a_journal_are_set_aside(output: Path) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    broken = b'{"id":"%s","source":{"kind":"html","name":"a"},"status":"ok"}\n' % (b"a" * 32)
    (output / ".records.jsonl.journal").write_bytes(LINES[1] + broken + LINES[2])
    assert ingest().exit_code == 0
    assert sorted(ids(output)) == ids_of(RECORDS[:3])
    assert (output / BROKEN).read_bytes() == broken


@pytest.mark.parametrize("came", ["state", "database", "journal"])
def test_an_earlier_copydesk_that_runs_once_more_loses_nothing(output: Path, came: str) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    make_state(output)
    assert ingest().exit_code == 0
    (output / "records.jsonl").write_bytes(b"".join(LINES[:2]))
    if came == "state":
        change_state(file := make_state(output), "DELETE FROM fetches")
    elif came == "database":
        file = make_database(output, LINES[2:])
    else:
        (file := output / ".records.jsonl.journal").write_bytes(LINES[2])
    before = file.read_bytes()
    line = refused(ingest())
    assert (
        f"an earlier copydesk has written {file.name} here after {output / LIBRARY} had taken all over; move "
        f"{file.name} away to go on without what that brought\n" in line
    )
    assert (output / "records.jsonl").read_bytes() == b"".join(LINES[:2])
    assert file.read_bytes() == before
    file.unlink()
    # a view that was edited by hand is made again
    assert ingest().exit_code == 0
    shown = (output / "records.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["id"] for line in shown] == ids_of(RECORDS[:1])


def test_a_run_that_was_killed_before_it_removed_what_it_took_is_gone_on_from(output: Path) -> None:
    store, state = make_database(output, LINES), make_state(output)
    journal = output / ".records.sqlite.journal"
    journal.write_bytes(LINES[0])
    kept = [(one, one.with_name(f"{one.name}.kept")) for one in (store, state, journal)]
    for one, beside in kept:
        os.link(one, beside)
    assert ingest("--sink", "sqlite").exit_code == 0
    for one, beside in kept:
        beside.rename(one)
    assert ingest("--sink", "sqlite").exit_code == 0
    assert [one.name for one in output.iterdir()] == [LIBRARY]
    assert ids(output) == ids_of(RECORDS)


def test_a_refused_take_over_leaves_readers_what_they_read_before(output: Path) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    (output / "records.jsonl.gz").touch()
    refused(ingest("--sink", "parquet"))
    (output / "records.jsonl.gz").unlink()
    assert (output / LIBRARY).exists()
    exported = run("export", "--format", "jsonl", "--to", "-")
    assert (exported.exit_code, exported.stdout.count("\n")) == (0, 1)
    assert ingest().exit_code == 0
    assert ids(output) == ids_of(RECORDS[:1])


def test_lines_that_are_none_are_set_aside_once_however_often_it_is_tried(output: Path) -> None:
    (output / "records.jsonl").write_bytes(b"[]\n" + LINES[0])
    state = output / "state.sqlite"
    state.write_bytes(b"no database at all " * 100)
    for _ in range(2):
        line = refused(ingest())
        assert (
            f"{state}: is damaged, or not made by copydesk (file is not a database); bring back a copy"
            in line
        )
    state.unlink()
    assert ingest().exit_code == 0
    assert (output / BROKEN).read_bytes() == b"[]\n"


def test_a_damaged_database_is_refused_in_a_line(output: Path) -> None:
    store = output / "records.sqlite"
    store.write_bytes(b"no database at all " * 100)
    assert f"{store}: is damaged, or not made by copydesk" in refused(ingest())
    assert store.exists()


def test_a_state_of_another_version_is_left_out_with_a_line(output: Path) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    state = make_state(output, version=9)
    change_state(state, "ALTER TABLE fetches DROP COLUMN failures")
    before = state.read_bytes()
    done = ingest()
    assert (done.exit_code, ids(output)) == (0, ids_of(RECORDS[:1]))
    assert (
        "1 record is in output/library.sqlite now; state.sqlite is of another version, and was left out: its pages are fetched once more"
        in done.stderr
    )
    assert state.read_bytes() == before
    assert ingest().exit_code == 0


@pytest.mark.parametrize("version", [12, 13])
def test_places_of_views_are_known_on(output: Path, version: int) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    place = Path("a.csv")
    place.write_text("x\n")
    digest = hashlib.blake2b(os.fsencode(place.absolute()), digest_size=16).digest()
    change_state(make_state(output, version=version), "INSERT INTO views (place) VALUES (?)", digest)
    done = ingest("--view", "csv=a.csv")
    assert done.exit_code == 0, done.stderr
    assert place.read_text().count("\n") > 1


def test_what_was_counted_of_sites_is_known_on(output: Path) -> None:
    (output / "records.jsonl").write_bytes(b"".join(LINES[:2]))
    state = make_state(output)
    for page in (RECORDS[1].id, "f" * 32):
        values = ("desk.example", page, b"j", 4, b"h", b"t", b"b" * 8)
        change_state(state, "INSERT INTO site_pages VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
    assert ingest().exit_code == 0
    found = "SELECT site, page, site_page.run, site_page.number = record.number FROM site_page JOIN record ON record.id = page"
    assert asked(output, found) == [("desk.example", RECORDS[1].id, 0, 1)]


def test_readers_of_a_folder_that_is_still_to_be_taken_over_say_so(output: Path) -> None:
    make_database(output, LINES[:2])
    says = f"{output}: holds records.sqlite of an earlier copydesk; the next run of copydesk ingest takes it over"
    for place in ("output", "output/records.sqlite"):
        assert says in refused(run("export", "--output", place, "--format", "jsonl", "--to", "-"))
    assert says in refused(run("search", "harbour"))
    assert ingest("--sink", "sqlite").exit_code == 0
    exported = run("export", "--output", f"output/{LIBRARY}", "--format", "jsonl", "--to", "-")
    assert (exported.exit_code, exported.stdout.count("\n")) == (0, 2)
