"""What signals do while something is being started."""

from __future__ import annotations

import signal
import threading

import pytest

from copydesk.flows.signals_later import signals_later


def test_an_interrupt_comes_when_the_start_is_whole() -> None:
    steps = []

    def start() -> None:
        with signals_later():
            signal.raise_signal(signal.SIGINT)
            steps.append("started")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert steps == ["started"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals_later():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_put_off() -> None:
    done = []

    def start() -> None:
        with signals_later():
            done.append(signal.getsignal(signal.SIGINT))

    usual = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert done == [usual]
