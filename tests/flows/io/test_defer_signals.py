"""What signals do while something is being started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ARTICLE, HANG_SECONDS, clean_environment, living

from copydesk.flows.io.child import defer_signals

INTERRUPTING = """
import os, signal, sys

def interrupt(starter=os.getppid()):
    os.kill(starter, signal.SIGINT)

if "multiprocessing.forkserver" in " ".join(sys.orig_argv):
    {when}
"""
"""What the process that workers are forked from does first, by Python's own way to have something done at
every start.
"""
INTERRUPTED_FORK = """
import os, signal

os.register_at_fork({when}=lambda: os.kill(os.getpid(), signal.SIGINT))
"""
"""The same of the command, which forks itself for a single page."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "when",
    ["interrupt()", "os.register_at_fork(before=interrupt)", "os.register_at_fork(after_in_child=interrupt)"],
)
def test_ctrl_c_while_a_worker_starts_ends_a_command_in_order(tmp_path: Path, when: str) -> None:
    """When what forks the workers has started, when it is about to fork one, and when one has begun."""
    assert_interrupted(tmp_path, INTERRUPTING.format(when=when), pages=2)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after_in_parent"])
def test_ctrl_c_while_a_page_is_forked_is_neither_lost_nor_leaves_a_child(tmp_path: Path, when: str) -> None:
    assert_interrupted(tmp_path, INTERRUPTED_FORK.format(when=when), pages=1)


def assert_interrupted(folder: Path, customize: str, *, pages: int) -> None:
    """Cleans pages in Pythons that do this at their start, and are interrupted by it."""
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(customize)
    (folder / "pages").mkdir()
    for number in range(pages):
        (folder / "pages" / f"{number}.html").write_text(ARTICLE, "utf-8")
    path = os.pathsep.join([str(folder / "hook"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    command = subprocess.Popen(
        [sys.executable, "-m", "copydesk", "clean", "pages", "--jobs", "2"],
        cwd=folder,
        env=clean_environment() | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
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
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with defer_signals():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_put_off() -> None:
    done = []

    def start() -> None:
        with defer_signals():
            done.append(signal.getsignal(signal.SIGINT))

    usual = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert done == [usual]
