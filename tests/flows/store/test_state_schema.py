"""There is one schema of the state: that of another copydesk is refused, and stays as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from copydesk.flows.commands.cli import cli
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.store.state import State
from copydesk.flows.store.state_database import FILE_NAME


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        (99, r"a newer copydesk \(version 99 of the state, this one knows .*; update copydesk, or"),
        (4, r"an earlier copydesk \(version 4 of .*; remove it to begin anew \(pages are fetched once more"),
    ],
)
def test_a_state_of_another_copydesk_is_refused_and_unchanged(
    tmp_path: Path, version: int, fault: str
) -> None:
    State.open(tmp_path).close()
    file = tmp_path / FILE_NAME
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE about SET number = ?", [version])
    before = file.read_bytes()
    for use in (State.open, State.exists, State.described):
        with pytest.raises(EnvironmentFault, match=fault):
            use(tmp_path)
    result = CliRunner().invoke(cli, ["retry", "--failed", "--output", str(tmp_path)])
    assert (result.exit_code, f"version {version}" in result.stderr) == (5, True)
    assert file.read_bytes() == before
