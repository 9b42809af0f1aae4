"""To which library an output folder belongs: one on a server leaves a small file there, of which no place, number or
time of a file says anything; one that lies in the folder is its own mark.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct, structs

from copydesk.flows.errors import SettingsError, SinkError
from copydesk.flows.io.output_folder import sink_errors, sync_names

NAME = ".library.json"
"""In the output folder."""


class Mark(Struct, frozen=True):
    """``library``: its id; ``where``: its address, without a password; ``folder``: how it knows this one, wherever that
    is moved.
    """

    library: str
    where: str
    folder: str

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """That of a folder. Raises SinkError where it cannot be read."""
        file = folder / NAME
        with sink_errors(file, "cannot be read"):
            if not file.exists():
                return None
            try:
                return msgspec.json.decode(file.read_bytes(), type=cls)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                advice = "bring back a copy, or remove it"
                raise SinkError(
                    file, "does not say of which library this folder is", advice=advice
                ) from error

    @classmethod
    def for_library(cls, folder: Path, library: str, where: str) -> Self:
        """That of a folder whose run fills a library on a server. Raises SettingsError where it is of another one."""
        found = cls.of(folder)
        if found is not None and found.library == library:
            return structs.replace(found, where=where)
        # where the library has been made anew, it is as if the folder had none
        if found is None or found.where == where:
            return cls(library, where, secrets.token_hex(8))
        raise SettingsError(
            f"{folder}: belongs to the library {found.where}, and {where} would get the new records; name another "
            f"--output, or remove {folder / NAME} if that library is no more"
        )

    def write(self, folder: Path) -> None:
        """Puts it into a folder, whole, unless it is there. Raises OSError, and as ``of`` does."""
        if self.of(folder) == self:
            return
        fresh = folder / f"{NAME}.new"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(self) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / NAME)
        sync_names(folder)


def check_is_of_none(folder: Path) -> None:
    """Raises SettingsError where a folder is to have a library of its own, and belongs to one on a server."""
    if found := Mark.of(folder):
        raise SettingsError(
            f"{folder}: belongs to the library {found.where}; name it with --database or --state, name another --output, "
            f"or remove {folder / NAME} if that library is no more"
        )
