"""robots.txt by RFC 9309: requested once a day; 4xx means all may be fetched, 5xx or no answer means nothing may."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

from copydesk.cleaners.provenance.usage import AI_CRAWLERS_LINE
from copydesk.cleaners.types import LICENSE_LINE, SiteSignal
from copydesk.flows.fetching.http.documents import MAX_FOUND, web_link
from copydesk.flows.fetching.http.robots_rules import DISALLOW, LICENSE, SITEMAP, Line, read_groups, rules_of
from copydesk.flows.fetching.http.usage_terms import path_of, preference_for

AGENT = "copydesk"
"""The product that robots.txt speaks of."""
MAX_BYTES = 500 * 1024
"""What is beyond is not read (RFC 9309, 2.5)."""
MAX_DELAY_SECONDS = 60.0
"""Set by hand: a file may want a day (``Crawl-delay: 86400``), and no source would be read to its end."""
AI_CRAWLERS = (
    "GPTBot", "ClaudeBot", "Claude-Web", "anthropic-ai", "CCBot", "Google-Extended", "Applebot-Extended", "Bytespider", "Amazonbot",
    "meta-externalagent", "FacebookBot", "PerplexityBot", "cohere-ai", "cohere-training-data-crawler", "Diffbot", "ImagesiftBot", "omgili",
    "PanguBot", "Timpibot", "AI2Bot", "DeepSeekBot", "MistralAI-User",
)  # fmt: skip
"""Products that gather texts for language models, as their makers name them for robots.txt (2026)."""
_FILE = "robots.txt"
# lines of one file; site_files.py decides how many of them are requested
_MAX_LICENSES = 100
# characters of a line, as records keep it
_MAX_QUOTED = 2_000
# those of "/a//b", not the two of "https://"
_SLASHES = re.compile(r"(?<!:)//+")


class Robots:
    """The rules of one origin. ``answer``: ``rules``, ``none`` (all is allowed) or ``unreachable`` (nothing
    is, for now).

    ``sitemaps`` and ``licenses``: the addresses it names for everybody.
    """

    def __init__(self, answer: Literal["rules", "none", "unreachable"], body: bytes = b"") -> None:
        self.answer = answer
        # the body of an error is a page and holds no rules
        read = read_groups(_text(body[:MAX_BYTES]) if answer == "rules" else "")
        self._rules = rules_of(read.groups, AGENT, AI_CRAWLERS)
        sitemaps = (
            url for line in read.of_the_site if line.name == SITEMAP if (url := web_link("", line.value))
        )
        self.sitemaps = tuple(islice(dict.fromkeys(sitemaps), MAX_FOUND))
        self._licenses = tuple(islice(_on_the_web(read.of_the_site), _MAX_LICENSES))

    @property
    def licenses(self) -> tuple[str, ...]:
        """Addresses of terms, as they are written."""
        return tuple(line.value for line in self._licenses)

    def may_fetch(self, url: str) -> bool:
        """Whether we may fetch a URL. Many servers take several slashes in a row for one: what is denied so
        is denied.
        """
        if self.answer != "rules":
            return self.answer == "none"
        return all(map(self._rules.own.may_fetch, _spellings(url)))

    def denial(self, url: str) -> str | None:
        """The line that denies a URL to us, quoted: ``robots.txt: Disallow: /x (line 12)``; None where none does."""
        line = self._deciding(url)
        if line is None or line.name != DISALLOW:
            return None
        return f"{_FILE}: {line.name.capitalize()}: {line.value[:_MAX_QUOTED]} (line {line.number})"

    def signals(self, url: str) -> Iterator[SiteSignal]:
        """Its signals for the page at a URL: the line by which it may or may not be fetched, lines on its use, and the
        AI crawlers that it denies.
        """
        decided = self._deciding(url)
        if decided is not None:
            yield _signal(decided, decided.value)
        for line in self._rules.own.usage:
            if preference := preference_for(path_of(url), line.value[:_MAX_QUOTED]):
                yield _signal(line, preference)
        for line in self._licenses:
            yield SiteSignal(_FILE, LICENSE_LINE, line.value, line.number)
        if denied := ", ".join(self._crawlers_denied(url)):
            yield SiteSignal(_FILE, AI_CRAWLERS_LINE, f"{denied} may not fetch it")

    def _deciding(self, url: str) -> Line | None:
        spellings = _spellings(url)
        # the spelling that is denied is the one whose line is to be quoted
        denied = next((spelling for spelling in spellings if not self._rules.own.may_fetch(spelling)), url)
        return self._rules.own.deciding(denied)

    def _crawlers_denied(self, url: str) -> Iterator[str]:
        # by groups of their names alone: rules for "*" are not about AI
        for crawler, rules in self._rules.others.items():
            line = rules.deciding(url)
            if line is not None and line.name == DISALLOW:
                yield f"{crawler} (line {line.number})"

    @property
    def delay(self) -> float | None:
        """``Crawl-delay`` in seconds, at most a minute; None where there is none."""
        found = self._rules.own.delay
        return None if found is None else min(max(0.0, found), MAX_DELAY_SECONDS)

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        named = (*self.sitemaps, *self.licenses)
        return self._rules.weight + sum(map(sys.getsizeof, named))


def _text(body: bytes) -> str:
    """UTF-8, or UTF-16 with a byte order mark; NUL bytes are removed."""
    is_wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if is_wide else "utf-8", "replace").replace("\0", "").lstrip("\ufeff")


def _spellings(url: str) -> tuple[str, ...]:
    """A URL as it is, and with one slash in the place of several."""
    page, mark, query = url.partition("?")
    return tuple(dict.fromkeys((url, _SLASHES.sub("/", page) + mark + query)))


def _signal(line: Line, value: str) -> SiteSignal:
    return SiteSignal(_FILE, line.name, value[:_MAX_QUOTED], line.number)


def _on_the_web(lines: Iterable[Line]) -> Iterator[Line]:
    """The licences that lead somewhere on the web, each once."""
    # reversed, so that of equal lines the first remains
    licenses = {line.value: line for line in reversed(tuple(lines)) if line.name == LICENSE}
    return (
        line for line in sorted(licenses.values(), key=lambda line: line.number) if web_link("", line.value)
    )
