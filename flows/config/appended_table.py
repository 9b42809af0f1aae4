"""A table at the end of a TOML file of the user's: comments, order and line breaks of the rest stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.posix import fcntl


def append_table(path: Path, table: str, check: Callable[[bytes, bytes], object]) -> None:
    """Appends ``table`` to a file, which is created if missing. ``check`` gets its content before and after.

    Raises what ``check`` raises, and EnvironmentFault where the file cannot be written; it is then as it was.
    """
    if not path.exists():
        check(b"", table.encode())  # before there is a file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            fcntl.flock(
                file, fcntl.LOCK_EX
            )  # of two commands that append at once the second sees what the first did
            file.seek(0)
            before = file.read()
            added = _below(before, table)
            check(before, before + added)
            try:
                file.write(added)
                file.flush()
                # a command reports only what is on the disk
                os.fsync(file.fileno())
            except OSError:
                # half a table would leave the whole file unreadable
                os.ftruncate(file.fileno(), len(before))
                raise
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise EnvironmentFault(f"{path}: cannot be written: {problem}; nothing was added") from error


def _below(before: bytes, table: str) -> bytes:
    # a file that was written on Windows keeps its line breaks
    line_break = "\r\n" if b"\r\n" in before else "\n"
    # an empty line before the table, also where the last line lacks its end
    gap = "" if not before else line_break if before.endswith(b"\n") else 2 * line_break
    return (gap + table.replace("\n", line_break)).encode()
