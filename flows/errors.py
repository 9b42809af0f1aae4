"""The exceptions of ``flows``.

CopydeskError
└── FlowError             the run, not a page, is at fault
    ├── SettingsError         an option, variable or settings file is wrong        exit code 2
    └── EnvironmentFault      error of server, disk or machine                     exit code 5
        ├── SinkError             records could not be written
        │   └── FolderInUse           a run is writing there
        ├── CannotWrite           a record has no place in a format
        └── ExportError           an export could not be written

A page or file that cannot be read raises none of them: it becomes an ``Unreadable`` or a record with the reason.
``map_errors`` converts the exceptions of libraries, disk, network and databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar

from copydesk.cleaners.errors import BadData, CopydeskError


class FlowError(CopydeskError):
    """The run cannot go on; ``exit_code`` is what the command line returns."""

    exit_code: ClassVar[int] = 5


class SettingsError(FlowError):
    """An option, environment variable or settings file is wrong; the message names it."""

    # not 5: the user corrects the setting, and nothing else needs to change
    exit_code = 2


class EnvironmentFault(FlowError):
    """An error of server, disk or machine; the message says what to do."""


class SinkError(EnvironmentFault):
    """Records could not be written to ``path``, a file, a folder or a database; ``advice``: what to do."""

    def __init__(self, path: Path | str, problem: str, *, advice: str) -> None:
        super().__init__(f"{path}: {problem}; {advice}")
        # attributes, too, for programs that use copydesk as a library
        self.path = path
        self.advice = advice


class FolderInUse(SinkError):
    """A run is writing to the folder: another may once it has ended."""


class CannotWrite(EnvironmentFault):
    """A format cannot write a record; the message gives the reason. ``export_errors`` adds the place."""


class ExportError(EnvironmentFault):
    """An export could not be written to ``place``, which is unchanged; ``advice``: what to do."""

    def __init__(self, place: str, problem: str, *, advice: str) -> None:
        super().__init__(f"{place}: {problem}; {advice}")
        self.place = place
        self.advice = advice


def setting_errors(where: str) -> AbstractContextManager[None]:
    """Raises SettingsError, which begins with ``where``, in place of ValueError and BadData."""
    return map_errors(
        lambda error: SettingsError(f"{where}{error}") if isinstance(error, (ValueError, BadData)) else None
    )


@contextmanager
def map_errors(exception_for: Callable[[Exception], Exception | None]) -> Iterator[None]:
    """Raises ``exception_for(error)`` in place of an exception; if that is None or ``error`` itself, ``error``.

    Only subclasses of ``Exception`` are mapped, so cancellation passes.
    """
    try:
        yield
    except Exception as error:
        mapped = exception_for(error)
        # deleted below: a local variable would make a reference cycle of exception, traceback and frame
        if mapped is not None and mapped is not error:
            try:
                raise mapped from error
            finally:
                del mapped
        del mapped
        raise
