"""What worker processes have of the command that they are forked from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ARTICLE, HANG_SECONDS, clean_environment

TELLING = """
import json, os, signal, sys, threading

program = " ".join(sys.orig_argv)
if "multiprocessing" not in program:
    os.environ["COMMAND"] = str(os.getpid())
    for _ in range({threads}):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
command = int(os.environ["COMMAND"])

def tell():
    if command in (os.getpid(), os.getppid()):
        return  # not a worker
    opened = [os.readlink(f"/proc/self/fd/{{fd}}") for fd in range(64) if os.path.lexists(f"/proc/self/fd/{{fd}}")]
    ours = [number.name for number in signal.valid_signals() if callable(signal.getsignal(number))
            if not isinstance(signal.getsignal(number), signal.Handlers)]
    with open("told.jsonl", "a") as file:
        file.write(json.dumps(["multiprocessing.forkserver" in program, opened, ours]) + chr(10))

os.register_at_fork(after_in_child=tell)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="workers are forked from the command on Linux alone"
)
@pytest.mark.parametrize("threads", [0, 1])
def test_workers_hold_nothing_that_the_command_has_open_and_none_of_its_signal_handlers(
    tmp_path: Path, threads: int
) -> None:
    """What workers are forked from is the command itself, unless that has threads: then it is a new interpreter."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(TELLING.format(threads=threads))
    (tmp_path / "pages").mkdir()
    for number in range(2):
        (tmp_path / "pages" / f"{number}.html").write_text(ARTICLE, "utf-8")
    held = tmp_path / "held by the command"
    with held.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        subprocess.run(
            [sys.executable, "-m", "copydesk", "clean", "pages", "--jobs", "2"],
            cwd=tmp_path, env=clean_environment() | {"PYTHONPATH": str(tmp_path / "hook")},
            pass_fds=[file.fileno()], stdout=subprocess.DEVNULL, check=True, timeout=HANG_SECONDS,
        )  # fmt: skip
    told = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text("utf-8").splitlines()]
    assert len(told) >= 2
    for is_new, opened, handlers in told:
        assert is_new == bool(threads)
        assert str(held) not in opened
        # multiprocessing's own, which a worker sets back
        assert set(handlers) <= {"SIGCHLD"}
