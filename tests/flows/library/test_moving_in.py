"""An earlier copydesk's folder, or its tables on a server, become a library with all that they held, once and whole, or
are refused in a line. Lines that are no records are kept, reported, and skipped by readers of files.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from earlier_copydesk import (
    LINES,
    RECORDS,
    asked,
    change,
    exported,
    ids,
    ids_of,
    ingest,
    make_records,
    make_state,
    make_state_tables,
    make_store,
    refused,
    run,
)
from msgspec.structs import replace
from postgres import Server

from copydesk.cleaners import encode
from copydesk.cleaners.schema import encode_value
from copydesk.flows.io.output_folder import BROKEN, LIBRARY
from copydesk.flows.library.records.record_lines import key_of

AT = LINES[1].index(b'"text":"') + len(b'"text":"')
FIELDS = json.loads(LINES[1])
DAMAGES = {
    "cut short": LINES[1][:AT] + b"\n",
    "zeros": LINES[1][:AT] + bytes(4) + LINES[1][AT:],
    "no UTF-8": LINES[1][:AT] + b"\xff" + LINES[1][AT:],
    "a list": b"[]\n",
    "a control": LINES[1][:AT] + b"\x01" + LINES[1][AT:],
    "a carriage return": b'{"a":1,\r"b"\n',
    "without processing": json.dumps({k: v for k, v in FIELDS.items() if k != "processing"}).encode() + b"\n",
    "a number for a text": json.dumps(FIELDS | {"text": 5}).encode() + b"\n",
}
BOM = b"\xef\xbb\xbf"
GATE = {"gate": {"name": "least_words", "limit": 50, "value": 4}}
NO_DATABASE = b"no database at all " * 100
KNOWN = [("https://desk.example/3", "https://desk.example/3 2026-11-02")]
"""What an earlier state knew of a page."""


@pytest.fixture
def database(postgresql: Server, request: pytest.FixtureRequest) -> str:
    """The name of a database of the test's own."""
    name = f"earlier_{abs(hash(request.node.name))}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def damaged(output: Path) -> Path:
    """A store of two records with every damage between them."""
    return make_store(output, "records.jsonl", (LINES[0], *DAMAGES.values(), LINES[2]))


def aside(*lines: bytes) -> bytes:
    return b"".join(encode_value(json.loads(line) | GATE) + b"\n" for line in lines)


@pytest.mark.parametrize("sink", ["jsonl.gz", "parquet", "sqlite"])
def test_all_that_a_folder_held_is_taken_once(output: Path, sink: str) -> None:
    """Records, what killed runs had read, what was set aside, what was known of the web and of sites, and views."""
    store = make_store(output, f"records.{sink}", LINES[:2])
    text = "Quite another text of many new words that were never there before. " * 3
    later = replace(
        RECORDS[0], text=text, field_origins={}, content_hash="f" * 64, fetched_at="2027-01-01T00:00:00Z"
    )
    broken = b'{"id":"%s","source":{"kind":"html","name":"a"},"status":"ok"}\n' % (b"a" * 32)
    journal = output / f".records.{sink}.journal"
    # the run was killed within its last line
    journal.write_bytes(encode(later) + broken + LINES[2] + LINES[2][:40])
    (output / "quarantine.jsonl").write_bytes(aside(LINES[0], LINES[2]) + b"a broken line\n")
    # one more was set aside, and the first has passed since
    passed = encode_value(key_of(LINES[0])) + b"\n"
    (output / ".records.quarantine.journal").write_bytes(aside(LINES[3]) + passed)
    state, view = make_state(output), Path("a.csv")
    view.write_text("x\n")
    digest = hashlib.blake2b(os.fsencode(view.absolute()), digest_size=16).digest()
    change(state, "INSERT INTO views (place) VALUES (?)", digest)
    for page in (RECORDS[1].id, "f" * 32):
        values = ("desk.example", page, b"j", 4, b"h", b"t", b"b" * 8)
        change(state, "INSERT INTO site_pages VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
    kept = [(one, one.with_name(f"{one.name}.kept")) for one in (state, journal)]
    if store.suffix == ".sqlite":
        kept.append((store, store.with_name("store.kept")))
    for one, beside in kept:
        os.link(one, beside)
    options = ("--sink", sink, "--view", "csv=a.csv")
    if store.suffix == ".sqlite":
        says = "output: holds records.sqlite of an earlier copydesk; the next run of copydesk ingest takes it over"
        for place in ("output", "output/records.sqlite"):
            assert says in refused(run("export", "--output", place, "--format", "jsonl", "--to", "-"))
        assert says in refused(run("search", "harbour"))
        assert "takes it over" in run("status").stdout
    done = ingest(*options)
    assert done.exit_code == 0, done.stderr
    assert "warning: a folder without a library: 4 records and all that was known of the web" in done.stderr
    assert ids(output) == [*ids_of(RECORDS[:2]), RECORDS[0].id, RECORDS[2].id]
    versions = asked(output, "SELECT version FROM record WHERE gate IS NULL ORDER BY number")
    assert [version for (version,) in versions] == [1, 1, 2, 1]
    assert (output / BROKEN).read_bytes() == b"a broken line\n" + broken
    waiting = [json.loads(line) for line in (output / "quarantine.jsonl").read_bytes().splitlines()]
    expected = [(one.id, GATE["gate"]) for one in (RECORDS[2], RECORDS[3])]
    assert [(one["id"], one["gate"]) for one in waiting] == expected
    assert asked(output, "SELECT url, entry FROM url") == KNOWN
    assert asked(output, "SELECT list, entry FROM waiting") == [("warc:ab", b"stored")]
    known = (
        "SELECT site, site_page.run FROM site_page JOIN record ON record.id = page WHERE site_page.run = 0"
    )
    assert asked(output, known) == [("desk.example", 0)]
    # what recurs on the sites of a run that was cut short is settled by the next one
    assert asked(output, "SELECT * FROM run") == []
    assert view.read_text().count("\n") == 4
    own = {LIBRARY, f"{LIBRARY}-wal", f"{LIBRARY}-shm", BROKEN, "quarantine.jsonl", store.name}
    own -= {store.name} if store.suffix == ".sqlite" else set()
    for _ in range(2):
        # a run that was killed before it removed what it took is gone on from
        for one, beside in kept:
            beside.rename(one) if beside.exists() else None
        again = ingest(*options)
        assert (again.exit_code, "without a library" in again.stderr) == (0, False), again.stderr
        assert {one.name for one in output.iterdir()} <= own


def test_of_several_stores_the_one_of_the_sink_is_taken_and_others_stay(output: Path) -> None:
    make_store(output, "records.jsonl", LINES[:2])
    # the same page with a text of a later day, a store of others, and a copy of what is taken
    later = encode(replace(RECORDS[0], text="Other words. ", content_hash="e" * 64))
    packed = make_store(output, "records.jsonl.gz", [later])
    database = make_store(output, "records.sqlite", LINES[2:])
    before = [one.read_bytes() for one in (packed, database)]
    make_store(output, "records.jsonl.zst", LINES[:2])
    line = refused(ingest("--sink", "parquet"))
    assert "choose one with --sink jsonl or --sink jsonl.gz or --sink jsonl.zst" in line
    # readers read what they read before
    assert exported("--output", "output/records.jsonl") == ids_of(RECORDS[:2])
    done = ingest()
    assert (done.exit_code, ids(output)) == (0, ids_of(RECORDS[:2]))
    for name in ("records.jsonl.gz", "records.sqlite"):
        assert f"{name} stays as it is, with records that were not taken" in done.stderr
    assert "zst stays" not in done.stderr
    again = ingest()
    assert (again.exit_code, "stays" in again.stderr) == (0, False)
    assert [one.read_bytes() for one in (packed, database)] == before
    # the records file of another sink would take its place
    line = refused(ingest("--sink", "jsonl.gz"))
    assert f"{packed}: holds an earlier copydesk's records, which {output / LIBRARY}" in line
    packed.unlink()
    for _ in range(2):
        assert ingest("--sink", "jsonl.gz").exit_code == 0


@pytest.mark.parametrize("came", ["state.sqlite", "records.sqlite", ".records.jsonl.journal"])
def test_an_earlier_copydesk_that_runs_once_more_loses_nothing(output: Path, came: str) -> None:
    make_store(output, "records.jsonl", LINES[:1])
    make_state(output)
    assert ingest().exit_code == 0
    make_store(output, "records.jsonl", LINES[:2])
    if came == "state.sqlite":
        change(make_state(output), "DELETE FROM fetches")
    else:
        make_store(output, came, LINES[2:])
    before = (file := output / came).read_bytes()
    line = refused(ingest())
    assert f"an earlier copydesk has written {came} here after {output / LIBRARY} had taken all over;" in line
    assert f"; move {came} away to go on without what that brought\n" in line
    assert ((output / "records.jsonl").read_bytes(), file.read_bytes()) == (b"".join(LINES[:2]), before)
    file.unlink()
    # a records file that was edited by hand is made again
    assert ingest().exit_code == 0
    assert exported("--output", "output/records.jsonl") == ids_of(RECORDS[:1])


@pytest.mark.parametrize("name", ["records.sqlite", "state.sqlite"])
def test_a_damaged_database_is_refused_in_a_line(output: Path, name: str) -> None:
    if name == "state.sqlite":
        make_store(output, "records.jsonl", [DAMAGES["a carriage return"], LINES[0]])
    file = output / name
    file.write_bytes(NO_DATABASE)
    for _ in range(2):
        line = refused(ingest())
        assert f"{file}: is damaged, or not made by copydesk (file is not a database); bring back" in line
    assert file.read_bytes() == NO_DATABASE
    file.unlink()
    assert ingest().exit_code == 0
    if name == "state.sqlite":
        # once, however often it was tried
        assert (output / BROKEN).read_bytes() == DAMAGES["a carriage return"]


def test_a_state_of_another_version_is_left_out_with_a_line(output: Path) -> None:
    make_store(output, "records.jsonl", LINES[:1])
    state = make_state(output, version=9)
    change(state, "ALTER TABLE fetches DROP COLUMN failures")
    before = state.read_bytes()
    done = ingest()
    assert (done.exit_code, ids(output)) == (0, ids_of(RECORDS[:1]))
    says = "1 record is in output/library.sqlite now; state.sqlite is of another version, and was left out: its pages are"
    assert says in done.stderr
    assert state.read_bytes() == before
    assert ingest().exit_code == 0


# --- on a server


def in_schemas(url: str, *names: str) -> str:
    return f"{url}&options=-csearch_path%3D{'%2C'.join(names)}"


@pytest.mark.usefixtures("output")
@pytest.mark.parametrize("schemas", [("public", "copydesk_state"), ("articles", "known")])
def test_tables_on_a_server_are_taken_once_and_stay(
    postgresql: Server, database: str, output: Path, schemas: tuple[str, str]
) -> None:
    make_records(postgresql, database, schemas[0], LINES[:2])
    make_state_tables(postgresql, database, schemas[1])
    url = postgresql.url(database)
    own = "copydesk"
    if schemas[0] == "articles":
        # of another address
        make_records(postgresql, database, "public", LINES[3:])
        for option, schema in (("--database", "articles"), ("--state", "known")):
            sink = ("--sink", "postgresql") if option == "--database" else ()
            line = refused(ingest(*sink, option, in_schemas(url, schema)))
            assert f"the schema {schema} holds an earlier copydesk's tables, which stay as they are;" in line
            assert f"?options=-csearch_path%3DNAME%2C{schema}" in line
        postgresql.asked(f"CREATE SCHEMA {(own := 'news')}", database=database)
        url = in_schemas(url, own, *schemas)
    line = refused(run("export", "--database", url, "--format", "jsonl", "--to", "-"))
    assert "holds no library; copydesk ingest makes it, and takes over what an earlier copydesk left" in line
    # a store beside the table stays
    store = make_store(output, "records.sqlite", LINES[2:3])
    done = ingest("--sink", "postgresql", "--database", url)
    assert done.exit_code == 0, done.output
    assert "an earlier copydesk's tables: 2 records and all that was known of the web are in" in done.stderr
    left = f"{schemas[0]}.records and the schema {schemas[1]} are not used any more; records.sqlite stays"
    assert left in done.stderr
    again = ingest("--sink", "postgresql", "--database", url)
    assert (again.exit_code, "are not used" in again.stderr, store.exists()) == (0, False, True)
    assert exported("--database", url) == ids_of(RECORDS[:2])
    known = postgresql.asked(f"SELECT url, entry FROM {own}.url", database=database)  # noqa: S608 - ours
    assert known == KNOWN
    count = f"SELECT count(*) FROM {schemas[0]}.records"  # noqa: S608 - ours
    assert postgresql.asked(count, database=database) == [(2,)]


def test_tables_of_records_do_not_come_among_others(postgresql: Server, database: str, output: Path) -> None:
    make_records(postgresql, database, "public", LINES[:2])
    url = postgresql.url(database)
    # by the first run of their sink
    assert ingest("--state", url, "--output", "first").exit_code == 0
    assert exported("--database", url) == []
    make_store(output, "records.jsonl", LINES[3:])
    line = refused(ingest("--state", url))
    assert line.startswith(
        "Error: output/records.jsonl: holds records that are not of the library postgresql:///"
    )
    postgresql.asked("DROP SCHEMA copydesk CASCADE", database=database)
    assert ingest("--state", url).exit_code == 0
    line = refused(ingest("--sink", "postgresql", "--database", url))
    assert "has records, and so has public.records of an earlier copydesk; make a schema for these" in line
    postgresql.asked("CREATE SCHEMA others", database=database)
    named = in_schemas(url, "others", "public")
    assert ingest("--sink", "postgresql", "--database", named, "--output", "others").exit_code == 0
    assert (len(exported("--database", url)), len(exported("--database", named))) == (1, 2)


@pytest.mark.parametrize("name", ["records.jsonl", "records.sqlite", "quarantine.jsonl"])
def test_of_a_further_folder_only_what_was_known_of_the_web_is_taken(
    postgresql: Server, database: str, output: Path, name: str
) -> None:
    url = postgresql.url(database)
    assert ingest("--output", "first", "--state", url).exit_code == 0
    store = make_store(output, name, LINES[:3])
    before, state = store.read_bytes(), make_state(output)
    line = refused(ingest("--state", url))
    assert line.startswith(
        f"Error: {store}: holds records that are not of the library postgresql:///{database}"
    )
    assert line.endswith(
        "; leave --database and --state out to have a library of them in the folder, or move it away\n"
    )
    assert (store.read_bytes(), state.exists()) == (before, True)
    store.unlink()
    assert ingest("--state", url).exit_code == 0
    assert {one.name for one in output.iterdir()} == {".library.json", "records.jsonl"}
    assert postgresql.asked("SELECT url, entry FROM copydesk.url", database=database) == KNOWN
    # another machine may have a folder of the same path
    output.rename("moved")
    output.mkdir()
    make_state(output)
    assert ingest("--state", url).exit_code == 0
    assert {one.name for one in output.iterdir()} == {".library.json", "records.jsonl"}


# --- lines that are no records


def test_a_run_reports_lines_that_were_no_records_until_their_file_is_moved_away(damaged: Path) -> None:
    done = ingest()
    assert (done.exit_code, ids(damaged.parent)) == (0, [RECORDS[0].id, RECORDS[2].id])
    apart = damaged.with_name(BROKEN)
    assert apart.read_bytes() == b"".join(DAMAGES.values())
    warning = f"warning: {len(DAMAGES)} lines of the store that were no records are in {apart}"
    assert warning in done.stderr
    assert warning in ingest().stderr
    says = f"moved out of the store: {len(DAMAGES)} lines that were no records, in {apart}: see what was damaged, and"
    assert says in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["set_aside"] == len(DAMAGES)
    # it is no page, and no store
    assert run("clean", "output").stderr == "no pages found\n"
    apart.unlink()
    assert "no record" not in ingest().stderr.replace("no record is new", "")


def test_readers_warn_and_go_on(damaged: Path) -> None:
    damaged.write_bytes(LINES[0] + b"[]\n" * 5 + LINES[2])
    exported = run("export", "--format", "jsonl", "-o", "-")
    assert (exported.exit_code, exported.stdout.count("\n")) == (0, 2)
    warning = f"warning: {damaged}:2: no record: "
    assert exported.stderr.startswith(warning)
    assert "; 5 lines are left out" in exported.stderr
    for reader in (("review",), ("rules", "--count", "output")):
        done = run(*reader)
        assert (done.exit_code, done.stderr.startswith(warning)) == (0, True), done.output
    shown = run("status")
    assert "records: 2 in " in shown.stdout
    assert f"  {damaged}:2: no record: " in shown.stdout
    damaged.write_bytes(b"[]\n[]\n")
    for arguments in (("export", "--format", "jsonl", "-o", "-"), ("rules", "--count", "output")):
        assert refused(run(*arguments)).startswith(f"Error: {damaged}:1: no record: ")


def test_lines_that_are_no_whole_records_are_read_as_far_as_they_go(damaged: Path) -> None:
    source = {"kind": "file", "name": "n.html"}
    page = {"id": "abcdefabcdef0123", "source": source, "status": "ok", "text": "Old."}
    both = (page, page | {"version": 2, "text": "New."})
    damaged.write_text("".join(json.dumps(one) + "\n" for one in both))
    assert "[-Old.-]{+New.+}" in run("diff", "abcdef").stdout
    explained = run("explain", "abcdef")  # by its id only a whole record is found
    assert (explained.exit_code, "no id of a record" in explained.stderr) == (2, True)
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
    assert "no record" not in ingest().stderr.replace("no record is new", "")
    assert ids(damaged.parent) == [RECORDS[0].id, RECORDS[2].id]
