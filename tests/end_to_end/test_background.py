"""Started in the background, where a shell has SIGINT ignored: the command keeps to that."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ARTICLE, clean_environment, in_background


@pytest.mark.slow
def test_an_interrupt_that_the_shell_has_ignored_does_not_stop_cleaning(tmp_path: Path) -> None:
    with in_background():
        command, pipe = [sys.executable, "-m", "copydesk", "clean", "-"], subprocess.PIPE
        env = clean_environment()
        run = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path, env=env)
    assert run.stdin is not None
    assert run.stdout is not None
    for name in ("a", "b"):
        run.stdin.write(json.dumps({"id": name, "html": ARTICLE}).encode() + b"\n")
        run.stdin.flush()
        assert json.loads(run.stdout.readline())["source"]["name"] == name
        run.send_signal(signal.SIGINT)
    assert (*run.communicate(), run.returncode) == (b"", b"", 0)
