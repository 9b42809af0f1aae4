"""What is shown of a value that is refused: enough to recognise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.flows.commands.cli import cli
from copydesk.flows.config import settings
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_list import read_source_lists
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.planning import checked_plan
from copydesk.flows.schedule import plan

LONG = "9" * 6_000


@pytest.mark.parametrize(
    "given",
    [
        {"limit": LONG}, {"jobs": 10**4_000}, {"removed": LONG}, {"since": LONG}, {"contact": LONG}, {"fields": [LONG]},
        # more digits than Python writes
        {"limit": 10**5_000}, {"keep_raw": 10**5_000}, {"max_failures": 10**5_000},
    ],
    ids=lambda given: f"{next(iter(given))}-{type(next(iter(given.values()))).__name__}",
)  # fmt: skip
def test_a_long_value_is_refused_in_a_short_line(given: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^(?=.*expected)--.{1,178}$"):
        checked_plan(IngestOptions(sources=(str(tmp_path),), dry_run=True, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(("every", "cron"), [(LONG, None), (None, LONG)])
def test_a_long_schedule_is_refused_in_a_short_line(every: str | None, cron: str | None) -> None:
    with pytest.raises(SettingsError, match=r"^.{1,180}$"):
        plan(every=every, cron=cron)


def test_a_number_that_python_does_not_read_is_reported_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(f"limit = {LONG}\n")
    with pytest.raises(SettingsError, match=r"^copydesk\.toml: .{1,160}$"):
        settings.load(cli.commands, folder=tmp_path, environment={})
    file = tmp_path / "sources.toml"
    file.write_text(
        f'[[source]]\nname = "a"\nkind = "url"\naddress = "https://example.org"\nlimit = {LONG}\n'
    )
    with pytest.raises(SettingsError, match=r"sources\.toml: .{1,160}$"):
        read_source_lists([file])
