"""The bench of records that a change must not alter: that it sees any difference, and names the fields."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from conftest import ARTICLE
from msgspec.structs import replace

from benchmarks import same_records
from copydesk import Record, clean
from copydesk.cleaners.options import Options


def digests_of(record: Record) -> dict[str, str]:
    return same_records.digests_of(msgspec.to_builtins(record))


def test_every_field_is_compared_but_what_any_edit_changes() -> None:
    record = clean(ARTICLE, options=Options(comments=True, favor="recall"))
    processing = replace(record.processing, copydesk="9", rules="0", options="0", duration_ms=9.0)
    assert digests_of(replace(record, processing=processing)) == digests_of(record)
    assert set(digests_of(record)) == {field.name for field in msgspec.structs.fields(Record)}
    mended = replace(record.processing, repairs=("mojibake",))
    for field, value in {"title": "Another", "removed": (), "processing": mended}.items():
        changed = replace(record, **{field: value})
        found = same_records.differences({"one": digests_of(record)}, {"one": digests_of(changed)})
        assert found == [("one", (field,))]


def test_a_page_that_is_gone_or_new_differs() -> None:
    found = same_records.differences({"old": {"text": "1"}, "both": {}}, {"new": {"text": "1"}, "both": {}})
    assert found == [("new", ("page",)), ("old", ("page",))]


def test_flattened_text_is_what_elements_hold_in_order() -> None:
    page = b"<p>One <b>two</b> three</p><!-- no --><script>no()</script>four<style>no</style>"
    assert same_records.flattened(page) == "One\ntwo\nthree\nfour"
    assert same_records.flattened(b"") == ""


def run(data: Path, file: Path, command: str, *more: str) -> Result:
    given = [command, str(file), "--data", str(data), "--jobs", "1", *more]
    return CliRunner().invoke(same_records.main, given)


def write_page(data: Path, page: str, *, name: str = "clock") -> None:
    (data / "openweb" / "html").mkdir(parents=True, exist_ok=True)
    (data / "openweb" / "html" / f"{name}.html.gz").write_bytes(gzip.compress(page.encode()))
    rows = [{"id": name, "url": f"https://courier.example/{name}"} for name in ("clock", "tower")]
    (data / "openweb" / "pages.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")


@pytest.mark.slow
def test_a_changed_record_is_found_and_its_fields_named(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "before.json"
    write_page(data, ARTICLE)
    write_page(data, ARTICLE, name="tower")
    assert "4 records" in run(data, file, "write").output
    same = run(data, file, "compare")
    assert (same.exit_code, same.output.splitlines()[-1]) == (0, "0 of 4 records differ")
    assert run(data, file, "compare", "--sample", "2").output.splitlines()[-1] == "0 of 2 records differ"
    write_page(data, ARTICLE.replace("struck noon", "struck one"))
    other = run(data, file, "compare")
    assert other.exit_code == 1
    for form in same_records.FORMS:
        assert re.search(
            rf"^openweb/html/clock {form}: .*content_hash, markdown, (?:removed, )?text$",
            other.output,
            re.MULTILINE,
        )


def test_what_is_missing_is_stated(tmp_path: Path) -> None:
    for data, file, command, message in (
        (tmp_path, tmp_path / "before.json", "write", "there is no page"),
        (tmp_path, tmp_path / "none" / "before.json", "write", "there is no folder"),
        (tmp_path, tmp_path / "none.json", "compare", "make it with: write"),
    ):
        found = run(data, file, command)
        assert (found.exit_code, message in found.output) == (2, True)
