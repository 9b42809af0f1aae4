"""The lists of pages that a run has asked for, so that a list is asked for once however many sources and
lists name it.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from weakref import WeakValueDictionary

from msgspec import Struct, structs

from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    without_body,
)
from copydesk.flows.fetching.wire.addresses import same_address
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET
from copydesk.flows.fetching.wire.lru import Lru

_KEPT_BYTES = 64_000_000
"""Of lists at hand, packed. A sitemap of 50,000 addresses takes some 300 KB, so this is for ten million
pages; what is beyond is asked for again.
"""
_LEVEL = 1  # of zlib: 5 MB in 50 ms; higher ones take three times as long for a fifth less

Key = tuple[Hashable, ...]


class _Answer(Struct, frozen=True):
    """How a list was answered: its body apart and packed; ``asked_with``: the URL and validators it was asked with."""

    outcome: Outcome
    packed: bytes
    asked_with: tuple[str, Validators]


class RunLists:
    """What lists were answered with in this run. ``manners``: who asks in the same way gets the same."""

    def __init__(self) -> None:
        self._answers: Lru[Key, _Answer] = Lru(_KEPT_BYTES)
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._best: dict[Key, tuple[bool, bool, float]] = {}
        self._noting = threading.Lock()

    async def ask(
        self, url: str, manners: Key, validators: Validators, fetch: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """The answer of this run for a list at a URL as ``same_address`` has it; ``fetch`` asks for it, with
        these validators, where there is none.
        """
        key = (url, *manners)
        async with self._turns.setdefault(key, asyncio.Lock()):
            known = self._answers.get(key)
            if known is not None and _is_answer_to(known, (url, validators)):
                return await _unpacked(known)
            outcome = await fetch()
            # whose budget is used up is no word of the list, which another may still ask for
            if isinstance(outcome, NotFetched) and outcome.reason == OVER_BUDGET:
                return outcome
            await self._keep(key, manners, outcome, (url, validators))
            return outcome

    async def _keep(
        self, key: Key, manners: Key, outcome: Outcome, asked_with: tuple[str, Validators]
    ) -> None:
        packed = b""
        if isinstance(outcome, Fetched):
            packed = await asyncio.to_thread(zlib.compress, outcome.body, _LEVEL)
        answer = _Answer(without_body(outcome), packed, asked_with)
        # where redirects led to is asked for under that address too
        for one in {key, (same_address(outcome.url), *manners)} if packed else {key}:
            self._answers.put(one, answer, weight=len(packed))

    def note_best(
        self,
        url: str,
        manners: Key,
        *,
        is_settled: bool,
        left_before: datetime | None,
        note: Callable[[], None],
    ) -> None:
        """Calls ``note`` where it says more of a list than all that this run noted of it. For any thread.

        All pages stored is more than some; of two such notes the one that left out less is.
        """
        worth = (is_settled, left_before is None, -left_before.timestamp() if left_before else 0.0)
        # held while it is written: of two notes at the same time the lesser may not be written last
        with self._noting:
            if worth > self._best.get((url, *manners), (False, False, -float("inf"))):
                note()
                self._best[url, *manners] = worth


def _is_answer_to(known: _Answer, asked_with: tuple[str, Validators]) -> bool:
    """Whether it answers who asks so: that nothing has changed says something only to who knows the same."""
    return not isinstance(known.outcome, NotModified) or known.asked_with == asked_with


async def _unpacked(known: _Answer) -> Outcome:
    if isinstance(known.outcome, Fetched):
        return structs.replace(known.outcome, body=await asyncio.to_thread(zlib.decompress, known.packed))
    return known.outcome
