"""Errors of disk and machine: an EnvironmentFault with a message for users in place of an OSError or a RuntimeError."""

from __future__ import annotations

import errno
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager
from functools import partial

from copydesk.flows.errors import EnvironmentFault, FlowError, map_errors

A_RUN = "the run cannot go on"
"""What could not be done, where it is refused amid a run."""
_NO_THREAD = "can't start new thread"  # a RuntimeError without a class of its own, in every Python so far
_FREE = "free some space and run again"
_CHOOSE = "choose a folder with --output"
_CHOOSE_WRITABLE = "choose a folder you may write to with --output"
_FEWER = "raise the limit (ulimit), or run with fewer --jobs"
_LESS = "free some memory, or run with fewer --jobs"
_ADVICE = {
    # a quota that is used up is to its user what a full disk is
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EACCES: _CHOOSE_WRITABLE,
    errno.EPERM: _CHOOSE_WRITABLE,
    errno.EROFS: _CHOOSE_WRITABLE,
    # a file lies where a folder is wanted
    errno.ENOTDIR: _CHOOSE,
    errno.EEXIST: _CHOOSE,
    # open files of the process or the machine; EAGAIN: processes and threads of the user (ulimit -u)
    errno.EMFILE: _FEWER,
    errno.ENFILE: _FEWER,
    errno.EAGAIN: _FEWER,
    errno.ENOMEM: _LESS,
}


def problem_of(error: OSError) -> str:
    """The system's message, for the middle of a sentence."""
    return (error.strerror or str(error) or type(error).__name__).lower()


def advice_on(error: OSError) -> str:
    """What a user can do about it."""
    return _ADVICE.get(error.errno or 0, "run again once it works")


def machine_fault(error: BaseException, doing: str | None = None) -> FlowError | None:
    """The fault for an exception, None where it is a mistake of ours; ``doing``: what could not be done.

    Of a group, that of the first exception in it that has one.
    """
    if isinstance(error, FlowError):
        return error
    # of what several tasks met at once: one line has room for one cause
    if isinstance(error, BaseExceptionGroup):
        found = (machine_fault(one, doing) for one in error.exceptions)
        return next((fault for fault in found if fault is not None), None)
    line = _problem_and_advice(error)
    return EnvironmentFault(f"{doing}: {line}" if doing else line) if line else None


def _problem_and_advice(error: BaseException) -> str | None:
    """The problem and what can be done about it; None for an error that is not the machine's."""
    if isinstance(error, OSError):
        place = f"{error.filename}: " if isinstance(error.filename, str) else ""
        return f"{place}{problem_of(error)}; {advice_on(error)}"
    if isinstance(error, MemoryError):
        return f"out of memory; {_LESS}"
    if isinstance(error, BrokenExecutor):  # a RuntimeError as well
        return (
            error.__cause__ and _problem_and_advice(error.__cause__)
        ) or f"a process ended at once; {_FEWER}"
    return f"{error}; {_FEWER}" if isinstance(error, RuntimeError) and str(error) == _NO_THREAD else None


def machine_errors(doing: str) -> AbstractContextManager[None]:
    """Maps errors of the machine to an EnvironmentFault that begins with what could not be done; a bug, and an existing
    fault, stay as they are.
    """
    return map_errors(partial(machine_fault, doing=doing))
