"""Pages as they came, kept in WARC files beside the output, so that all can be cleaned again without asking anybody."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cleaners.types import Page
from flows.batches import ARCHIVE
from flows.fetching.outcomes import Fetched
from flows.sinks.jsonl import make_folder, told
from flows.sources.page_context import CONTEXT_HEADER, SOURCE_HEADER, context_of

_OF_TRANSPORT = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie"}
)


class RawArchive:
    """One WARC file a day, each record packed by itself and written beside its page's record; a context manager.

    Bodies are kept unpacked from what the connection did to them, headers without what described that. After a crash the last
    record may be cut; what is written later is read all the same. Raises SinkError where the disk does not play along.
    """

    def __init__(self, output: Path) -> None:
        self._folder = output / ARCHIVE
        self._file: BinaryIO | None = None
        self._day = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, page: Fetched, cleaned: Page) -> None:
        """Writes a page, with what was known of it when it was cleaned: the same page comes out again."""
        writer = WARCWriter(io.BytesIO(), gzip=True)
        record = writer.create_warc_record(
            page.url,
            "response",
            payload=io.BytesIO(page.body),
            http_headers=StatusAndHeaders(f"{page.status} OK", _kept(cleaned.headers), protocol="HTTP/1.1"),
            warc_headers_dict={
                "WARC-Date": _utc(page.fetched_at),
                SOURCE_HEADER: f"{cleaned.source.kind} {cleaned.source.name}",
                CONTEXT_HEADER: context_of(cleaned),
            },
        )
        with closing(record.raw_stream):  # a temporary file in which warcio counts and digests
            writer.write_record(record)
        with told(self._folder, "the archive cannot be written"):
            file = self._opened(page.fetched_at)
            file.write(writer.out.getvalue())
            file.flush()

    def _opened(self, now: datetime) -> BinaryIO:
        day = f"{now:%Y%m%d}"
        if self._file is None or day != self._day:
            if self._file is not None:
                self._file.close()
            make_folder(self._folder)
            self._file, self._day = (self._folder / f"pages-{day}.warc.gz").open("ab"), day
        return self._file


def _kept(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name not in _OF_TRANSPORT]


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
