"""``--keep`` and ``--drop``: from every place an option may come from, into every record."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from copydesk.cleaners.types import OPTIONAL as LABELS
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.text_options import OPTIONAL, read_policy
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.batches import ingest_plainly

POST = "We heard it in the harbour too, and all the gulls went up at once."
PAGE = f"""<html lang="en"><head><title>The clock struck noon</title></head><body><article><h1>The clock struck noon</h1>
<p>The clock on the town hall struck noon on Friday for the first time in nine years, and the square was full.</p>
<blockquote class="twitter-tweet"><p>{POST}</p></blockquote>
<p>The keeper has looked after the clock since the spring of the year before, and has oiled its wheels since.</p>
<p>He has oiled the wheels every Monday since then, said the guard, and nobody has paid him for the oil.</p>
</article></body></html>"""


def test_labels_are_read_in_any_order_and_a_wrong_one_is_reported() -> None:
    assert OPTIONAL == LABELS
    assert read_policy(None, None) == ((), ())
    assert read_policy("sidebar", "embed , standfirst,embed") == (("sidebar",), ("standfirst", "embed"))
    for given, told in (
        ({"keep": "sidbar"}, r"--keep: unknown label 'sidbar'; did you mean sidebar\?"),
        ({"drop": "nav"}, "--drop: nav is always outside the text; labels with a choice are standfirst, .*"),
        ({"drop": "embed,paragraph"}, "--drop: paragraph is always in the text; labels with a choice are .*"),
        ({"drop": "embed,"}, "--drop: unknown label ''; known are standfirst, faq, live, embed, sidebar"),
        ({"keep": "faq,embed", "drop": "live,embed"}, "--keep and --drop: embed is in both"),
    ):
        with pytest.raises(SettingsError, match=f"^{told}$"):
            IngestOptions(**given)  # type: ignore[arg-type]


@pytest.mark.slow
def test_clean_and_explain_follow_option_variable_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")

    def printed(*arguments: str, **variables: str) -> str:
        ended = CliRunner().invoke(cli, arguments, env=os.environ | variables)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    clean = ("clean", "page.html", "--format", "text")
    assert POST in printed(*clean)
    assert POST not in printed(*clean, "--drop", "standfirst,embed")
    assert POST not in printed(*clean, COPYDESK_DROP="embed")
    assert f"- embed: {POST}" in printed("clean", "page.html", "--mark", "--drop", "embed")
    assert "3 embed, left out of the text  structure.embed:" in printed(
        "explain", "--all", "page.html", "--drop=embed"
    )
    Path("copydesk.toml").write_text('drop = "embed"', "utf-8")
    assert POST not in printed(*clean)
    # an option of the command line wins over the same option of the file alone
    ended = CliRunner().invoke(cli, [*clean, "--keep", "embed"])
    assert (ended.exit_code, ended.output) == (2, "Error: --keep and --drop: embed is in both\n")
    assert POST in printed(*clean, "--drop", "faq")


@pytest.mark.slow
def test_another_choice_of_labels_cleans_the_page_again_and_makes_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    days = iter(range(1, 9))

    def stored(drop: str | None, removed: str = "full", html: str = PAGE) -> dict[str, Any]:
        page = {"url": "https://courier.example/noon", "html": html}
        page["fetched_at"] = f"2026-11-0{next(days)}T08:00:00Z"
        Path("pages.jsonl").write_text(json.dumps(page), "utf-8")
        ingest_plainly(
            IngestOptions(sources=("pages.jsonl",), output=Path("out"), jobs=1, drop=drop, removed=removed)
        )
        found: dict[str, Any] = json.loads(Path("out", "records.jsonl").read_text("utf-8").splitlines()[-1])
        return found

    usual, dropped = stored(None), stored("embed")
    assert POST in usual["text"]
    assert [gone["label"] for gone in dropped["removed"] if gone["text"] == POST] == ["embed"]
    assert (usual["id"], usual["version"]) == (dropped["id"], dropped["version"])
    assert usual["content_hash"] != dropped["content_hash"]
    # nor where removals are counted alone, so that what moved cannot be looked up
    assert stored(None, "counts")["version"] == stored("embed", "counts")["version"] == 1
    # what changed on the page is one, whatever the choice
    assert stored(None, html=PAGE)["version"] == 1
    assert stored("embed", html=PAGE.replace("Friday", "Monday"))["version"] == 2


def test_a_file_that_is_known_is_cleaned_again_once_the_choice_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")

    def cleaned(drop: str | None) -> int:
        options = IngestOptions(sources=("page.html",), output=Path("out"), jobs=1, drop=drop)
        return ingest_plainly(options).records

    assert [cleaned(drop) for drop in (None, None, "embed", "embed", None)] == [1, 0, 1, 0, 1]
