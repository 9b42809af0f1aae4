"""robots.txt, read as RFC 9309 says: asked once a day, 4xx means all may be read, 5xx or silence means nothing may."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from protego import Protego

from cleaners.types import SiteSignal
from flows.fetching.site_usage import RobotsLines, read_robots_lines, robots_signals

MAX_BYTES = 500 * 1024
"""What is beyond is not read (RFC 9309, 2.5)."""
MAX_DELAY_SECONDS = 60.0


class Robots:
    """The rules of one origin. ``answer``: ``rules``, ``none`` (all is allowed) or ``unreachable`` (nothing is, for now)."""

    def __init__(self, answer: Literal["rules", "none", "unreachable"], body: bytes = b"") -> None:
        self.answer = answer
        self._text = body[:MAX_BYTES].decode("utf-8-sig", "replace")

    @cached_property
    def _rules(self) -> Protego:
        return Protego.parse(self._text)

    @cached_property
    def lines(self) -> RobotsLines:
        """What it says beside who may fetch what."""
        return read_robots_lines(self._text) if self.answer == "rules" else RobotsLines()

    def may_fetch(self, url: str, agent: str) -> bool:
        """Whether a product (``copydesk``) may fetch a URL."""
        if self.answer == "rules":
            return bool(self._rules.can_fetch(url, agent))
        return self.answer == "none"

    def signals(self, url: str, agent: str) -> Iterator[SiteSignal]:
        """What it says to a product on the page at a URL: whether it may be fetched, by the same word as ``may_fetch``, and its use."""
        if self.answer == "rules":
            yield from robots_signals(self.lines, url=url, agent=agent, is_allowed=self.may_fetch(url, agent))

    def delay(self, agent: str) -> float | None:
        """The pause between requests that is asked for, at most a minute; None where none is."""
        found = self._rules.crawl_delay(agent) if self.answer == "rules" else None
        return None if found is None else min(max(0.0, float(found)), MAX_DELAY_SECONDS)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps it names."""
        return tuple(self._rules.sitemaps) if self.answer == "rules" else ()


def robots_of(status: int | None, body: bytes) -> Robots:
    """What an answer means; ``status`` None: there was none. Asking too often (429) is no licence to go on asking."""
    if status is not None and 200 <= status < 300:
        return Robots("rules", body)
    if status is not None and 400 <= status < 500 and status != 429:
        return Robots("none")
    return Robots("unreachable")
