"""How many failures a run bears (``--max-failures``)."""

from __future__ import annotations

from typing import Self

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.config.option import expected

FAIR_SAMPLE = 20
"""Records before a share of failures means anything: one failure in the first three pages is no third."""
# `20` pages, `5%` of pages; nine digits are more than any run has pages
_LIMIT = lazy_pattern(r"([0-9]{1,9})(%?)")


class FailureLimit(Struct, frozen=True):
    """A number of pages, or so many of a hundred."""

    pages: int | None = None
    percent: int | None = None

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """The limit that a text names; None is no limit. Raises ValueError in one line."""
        if text is None:
            return cls()
        match = _LIMIT.fullmatch(text.strip())
        if match is None or (match[2] and int(match[1]) > 100):
            raise expected("a number or a percentage, such as 20 or 5%", text)
        number = int(match[1])
        return cls(percent=number) if match[2] else cls(pages=number)

    def is_passed(self, *, failed: int, records: int) -> bool:
        """Whether so many failures among so many records are more than the limit."""
        if self.pages is not None:
            return failed > self.pages
        if self.percent is None or records < FAIR_SAMPLE:
            return False
        # multiplied, not divided: no rounding decides at the limit itself
        return failed * 100 > self.percent * records
