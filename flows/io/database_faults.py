"""What databases refuse, as the line a user reads: an EnvironmentFault in place of SQLAlchemy's errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from copydesk.flows.errors import EnvironmentFault, mapped_errors

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

Trouble = tuple[str, str]
"""What is wrong, and what to do."""

RUN_AGAIN = "run again: what was written is kept"
_FREE = f"free some space and {RUN_AGAIN}"
_ELSEWHERE = "choose a folder you may write to with --output"
# how the names of SQLite's errors begin: SQLITE_IOERR_WRITE and SQLITE_BUSY_SNAPSHOT are of the same kinds
_SQLITE: Mapping[str, Trouble] = {
    "SQLITE_BUSY": ("another process has been writing to it for long", f"wait for its end, and {RUN_AGAIN}"),
    "SQLITE_FULL": ("the disk is full", _FREE),
    "SQLITE_IOERR": ("the disk does not take it", _FREE),
    "SQLITE_CANTOPEN": ("cannot be opened", _ELSEWHERE),
    "SQLITE_READONLY": ("cannot be written", _ELSEWHERE),
    "SQLITE_PERM": ("cannot be opened", _ELSEWHERE),
    "SQLITE_NOTADB": ("is no database", "{replace}"),
    "SQLITE_CORRUPT": ("is damaged", "{replace}"),
    # no such table or column: the statements are ours, so it is the file that differs
    "SQLITE_ERROR": ("is damaged, or not made by copydesk", "{replace}"),
}


def database_errors(
    trouble_of: Callable[[DBAPIError], Trouble | None], fault: Callable[[str, str], EnvironmentFault]
) -> AbstractContextManager[None]:
    """Raises the fault that is made of a database's trouble and advice; a mistake of ours stays as it is."""

    def fault_for(error: Exception) -> EnvironmentFault | None:
        from sqlalchemy.exc import DBAPIError  # here: SQLAlchemy takes a third of a second to import

        trouble = trouble_of(error) if isinstance(error, DBAPIError) else None
        return fault(*trouble) if trouble is not None else None

    return mapped_errors(fault_for)


def sqlite_trouble(error: DBAPIError, *, replace: str) -> Trouble | None:
    """By the name of SQLite's error; None for what is a mistake of ours. ``replace``: what to do about a file that
    cannot be read.
    """
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    trouble = next((told for code, told in _SQLITE.items() if name.startswith(code)), None)
    return None if trouble is None else (trouble[0], trouble[1].format(replace=replace))
