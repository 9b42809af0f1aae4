"""JSON Lines: one file, or parts; as they are, or packed."""

from __future__ import annotations

from copydesk.flows.sinks.files.file_format import GZIP, PLAIN, ZSTD, FileFormat
from copydesk.flows.sinks.files.one_file import OneFile
from copydesk.flows.sinks.files.part_rule import part_rule
from copydesk.flows.sinks.files.parts import Parts
from copydesk.flows.sinks.output_folder import sink_errors
from copydesk.flows.sinks.shelf import Place, Shelf, check_unused

FILE_NAME = "records.jsonl"
"""The store of ``--sink jsonl`` in the output folder."""


def jsonl(place: Place) -> Shelf:
    """The shelf of ``--sink jsonl``."""
    return shelf_of(PLAIN, place)


def jsonl_gz(place: Place) -> Shelf:
    """The shelf of ``--sink jsonl.gz``."""
    return shelf_of(GZIP, place)


def jsonl_zst(place: Place) -> Shelf:
    """The shelf of ``--sink jsonl.zst``."""
    return shelf_of(ZSTD, place)


def shelf_of(format_: FileFormat, place: Place) -> Shelf:
    """One file, unless parts are asked for or there are some already. Raises SettingsError, SinkError."""
    check_unused(place, format_.suffix.removeprefix("."), "database")
    rule = part_rule(place.part_size, place.part_by)
    # it may lie in a folder that this user may not look into
    with sink_errors(place.folder, "cannot be used"):
        if not rule and not (place.folder / f"records{format_.suffix}").is_dir():
            return OneFile(place.folder, format_)
        parts = Parts(place.folder, format_, rule)
        parts.check()
    return parts
