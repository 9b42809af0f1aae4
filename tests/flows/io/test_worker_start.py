"""What worker processes have of the command that they are forked from."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import HANG_SECONDS
from hooked_commands import clean_hooked

TELLING = """
def tell():
    if command in (os.getpid(), os.getppid()):
        return  # not a worker
    opened = [os.readlink(f"/proc/self/fd/{fd}") for fd in range(64) if os.path.lexists(f"/proc/self/fd/{fd}")]
    ours = [number.name for number in signal.valid_signals() if callable(signal.getsignal(number))
            if not isinstance(signal.getsignal(number), signal.Handlers)]
    with open("told.jsonl", "a") as file:
        file.write(json.dumps([is_new_server, opened, ours]) + chr(10))

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
    held = tmp_path / "held by the command"
    with held.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        command = clean_hooked(tmp_path, TELLING, pages=2, threads=threads, pass_fds=[file.fileno()])
        assert command.wait(HANG_SECONDS) == 0
    told = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text("utf-8").splitlines()]
    assert len(told) >= 2
    for is_new, opened, handlers in told:
        assert is_new == bool(threads)
        assert str(held) not in opened
        # multiprocessing's own, which a worker sets back
        assert set(handlers) <= {"SIGCHLD"}
