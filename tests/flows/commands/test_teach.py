"""``copydesk teach``: from words of a page to a rule that removes them, and the effect of the rule on other pages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ARTICLE
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.types import Label, UserRule
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.rule_proposals import as_toml
from copydesk.flows.errors import SettingsError

CONTEST = "Winners of the Courier's photo contest 2026 hang in the hall of the museum until the end of May."
PAGE = ARTICLE.replace("<p>The mechanism", f"<p>{CONTEST}</p><p>The mechanism").replace(
    "</title>", '</title><link rel="canonical" href="https://www.courier.example/clock">'
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clock.html").write_text(PAGE)
    # of the same site with the same words; of another
    (tmp_path / "bell.html").write_text(PAGE.replace("clock", "bell"))
    (tmp_path / "organ.html").write_text(PAGE.replace("clock", "organ").replace("courier.", "herald."))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def rule_of(shown: str) -> dict[str, object]:
    (rule,) = tomllib.loads(shown.partition("\n\n")[0])["rule"]
    return dict(rule)


def test_a_rule_is_proposed_counted_and_written() -> None:
    assert run("ingest", "clock.html", "bell.html", "organ.html", "--jobs", "1", "-q").exit_code == 0
    shown = run("teach", "clock.html", "the Courier's  Photo contest 2025", "--label", "ad")
    assert rule_of(shown.stdout) == {
        "name": "the-courier-s-photo",
        "label": "ad",
        "reason": "taught from clock.html",
        "sites": ["courier.example"],
        "contains": ["the courier s photo contest #"],
    }
    assert "of this page it cuts 1 block\n" in shown.stdout
    # the page's own record counts as the page, and a page of another site is not meant
    assert "of 2 other records in output/records.jsonl it cuts 1 line, in 1 of them\n" in shown.stdout
    everywhere = run("teach", "clock.html", CONTEST, "--everywhere")
    assert rule_of(everywhere.stdout).keys() == {"name", "label", "reason", "whole"}
    assert "it cuts 2 lines, in 2 of them\n" in everywhere.stdout
    assert not Path("copydesk.toml").exists()
    written = run("teach", "clock.html", "Winners of the Courier's photo contest", "--write")
    assert "start" in rule_of(written.stdout)
    assert written.stderr == "added to copydesk.toml\n"
    cleaned = run("clean", "clock.html", "bell.html", "organ.html", "--format", "text").stdout
    assert cleaned.count("photo contest") == 1
    again = run("teach", "clock.html", CONTEST)
    assert again.exit_code == 2
    assert "is already removed: other, by own.winners-of-the-courier" in again.stderr


def test_the_page_is_no_other_record_where_a_folder_gave_it_another_name(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("clock", "bell"):
        bare = Path(f"{name}.html").read_text().replace("https://www.courier.example/", "")
        (inbox / f"{name}.html").write_text(bare)
    assert run("ingest", "inbox", "--jobs", "1", "-q").exit_code == 0
    shown = run("teach", "inbox/clock.html", CONTEST, "--label", "ad").stdout
    assert "of 1 other records in output/records.jsonl" in shown


@pytest.mark.parametrize(
    ("before", "header"),
    [
        ({}, "[[rule]]"),
        ({"copydesk.toml": "jobs = 1\n[ingest]\nlimit = 3"}, "[[rule]]"),
        ({"pyproject.toml": "[tool.copydesk]\njobs = 1\n"}, "[[tool.copydesk.rule]]"),
    ],
    ids=["no file", "a file that ends in a table, without a line break", "a project"],
)
def test_what_is_in_the_settings_stays(before: dict[str, str], header: str) -> None:
    for name, text in before.items():
        Path(name).write_text(text)
    assert run("teach", "clock.html", CONTEST, "--write").exit_code == 0
    assert run("teach", "clock.html", "noon on Friday", "--write").exit_code == 0
    name, old = next(iter(before.items()), ("copydesk.toml", ""))
    new = Path(name).read_text()
    assert new.startswith(old)
    assert new.count(header) == 2
    assert run("rules", "own").stdout.count("  own.") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("clock.html", "an owl"), "no block of the page contains it; copydesk explain --all clock.html shows the blocks"),
        (("clock.html", "ock of the town"), "is glued to other letters, and rules compare whole words; give all of '"),
        (("clock.html", "…!"), "has no letters"),
        (("clock.html", CONTEST, "--label", "ads"), "did you mean ad?"),
        (("clock.html", CONTEST, "--label", "paragraph"), "not a label of removed text"),
        (("clock.html", CONTEST, "--name", "a b"), "write something like a-b"),
        ((".", CONTEST), "several pages; give one of them"),
        (("gone.html", CONTEST), "gone.html: no such file or folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_taught_is_reported_in_a_line(arguments: tuple[str, ...], message: str) -> None:
    done = run("teach", *arguments, "--write")
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert message in line
    assert not Path("copydesk.toml").exists()


def test_a_name_that_is_no_text_is_written_as_records_have_it() -> None:
    Path("clock.html").rename("clock\udcff.html")
    done = run("teach", "clock\udcff.html", CONTEST, "--write")
    assert (done.exit_code, rule_of(done.stdout)["reason"]) == (0, "taught from clock\\xff.html")


def test_inline_rules_are_not_changed() -> None:
    inline = 'rule = [{name = "a", label = "ad", reason = "b", whole = ["c"]}]\n'
    Path("copydesk.toml").write_text(inline)
    done = run("teach", "clock.html", CONTEST, "--write")
    assert "its rules are written inline; make them tables [[rule]]" in done.stderr
    assert Path("copydesk.toml").read_text() == inline


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_rule_is_read_back_as_it_was_or_refused(reason: str, phrase: str) -> None:
    rule = UserRule("a", Label.AD, reason, contains=(phrase,))
    try:
        written = as_toml(rule)
    except SettingsError:
        return
    (table,) = tomllib.loads(written)["rule"]
    assert read_user_rule(table) == rule
