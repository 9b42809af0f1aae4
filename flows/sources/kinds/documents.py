"""PDF and Word documents: one file, one page. What reads them comes with the extra ``documents``.

They are read in a process of their own (``copydesk.flows.sources.kinds.document_reader``): a few kilobytes may inflate
to gigabytes or keep a parser busy for hours, and that must not happen to a run.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import BinaryIO

from copydesk.cleaners.types import Announced, Page, Source
from copydesk.flows.io.extras import install
from copydesk.flows.sources.kinds.document_reader import READERS, SECONDS, Document
from copydesk.flows.sources.kinds.reading_process import Fault, ReaderEnded, answers
from copydesk.flows.sources.opening.files import FileSource, on_disk, seekable
from copydesk.flows.sources.opening.inflating import unpacked, without_packing
from copydesk.flows.sources.opening.page_source import Reading, Unreadable


class DocumentFiles(FileSource):
    """A document: its text (PDF), or its HTML (Word); title, authors and date as its properties have them."""

    kind = "document"
    suffixes = tuple(READERS)
    is_never_empty = True

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        source = Source(self.kind, shown)
        suffix = next(one for one in READERS if without_packing(shown).lower().endswith(one))
        needed, is_html = READERS[suffix]
        # looked for and not imported: only the other process loads it
        if importlib.util.find_spec(needed) is None:
            message = f"reading {suffix} files needs {needed}: {install('documents')}"
            yield Unreadable(source, "needs_extra", message)
            return
        command = ("copydesk.flows.sources.kinds.document_reader", suffix)
        with on_disk(seekable(unpacked(file, shown))) as opened:
            try:
                (found,) = answers(opened, command, Document, what=f"{suffix} file", seconds=SECONDS)
            except ReaderEnded:
                message = f"reading it takes more than {SECONDS} s of work or more memory than may be"
                found = Fault("too_complex", message)
        if isinstance(found, Fault):
            yield Unreadable(source, found.reason, found.message)
            return
        yield Page(
            body=found.body,
            media="html" if is_html else "text",
            source=source,
            announced=Announced(
                "document", title=found.title, authors=found.authors, published=found.published
            ),
        )


DOCUMENT_FILES = DocumentFiles()
