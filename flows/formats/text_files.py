"""Records as text files, in the tree of their sources and addresses."""

from __future__ import annotations

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.file_tree import tree_format
from copydesk.flows.formats.markdown_tree import text_of


def text_file(record: Record, *, title: bool = True) -> bytes:
    """A file's content, UTF-8: the headline unless ``title`` is false, the text and its comments."""
    return f"{text_of(record, title=title)}\n".encode()


TEXT = tree_format("a folder of text files", ".txt", text_file, settings=("title",))
