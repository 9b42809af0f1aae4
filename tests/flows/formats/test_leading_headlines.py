"""Texts begin with the headline, once, unless it is not wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from made_records import full_record
from markdown_it import MarkdownIt
from msgspec.structs import replace

from copydesk import clean
from copydesk.flows.commands.cli import cli
from copydesk.flows.formats.markdown_tree import headline_of, markdown_of, text_of

PAGE = """<html lang=en><head><title>Ferry resumes</title></head><article><h1>Ferry resumes</h1>
<p>Boats sail again from Monday, the port said, after three weeks in which the quay belonged to gulls and anglers.</p>
<p>The first crossing leaves at six in the morning and is free for everybody who brings a bicycle.</p></article>"""
TEXT = """Ferry resumes

Boats sail again from Monday, the port said, after three weeks in which the quay belonged to gulls and anglers.

The first crossing leaves at six in the morning and is free for everybody who brings a bicycle.
"""
_, BODY = TEXT.split("\n\n", 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("page.html --format text", TEXT), ("page.html --format markdown", f"# {TEXT}"),
        ("page.html --format text --no-title", BODY), ("page.html --format markdown --no-title", BODY),
        # flattened text that is an article alone keeps its headline
        ("page.txt --format markdown", TEXT), ("page.txt --format text --no-title", TEXT),
    ],
)  # fmt: skip
def test_texts_of_clean(command: str, expected: str, empty_folder: Path) -> None:
    (empty_folder / "page.html").write_text(PAGE)
    (empty_folder / "page.txt").write_text(TEXT)
    assert CliRunner().invoke(cli, ["clean", *command.split()]).stdout == expected


@pytest.mark.parametrize("option", ["--title", "--no-title"])
def test_texts_of_exports(option: str, empty_folder: Path) -> None:
    (empty_folder / "output").mkdir()
    record = clean(PAGE, "https://paper.example/page")
    (empty_folder / "output" / "records.jsonl").write_text(record.to_json() + "\n")
    for name, file, mark in (("text", "page.txt", ""), ("markdown", "page.md", "# ")):
        done = CliRunner().invoke(cli, ["export", "--format", name, "-o", name, *option.split()])
        assert done.exit_code == 0, done.output
        written = (empty_folder / name / "paper.example" / file).read_text()
        assert written.rpartition("---\n\n")[2] == (BODY if option == "--no-title" else mark + TEXT)
    done = CliRunner().invoke(cli, ["export", "--format", "jsonl", "-o", "made.jsonl", "--no-title"])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "--no-title: is for html, markdown, text; not for jsonl" in done.stderr


@pytest.mark.parametrize(
    ("title", "text", "shown"),
    [
        ("Ferry resumes", "Boats sail.", "Ferry resumes"),
        ("Ferry  resumes\n", "Boats sail.", "Ferry resumes"),
        ("Ferry resumes", "FERRY RESUMES\n\nBoats sail.", None),
        ("“Ferry” resumes!", "Transport\n\nFerry resumes\n\nBoats sail.", None),
        ("Ferry resumes", "Boats sail.\n\nWe\n\nare\n\nback.\n\nFerry resumes", "Ferry resumes"),
        ("Ferry resumes", "Ferry resumes on Monday.", "Ferry resumes"),
        (None, "Boats sail.", None),
        ("Ferry resumes", "", None),
    ],
)
def test_which_headline_is_shown(title: str | None, text: str, shown: str | None) -> None:
    record = replace(full_record(), comments=(), title=title, text=text, markdown=text)
    assert headline_of(record) == shown
    assert text_of(record) == (f"{shown}\n\n{text}" if shown else text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=30))
def test_a_headline_in_markdown_reads_as_it_is_written(title: str) -> None:
    record = replace(full_record(), comments=(), title=title, text="Boats sail.", markdown="Boats sail.")
    tokens = MarkdownIt("commonmark").parse(markdown_of(record))
    shown = headline_of(record)
    found = [
        "".join(one.content for one in inside.children or ()) for inside in tokens if inside.type == "inline"
    ]
    assert found == ([shown, "Boats sail."] if shown else ["Boats sail."])
