"""Streams that are compressed as the ending of a path says."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

GZIP, ZSTD = ".gz", ".zst"
ENDINGS = (GZIP, ZSTD)
# set by hand: what gzip and zstd take by themselves
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3


@contextmanager
def compressed(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """A stream into ``stream``, which stays open: gzip for names in .gz, Zstandard for .zst, else the same.

    The same content gives the same bytes: no time and no name are noted in it.
    """
    if name.endswith(GZIP):
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, stream, mtime=0) as packed:
            yield cast("BinaryIO", packed)
    elif name.endswith(ZSTD):
        import zstandard

        with zstandard.ZstdCompressor(_ZSTD_LEVEL).stream_writer(stream, closefd=False) as packed_zstd:
            yield cast("BinaryIO", packed_zstd)
    else:
        yield stream
