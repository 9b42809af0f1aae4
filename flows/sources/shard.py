"""One of several shares of the pages, which depends on the page alone."""

from __future__ import annotations

import re

from msgspec import Struct

from copydesk.cleaners.record.records import record_id
from copydesk.cleaners.types import Page
from copydesk.flows.sources.opening.page_source import Unreadable

_SHARD = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*")


class Shard(Struct, frozen=True):
    """Share ``number`` (from 1) of ``count``. Each page is in one of them, on every machine and in every run."""

    number: int
    count: int

    def has(self, item: Page | Unreadable) -> bool:
        """Whether a page, or the item in its place, is in this share."""
        if self.count == 1:
            return True
        # as its record will be made
        page = item if isinstance(item, Page) else item.as_page()
        # the first digits of a SHA-256: shares differ by chance alone, whatever URLs have in common
        return int(record_id(page)[:16], 16) % self.count == self.number - 1


def read_shard(text: str) -> Shard:
    """The share that ``2/8`` names. Raises ValueError in words that name no option."""
    found = _SHARD.fullmatch(text)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise ValueError(f"expected K/N with K from 1 to N, such as 2/8, not {text!r}")
    return Shard(number, count)
