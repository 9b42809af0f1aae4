"""The robots.txt of an origin (RFC 9309): which URLs may be fetched, and what it signals about the use of pages."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.usage import AI_CRAWLERS_LINE
from copydesk.cleaners.types import LICENSE_LINE, SiteSignal
from copydesk.flows.fetching.http.documents import MAX_FOUND, web_link
from copydesk.flows.fetching.http.outcomes import NotFetched
from copydesk.flows.fetching.http.robots_rules import (
    DISALLOW,
    LICENSE,
    NAMES,
    SITEMAP,
    Line,
    product_rules,
    read_groups,
    target_of,
)
from copydesk.flows.fetching.http.usage_terms import preference_for

AGENT = "copydesk"
"""The name of our product in robots.txt."""
MAX_BYTES = 500 * 1024
"""The rest of the file is not read (RFC 9309, 2.5)."""
MAX_DELAY_SECONDS = 60.0
"""Set by hand: with ``Crawl-delay: 86400`` a source would never be read to its end."""
_FILE = "robots.txt"
# that a byte of the file takes at most, measured: a pattern with "é" and "$" is kept in two other spellings
_PARSED_BYTES = 35
# lines of a file; site_files.py limits how many of them are requested
_MAX_LICENSES = 100
# characters of a line in records
_MAX_QUOTED = 2_000
# those of "/a//b", not the two of "https://"
_SLASHES = lazy_pattern(r"(?<!:)//+")

Meaning = Literal["rules", "none", "unreachable"]


class Robots:
    """The robots.txt of an origin. ``answer``: ``rules``, ``none`` (everything is allowed), or ``unreachable``
    (nothing is, for now), with the ``fault`` that is why.
    """

    def __init__(self, answer: Meaning, body: bytes = b"", fault: NotFetched | None = None) -> None:
        self.answer = answer
        self.fault = fault
        self.weight = _PARSED_BYTES * len(body)
        """The approximate size in bytes."""
        # otherwise the body is an error page
        parsed = read_groups(_text(body[:MAX_BYTES]) if answer == "rules" else "")
        self._rules = product_rules(parsed.groups, AGENT, NAMES["ai_crawlers"])
        urls = (web_link("", line.value) for line in parsed.site_lines if line.name == SITEMAP)
        self.sitemaps = tuple(islice(dict.fromkeys(filter(None, urls)), MAX_FOUND))
        """URLs of sitemaps."""
        self._licenses = tuple(islice(_licenses(parsed.site_lines), _MAX_LICENSES))

    @property
    def licenses(self) -> tuple[str, ...]:
        """URLs of licences."""
        return tuple(line.value for line in self._licenses)

    def may_fetch(self, url: str) -> bool:
        """Whether we may fetch a URL. Many servers treat repeated slashes as one, so that spelling must be allowed,
        too.
        """
        if self.answer != "rules":
            return self.answer == "none"
        return all(map(self._rules.own.may_fetch, _spellings(url)))

    def denial(self, url: str) -> str | None:
        """The line that denies us a URL: ``robots.txt: Disallow: /x (line 12)``; None if there is none."""
        line = self._deciding_line(url)
        if line is None or line.name != DISALLOW:
            return None
        return f"{_FILE}: {line.name.capitalize()}: {line.value[:_MAX_QUOTED]} (line {line.number})"

    def signals(self, url: str) -> Iterator[SiteSignal]:
        """The signals for a page: the line that allows or denies it, lines about its use, licences, and the AI crawlers
        that may not fetch it.
        """
        if (deciding := self._deciding_line(url)) is not None:
            yield _signal(deciding, deciding.value)
        for line in self._rules.own.usage:
            if preference := preference_for(target_of(url), line.value[:_MAX_QUOTED]):
                yield _signal(line, preference)
        for line in self._licenses:
            yield SiteSignal(_FILE, LICENSE_LINE, line.value, line.number)
        if denied := ", ".join(self._denied_crawlers(url)):
            yield SiteSignal(_FILE, AI_CRAWLERS_LINE, f"{denied} may not fetch it")

    def _deciding_line(self, url: str) -> Line | None:
        spellings = _spellings(url)
        denied = next((spelling for spelling in spellings if not self._rules.own.may_fetch(spelling)), url)
        return self._rules.own.deciding_line(denied)

    def _denied_crawlers(self, url: str) -> Iterator[str]:
        # only groups with their names: rules for "*" are not about AI
        for crawler, rules in self._rules.others.items():
            line = rules.deciding_line(url)
            if line is not None and line.name == DISALLOW:
                yield f"{crawler} (line {line.number})"

    @property
    def delay(self) -> float | None:
        """``Crawl-delay`` in seconds, at most a minute; None if there is none."""
        delay = self._rules.own.delay
        return None if delay is None else min(max(0.0, delay), MAX_DELAY_SECONDS)


def _text(body: bytes) -> str:
    """The text in UTF-8, or in UTF-16 with a byte order mark, without NUL bytes."""
    is_wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if is_wide else "utf-8", "replace").replace("\0", "").lstrip("\ufeff")


def _spellings(url: str) -> tuple[str, ...]:
    """The URL, and the same with repeated slashes merged."""
    page, mark, query = url.partition("?")
    return tuple(dict.fromkeys((url, _SLASHES.sub("/", page) + mark + query)))


def _signal(line: Line, value: str) -> SiteSignal:
    return SiteSignal(_FILE, line.name, value[:_MAX_QUOTED], line.number)


def _licenses(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of licences with a URL, the first of equal ones."""
    first = dict[str, Line]()
    for line in lines:
        if line.name == LICENSE:
            first.setdefault(line.value, line)
    return (line for line in first.values() if web_link("", line.value))
