"""The lists that a run has fetched, so that a list is requested once however many sources and lists name it."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Hashable, MutableMapping
from weakref import WeakValueDictionary

from cachetools import LRUCache
from msgspec import structs

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, Validators
from copydesk.flows.fetching.wire.addresses import normalized_url
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET

_KEPT_BYTES = 64_000_000
"""Of lists in memory, compressed. A sitemap of 50,000 URLs takes some 300 KB, so this is for ten million pages; beyond
it lists are requested again.
"""
_LEVEL = 1  # of zlib: 5 MB in 50 ms; higher ones take three times as long for a fifth less

Key = tuple[Hashable, ...]


# of a request: its URL and validators
_Asked = tuple[str, Validators]


class ListCache:
    """The responses to lists in this run. ``profile``: requests with the same profile get the same response."""

    def __init__(self) -> None:
        # 1,000: what the objects around a response take, about
        self._answers: MutableMapping[Key, tuple[Outcome, _Asked]] = LRUCache(
            _KEPT_BYTES, getsizeof=lambda answer: 1_000 + len(getattr(answer[0], "body", b""))
        )
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def fetch(
        self, url: str, profile: Key, validators: Validators, fetch: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """The response of this run for a list at a normalized URL; ``fetch`` requests it, with these validators, where
        there is none.
        """
        key = (url, *profile)
        async with self._turns.setdefault(key, asyncio.Lock()):
            known, asked = self._answers.get(key, (None, None))
            if isinstance(known, Fetched):
                return structs.replace(known, body=await asyncio.to_thread(zlib.decompress, known.body))
            # "not modified" holds only for the same validators
            if known is not None and (not isinstance(known, NotModified) or asked == (url, validators)):
                return known
            outcome = await fetch()
            # a budget that is used up is not the list's fault: another source may still fetch it
            if not isinstance(outcome, NotFetched) or outcome.reason != OVER_BUDGET:
                await self._keep(key, profile, outcome, (url, validators))
            return outcome

    async def _keep(self, key: Key, profile: Key, outcome: Outcome, asked: _Asked) -> None:
        keys = {key}
        if isinstance(outcome, Fetched):
            packed = await asyncio.to_thread(zlib.compress, outcome.body, _LEVEL)
            # also under the URL that redirects led to
            keys.add((normalized_url(outcome.url), *profile))
            outcome = structs.replace(outcome, body=packed)
        for one in keys:
            self._answers[one] = outcome, asked
