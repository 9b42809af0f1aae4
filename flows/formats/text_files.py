"""Records as text files, in the tree of their sources and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.file_tree import write_tree
from copydesk.flows.formats.format_registry import FolderFormat
from copydesk.flows.formats.headlines import text_of


def write_texts(records: Iterable[Record], folder: Path, *, title: bool = True) -> None:
    """Writes a file a record into an empty folder."""
    write_tree(
        records,
        folder,
        ".txt",
        lambda record: f"{text_of(record) if title else record.text}\n".encode(),
    )


TEXT = FolderFormat(
    summary="a folder of text files, in the tree of sources and addresses",
    articles_only=True,
    settings=("title",),
    write=write_texts,
)
