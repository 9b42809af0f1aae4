"""Failed checks of the doctor; on a sound installation, and beside the server of another
home: ``test_served_lists.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from prefect_runs import environment

from copydesk.flows.commands.doctor import Check, checks_as_lines

pytestmark = pytest.mark.prefect

CHECKS = """
import json, msgspec, sys
from pathlib import Path
from copydesk.flows.commands.doctor import run_checks
for option in ("state", "database"):
    checks = run_checks(Path(sys.argv[1]), **{option: sys.argv[2]})
    print(json.dumps({check.name: msgspec.structs.asdict(check) for check in checks}))
"""


def test_failed_checks_are_reported_first_and_sound_packages_in_one_line() -> None:
    made = [
        Check("python", True, "3.13.1"),
        Check("lxml", True, "6.1", is_package=True),
        Check("httpx", False, "not installed", is_package=True),
        Check("numpy", True, "2.4", is_package=True),
        Check("disk", False, "full"),
    ]
    first = [(False, "httpx: not installed"), (False, "disk: full"), (True, "python: 3.13.1")]
    packages = "packages: 2 have the versions needed; -v names each"
    each = [(True, "lxml: 6.1"), (True, "numpy: 2.4")]
    assert [*checks_as_lines(made, with_packages=False)] == [*first, (True, packages)]
    assert [*checks_as_lines(made, with_packages=True)] == [*first, *each]


def test_what_failed_is_named_whichever_option_gave_the_address(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    away = "postgresql://me:${PASSWORD}@127.0.0.1:9/news"
    env = environment(tmp_path / "home", api_url="http://127.0.0.1:9/api") | {"PASSWORD": "hunter2"}
    # in a process of their own: Prefect reads its environment only once
    command = [sys.executable, "-c", CHECKS, str(taken), away]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert "hunter2" not in done.stdout
    assert len(done.stdout.splitlines()) == 2
    for found in map(json.loads, done.stdout.splitlines()):
        assert found["state"]["detail"].startswith("postgresql://127.0.0.1:9/news: does not answer (")
        assert found["output"]["detail"] == f"{taken} is a file, not a folder"
        failed = {name for name, check in found.items() if not check["ok"]}
        assert failed >= {"output", "disk", "state", "prefect"}
        assert found["python"]["ok"]
