"""Pages that were listed and not asked for: what a run says of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime


class Skipped:
    """Counts of what a run did not read, and why."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        # when the first that rests is due again, for who wants to know when to come back
        self._earliest: datetime | None = None

    def add(self, why: str, count: int = 1) -> None:
        """So many more for one of the reasons in ``lines``."""
        self._counts[why] += count

    def add_resting(self, until: datetime) -> None:
        """One more that failed lately and is left alone for now."""
        self.add("resting")
        self._earliest = min(self._earliest or until, until)

    def lines(self) -> tuple[str, ...]:
        """What there is to say, in sentences for people."""
        # in the order of _WORDS, not of counting: two runs read alike
        told = [words.format(f"{count:,}") for why, words in _WORDS.items() if (count := self._counts[why])]
        if self._counts["resting"] and self._earliest is not None:
            told.append(
                f"not asked for: {self._counts['resting']:,} that failed lately; the first is due again at "
                f"{self._earliest:%Y-%m-%d %H:%M} UTC, or with --refetch"
            )
        return tuple(told)


# all reasons but "resting", of which a time is told too
_WORDS = {
    "known": "not asked for: {} that are known and not listed as changed",
    "old": "not asked for: {} that are older than since",
    "beyond": "not asked for: {} beyond the limit",
    "left": "not asked for: {} of hosts that do not answer, left for the next run",
    "denied": "not asked for: {} that their sites denied lately",
    "patience": "not asked for: {} of hosts that asked for patience, left for the next run",
    "archive": "not looked for in an archive: {} that are gone, as it does not answer; they are tried again",
    "not_due": "sources not due yet: {}",
}
