"""What the doctor finds on a sound installation, and where something is amiss."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect_runs import environment, run, server

pytestmark = pytest.mark.prefect

CHECKS = """
import json, msgspec, sys
from pathlib import Path
from copydesk.flows.commands.doctor import run_checks
print(json.dumps([msgspec.structs.asdict(check) for check in run_checks(Path(sys.argv[1]))]))
"""


def checks(output: Path, *, env: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The checks by name, made in a process of their own: Prefect reads its environment only once."""
    done = subprocess.run(
        [sys.executable, "-c", CHECKS, str(output)], env=env, capture_output=True, text=True, check=True
    )
    return {check["name"]: check for check in json.loads(done.stdout)}


def test_a_sound_installation_passes(tmp_path: Path, home: Path) -> None:
    with server(home) as env:
        code, said = run("doctor", env=env, cwd=tmp_path)
        found = checks(tmp_path / "not" / "yet", env=env)
    assert code == 0, (said, found)
    assert all(check["ok"] for check in found.values()), found
    assert not (tmp_path / "not").exists()


def test_what_is_amiss_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    found = checks(taken, env=environment(tmp_path / "home", api_url="http://127.0.0.1:9/api"))
    assert found["output"]["detail"] == f"{taken} is a file, not a folder"
    assert {name for name, check in found.items() if not check["ok"]} >= {"output", "disk", "prefect"}
    assert found["python"]["ok"]
