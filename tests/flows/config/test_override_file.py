"""Manual decisions: read from a file, each mistake one line; applied by every command, listed in the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import ARTICLE

from copydesk.cleaners.record.records import name_of
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.override_file import FILE_NAME, overrides_in, read_overrides
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.records.record_lines import decode_record
from copydesk.flows.run.batches import ingest_plainly

COPYRIGHT = "Copyright 2026 Example Courier. All rights reserved."
COUNCIL = (
    "The town council paid for the material only. The watchmaker said that the clock would now lose less than a minute a "
    "month, which was better than on the day it was built."
)
URL = "https://courier.example/clock"


def table(text: str, decision: str, page: str = URL, **more: str) -> str:
    keys = {"page": page, "decision": decision, "text": text, **more}
    # a text in JSON is one in TOML
    return "[[override]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


NOTE = "it is the article's last line"
DECIDED = table(COPYRIGHT, "keep", note=NOTE) + table(COUNCIL, "remove", label="ad")


@pytest.fixture(autouse=True)
def _pages(empty_folder: Path) -> None:  # noqa: ARG001 - the current folder
    Path("pages.jsonl").write_text(json.dumps({"url": URL, "html": ARTICLE}) + "\n", "utf-8")


def command(*arguments: str) -> Result:
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 0, ended.output
    return ended


def cleaned(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("clean", "pages.jsonl", *arguments).stdout)
    return found


def stored(options: IngestOptions) -> list[dict[str, Any]]:
    ingest_plainly(options)
    return [json.loads(line) for line in Path("output/records.jsonl").read_text("utf-8").splitlines()]


def assert_obeyed(record: dict[str, Any]) -> None:
    assert record["text"].endswith(f"made the broken parts anew.\n\n{COPYRIGHT}")
    removed = [block for block in record["removed"] if block["rule"] == "override.person"]
    assert [(block["label"], block["evidence"]) for block in removed] == [("ad", "a person decided")]
    assert removed[0]["text"] == COUNCIL
    keys = ("decision", "label", "blocks", "note")
    assert [tuple(override[key] for key in keys) for override in record["processing"]["overrides"]] == [
        ("keep", "paragraph", 1, NOTE),
        ("remove", "ad", 1, None),
    ]


def test_clean_obeys_and_the_record_lists_the_decisions() -> None:
    plain = cleaned()
    assert COPYRIGHT not in plain["text"]
    assert COUNCIL in plain["text"]
    assert plain["processing"]["overrides"] == []
    Path("decided.toml").write_text(DECIDED, "utf-8")
    assert_obeyed(cleaned("--overrides", "decided.toml"))
    # the usual file need not be named; a setting may name another
    Path("decided.toml").rename(FILE_NAME)
    assert_obeyed(cleaned())
    Path(FILE_NAME).rename("decided.toml")
    Path("copydesk.toml").write_text('overrides = "decided.toml"\n', "utf-8")
    assert_obeyed(cleaned())
    shown = command("explain", "--all", "pages.jsonl").stdout
    assert "override.person: a person decided: it is the article's last line" in shown


def test_a_page_without_an_address_is_meant_by_its_id() -> None:
    Path("page.html").write_text(ARTICLE, "utf-8")
    page = json.loads(command("clean", "page.html").stdout)
    Path(FILE_NAME).write_text(table(COPYRIGHT, "keep", page["id"]), "utf-8")
    assert json.loads(command("clean", "page.html").stdout)["text"].endswith(COPYRIGHT)
    assert COPYRIGHT not in cleaned()["text"]


def test_ingest_obeys_though_neither_page_nor_rules_have_changed() -> None:
    options = IngestOptions(sources=("pages.jsonl",))
    (plain,) = stored(options)
    assert COPYRIGHT not in plain["text"]
    Path(FILE_NAME).write_text(DECIDED, "utf-8")
    (decided,) = stored(options)
    assert_obeyed(decided)
    # a manual decision makes no version of the page
    assert (decided["id"], decided["version"]) == (plain["id"], 1)
    Path(FILE_NAME).unlink()
    (again,) = stored(options)
    assert again["text"] == plain["text"]


def test_of_two_decisions_on_one_block_the_later_one_holds_and_a_person_beats_a_users_rule() -> None:
    Path("copydesk.toml").write_text(
        '[[rule]]\nname = "rights"\nlabel = "copyright"\nreason = "rights"\nstart = ["copyright"]\n', "utf-8"
    )
    Path(FILE_NAME).write_text(table(COPYRIGHT, "remove") + table(COPYRIGHT, "keep"), "utf-8")
    record = cleaned()
    assert record["text"].endswith(COPYRIGHT)
    assert [override["blocks"] for override in record["processing"]["overrides"]] == [1]


def test_a_quotation_may_span_several_blocks_and_never_a_part_of_one() -> None:
    start, end = ARTICLE.index("The clock of the"), ARTICLE.index("The town council")
    both = ARTICLE[start:end].replace("</p>\n<p>", "\n")
    Path(FILE_NAME).write_text(table(both, "remove") + table("The town council", "remove"), "utf-8")
    record = cleaned()
    assert record["text"].endswith(COUNCIL)
    assert "eleven years" not in record["text"]
    assert [override["blocks"] for override in record["processing"]["overrides"]] == [2, 0]


def test_a_decision_that_matches_nothing_is_reported() -> None:
    Path(FILE_NAME).write_text(table("These words are nowhere.", "keep"), "utf-8")
    ended = command("clean", "pages.jsonl")
    assert "pages.jsonl:1: 1 manual decision matches no block" in ended.stderr
    summary = ingest_plainly(IngestOptions(sources=("pages.jsonl",))).summary
    line = "1 manual decision matches no block: the words are no longer on the page, or it has no text"
    assert f"warning: {line} ({URL})" in summary


def test_a_decision_on_a_file_holds_once_it_is_corrected() -> None:
    Path("pages").mkdir()
    for years in ("eleven years", "twelve years"):
        Path("pages/clock.html").write_text(ARTICLE.replace("eleven years", years), "utf-8")
        Path(FILE_NAME).write_text(table(COPYRIGHT, "keep", page="clock.html"), "utf-8")
        ingest_plainly(IngestOptions(sources=("pages",)))
        last = json.loads(Path("output/records.jsonl").read_text("utf-8").splitlines()[-1])
        assert (years in last["text"], COPYRIGHT in last["text"]) == (True, True)
    assert name_of(decode_record(json.dumps(last).encode())) == "clock.html"


def test_a_decision_on_a_page_that_no_record_is_of_is_reported() -> None:
    Path("clock.html").write_text(
        f'<link rel="canonical" href="https://courier.example/clock">{ARTICLE}', "utf-8"
    )
    named = ("https://courier.example/clock", "https://nowhere.example/", "clock.html")
    Path(FILE_NAME).write_text("".join(table(COPYRIGHT, "keep", page=name) for name in named), "utf-8")
    summary = ingest_plainly(IngestOptions(sources=("clock.html",))).summary
    line = "warning: manual decisions name pages by a url, file or id that no record has: "
    assert f"{line}{named[0]} (the canonical URL of clock.html), {named[1]}\n" in f"{summary}\n"
    Path(FILE_NAME).write_text("".join(table(COPYRIGHT, "keep", page=f"/{n}") for n in range(5)), "utf-8")
    summary = ingest_plainly(IngestOptions(sources=("clock.html",))).summary
    assert f"{line}/0, /1, /2 and 2 more\n" in f"{summary}\n"


WRONG = {
    table("a", "keep").replace("decision", "descision"): ":3: override 1: descision: unknown key; did you mean decision?",
    table("a", "drop"): ":3: override 1: decision: expected keep or remove, not 'drop'",
    DECIDED + table("a", "keep", label="nav"): ":15: override 3: label: nav is always outside the text, and the decision is keep",
    table("a", "remove", label="navi"): ":5: override 1: label: unknown label 'navi'; did you mean nav?",
    table("a", "remove", label="faq"): ":5: override 1: label: faq is a label with a choice: --keep and --drop decide on it",
    table("\u00ad ", "keep"): ":4: override 1: text: has no letter to look for",
    table("a", "keep", " "): ":2: override 1: page: expected the url, file or id of a record",
    '[[override]]\ndecision = "keep"\ntext = "a"\n': ":1: override 1: page is missing; required: page, text, decision",
    '[[override]]\npage = "a"\ndecision = "keep"\ntext = 5\n': ":4: override 1: text: expected a text",
    "[[overrides]]\n": ":1: unknown key 'overrides'; expected tables [[override]]",
    "override = 5\n": ":1: override: expected tables [[override]]",
    "[[override]\n": ":1: expected ']]' at the end of an array declaration",
}  # fmt: skip


@pytest.mark.parametrize("written", WRONG)
def test_a_mistake_is_reported_in_one_line_with_its_place(written: str) -> None:
    with pytest.raises(SettingsError) as caught:
        overrides_in(written, "decided.toml")
    assert str(caught.value).startswith(f"decided.toml{WRONG[written]}")


def test_a_file_that_is_named_and_not_there_is_reported_before_anything_is_read() -> None:
    with pytest.raises(SettingsError, match=r"^none\.toml: cannot be read: no such file"):
        read_overrides("none.toml", Path())
    ended = CliRunner().invoke(cli, ["ingest", "pages.jsonl", "--overrides", "none.toml"])
    assert ended.exit_code == 2
    assert not Path("output/records.jsonl").exists()
