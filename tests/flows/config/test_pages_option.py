"""``--pages``: from every place an option may come from, and from a source of a list, into its records."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.batches import ingest_plainly

CARDS = "".join(
    f'<div class="teaser card"><h3><a href="/news/{place}">How bell {place} came back to the harbour after the war</a></h3>'
    f"<p>What the harbour master says of bell {place}, and who is to pay for it.</p></div>"
    for place in range(20)
)
PAGE = f"<html lang='en'><head><title>Harbour</title></head><body class='home'><main>{CARDS}</main></body></html>"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("front").mkdir()
    Path("front", "page.html").write_text(PAGE, "utf-8")
    return tmp_path


def test_a_wrong_choice_is_reported() -> None:
    with pytest.raises(SettingsError, match=r"^--pages: expected articles or all, not lists$"):
        IngestOptions(pages="lists")  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_commands_take_it_from_option_variable_and_file() -> None:
    def run(*arguments: str, **variables: str) -> Any:
        return CliRunner().invoke(cli, [*arguments], env=os.environ | variables)

    def status(*arguments: str, **variables: str) -> Any:
        return json.loads(run("clean", "front/page.html", *arguments, **variables).stdout)["status"]

    assert status() == "rejected"
    assert status("--pages", "all") == status(COPYDESK_PAGES="all") == "ok"
    assert "page.html: rejected" in run("explain", "front/page.html").stdout
    assert "page.html: ok" in run("explain", "front/page.html", "--pages", "all").stdout
    Path("copydesk.toml").write_text('pages = "all"', "utf-8")
    assert status() == "ok"
    assert status("--pages", "articles") == "rejected"


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_ingest_cleans_again_what_another_choice_has_made_and_a_source_may_choose_for_itself() -> None:
    def stored(source: str, **options: Any) -> tuple[str, str, str]:
        ingest_plainly(IngestOptions(sources=(source,), output=Path("out"), jobs=1, **options))
        # of a source in a list another record: it has another name
        record = json.loads(Path("out", "records.jsonl").read_text("utf-8").splitlines()[-1])
        return record["id"], record["status"], record["page_kind"]

    rejected, wanted = stored("front"), stored("front", pages="all")
    assert (rejected[1:], wanted[1:]) == (("rejected", "listing"), ("ok", "listing"))
    assert rejected[0] == wanted[0]
    assert stored("front") == rejected

    def listed(key: str) -> str:
        Path("list.toml").write_text(
            f'[[source]]\nname = "front"\nkind = "folder"\naddress = "front"\n{key}', "utf-8"
        )
        return "list.toml"

    assert stored(listed('pages = "all"'))[1] == "ok"
    assert stored(listed(""))[1] == "rejected"
    assert stored(listed('pages = "articles"'), pages="all")[1] == "rejected"
    with pytest.raises(SettingsError, match=r"unknown choice of pages 'al'; did you mean all\?"):
        stored(listed('pages = "al"'))
