"""Zstandard as ``zstd``: the standard library's from Python 3.14 on, its backport before."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    try:
        from backports import zstd
    except ImportError as error:  # no module is not found where there are other backports
        raise ModuleNotFoundError(str(error), name="backports.zstd") from error

__all__ = ["CHECKED", "zstd"]

CHECKED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
"""Options to pack with: at the usual level, 3, and with a checksum, as gzip has one: it shows damage that unpacks."""
