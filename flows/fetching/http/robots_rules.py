"""Parses robots.txt, and matches URLs with the rules for a product (RFC 9309).

Fetching uses the result, and so do the usage fields of records. Like Protego and Google's parser (google/robotstxt), it
accepts misspelt names, blanks in place of the colon, and versions after a product's name.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct, field
from protego import Protego

AGENT, ALLOW, DISALLOW, DELAY, SITEMAP, LICENSE = (
    "user-agent", "allow", "disallow", "crawl-delay", "sitemap", "license",
)  # fmt: skip
USAGE = ("content-usage", "content-signal")
"""Lines about the use of pages: AIPREF, and Cloudflare's Content Signals."""
SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        AGENT: ("user-agent", "useragent", "user agent"),
        ALLOW: ("allow",),
        DISALLOW: ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
        DELAY: ("crawl-delay", "crawl delay"),
        SITEMAP: ("sitemap", "sitemaps", "site-map"),
        LICENSE: ("license", "licence"),
        "content-usage": ("content-usage", "content usage", "contentusage"),
        "content-signal": ("content-signal", "content-signals", "content signal", "contentsignal"),
        "host": ("host",),
        "request-rate": ("request-rate", "request rate"),
        "visit-time": ("visit-time", "visit time"),
    }
)
"""Names of lines with their accepted spellings, in lower case: those of Protego, which include those of Google's
parser, and similar ones of lines that Protego does not know.
"""
_NAMES = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
_MOST_WORDS = max(len(spelling.split()) for spelling in _NAMES)
_SITE_LINES = frozenset({SITEMAP, LICENSE, "host"})
"""Lines that belong to no group, wherever they are (sitemaps.org; RFC 9309, 2.2.4; RSL 1.0)."""
_GROUP_LINES = frozenset({ALLOW, DISALLOW, DELAY, *USAGE})
"""Lines of groups that are used here; all others only end the naming of products."""
# "gptbot/1.2": a group is for the product, without a version (RFC 9309, 2.2.1)
_VERSION = re.compile(r"/[0-9][\w.]*$")


class Line(Struct, frozen=True):
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


_MAX_CANDIDATES = 2_000
"""Rules of a kind that are matched with one URL, the first in the file; on real sites a handful are candidates."""
_MAX_USAGE_LINES = 100  # for one product
_OBJECTS_BYTES = 1_000
"""The approximate size of the objects around the patterns of a section."""
# the lines given to Protego are those of one product: it need not choose a group
_FOR_ALL = "User-agent: *\n"
# if no line denies a URL: the line that would allow it nevertheless
_DENY_ALL = (Line(DISALLOW, "/", 0),)
# "/news/2024": a prefix of paths; "*", "$", "%" and "?" make a pattern special
_PLAIN = re.compile(r"/[A-Za-z0-9_.~/=-]*")
# splits a special pattern into its literal parts: "/a*b?c$" into "/a", "b" and "c"
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.~/=-]+")
# unquoted, "%2F" would separate path segments and "%25" begin an escape
_KEPT_ESCAPES = re.compile(r"%(2F|25)", re.IGNORECASE)
# Protego also applies "/a/index.html" to "/a/": not a plain prefix
_INDEX = "index.html"


class _Patterns(Struct, frozen=True):
    """Unique patterns, one a line, and the numbers of their lines in robots.txt; compact, as files may be large."""

    text: str = ""
    numbers: bytes = b""

    @classmethod
    def of(cls, lines: Iterable[Line]) -> _Patterns:
        first = dict[str, int]()
        for line in lines:
            first.setdefault(line.value, line.number)
        # a Python integer takes 28 bytes, one of an array four
        return cls("\n".join(first), array("I", first.values()).tobytes())

    def __iter__(self) -> Iterator[tuple[str, int]]:
        # not strict: "".split("\n") has one item, and there is no number for it
        return zip(self.text.split("\n"), memoryview(self.numbers).cast("I"), strict=False)

    @property
    def weight(self) -> int:
        return sys.getsizeof(self.text) + sys.getsizeof(self.numbers)


class _Rules(Struct, frozen=True):
    """The rules of one kind (allow, disallow): plain prefixes of paths, and the others."""

    name: str
    plain: _Patterns
    special: _Patterns

    @classmethod
    def of(cls, name: str, lines: Iterable[Line]) -> _Rules:
        plain, special = list[Line](), list[Line]()
        for line in lines:
            if line.name == name:
                is_plain = _PLAIN.fullmatch(line.value) and not line.value.endswith(_INDEX)
                (plain if is_plain else special).append(line)
        return cls(name, _Patterns.of(plain), _Patterns.of(special))

    def candidates(self, target: str) -> Iterator[Line]:
        """All rules that match a path (see ``_target``), and a few that do not: Protego decides."""
        plain = (found for found in self.plain if target.startswith(found[0]))
        special = (found for found in self.special if _may_match(found[0], target))
        for some in (plain, special):
            for pattern, number in islice(some, _MAX_CANDIDATES):
                yield Line(self.name, pattern, number)


class Section(Struct, frozen=True):
    """The rules of all groups with the same products."""

    allowed: _Rules
    denied: _Rules

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Section:
        return cls(_Rules.of(ALLOW, lines), _Rules.of(DISALLOW, lines))

    @property
    def weight(self) -> int:
        """The approximate size in bytes."""
        rules = (self.allowed, self.denied)
        return _OBJECTS_BYTES + sum(one.plain.weight + one.special.weight for one in rules)


class Rules(Struct, frozen=True):
    """The rules for one product. ``delay``: seconds between requests; ``usage``: the first lines about use."""

    sections: tuple[Section, ...] = ()
    delay: float | None = None
    usage: tuple[Line, ...] = ()

    def may_fetch(self, url: str) -> bool:
        """Whether the rules allow a URL, according to Protego."""
        denied = self._denied(_target(url))
        return not denied or _can_fetch(url, denied, self._allowed(_target(url)))

    def deciding_line(self, url: str) -> Line | None:
        """The longest line that alone denies a URL, or alone allows it against all that deny it; None if there is none.

        Found by giving Protego fewer and fewer lines, so that Protego's decision is the one that is quoted.
        """
        denied, allowed = self._denied(_target(url)), self._allowed(_target(url))
        if not _can_fetch(url, denied, allowed):
            return _first(denied, lambda some: not _can_fetch(url, some, allowed))
        against = _DENY_ALL if _can_fetch(url, denied, ()) else denied
        # robots.txt itself is always allowed, without a line (RFC 9309, 2.2.2)
        if _can_fetch(url, against, ()) or not _can_fetch(url, against, allowed):
            return None
        return _first(allowed, lambda some: _can_fetch(url, against, some))

    def _denied(self, target: str) -> list[Line]:
        return _longest_first(line for section in self.sections for line in section.denied.candidates(target))

    def _allowed(self, target: str) -> list[Line]:
        return _longest_first(
            line for section in self.sections for line in section.allowed.candidates(target)
        )


class ProductRules(Struct, frozen=True):
    """The rules for our product, and those for other products that robots.txt names."""

    own: Rules
    others: Mapping[str, Rules]

    @property
    def weight(self) -> int:
        """The approximate size in bytes."""
        all_rules = (self.own, *self.others.values())
        sections = {id(section): section for rules in all_rules for section in rules.sections}
        usage = sum(_OBJECTS_BYTES + sys.getsizeof(line.value) for line in self.own.usage)
        return usage + sum(section.weight for section in sections.values())


def product_rules(groups: Iterable[Group], product: str, others: Iterable[str]) -> ProductRules:
    """The rules of groups for a product (``copydesk``), under its name or ``*``, and for others under their names."""
    groups = tuple(groups)
    named = {name: None for group in groups for name in group.products}
    own = matching_name(named, product)
    others = [other for other in others if other.lower() in named]
    wanted = frozenset(filter(None, (own, *(other.lower() for other in others))))
    lines = dict[frozenset[str], list[Line]]()
    for group in groups:
        if of_interest := wanted.intersection(group.products):
            # by products: a group for several of them is kept once
            lines.setdefault(of_interest, []).extend(group.lines)
    sections = {products: Section.of(some) for products, some in lines.items()}
    by_name = {
        name: tuple(section for products, section in sections.items() if name in products) for name in wanted
    }
    own_lines = [line for group in groups if own in group.products for line in group.lines]
    usage = [line for line in own_lines if line.name in USAGE]
    return ProductRules(
        Rules(by_name.get(own or "", ()), _delay(own_lines), tuple(usage[:_MAX_USAGE_LINES])),
        {other: Rules(by_name[other.lower()]) for other in others},
    )


def _can_fetch(url: str, denied: Iterable[Line], allowed: Iterable[Line]) -> bool:
    lines = [f"{line.name}: {line.value}" for some in (denied, allowed) for line in some]
    return bool(Protego.parse(_FOR_ALL + "\n".join(lines)).can_fetch(url, "any"))


def _first(lines: Sequence[Line], is_enough: Callable[[Sequence[Line]], bool]) -> Line:
    """The first line that is enough alone, by bisection; all together are enough."""
    while len(lines) > 1:
        half = lines[: len(lines) // 2]
        lines = half if is_enough(half) else lines[len(half) :]
    return lines[0]


def _longest_first(lines: Iterable[Line]) -> list[Line]:
    # the longest decides (RFC 9309, 2.2.2); among equal ones the first in the file
    return sorted(lines, key=lambda line: (-len(line.value), line.number))


def _delay(lines: Iterable[Line]) -> float | None:
    # by Protego, so that a number means the same here as elsewhere
    written = "\n".join(f"Crawl-delay: {line.value}" for line in lines if line.name == DELAY)
    found = Protego.parse(_FOR_ALL + written).crawl_delay("any") if written else None
    return None if found is None else float(found)


def _target(url: str) -> str:
    """The path and query of a URL as Protego compares them: without needless escapes."""
    parts = urlsplit(url.partition("#")[0])
    path = parts.path + (f"?{parts.query}" if "?" in url else "")
    target = quote(unquote(_KEPT_ESCAPES.sub(r"%25\1", path)), safe="/%=")
    return target if target.startswith("/") else f"/{target}"


def _may_match(pattern: str, target: str) -> bool:
    """Whether the literal parts of a pattern are in the target, in their order. A pattern for ``index.html`` also
    matches its folder.
    """
    first, *others = _NOT_PLAIN.split(pattern)
    # the folder is literal, even if the last segment is escaped or index.html
    lead = first[: first.rfind("/") + 1]
    if not target.startswith(lead):
        return False
    # the target may have another spelling of an escape
    if "%" in pattern or pattern.endswith(_INDEX):
        return True
    at = len(lead)
    for part in (first[at:], *others):
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
