"""The kinds of files there are. ``FILE_SOURCES`` is ordered: the first that takes a name reads it."""

from __future__ import annotations

from copydesk.flows.sources.archives.packed import INNER, PACKED_FILES
from copydesk.flows.sources.opening.page_source import FileSource

# archives apart: INNER is also what members of archives may be, and its last kind takes every name
FILE_SOURCES: tuple[FileSource, ...] = (PACKED_FILES, *INNER)
