"""``copydesk export``: what is stored, in any format, or one line that says why not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from conftest import HANG_SECONDS
from full_disk import limited_files
from made_records import full_record
from msgspec.structs import replace

from copydesk import Record, clean
from copydesk.cleaners import encode
from copydesk.flows.commands.cli import cli
from copydesk.flows.formats.format_registry import StreamFormat, all_formats
from copydesk.flows.formats.parquet import arrow_schema
from copydesk.flows.io.extras import install

FORMATS = list(all_formats())
LINES = [
    name for name, format_ in all_formats().items() if isinstance(format_, StreamFormat) and format_.is_text
]
RECORDS = [
    replace(
        full_record(),
        id=f"{number:032x}",
        status="ok",
        language=language,
        text=f"Text {number}. " * 2_000,
        markdown=f"Text {number}. " * 2_000,
        next=None,
    )
    for number, language in enumerate(("de", "en", "de", "fr"))
]
Export = Callable[..., Result]


@pytest.fixture
def export(empty_folder: Path) -> Export:  # noqa: ARG001 - the folder that is run in
    """Runs the command in a folder whose store holds four articles and a page that is none."""
    Path("output").mkdir()
    Path("output", "records.jsonl").write_bytes(b"".join(map(encode, [*RECORDS, clean("")])))
    return lambda *arguments: CliRunner().invoke(cli, ["export", *arguments])


def exported(output: bytes) -> list[Record]:
    return [msgspec.json.decode(line, type=Record) for line in output.splitlines()]


@pytest.mark.parametrize("name", FORMATS)
def test_each_page_is_exported_once_unless_all_records_are_wanted(export: Export, name: str) -> None:
    with Path("output", "records.jsonl").open("ab") as store:
        store.write(encode(replace(RECORDS[0], version=6, next="the text that holds")))
    done = export("--format", name, "-o", "place")
    assert done.stderr == "4 records to place; 1 without an article and 1 past version left out\n"
    assert (done.exit_code, done.stdout_bytes) == (0, b"")
    assert sorted(path.name for path in Path().iterdir()) == ["output", "place"]
    done = export("--format", name, "-o", "place", "--force", "--all")
    if all_formats()[name].articles_only:
        assert done.exit_code == 2
        assert done.stderr == f"Error: --all: {name} holds articles alone, in their newest version\n"
    else:
        assert done.stderr == "6 records to place\n"


@pytest.mark.parametrize("name", LINES)
def test_lines_go_to_standard_output_as_to_a_file(export: Export, name: str) -> None:
    done = export("--format", name, "-o", "-", "--limit", "1")
    # the last record, with which feeds begin, has no article
    left_out = "; 1 without an article left out" if all_formats()[name].newest_first else ""
    assert done.stderr == f"1 record to standard output{left_out}\n"
    assert export("--format", name, "-o", "place", "--limit", "1").exit_code == 0
    assert done.stdout_bytes == Path("place").read_bytes() != b""


def test_only_records_are_written_for_which_the_expression_holds(export: Export) -> None:
    done = export("--format", "jsonl", "-o", "-", "--where", "language = 'de' and status = 'ok'")
    assert exported(done.stdout_bytes) == [RECORDS[0], RECORDS[2]]
    done = export("--format", "jsonl", "-o", "-", "--where", "status <> 'failed'", "--limit", "3")
    assert exported(done.stdout_bytes) == RECORDS[:3]


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_one_line_in_every_format(export: Export, name: str) -> None:
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 9_000)))
    many = [replace(record, text=long, markdown=long) for record in RECORDS]
    Path("output", "records.jsonl").write_bytes(b"".join(map(encode, many)))
    with limited_files(20_000):
        done = export("--format", name, "-o", "place")
    assert done.exit_code == 5
    assert done.stderr.startswith("Error: place: ")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["output"]


FAULTS = [
    (["jsonl", "-o", "x", "--output", "none"], "none: no such folder; name the output folder"),
    (["jsonl", "-o", "x", "--output", "."], ".: holds no store; name the output folder"),
    (["jsnl", "-o", "x"], "there is no format 'jsnl'; did you mean jsonl?"),
    (["jsonl", "-o", "output/records.jsonl"], "is there already; --force replaces it"),
    (["parquet", "-o", "-"], "parquet is no format of lines: name a path with -o"),
    (["sqlite", "-o", "x.db.gz"], "sqlite is not compressed as a whole"),
    (["jsonl", "-o", "x", "--where", "lang = 'de'"], "--where, column 1: there is no field 'lang'"),
    (["jsonl", "-o", "x", "--limit", "0"], "--limit: expected a whole number, 1 or more, not 0"),
    (["jsonl", "-o", "gs://bucket/x"], "gcsfs"),
    (["markdown", "-o", "output", "--force"], "is a folder that no export made; name another"),
]


@pytest.mark.parametrize(("arguments", "message"), FAULTS)
def test_a_fault_is_reported_before_writing(export: Export, arguments: list[str], message: str) -> None:
    before = Path("output", "records.jsonl").read_bytes()
    done = export("--format", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert [path.name for path in Path().rglob("*")] == ["output", "records.jsonl"]
    assert Path("output", "records.jsonl").read_bytes() == before


NEEDS_PYARROW = f"needs pyarrow: {install('parquet')}\n"


def test_a_missing_package_and_its_extra(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    arrow_schema.cache_clear()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = export("--format", "parquet", "-o", "x.parquet")
    assert (done.exit_code, done.stderr) == (2, f"Error: writing Parquet {NEEDS_PYARROW}")
    assert [path.name for path in Path().iterdir()] == ["output"]
    assert install("parquet") in CliRunner().invoke(cli, ["schema", "--arrow"]).stderr
    done = CliRunner().invoke(cli, ["ingest", "output", "--sink", "parquet", "--output", "new"])
    assert (done.exit_code, done.stderr) == (5, f"Error: --sink parquet {NEEDS_PYARROW}")


def test_help_lists_every_format_and_the_arrow_schema_every_field(export: Export) -> None:
    shown = export("--help").stdout
    assert all(f"  {name} " in shown and one.summary in shown for name, one in all_formats().items())
    columns = CliRunner().invoke(cli, ["schema", "--arrow"]).stdout.splitlines()
    assert [column.partition(":")[0] for column in columns] == list(Record.__struct_fields__)


@pytest.mark.parametrize("name", LINES)
def test_records_are_taken_one_by_one(name: str) -> None:
    stream = BytesIO()
    written: list[int] = []

    def records() -> Iterator[Record]:
        for record in RECORDS:
            yield record
            written.append(stream.tell())

    format_ = all_formats()[name]
    assert isinstance(format_, StreamFormat)
    format_.write(records(), stream)
    # before the next is requested, all but a buffer's worth is in the stream
    assert [size > 20_000 * number for number, size in enumerate(written)] == [True] * len(RECORDS)


@pytest.mark.slow
@pytest.mark.usefixtures("export")
def test_a_reader_who_leaves_ends_the_export_quietly() -> None:
    Path("output", "records.jsonl").write_bytes(b"".join(map(encode, RECORDS * 50)))
    command = [sys.executable, "-m", "copydesk", "export", "--format", "jsonl", "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        assert json.loads(running.stdout.readline())["id"] == RECORDS[0].id
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(HANG_SECONDS) == 0
