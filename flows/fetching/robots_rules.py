"""Which URLs a robots.txt lets one product fetch.

Protego says what a rule means, but keeps every rule for every product, as an object: half a megabyte of text may become gigabytes. So only
the rules of the product's own group are kept, as text, and of these it is given the few that may match the URL in question.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct, field
from protego import Protego

from copydesk.flows.fetching.discovery import MAX_FOUND
from copydesk.flows.fetching.documents import web_link

_AGENT = frozenset({"user-agent", "useragent", "user agent"})
_ALLOW = frozenset({"allow"})
_DISALLOW = frozenset({"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"})
_DELAY = frozenset({"crawl-delay", "crawl delay"})
_SITEMAP = frozenset({"sitemap", "sitemaps", "site-map"})
_OF_THE_SITE = _SITEMAP | {"host"}
_KNOWN = _AGENT | _ALLOW | _DISALLOW | _DELAY | _OF_THE_SITE | {"request-rate", "request rate", "visit-time", "visit time"}  # fmt: skip
"""Names of lines in all the spellings that Protego takes."""
_MAX_NEAR = 2_000
"""Rules of a kind that are looked at for one URL, the first in the file; a page of a real site meets a handful."""
_FOR_ALL = "User-agent: *\n"
_PLAIN = re.compile(r"/[A-Za-z0-9_.~/=-]*")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.~/=-]+")
_KEPT_ESCAPES = re.compile(r"%(2F|25)", re.IGNORECASE)
_INDEX = "index.html"


class _Patterns(Struct, frozen=True):
    """What rules of one kind match, a pattern a line: those that are beginnings of paths and nothing else, and the others."""

    plain: str = ""
    special: str = ""

    @classmethod
    def of(cls, values: Iterable[str]) -> _Patterns:
        plain, special = dict[str, None](), dict[str, None]()
        for value in values:
            is_plain = _PLAIN.fullmatch(value) and not value.endswith(_INDEX)
            (plain if is_plain else special)[value] = None
        return cls("\n".join(plain), "\n".join(special))

    def near(self, target: str) -> list[str]:
        """Those that may match a URL (see ``_target``), and certainly all that do."""
        plain = (pattern for pattern in self.plain.split("\n") if target.startswith(pattern))
        special = (pattern for pattern in self.special.split("\n") if _may_match(pattern, target))
        return [pattern for some in (plain, special) for pattern in islice(some, _MAX_NEAR) if pattern]

    @property
    def weight(self) -> int:
        return sys.getsizeof(self.plain) + sys.getsizeof(self.special)


class Rules(Struct, frozen=True):
    """What a robots.txt says to one product. ``delay``: seconds between requests; ``sitemaps``: what it names for everybody."""

    allowed: _Patterns = _Patterns()
    denied: _Patterns = _Patterns()
    delay: float | None = None
    sitemaps: tuple[str, ...] = ()

    def may_fetch(self, url: str) -> bool:
        """Whether a URL may be fetched, by Protego's reading of the rules."""
        target = _target(url)
        denied = self.denied.near(target)
        if not denied:
            return True
        lines = [f"Disallow: {pattern}" for pattern in denied]
        lines += [f"Allow: {pattern}" for pattern in self.allowed.near(target)]
        return bool(Protego.parse(_FOR_ALL + "\n".join(lines)).can_fetch(url, "any"))

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        return self.allowed.weight + self.denied.weight + sum(map(sys.getsizeof, self.sitemaps))


class _Group(Struct):
    """Rules, and the products they are for, in small letters."""

    names: dict[str, None] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)


def read_rules(text: str, agent: str) -> Rules:
    """The rules of a robots.txt for a product (``copydesk``); never raises."""
    groups, sitemaps = _read(text)
    own = _own_name((name for group in groups for name in group.names), agent)
    lines = [line for group in groups if own in group.names for line in group.lines]
    return Rules(
        allowed=_Patterns.of(value for name, value in lines if name in _ALLOW),
        denied=_Patterns.of(value for name, value in lines if name in _DISALLOW),
        delay=_delay(value for name, value in lines if name in _DELAY),
        sitemaps=_whole(sitemaps),
    )


def _read(text: str) -> tuple[list[_Group], list[str]]:
    """The groups of a robots.txt, and the sitemaps it names. Lines that name products begin a group where anything else stood before."""
    groups, sitemaps, is_named = [_Group()], list[str](), True
    for name, value in _lines(text):
        if name in _OF_THE_SITE:
            if value and name in _SITEMAP:
                sitemaps.append(value)
        elif name in _AGENT:
            if not is_named:
                groups.append(_Group())
            is_named = True
            groups[-1].names.update(dict.fromkeys(_names(value)))
        else:
            is_named = False
            if value:
                groups[-1].lines.append((name, value))
    return groups, sitemaps


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = _line(line.partition("#")[0].strip())
        if found is not None:
            yield found


def _line(line: str) -> tuple[str, str] | None:
    """A line's name in small letters and its value; also where blanks stand in place of the colon. None where it has neither."""
    before, colon, after = line.partition(":")
    name = before.strip().lower()
    if colon and (name in _KNOWN or not after or after[0].isspace()):
        return name, after.strip()
    words = line.split()
    for count in (1, 2):
        spelled = " ".join(words[:count]).lower()
        if spelled in _KNOWN:
            return spelled, " ".join(words[count:])
    return (name, after.strip()) if colon else None


def _names(value: str) -> list[str]:
    name = value.lower()
    spellings = [name] if name == "*" or "*" not in name else [name, name.replace("*", "")]
    return [spelling for spelling in spellings if spelling]


def _own_name(names: Iterable[str], agent: str) -> str | None:
    """The name a product's rules stand under: of those that speak of it the longest, else the one for all; None where there is none."""
    best, best_score = None, 0
    for name in names:
        score = _score(name, agent.lower())
        if score > best_score:
            best, best_score = name, score
    return best


def _score(name: str, agent: str) -> int:
    if name == "*":
        return 1
    at = agent.find(name)
    while at > 0 and (agent[at - 1].isalnum() or agent[at - 1] in "-_"):  # within a word
        at = agent.find(name, at + 1)
    return len(name) if at >= 0 else 0


def _delay(values: Iterable[str]) -> float | None:
    lines = "\n".join(f"Crawl-delay: {value}" for value in values)
    found = Protego.parse(_FOR_ALL + lines).crawl_delay("any") if lines else None
    return None if found is None else float(found)


def _whole(links: Iterable[str]) -> tuple[str, ...]:
    """Those that lead somewhere on the web, at most ``MAX_FOUND``."""
    found = dict.fromkeys(url for link in links if (url := web_link("", link)))
    return tuple(islice(found, MAX_FOUND))


def _target(url: str) -> str:
    """The path and query of a URL as Protego compares them: nothing escaped that need not be."""
    parts = urlsplit(url.partition("#")[0])
    path = parts.path + (f"?{parts.query}" if "?" in url else "")
    target = quote(unquote(_KEPT_ESCAPES.sub(r"%25\1", path)), safe="/%=")
    return target if target.startswith("/") else f"/{target}"


def _may_match(pattern: str, target: str) -> bool:
    """Whether all that is certain of a pattern stands in the target, in its order. What ends in ``index.html`` also speaks of its folder."""
    first, *others = _NOT_PLAIN.split(pattern)
    lead = first[: first.rfind("/") + 1]
    if not target.startswith(lead):
        return False
    if "%" in pattern or pattern.endswith(_INDEX):
        return True
    at = len(lead)
    for part in (first[at:], *others):
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
