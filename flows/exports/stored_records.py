"""The records of a store, read one by one."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import check_database_url, filled_database_url
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sinks.catalogue import backend_named, store_at
from copydesk.flows.sinks.record_lines import decode_record, decoded
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation


def read_store(place: Path, warn: Callable[[str], None], *, database: str | None = None) -> Iterator[Record]:
    """The records of a store, in their order: of an output folder, of the one in it that is named, or of a database.
    ``warn`` gets a message at the end about lines that are no records.

    Raises SettingsError where there is no store, or none of its lines is a record; EnvironmentFault where it cannot be
    read.
    """
    if database is not None:
        # as in a run: a password is in the environment, not in the shell's history
        check_database_url(database)
        filled = filled_database_url(database, os.environ)
        backend: StoreBackend | None = backend_named("postgresql", StoreLocation(place, database=filled))
    else:
        backend = store_at(place)
    if backend is None:
        what = "holds no store" if place.exists() else "no such folder"
        raise SettingsError(f"{place}: {what}; name the output folder of a run with --output")
    return records_on(backend, warn)


def records_on(backend: StoreBackend, warn: Callable[[str], None]) -> Generator[Record, None, None]:
    """The records of a backend, in their order. Warns and raises as ``read_store`` does."""
    # a run that ends meanwhile changes nothing here: these are the records as of opening the store
    with machine_errors(f"{backend.where} cannot be read"):
        yield from decoded(backend.lines(), decode_record, backend.where, warn)
