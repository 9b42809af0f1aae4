"""Raw pages in WARC files beside the output, so that all can be cleaned again without any request."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page, Source
from copydesk.flows.errors import SinkError
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.io.appended_file import AppendedFile
from copydesk.flows.io.output_folder import make_folder, sink_errors
from copydesk.flows.io.posix import open_regular
from copydesk.flows.sources.kinds.warc_records import WarcRecord, read_records
from copydesk.flows.sources.opening.page_context import (
    ARCHIVE,
    CONTEXT_HEADER,
    SOURCE_HEADER,
    context_of,
    read_source,
)

# apart from the pages: it is read whole before any of them is cleaned again
_RESERVED = "reserved.warc.gz"
# bodies are stored unpacked: these would describe another body; cookies are secrets and nothing of the page
_OF_TRANSPORT = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie"}
)


class RawArchive:
    """One WARC file a day, each record packed by itself and written beside its page's record; a context manager.

    Bodies are kept unpacked from what the connection did to them, headers without what described that. After
    a crash the last record may be cut; what is written later is read all the same. Which pages were found
    reserved is in a file of its own. Raises SinkError where it cannot be written.
    """

    def __init__(self, output: Path) -> None:
        self._folder = output / ARCHIVE
        self._file: AppendedFile | None = None
        self._name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._close()
        except SinkError:
            if error is None:
                raise  # else the first error is the one to report

    def keep(self, page: Fetched, cleaned: Page, further: Sequence[Fetched] = ()) -> None:
        """Writes a page, with what was known of it when it was cleaned: the same page comes out again.

        ``further``: the pages that were joined to it. They are written before it: who is killed in between leaves pages
        that nothing refers to, and never a part of an article for the whole.
        """
        name = _file_of(page.fetched_at)
        for fetched, one in zip(further, cleaned.continuations, strict=True):
            self._keep(name, fetched, one, context_of(one, continues=True))
        self._keep(name, page, cleaned, context_of(cleaned))

    def _keep(self, name: str, page: Fetched, cleaned: Page, context: str) -> None:
        about = _about(cleaned.source, page.fetched_at) | {CONTEXT_HEADER: context}
        # a reason phrase is required, and HTTP/2 has none to keep (RFC 9113, 8.3.2)
        headers = [(name, value) for name, value in cleaned.headers.items() if name not in _OF_TRANSPORT]
        head = _Head(f"{page.status} OK", headers, protocol="HTTP/1.1")
        self._append(name, "response", page.url, page.body, warc_headers_dict=about, http_headers=head)

    def keep_text(self, cleaned: Page, *, now: datetime) -> None:
        """Writes a text in place of a page, such as a feed's own of a page that could not be fetched."""
        body = (
            # half characters of a text decoded before pass here, and in the same way back (warc._decoded)
            cleaned.body.encode("utf-8", "surrogatepass") if isinstance(cleaned.body, str) else cleaned.body
        )
        media = "text/plain" if cleaned.media == "text" else "text/html"
        # “resource” of WARC 1.1: no server's answer is claimed, as there was none
        self._append(
            _file_of(now),
            "resource",
            cleaned.url,
            body,
            warc_headers_dict=_about(cleaned.source, now) | {CONTEXT_HEADER: context_of(cleaned)},
            warc_content_type=f"{media}; charset=utf-8",
        )

    def note_reserved(self, record: Record, *, now: datetime) -> None:
        """Notes that a page is reserved, by its record without content; nothing where there is no archive yet
        to bring it back from.
        """
        if not self._folder.is_dir():
            return
        # read as pages (sources.kinds.warc) records of type “metadata” give nothing
        self._append(
            _RESERVED,
            "metadata",
            record.url,
            encode(record),
            warc_headers_dict=_about(Source(record.source.kind, record.source.name), now),
            warc_content_type="application/json",
        )

    def _append(self, name: str, kind: str, url: str | None, body: bytes, **more: object) -> None:
        """Writes a record at the end of a file: all of it or nothing."""
        # packed in memory: a record is one write, of which a crash leaves all or a cut end
        writer = WARCWriter(io.BytesIO(), gzip=True)
        # with its length warcio needs no temporary file to count and digest it
        record = writer.create_warc_record(url, kind, payload=io.BytesIO(body), length=len(body), **more)
        writer.write_record(record)
        # a run over midnight goes on in the next day's file
        if self._file is None or name != self._name:
            self._close()
            make_folder(self._folder)
            with self._map_errors():
                self._file, self._name = AppendedFile(self._folder / name), name
        with self._map_errors():
            self._file.append(writer.out.getvalue())

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with self._map_errors():
                file.close()

    def _map_errors(self) -> AbstractContextManager[None]:
        return sink_errors(self._folder, "the archive cannot be written")


def reserved_in(output: Path) -> Iterator[Record]:
    """The records of the pages that were found reserved, the newest last. Raises SinkError where they cannot
    be read.
    """
    path = output / ARCHIVE / _RESERVED
    if not path.exists():
        return
    with sink_errors(path, "cannot be read"), open_regular(path) as file:
        for item in read_records(file, path.name):
            # a record without our own header was put there by somebody else
            if isinstance(item, WarcRecord) and read_source(item.headers) is not None:
                try:
                    yield msgspec.json.decode(item.block, type=Record)
                except (msgspec.MsgspecError, UnicodeError):
                    continue  # damaged, and no other record is


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """The head of an answer as it came: warcio's own writes ``gr%C3%BC%C3%9Fe`` for ``grüße``."""

    def compute_headers_buffer(self, header_filter: Callable[[str], str] | None = None) -> None:
        self.headers_buff = self.to_bytes(header_filter)


def _about(source: Source, moment: datetime) -> dict[str, str]:
    # the form that WARC 1.1 has for WARC-Date: UTC with “Z”
    date = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"WARC-Date": date, SOURCE_HEADER: f"{source.kind} {source.name}"}


def _file_of(moment: datetime) -> str:
    return f"pages-{moment:%Y%m%d}.warc.gz"
