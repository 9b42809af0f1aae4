"""What signals do while something is being started."""

from __future__ import annotations

import signal
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import HANG_SECONDS, living
from hooked_commands import clean_hooked

from copydesk.flows.io.child import defer_signals

INTERRUPTING = """
def interrupt():
    if {where}:
        os.kill(command, signal.SIGINT)

if is_new_server:
    interrupt()
os.register_at_fork({when}=interrupt)
"""
IN_COMMAND = "os.getpid() == command"
IN_SERVER = "os.getppid() == command"
IN_WORKER = "command not in (os.getpid(), os.getppid())"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "where", "pages", "threads"),
    [
        # what forks the workers is about to start, and has; it is about to fork one, and one has begun
        ("before", IN_COMMAND, 2, 0),
        ("after_in_child", IN_SERVER, 2, 1),
        ("before", IN_SERVER, 2, 0),
        ("after_in_child", IN_WORKER, 2, 1),
        # a single page is forked
        ("after_in_parent", IN_COMMAND, 1, 0),
    ],
)
def test_ctrl_c_while_a_process_starts_ends_a_command_in_order_and_leaves_no_child(
    tmp_path: Path, when: str, where: str, pages: int, threads: int
) -> None:
    code = INTERRUPTING.format(when=when, where=where)
    command = clean_hooked(tmp_path, code, pages=pages, threads=threads, stderr=subprocess.PIPE)
    _, errors = command.communicate(timeout=HANG_SECONDS)
    assert (command.returncode, errors) == (130, b"interrupted\n")
    assert living(command.pid, patience_seconds=HANG_SECONDS) == []


def test_an_interrupt_comes_when_the_start_is_whole() -> None:
    steps = []

    def start() -> None:
        with defer_signals():
            signal.raise_signal(signal.SIGINT)
            steps.append("started")

    # whatever a shell in whose background the tests run has set
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            start()
        assert steps == ["started"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with defer_signals():  # what is ignored stays so
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_put_off() -> None:
    done = []

    def start() -> None:
        with defer_signals():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert done == [signal.getsignal(signal.SIGINT)]
