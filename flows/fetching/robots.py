"""robots.txt, read as RFC 9309 says: asked once a day, 4xx means all may be read, 5xx or silence means nothing may."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Literal

from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.robots_rules import read_rules
from copydesk.flows.fetching.site_usage import read_robots_lines, robots_signals

AGENT = "copydesk"
"""The product that robots.txt speaks of."""
MAX_BYTES = 500 * 1024
"""What is beyond is not read (RFC 9309, 2.5)."""
MAX_DELAY_SECONDS = 60.0
_SLASHES = re.compile(r"(?<!:)//+")


class Robots:
    """The rules of one origin. ``answer``: ``rules``, ``none`` (all is allowed) or ``unreachable`` (nothing is, for now).

    ``lines``: what it says beside who may fetch what; ``sitemaps``: those it names.
    """

    def __init__(self, answer: Literal["rules", "none", "unreachable"], body: bytes = b"") -> None:
        self.answer = answer
        text = _text(body[:MAX_BYTES]) if answer == "rules" else ""
        self._rules = read_rules(text, AGENT)
        self.lines = read_robots_lines(text, AGENT)
        self.sitemaps = self._rules.sitemaps

    def may_fetch(self, url: str) -> bool:
        """Whether we may fetch a URL. Many servers take several slashes in a row for one: what is denied so is denied."""
        if self.answer != "rules":
            return self.answer == "none"
        page, mark, query = url.partition("?")
        spellings = {url, _SLASHES.sub("/", page) + mark + query}
        return all(map(self._rules.may_fetch, spellings))

    def signals(self, url: str) -> Iterator[SiteSignal]:
        """What it says to us on the page at a URL: whether it may be fetched, by the same word as ``may_fetch``, and its use."""
        if self.answer == "rules":
            yield from robots_signals(self.lines, url=url, is_allowed=self.may_fetch(url))

    @property
    def delay(self) -> float | None:
        """The pause between requests that is asked for, in seconds, at most a minute; None where none is."""
        found = self._rules.delay
        return None if found is None else min(max(0.0, found), MAX_DELAY_SECONDS)

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        return self._rules.weight + self.lines.weight


def robots_of(status: int | None, body: bytes) -> Robots:
    """What an answer means; ``status`` None: there was none. Asking too often (429) is no licence to go on asking."""
    if status is not None and 200 <= status < 300:
        return Robots("rules", body)
    if status is not None and 400 <= status < 500 and status != 429:
        return Robots("none")
    return Robots("unreachable")


def _text(body: bytes) -> str:
    """UTF-8, or UTF-16 that says so; NUL bytes mean nothing anywhere."""
    is_wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if is_wide else "utf-8", "replace").replace("\0", "").lstrip("\ufeff")
