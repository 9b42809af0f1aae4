"""The site of the documentation: every document has its place, and the reference is complete.

Sphinx checks its links, in ``.ci/run``.
"""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Label
from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.rules import all_rules
from docs.site.gallery import CHOSEN, gallery
from docs.site.made_from_code import (
    PARTS,
    PLACE,
    commands,
    labels,
    record_fields,
    rules,
    rules_by_label,
    settable,
    with_parts,
)
from docs.site.navigation import CHAPTERS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("[bst]*/README.md")]
MOST_BYTES = 150_000
"""Of a picture."""


def named(document: Path) -> str:
    return document.relative_to(ROOT).with_suffix("").as_posix()


def test_every_document_has_its_place_in_the_navigation() -> None:
    listed = [document for documents in CHAPTERS.values() for document in documents]
    assert len(listed) == len(set(listed))
    # the first holds the navigation, the decisions are listed by theirs
    assert {*listed, "README"} == {name for name in map(named, DOCUMENTS) if "/decisions/0" not in name}


def test_each_part_that_is_made_from_code_is_in_one_document() -> None:
    texts = [document.read_text("utf-8") for document in DOCUMENTS]
    assert sorted(place["part"] for text in texts for place in PLACE.finditer(text)) == sorted(PARTS)


def test_the_reference_lists_every_command_and_option() -> None:
    reference = commands()
    for name, command in cli.commands.items():
        section = reference.partition(f"## copydesk {name}\n")[2]
        assert section, name
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert all(re.search(f"[`,] ?{flag}", section) for flag in option.opts), (name, option.opts)


def test_the_reference_lists_every_setting_field_label_and_rule() -> None:
    keys = {option.name for command in cli.commands.values() for option in command.params if option.envvar}
    assert keys - set(re.findall(r"^\| `(\w+)`", settable(), re.MULTILINE)) == set()
    for table, names in (
        (record_fields(), Record.__struct_fields__),
        (labels(), [*Label]),
        (rules(), [rule.id for rule in all_rules(())]),
    ):
        assert [name for name in names if f"| `{name}` |" not in table] == []


def test_the_architecture_lists_the_rules_of_each_label() -> None:
    assert rules_by_label() in (ROOT / "ARCHITECTURE.md").read_text("utf-8"), rules_by_label()


@pytest.mark.slow
def test_the_gallery_shows_ten_pages_and_loads_nothing() -> None:
    shown = MarkdownIt("commonmark").render(gallery())
    assert len(CHOSEN) == shown.count('class="before-and-after"') == 10
    assert re.findall(r"<(?:img|script|link|iframe)\b|\bon\w+=|src=", shown) == []
    # an empty line would have ended the HTML of a page, and shown its tags
    assert "&lt;/div&gt;" not in shown


def test_a_document_without_parts_stays_as_it_is() -> None:
    assert with_parts("# Title\n\n<!-- run -->\n") == "# Title\n\n<!-- run -->\n"


def test_pictures_are_small() -> None:
    pictures = [file for file in (ROOT / "docs").rglob("*") if file.suffix in (".webp", ".png", ".svg")]
    assert {file.name: file.stat().st_size for file in pictures if file.stat().st_size > MOST_BYTES} == {}
