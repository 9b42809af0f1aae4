"""What can go wrong around the cleaning, readable at a glance.

CopydeskError
└── FlowError             the run, not a page, is at fault
    ├── SettingsError         an option, variable or settings file is wrong        exit code 2
    └── EnvironmentFault      error of server, disk or machine                     exit code 5
        ├── SinkError             records could not be written
        ├── CannotWrite           a record has no place in a format
        └── ExportError           an export could not be written

A page or file at fault is no error here: it becomes an ``Unreadable`` or a record with the reason. Errors of libraries,
disk, network and databases become one of ours in ``map_errors``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from copydesk.cleaners.errors import CopydeskError


class FlowError(CopydeskError):
    """The run cannot go on; ``exit_code`` is what the command line returns."""

    exit_code: ClassVar[int] = 5


# the user's to mend in what was written; a run with other options may go through at once
class SettingsError(FlowError):
    """An option, environment variable or settings file is wrong; the message names it."""

    exit_code = 2


class EnvironmentFault(FlowError):
    """An error of server, disk or machine; the message has advice."""

    exit_code = 5


class SinkError(EnvironmentFault):
    """Records could not be written to ``path``, a file, a folder or a database; ``advice``: what to do."""

    def __init__(self, path: Path | str, problem: str, *, advice: str) -> None:
        super().__init__(f"{path}: {problem}; {advice}")
        # apart as well as in the message, for programs that use us as a library
        self.path = path
        self.advice = advice


class CannotWrite(EnvironmentFault):
    """A format cannot write a record; the message gives users the reason. It becomes an ExportError where the
    place is known.
    """


class ExportError(EnvironmentFault):
    """An export could not be written to ``place``, where nothing was changed; ``advice``: what to do."""

    def __init__(self, place: str, problem: str, *, advice: str) -> None:
        super().__init__(f"{place}: {problem}; {advice}")
        self.place = place
        self.advice = advice


@contextmanager
def map_errors(exception_for: Callable[[Exception], Exception | None]) -> Iterator[None]:
    """Raises what ``exception_for`` makes of an exception in its place; where that is None or the exception itself, it
    stays as it is. Cancellation passes, as does all else that is no ``Exception``.
    """
    try:
        yield
    except Exception as error:
        mapped = exception_for(error)
        # kept here, an exception and its traceback would hold each other, and what all frames hold, for a while
        if mapped is not None and mapped is not error:
            try:
                raise mapped from error
            finally:
                del mapped
        del mapped
        raise
