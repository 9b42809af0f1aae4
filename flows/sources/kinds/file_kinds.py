"""The kinds of files there are, in the order in which they are tried: the first that takes a name reads it."""

from __future__ import annotations

from copydesk.flows.sources.kinds.archives import ArchiveFiles
from copydesk.flows.sources.kinds.books import EPUB_FILES
from copydesk.flows.sources.kinds.csv_pages import CSV_FILES
from copydesk.flows.sources.kinds.documents import DOCUMENT_FILES
from copydesk.flows.sources.kinds.json_files import JSON_FILES
from copydesk.flows.sources.kinds.json_lines import JSON_LINES
from copydesk.flows.sources.kinds.mail import MAIL_FILES
from copydesk.flows.sources.kinds.parquet import PARQUET_FILES
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening.files import FILES, FileSource

# last FILES, which takes every name
_SINGLE: tuple[FileSource, ...] = (
    JSON_LINES,
    JSON_FILES,
    CSV_FILES,
    WARC_FILES,
    MAIL_FILES,
    PARQUET_FILES,
    DOCUMENT_FILES,
    EPUB_FILES,
    FILES,
)
FILE_SOURCES: tuple[FileSource, ...] = (ArchiveFiles(_SINGLE), *_SINGLE)
