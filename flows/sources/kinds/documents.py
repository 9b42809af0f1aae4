"""PDF and Word documents: one file, one page. What reads them comes with the extra ``documents``.

They are read in a process of their own (``copydesk.flows.sources.kinds.document_reader``): a few kilobytes may inflate
to gigabytes or keep a parser busy for hours, and that must not happen to a run.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, BinaryIO

import msgspec

from copydesk.cleaners.types import Announced, Page, Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.io.import_path import safe_environment
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sources.kinds.document_reader import BROKEN, READERS, SECONDS, Document
from copydesk.flows.sources.kinds.parquet_rows import Fault
from copydesk.flows.sources.opening.files import FileSource, on_disk, seekable
from copydesk.flows.sources.opening.inflating import unpacked, without_packing
from copydesk.flows.sources.opening.page_source import Reading, Unreadable

_decoder: msgspec.msgpack.Decoder[Document | Fault] = msgspec.msgpack.Decoder(Document | Fault)


class DocumentFiles(FileSource):
    """A document: its text (PDF), or its HTML (Word); title, authors and date as its properties have them."""

    kind = "document"
    suffixes = tuple(READERS)

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        source = Source(self.kind, shown)
        suffix = next(one for one in READERS if without_packing(shown).lower().endswith(one))
        needed, is_html = READERS[suffix]
        # looked for and not imported: only the other process loads it
        if importlib.util.find_spec(needed) is None:
            message = f"reading {suffix} files needs {needed}: pip install 'copydesk[documents]'"
            yield Unreadable(source, "needs_extra", message)
            return
        with on_disk(seekable(unpacked(file, shown))) as opened:
            found = _read(opened, suffix)
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


def _read(file: IO[bytes], suffix: str) -> Document | Fault:
    """What the reading process makes of a document. Raises Damaged where it dies, EnvironmentFault where it cannot be
    started.
    """
    command = [sys.executable, "-m", "copydesk.flows.sources.kinds.document_reader", suffix]
    with machine_errors("the reader of documents cannot be started"):
        try:
            done = subprocess.run(  # noqa: S603 - this interpreter, and no module of the current folder
                command,
                stdin=file,
                stdout=subprocess.PIPE,
                # what the libraries write there is not for people: faults come as messages
                stderr=subprocess.DEVNULL,
                env=safe_environment() | {"MALLOC_ARENA_MAX": "1"},
                # twice the processor's time, after which the kernel ends it
                timeout=2 * SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Fault("too_complex", BROKEN)
    if done.returncode < 0:  # ended by the kernel
        return Fault("too_complex", BROKEN)
    try:
        return _decoder.decode(done.stdout)
    except msgspec.MsgspecError:
        raise Damaged(f"invalid {suffix} file: the process that read it died of it") from None


DOCUMENT_FILES = DocumentFiles()
