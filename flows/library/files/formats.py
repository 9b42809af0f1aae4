"""Files of records: how one is read, and written whole."""

from __future__ import annotations

import contextlib
import gzip
import os
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from msgspec import Struct

from copydesk.cleaners import encode
from copydesk.flows.errors import SinkError
from copydesk.flows.formats.parquet import from_batch, write_parquet
from copydesk.flows.io.output_folder import check_is_file
from copydesk.flows.io.zstandard import CHECKED, zstd
from copydesk.flows.library.records.record_lines import decode_record

# the tool's own, as that of Zstandard: what they pack is worth a third more for a fifth of the speed beyond
_GZIP_LEVEL = 6
_BATCH_ROWS = 256


class JsonLines(Struct, frozen=True):
    """JSON Lines, perhaps compressed, as names with the ``suffix`` are (``.jsonl.gz``)."""

    suffix: str

    def read(self, file: Path) -> Iterator[bytes]:
        """The lines as they are, the last one ended in any case; blank ones and a byte order mark are none. Raises
        OSError, SinkError where the file is damaged.
        """
        check_is_file(file)
        try:
            with file.open("rb") as raw:
                for number, found in enumerate(self._lines(raw)):
                    line = found if number else found.removeprefix(BOM_UTF8)
                    # an editor may have left out the last line feed: the next line would run into it
                    if line.strip():
                        yield line if line.endswith(b"\n") else line + b"\n"
        except (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError) as error:
            raise _damaged(file) from error

    def _lines(self, raw: IO[bytes]) -> Iterable[bytes]:
        if self.suffix.endswith(".gz"):
            return gzip.GzipFile(fileobj=raw, mode="rb")
        return zstd.ZstdFile(raw) if self.suffix.endswith(".zst") else raw

    def write(self, file: Path, lines: Iterable[bytes]) -> None:
        """Writes a file, and waits until it is on the disk. The same lines give the same bytes. Raises OSError."""
        with file.open("wb") as raw:
            with compressed(raw, self.suffix) as target:
                for line in lines:
                    target.write(line)
            raw.flush()
            os.fsync(raw.fileno())


@contextlib.contextmanager
def compressed(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """A stream into ``stream``, which stays open: gzip for names in .gz, Zstandard for .zst, else the same.

    The same content gives the same bytes: no time and no name are written into it.
    """
    if name.endswith(".gz"):
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, stream, mtime=0) as packed:
            yield cast("BinaryIO", packed)
    elif name.endswith(".zst"):
        with zstd.ZstdFile(stream, "w", options=CHECKED) as packed_zstd:
            yield cast("BinaryIO", packed_zstd)
    else:
        yield stream


class Parquet:
    """A table with the published Arrow schema (``copydesk.arrow_schema()``), a row a record; as ``JsonLines``."""

    suffix = ".parquet"

    def read(self, file: Path) -> Iterator[bytes]:
        """The rows as lines."""
        import pyarrow
        from pyarrow import parquet

        check_is_file(file)
        try:
            with parquet.ParquetFile(file) as table:
                for batch in table.iter_batches(batch_size=_BATCH_ROWS):
                    yield from map(encode, from_batch(batch))
        except pyarrow.ArrowInvalid as error:
            raise _damaged(file) from error

    def write(self, file: Path, lines: Iterable[bytes]) -> None:
        """Row groups of bounded size."""
        with file.open("wb") as raw:
            write_parquet(map(decode_record, lines), raw)
            raw.flush()
            os.fsync(raw.fileno())


def _damaged(file: Path) -> SinkError:
    return SinkError(file, "is damaged", advice="bring back a copy, or move it away to begin anew")


FileFormat = JsonLines | Parquet
"""A kind of file that holds records in order. ``suffix``: how names of such files end, with its dot."""
PLAIN = JsonLines(".jsonl")
FORMATS: dict[str, FileFormat] = {
    "jsonl": PLAIN,
    **{one: JsonLines(f".{one}") for one in ("jsonl.gz", "jsonl.zst")},
    "parquet": Parquet(),
}
"""By the values of ``--sink``."""
