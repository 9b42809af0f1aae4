"""What a store holds, read back record by record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.machine_faults import mapped_errors
from copydesk.flows.sinks.catalogue import FILE_NAME


def read_store(folder: Path) -> Iterator[Record]:
    """The records of an output folder, in their order.

    Raises SettingsError where there is no store, or, at its turn, for a line that is no record; EnvironmentFault where
    it cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise SettingsError(f"{path}: no such file; name the output folder of a run with --output")
    return _records(path)


def _records(path: Path) -> Iterator[Record]:
    decode = msgspec.json.Decoder(Record).decode
    # a run that ends meanwhile puts another file in its place: this one stays as it was opened
    with mapped_errors(f"{path} cannot be read"), path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f"{path}:{number}: no record: {error}; mend or remove the line"
                ) from error
            yield record
