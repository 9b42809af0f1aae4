"""robots.txt, read once: its groups of rules, the products each is for, and what speaks for the whole site.

Fetching and the usage fields of records both use it. It is as tolerant as Protego and Google's parser
(google/robotstxt): misspelt names, blanks in place of the colon and versions behind a product's name are understood.
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
"""Lines on what pages may be used for: AIPREF, and Cloudflare's Content Signals."""
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
"""Names of lines, each in the spellings that are understood, in small letters: those of Protego (all there
are in Google's parser are among them) and, in the same manner, those of lines that Protego does not know.
"""
_NAMES = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
_MOST_WORDS = max(len(spelling.split()) for spelling in _NAMES)
_OF_THE_SITE = frozenset({SITEMAP, LICENSE, "host"})
"""Lines that belong to no group, wherever they are (sitemaps.org; RFC 9309, 2.2.4; RSL 1.0)."""
_OF_A_GROUP = frozenset({ALLOW, DISALLOW, DELAY, *USAGE})
"""Lines that mean something to somebody here; the others only end the naming of products."""
# "gptbot/1.2": a group is for the product, without a version (RFC 9309, 2.2.1)
_VERSION = re.compile(r"/[0-9][\w.]*$")


class Line(Struct, frozen=True):
    """A line's name as ``SPELLINGS`` has it first, its value, and its number in the file, from 1."""

    name: str
    value: str
    number: int


class Group(Struct):
    """Lines, and the products they are for, in small letters (``*`` for all others)."""

    products: dict[str, None] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


class RobotsText(Struct, frozen=True):
    """A whole robots.txt: its groups, and its lines that speak for the site."""

    groups: tuple[Group, ...]
    of_the_site: tuple[Line, ...]


def read_groups(text: str) -> RobotsText:
    """Reads a robots.txt; never raises.

    A line that names a product begins a group where a line of another kind, even an unknown one, came before it.
    """
    groups, of_the_site, is_named = [Group()], list[Line](), True
    for line in _lines(text):
        if line.name in _OF_THE_SITE:
            of_the_site.append(line)
        elif line.name == AGENT:
            if not is_named:
                groups.append(Group())
            is_named = True
            groups[-1].products.update(dict.fromkeys(_products(line.value)))
        else:
            is_named = False
            if line.value and line.name in _OF_A_GROUP:
                groups[-1].lines.append(line)
    return RobotsText(tuple(groups), tuple(line for line in of_the_site if line.value))


def _lines(text: str) -> Iterator[Line]:
    for number, written in enumerate(text.splitlines(), start=1):
        found = _named(written.partition("#")[0].strip())
        if found is not None:
            yield Line(*found, number)


def _named(line: str) -> tuple[str, str] | None:
    """A line's name and value; also where blanks replace the colon. None where it has neither."""
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
    """The names that an agent line gives, without a version; stars within a name mean nothing."""
    name = _VERSION.sub("", value.lower())
    spellings = [name] if name == "*" or "*" not in name else [name, name.replace("*", "")]
    return [spelling for spelling in spellings if spelling]


def own_name(names: Iterable[str], product: str) -> str | None:
    """The name of a product's groups: of those that match it the longest, else ``*``; None where there is neither."""
    best, best_score = None, 0
    for name in names:
        score = _score(name, product.lower())
        if score > best_score:
            best, best_score = name, score
    return best


def _score(name: str, product: str) -> int:
    if name == "*":
        return 1
    at = product.find(name)
    while at > 0 and (product[at - 1].isalnum() or product[at - 1] in "-_"):  # within a word
        at = product.find(name, at + 1)
    return len(name) if at >= 0 else 0


_MAX_NEAR = 2_000
"""Rules of a kind that are looked at for one URL, the first in the file; a page of a real site meets a handful."""
_MAX_USAGE_LINES = 100  # lines on use for one product
_OBJECTS_BYTES = 1_000
"""What the objects around the patterns of one section take, about."""
# the rules are those of one product already: Protego need not choose among groups
_FOR_ALL = "User-agent: *\n"
# put against allowing lines where none denies, to see which of them would allow; line 0 is no line
_EVERYTHING = (Line(DISALLOW, "/", 0),)
# "/news/2024": a beginning of paths; "*", "$", "%" and "?" make a pattern special
_PLAIN = re.compile(r"/[A-Za-z0-9_.~/=-]*")
# parts a special pattern: of "/a*b?c$" it is "/a", "b" and "c" that must be there
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.~/=-]+")
# "%2F" parts no path and "%25" begins no escape: unquoted they would
_KEPT_ESCAPES = re.compile(r"%(2F|25)", re.IGNORECASE)
# Protego lets "/a/index.html" speak of "/a/" too: such a pattern is no plain beginning
_INDEX = "index.html"


class _Patterns(Struct, frozen=True):
    """Patterns as text, one a line, each once, with the numbers of the lines of robots.txt that they are from."""

    text: str = ""
    numbers: bytes = b""

    @classmethod
    def of(cls, lines: Iterable[Line]) -> _Patterns:
        first = dict[str, int]()
        for line in lines:
            # of equal lines the first is quoted
            first.setdefault(line.value, line.number)
        # numbers in an array: as Python's integers each would take 28 bytes, here it takes four
        return cls("\n".join(first), array("I", first.values()).tobytes())

    def __iter__(self) -> Iterator[tuple[str, int]]:
        # not strict: an empty text still gives one piece, to which there is no number
        return zip(self.text.split("\n"), memoryview(self.numbers).cast("I"), strict=False)

    @property
    def weight(self) -> int:
        return sys.getsizeof(self.text) + sys.getsizeof(self.numbers)


class _Rules(Struct, frozen=True):
    """Rules of one kind: those that are beginnings of paths and nothing else, and the others."""

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

    def near(self, target: str) -> Iterator[Line]:
        """Those that may match a URL (see ``_target``), and certainly all that do."""
        plain = (found for found in self.plain if target.startswith(found[0]))
        special = (found for found in self.special if _may_match(found[0], target))
        for some in (plain, special):
            for pattern, number in islice(some, _MAX_NEAR):
                yield Line(self.name, pattern, number)


class Section(Struct, frozen=True):
    """The rules of all groups that are for the same products."""

    allowed: _Rules
    denied: _Rules

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Section:
        return cls(_Rules.of(ALLOW, lines), _Rules.of(DISALLOW, lines))

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        rules = (self.allowed, self.denied)
        return _OBJECTS_BYTES + sum(one.plain.weight + one.special.weight for one in rules)


class Rules(Struct, frozen=True):
    """The rules of a robots.txt for one product. ``delay``: seconds between requests; ``usage``: the first lines on
    use.
    """

    sections: tuple[Section, ...] = ()
    delay: float | None = None
    usage: tuple[Line, ...] = ()

    def may_fetch(self, url: str) -> bool:
        """Whether a URL may be fetched, by Protego's reading of the rules."""
        denied = self._denied(_target(url))
        return not denied or _lets_fetch(url, denied, self._allowed(_target(url)))

    def deciding(self, url: str) -> Line | None:
        """The line that denies a URL or allows it, which alone does against all of the other kind: of several
        the longest. None where there is none.

        It is found by giving Protego ever fewer lines, so that the line that decides is the one that is quoted.
        """
        denied, allowed = self._denied(_target(url)), self._allowed(_target(url))
        if not _lets_fetch(url, denied, allowed):
            return _first(denied, lambda some: not _lets_fetch(url, some, allowed))
        against = _EVERYTHING if _lets_fetch(url, denied, ()) else denied
        # what everything denied does not deny needs no line that allows it: robots.txt itself (RFC 9309, 2.2.2)
        if _lets_fetch(url, against, ()) or not _lets_fetch(url, against, allowed):
            return None
        return _first(allowed, lambda some: _lets_fetch(url, against, some))

    def _denied(self, target: str) -> list[Line]:
        return _longest_first(line for section in self.sections for line in section.denied.near(target))

    def _allowed(self, target: str) -> list[Line]:
        return _longest_first(line for section in self.sections for line in section.allowed.near(target))


class RulesOf(Struct, frozen=True):
    """The rules for us, and for those of the other products that are named, by their names."""

    own: Rules
    others: Mapping[str, Rules]

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        all_rules = (self.own, *self.others.values())
        sections = {id(section): section for rules in all_rules for section in rules.sections}
        usage = sum(_OBJECTS_BYTES + sys.getsizeof(line.value) for line in self.own.usage)
        return usage + sum(section.weight for section in sections.values())


def rules_of(groups: Iterable[Group], product: str, others: Iterable[str]) -> RulesOf:
    """The rules of groups for a product (``copydesk``), in its own name or in that of all, and for others in
    their names alone.
    """
    groups = tuple(groups)
    named = {name: None for group in groups for name in group.products}
    own = own_name(named, product)
    others = [other for other in others if other.lower() in named]
    wanted = frozenset(filter(None, (own, *(other.lower() for other in others))))
    lines = dict[frozenset[str], list[Line]]()
    for group in groups:
        if of_interest := wanted.intersection(group.products):
            # by products: a group that several of them share is kept once
            lines.setdefault(of_interest, []).extend(group.lines)
    sections = {products: Section.of(some) for products, some in lines.items()}
    by_name = {
        name: tuple(section for products, section in sections.items() if name in products) for name in wanted
    }
    of_own = [line for group in groups if own in group.products for line in group.lines]
    usage = [line for line in of_own if line.name in USAGE]
    return RulesOf(
        Rules(by_name.get(own or "", ()), _delay(of_own), tuple(usage[:_MAX_USAGE_LINES])),
        {other: Rules(by_name[other.lower()]) for other in others},
    )


def _lets_fetch(url: str, denied: Iterable[Line], allowed: Iterable[Line]) -> bool:
    # one group for all, so that any name will do
    lines = [f"{line.name}: {line.value}" for some in (denied, allowed) for line in some]
    return bool(Protego.parse(_FOR_ALL + "\n".join(lines)).can_fetch(url, "any"))


def _first(lines: Sequence[Line], is_enough: Callable[[Sequence[Line]], bool]) -> Line:
    """The first of some lines that is enough alone, where all together are."""
    while len(lines) > 1:
        # by halves: some ten calls of Protego for a thousand lines
        half = lines[: len(lines) // 2]
        lines = half if is_enough(half) else lines[len(half) :]
    return lines[0]


def _longest_first(lines: Iterable[Line]) -> list[Line]:
    # the longest decides (RFC 9309, 2.2.2); of equal ones the first in the file
    return sorted(lines, key=lambda line: (-len(line.value), line.number))


def _delay(lines: Iterable[Line]) -> float | None:
    # Protego reads it, so that a number is the same here as elsewhere
    written = "\n".join(f"Crawl-delay: {line.value}" for line in lines if line.name == DELAY)
    found = Protego.parse(_FOR_ALL + written).crawl_delay("any") if written else None
    return None if found is None else float(found)


def _target(url: str) -> str:
    """The path and query of a URL as Protego compares them: nothing escaped that need not be."""
    parts = urlsplit(url.partition("#")[0])
    path = parts.path + (f"?{parts.query}" if "?" in url else "")
    target = quote(unquote(_KEPT_ESCAPES.sub(r"%25\1", path)), safe="/%=")
    return target if target.startswith("/") else f"/{target}"


def _may_match(pattern: str, target: str) -> bool:
    """Whether the literal parts of a pattern are in the target, in their order. What ends in
    ``index.html`` also speaks of its folder.
    """
    first, *others = _NOT_PLAIN.split(pattern)
    # its folder is certain also where the last name is escaped, or is an index.html
    lead = first[: first.rfind("/") + 1]
    if not target.startswith(lead):
        return False
    # an escape may be written otherwise in the target: left to Protego
    if "%" in pattern or pattern.endswith(_INDEX):
        return True
    at = len(lead)
    for part in (first[at:], *others):
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
