"""The memory of fetching, which also tells what answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flows.fetching.outcomes import NotFetched, Outcome
from flows.state import State
from flows.web_memory import WebMemory


class TellingMemory(WebMemory):
    """A WebMemory that tells ``answered`` each address, of pages and lists alike, that was had or has not changed."""

    def __init__(self, state: State, answered: Callable[[str], None]) -> None:
        super().__init__(state)
        self._answered = answered

    def note(
        self, source: str, outcome: Outcome, *, url: str, now: datetime, is_settled: bool = True
    ) -> None:
        """As in WebMemory."""
        super().note(source, outcome, url=url, now=now, is_settled=is_settled)
        if not isinstance(outcome, NotFetched):
            self._answered(url)
