"""``--mask``: from every place an option may come from, into every record."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.text_options import read_mask
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.batches import ingest_plainly

PAGE = """<html lang="en"><head><title>The clock struck noon</title></head><body><article><h1>The clock struck noon</h1>
<p>The clock on the town hall struck noon on Friday for the first time in nine years, and the square was full.</p>
<p>Those who want to ring it may write to bells@courier.org or call (212) 555-0123, the keeper said on Friday.</p>
<p>The keeper has looked after the clock since the spring of the year before, and has oiled its wheels since.</p>
</article></body></html>"""


def test_kinds_are_read_in_any_order_and_a_wrong_one_is_reported() -> None:
    assert read_mask(None) == ()
    assert read_mask("phone , email") == read_mask("email,phone,email") == ("email", "phone")
    with pytest.raises(SettingsError, match=r"^--mask: unknown kind 'phnoe'; did you mean phone\?$"):
        IngestOptions(mask="email,phnoe")
    with pytest.raises(SettingsError, match=r"^--mask: unknown kind ''; known are email, phone$"):
        read_mask("email,")


@pytest.mark.slow
def test_clean_masks_by_option_variable_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")

    def masked(*arguments: str, **variables: str) -> Any:
        ended = CliRunner().invoke(cli, ["clean", "page.html", *arguments], env=os.environ | variables)
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)["processing"]["masked"]

    assert masked() is None
    assert masked("--mask", "email") == {"email": 1, "phone": None}
    assert masked(COPYDESK_MASK="phone") == {"email": None, "phone": 1}
    Path("copydesk.toml").write_text('mask = "email,phone"', "utf-8")
    assert masked() == {"email": 1, "phone": 1}
    ended = CliRunner().invoke(cli, ["clean", "page.html", "--mask", "mail"])
    assert (ended.exit_code, ended.output) == (2, "Error: --mask: unknown kind 'mail'; did you mean email?\n")


@pytest.mark.slow
def test_ingest_masks_and_a_page_keeps_its_place_and_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")

    def stored(mask: str | None) -> dict[str, Any]:
        ingest_plainly(IngestOptions(sources=("page.html",), output=Path("out"), jobs=1, mask=mask))
        (line,) = Path("out", "records.jsonl").read_text("utf-8").splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    plain, masked = stored(None), stored("email,phone")
    assert (plain["id"], plain["processing"]["masked"]) == (masked["id"], None)
    assert "write to [email] or call [phone], the keeper" in masked["text"]
    assert "bells@courier.org" not in json.dumps(masked)
