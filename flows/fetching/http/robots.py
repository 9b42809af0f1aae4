"""The robots.txt of an origin (RFC 9309): which URLs may be fetched, and what it signals about the use of pages.

Like Protego and Google's parser (google/robotstxt), it accepts misspelt names, blanks in place of the colon, and
versions after a product's name; tests compare it with Protego, which does not tell which line decides, nor keeps lines
about use.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

import tomli
from msgspec import Struct, field

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.usage import AI_CRAWLERS_LINE
from copydesk.cleaners.types import LICENSE_LINE, SiteSignal
from copydesk.flows.fetching.http.documents import MAX_FOUND, web_link
from copydesk.flows.fetching.http.outcomes import NotFetched

AGENT, ALLOW, DISALLOW, DELAY, SITEMAP, LICENSE = (
    "user-agent", "allow", "disallow", "crawl-delay", "sitemap", "license",
)  # fmt: skip
USAGE = ("content-usage", "content-signal")
"""Lines about the use of pages: AIPREF, and Cloudflare's Content Signals."""
NAMES: Mapping[str, Any] = tomli.loads((Path(__file__).parent / "robots.toml").read_text("utf-8"))
"""Names in robots.txt: of products, and of lines with their spellings."""
SPELLINGS: Mapping[str, list[str]] = NAMES["spellings"]
_NAMES = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
_MOST_WORDS = max(len(spelling.split()) for spelling in _NAMES)
_SITE_LINES = frozenset({SITEMAP, LICENSE, "host"})
"""Lines that belong to no group, wherever they are (sitemaps.org; RFC 9309, 2.2.4; RSL 1.0)."""
_GROUP_LINES = frozenset({ALLOW, DISALLOW, DELAY, *USAGE})
"""Lines of groups that are used here; all others only end the naming of products."""
# "gptbot/1.2": a group is for the product, without a version (RFC 9309, 2.2.1)
_VERSION = lazy_pattern(r"/[0-9][\w.]*$")


class Line(Struct, frozen=True, gc=False):
    """A line: its name in the first spelling of ``SPELLINGS``, its value, and its number in the file, from 1."""

    name: str
    value: str
    number: int


class Group(Struct):
    """A group of lines, and the products it is for, in lower case (``*`` for all others)."""

    products: dict[str, None] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


class RobotsText(Struct, frozen=True):
    """A robots.txt: its groups, and the lines for the whole site."""

    groups: tuple[Group, ...]
    site_lines: tuple[Line, ...]


def read_groups(text: str) -> RobotsText:
    """Parses a robots.txt; never raises.

    A user-agent line begins a group if it follows any other line, even an unknown one.
    """
    groups, site_lines, is_naming = [Group()], list[Line](), True
    for number, written in enumerate(text.splitlines(), start=1):
        found = _name_and_value(written.partition("#")[0].strip())
        if found is None:
            continue
        line = Line(*found, number)
        if line.name in _SITE_LINES:
            site_lines.append(line)
        elif line.name == AGENT:
            if not is_naming:
                groups.append(Group())
            is_naming = True
            groups[-1].products.update(dict.fromkeys(_products(line.value)))
        else:
            is_naming = False
            if line.value and line.name in _GROUP_LINES:
                groups[-1].lines.append(line)
    return RobotsText(tuple(groups), tuple(line for line in site_lines if line.value))


def _name_and_value(line: str) -> tuple[str, str] | None:
    """A line's name and value, also if blanks replace the colon; None if it has neither."""
    before, colon, after = line.partition(":")
    name = before.strip().lower()
    if colon and (name in _NAMES or not after or after[0].isspace()):
        return _NAMES.get(name, "unknown"), after.strip()
    words = line.split(None, _MOST_WORDS)
    for count in range(1, _MOST_WORDS + 1):
        spelled = " ".join(words[:count]).lower()
        if spelled in _NAMES:
            return _NAMES[spelled], " ".join(line.split()[count:])
    return ("unknown", after.strip()) if colon else None


def _products(value: str) -> list[str]:
    """The products of a user-agent line, without a version; stars within a name are ignored, too."""
    name = _VERSION.sub("", value.lower())
    spellings = [name] if name == "*" or "*" not in name else [name, name.replace("*", "")]
    return [spelling for spelling in spellings if spelling]


def matching_name(names: Iterable[str], product: str) -> str | None:
    """The name whose groups apply to a product: the longest that matches it, else ``*``; None if there is neither."""
    best = max(names, key=lambda name: _score(name, product.lower()), default="")
    return best if _score(best, product.lower()) else None


def _score(name: str, product: str) -> int:
    if name == "*":
        return 1
    at = product.find(name)
    while at > 0 and (product[at - 1].isalnum() or product[at - 1] in "-_"):  # within a word
        at = product.find(name, at + 1)
    return len(name) if at >= 0 else 0


_MAX_USAGE_LINES = 100  # for one product
# unquoted, "%2F" would separate path segments, "%25" begin an escape and "%2A" match anything
_KEPT_ESCAPES = lazy_pattern(r"%(2f|25|2a)", re.IGNORECASE)


class Rule(Line, frozen=True, gc=False):
    """A line that allows or denies URLs. ``pattern``: its value, escaped as usual; ``key``: its longest part."""

    pattern: str
    key: str

    @property
    def order(self) -> tuple[int, bool, int]:
        """The longest decides, of equal ones ``Allow`` (RFC 9309, 2.2.2), then the first in the file."""
        return -len(self.pattern), self.name != ALLOW, self.number

    def matches(self, target: str) -> bool:
        """Whether it matches a path."""
        # of thousands of rules, a handful need more
        return self.key in target and matches(self.pattern, target)


def matches(pattern: str, target: str) -> bool:
    """Whether a pattern matches the beginning of a path, both with the usual escapes: ``*`` is any characters, and
    ``$`` at the end is its end (RFC 9309, 2.2.3).
    """
    first, *others = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    at = len(first)
    last = others.pop() if others and pattern.endswith("$") else None
    for part in others:
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if last is not None:
        return target.endswith(last) and at <= len(target) - len(last)
    return at == len(target) or not pattern.endswith("$")


def _rules(lines: Iterable[Line]) -> tuple[Rule, ...]:
    """The rules in lines, in the order in which they decide."""
    found = dict[tuple[str, str], Rule]()
    for line in lines:
        if line.name in (ALLOW, DISALLOW):
            for written in _patterns(line):
                # one text in memory where they are the same
                pattern = line.value if written == line.value else written
                key = max(pattern.removesuffix("$").split("*"), key=len)
                found.setdefault((line.name, pattern), Rule(line.name, line.value, line.number, pattern, key))
    return tuple(sorted(found.values(), key=lambda rule: rule.order))


def _patterns(line: Line) -> Iterator[str]:
    """The pattern of a line, and what is generously read into it, as Protego and Google's parser do."""
    # a URL matches paths that have it in them
    value = f"/{line.value}" if line.value.startswith(("http://", "https://")) else line.value
    # "$" at the end may also be meant as a character of the path
    for written in [value, value.replace("$", "%24")] if "$" in value else [value]:
        pattern = usual_pattern(written)
        yield pattern
        if line.name == ALLOW and pattern.endswith("/index.html"):
            yield pattern.removesuffix("index.html") + "$"


def usual_pattern(written: str) -> str:
    """A pattern as it is compared with ``target_of`` a URL."""
    return _usual_escapes(written.removesuffix("$"), kept="*") + "$" * written.endswith("$")


def _usual_escapes(text: str, kept: str = "") -> str:
    """A path with every character escaped as usual: "/%63" is "/c", and "/ü" is "/%C3%BC"."""
    return quote(unquote(_KEPT_ESCAPES.sub(lambda found: f"%25{found[1].upper()}", text)), safe=f"/%={kept}")


class Rules(Struct, frozen=True):
    """The rules for one product. ``delay``: seconds between requests; ``usage``: the first lines about use."""

    sections: tuple[tuple[Rule, ...], ...] = ()
    delay: float | None = None
    usage: tuple[Line, ...] = ()

    def may_fetch(self, url: str) -> bool:
        """Whether the rules allow a URL."""
        line = self.deciding_line(url)
        return line is None or line.name == ALLOW

    def deciding_line(self, url: str) -> Line | None:
        """The line that allows or denies a URL; None if none matches."""
        # always allowed, without a line (RFC 9309, 2.2.2)
        if urlsplit(url).path == "/robots.txt":
            return None
        target = target_of(url)
        first = (next((rule for rule in rules if rule.matches(target)), None) for rules in self.sections)
        return min(filter(None, first), key=lambda rule: rule.order, default=None)


class ProductRules(Struct, frozen=True):
    """The rules for our product, and those for other products that robots.txt names."""

    own: Rules
    others: Mapping[str, Rules]


def product_rules(groups: Iterable[Group], product: str, others: Iterable[str]) -> ProductRules:
    """The rules of groups for a product (``copydesk``), under its name or ``*``, and for others under their names."""
    groups = tuple(groups)
    named = {name: None for group in groups for name in group.products}
    own = matching_name(named, product)
    others = [other for other in others if other.lower() in named]
    wanted = frozenset(filter(None, (own, *(other.lower() for other in others))))
    # once for all products of a group
    sections = [(group.products, _rules(group.lines)) for group in groups if wanted & group.products.keys()]
    by_name = {name: tuple(rules for products, rules in sections if name in products) for name in wanted}
    own_lines = [line for group in groups if own in group.products for line in group.lines]
    usage = [line for line in own_lines if line.name in USAGE]
    return ProductRules(
        Rules(by_name.get(own or "", ()), _delay(own_lines), tuple(usage[:_MAX_USAGE_LINES])),
        {other: Rules(by_name[other.lower()]) for other in others},
    )


def _delay(lines: Iterable[Line]) -> float | None:
    """The last number of seconds that is one."""
    delay = None
    for line in lines:
        if line.name == DELAY:
            with suppress(ValueError):
                seconds = float(line.value)
                delay = seconds if math.isfinite(seconds) and seconds >= 0 else delay
    return delay


def target_of(url: str) -> str:
    """The path and query of a URL, which patterns are compared with."""
    parts = urlsplit(url.partition("#")[0])
    target = _usual_escapes(parts.path + (f"?{parts.query}" if "?" in url else ""))
    return target if target.startswith("/") else f"/{target}"


PRODUCT = "copydesk"
"""Our name in robots.txt."""
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
        self._rules = product_rules(parsed.groups, PRODUCT, NAMES["ai_crawlers"])
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
            if preference := _preference_for(target_of(url), line.value[:_MAX_QUOTED]):
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


def _preference_for(target: str, value: str) -> str | None:
    """A line on use without the path it may begin with (AIPREF); None where that is another one."""
    if not value.startswith("/"):
        return value
    pattern, _, rest = value.partition(" ")
    return rest.strip() if matches(usual_pattern(pattern), target) else None


def _licenses(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of licences with a URL, the first of equal ones."""
    first = dict[str, Line]()
    for line in lines:
        if line.name == LICENSE:
            first.setdefault(line.value, line)
    return (line for line in first.values() if web_link("", line.value))
