"""Work for the worker processes that does what hostile pages do to real work.

A module of its own, with few imports, because every worker process loads it.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time

from copydesk.cleaners import failed
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page


class NoPickle(Exception):
    """Cannot be rebuilt from its arguments, as exceptions of many libraries cannot."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(f"{left} and\n{right}")


def work(page: Page) -> Record:  # noqa: C901, PLR0912 - one case a misdeed
    """Does what the page's body says; any other page gives a record at once."""
    match str(page.body).split():
        case ["sleep", seconds]:
            time.sleep(float(seconds))
        case ["hang"]:
            signal.pause()
        case ["spin"]:  # C code that never looks at signals, until the kernel ends it
            re.match(r"(a+)+$", "a" * 60 + "b")
        case ["exit"]:
            os._exit(7)
        case ["segfault"]:
            ctypes.string_at(0)
        case ["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["alarm"]:  # what the kernel does where the parent is too busy to do it in time
            os.kill(os.getpid(), signal.SIGALRM)
        case ["memory"]:
            bytearray(2_000_000_000)
        case ["raise"]:
            raise NoPickle(1, 2)
        case ["leave"]:
            raise SystemExit(3)
        case ["number"]:
            return failed(page, str(os.getpid()))
        case ["loaded"]:
            return failed(page, str(rules_digest.cache_info().currsize))
        case ["print"]:
            print("noise")
    return failed(page, "done")
