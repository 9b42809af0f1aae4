"""Names of files made of addresses: safe anywhere, and no two alike where pages differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import full_record
from msgspec.structs import replace

from copydesk.cleaners.schema import Record, SourceRef
from copydesk.flows.formats.file_tree import MOST_BYTES, place_of, safe_name
from copydesk.flows.formats.markdown_files import MARKDOWN


def record(url: str | None, name: str = "courier", kind: str = "feed") -> Record:
    return replace(full_record(), url=url, source=SourceRef(kind=kind, name=name))


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (record("https://a.example/news/Old-Clock.html"), "courier/a.example/news/old-clock.md"),
        (record("https://a.example:8080/n/?id=7&p=%2F..%2Fx"), "courier/a.example/n/id-7-p-..-x.md"),
        (record("https://a.example/"), "courier/a.example.md"),
        (record("https://a.example/../../etc/passwd"), "courier/a.example/etc/passwd.md"),
        (record("https://a.example/%2e%2e/con/-rf"), "courier/a.example/con-/rf.md"),
        (record("https://a.example/notes.md/x.txt"), "courier/a.example/notes.md-/x.md"),
        (record("https://a.example/हिन्दी-समाचार"), "courier/a.example/हिन्दी-समाचार.md"),
        (record("https://a.example/x", "pages.jsonl:17", "jsonl"), "a.example/x.md"),
        (record("https://a.example/x", "https://a.example/x", "url"), "a.example/x.md"),
        (record("http://[half", "courier"), "courier/http-half.md"),
        (record(None, "seeds/pages/../Büro.html", "file"), "seeds/pages/büro.md"),
        (record(None, "///", "file"), "index.md"),
    ],
)
def test_where_a_record_lies(made: Record, place: str) -> None:
    assert place_of(made, ".md").as_posix() == place


@pytest.mark.slow
@given(st.text(max_size=200))
def test_any_name_is_safe(text: str) -> None:
    name = safe_name(text)
    assert len(name.encode()) <= MOST_BYTES + 1
    assert not name.startswith((".", "-"))
    assert not name.endswith((".", " "))
    assert not set(name) & set('/\\:*?"<>|\0\n\t ')
    assert safe_name(name) == name


def test_records_of_one_place_are_files_of_their_own(tmp_path: Path) -> None:
    made = [
        record("https://a.example/X"), record("https://a.example/x"), record("https://a.example/x.html"),
        record("https://a.example/x/y"), record("https://a.example/x.md"), record("https://a.example/x.md/y"),
        record("https://a.example/" + "long" * 100 + "1"), record("https://a.example/" + "long" * 100 + "2"),
    ]  # fmt: skip
    MARKDOWN.write((replace(one, id=f"{number:032x}") for number, one in enumerate(made)), tmp_path)
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")]
    assert len(files) == len({file.casefold() for file in files}) == len(made)
