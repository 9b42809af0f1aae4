"""JSON Lines: one file, or parts; as they are, or packed."""

from __future__ import annotations

from copydesk.flows.sinks.files.file_format import GZIP, PLAIN, ZSTD, FileFormat
from copydesk.flows.sinks.files.one_file import OneFile
from copydesk.flows.sinks.files.parts import Parts, part_rule
from copydesk.flows.sinks.output_folder import sink_errors
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation, check_unused

FILE_NAME = "records.jsonl"
"""The store of ``--sink jsonl`` in the output folder."""


def jsonl(place: StoreLocation) -> StoreBackend:
    """The backend of ``--sink jsonl``."""
    return file_backend(PLAIN, place)


def jsonl_gz(place: StoreLocation) -> StoreBackend:
    """The backend of ``--sink jsonl.gz``."""
    return file_backend(GZIP, place)


def jsonl_zst(place: StoreLocation) -> StoreBackend:
    """The backend of ``--sink jsonl.zst``."""
    return file_backend(ZSTD, place)


def file_backend(format_: FileFormat, place: StoreLocation) -> StoreBackend:
    """One file, unless parts are wanted or there are some already. Raises SettingsError, SinkError."""
    check_unused(place, format_.suffix.removeprefix("."), "database")
    rule = part_rule(place.part_size, place.part_by)
    # it may lie in a folder that this user may not look into
    with sink_errors(place.folder, "cannot be used"):
        if not rule and not (place.folder / f"records{format_.suffix}").is_dir():
            return OneFile(place.folder, format_)
        parts = Parts(place.folder, format_, rule)
        parts.check()
    return parts
