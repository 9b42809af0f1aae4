"""The kinds of files there are. ``FILE_SOURCES`` is ordered: the first that takes a name reads it."""

from __future__ import annotations

from flows.sources.files import FILES
from flows.sources.json_lines import JSON_LINES
from flows.sources.page_source import FileSource
from flows.sources.warc import WARC_FILES

FILE_SOURCES: tuple[FileSource, ...] = (JSON_LINES, WARC_FILES, FILES)
