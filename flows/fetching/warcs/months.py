"""Lists of WARC files a month, as Common Crawl has them for its news: ``…/CC-NEWS/{year}/{month}/warc.paths.gz``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

MONTHS = ("{year}", "{month}")
"""What stands for each month of a time in the address of a list."""
# set by hand: fifty years
_MOST_MONTHS = 600


def has_months(address: str) -> bool:
    """Whether an address stands for one a month."""
    return any(mark in address for mark in MONTHS)


def of_months(address: str, since: datetime | None, until: datetime) -> Sequence[str]:
    """The addresses of a list for each month of a time; the address alone where it names no month."""
    if since is None or not has_months(address):
        return (address,)
    months = list(dict.fromkeys(_months(since.astimezone(UTC), until.astimezone(UTC))))
    return [
        address.replace("{year}", f"{year:04}").replace("{month}", f"{month:02}") for year, month in months
    ]


def _months(since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    last = until.year * 12 + until.month - 1
    for at in range(max(since.year * 12 + since.month - 1, last - _MOST_MONTHS), last + 1):
        yield at // 12, at % 12 + 1
