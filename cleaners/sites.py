"""What a site is called: its names, its host, and the form in which names and titles are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern

# labels that say which edition of a site this is: m.example.org is example.org
_MIRRORS = frozenset({"www", "m", "amp", "mobile"})
# “https://www.example.org/a” and “http://example.org/a” are one URL
_SPELLING = lazy_pattern(r"\Ahttps?://(?:www\.)?", re.IGNORECASE)
# an address whose host needs no parser, which takes ten times as long: no user, port, brackets or other letters
PLAIN_HOST = lazy_pattern(r"https?://([a-zA-Z0-9.-]+)(?:[/?#]|\Z)")
# set by hand: endings that sites carry in their names ("Example.com", bare "examplecom")
_ENDINGS = (
    "com", "org", "net", "de", "fr", "es", "it", "nl", "pl", "jp", "kr", "cn", "ru", "ch", "at", "uk", "news", "online",
)  # fmt: skip
# of "https://web.archive.org/web/20190102030405id_/http://example.org/a"
ARCHIVED = r"(?:https?://web\.archive\.org)?/web/\d{4,14}(?:[a-z]{2}_)?/(?=https?://)"
_ARCHIVED = lazy_pattern(rf"\A{ARCHIVED}")
_NO_LETTER = bytes(code for code in range(128) if not chr(code).isalnum())


def bare(text: str) -> str:
    """Text reduced to its letters and digits, lower case: the form in which titles are compared."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered.encode().translate(None, _NO_LETTER).decode()
    return "".join(filter(str.isalnum, lowered))


def bare_name(name: str) -> str:
    """``bare``, without an English article: the form in which names of sites are compared."""
    return bare(name).removeprefix("the")


def host_of(url: str) -> str:
    """The host of an address, lower case; ``""`` where there is none or the address is malformed."""
    if plain := PLAIN_HOST.match(url):
        return plain[1].lower()
    try:
        return urlsplit(url).hostname or ""
    # an address such as `http://[example`
    except ValueError:
        return ""


def bare_host(host: str) -> str:
    """A host as sites are compared: lower case, without ``www.`` and a final dot, its letters as people read them
    (``xn--bcher-kva.example``: ``bücher.example``).
    """
    labels = host.lower().removeprefix("www.").rstrip(".").split(".")
    return ".".join(_read_label(label) for label in labels) if "xn--" in host.lower() else ".".join(labels)


def _read_label(label: str) -> str:
    try:
        return label.removeprefix("xn--").encode().decode("punycode") if label.startswith("xn--") else label
    # no label of punycode is compared as it is
    except UnicodeError:
        return label


def live_url(url: str) -> str:
    """The address of which a web archive's address is a copy; any other address as it is."""
    return _ARCHIVED.sub("", url) if "/web/" in url else url


def domain_of(url: str) -> str:
    """The domain of an address's host (see `domain_of_host`)."""
    return domain_of_host(host_of(url))


@lru_cache(maxsize=2048)  # a page leads to few
def domain_of_host(host: str) -> str:
    """The last two labels of a host (three below a short second one: ``bbc.co.uk``), for comparison only."""
    labels = host.split(".")
    # a rule of thumb in place of the Public Suffix List: all pages of github.io count as one site
    count = 3 if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else 2
    return ".".join(labels[-count:])


def spelt_alike(url: str) -> str:
    """An address without what servers rarely distinguish: scheme, ``www.``, fragment and last slash.

    For comparison beside texts that agree, where mistaking two loses nothing.
    """
    try:
        parts = urlsplit(url)
        return _SPELLING.sub("", parts._replace(fragment="", path=parts.path.rstrip("/")).geturl())
    # no URL (“http://[half”): it is compared as it is
    except ValueError:
        return url


class Site(Struct, frozen=True):
    """What a page's site is known by: names and host words, reduced to letters."""

    names: frozenset[str]
    host: str = ""

    def is_named_by(self, text: str) -> bool:
        """Whether ``text`` is the site's name, its host or its initials."""
        name = bare_name(text)
        # one letter is no name: a separator with a letter beside it would be the site's
        if len(name) < 2:
            return False
        if name in self.names or (self.host and self.host in (name, _without_ending(name))):
            return True
        initials = bare("".join(map(itemgetter(0), text.split())))
        # two initials are those of too many names
        return len(initials) > 2 and initials == self.host

    def has_branch(self, text: str) -> bool:
        """Whether ``text`` is the site's initials with the name of a desk or region behind ("BBC Wales")."""
        first, _, rest = text.partition(" ")
        return bool(rest) and len(first) > 1 and first.isupper() and bare(first) in {*self.names, self.host}


def site_of(names: Iterable[str | None], url: str | None) -> Site:
    """The site as its own pages name it, and its host without ``www.`` and the domain's ending."""
    labels = [label for label in host_of(live_url(url or "")).split(".") if label not in _MIRRORS]
    # of "news.example.co.uk" the name is "example": the longest label before the endings
    named = max(labels[:-1], key=len, default="")
    known = frozenset(map(bare_name, filter(None, names))) | {bare("".join(labels))}
    return Site(known - {""}, bare_name(named))


def _without_ending(name: str) -> str:
    for ending in _ENDINGS:
        # three letters have to be left, or a short name would be cut to nothing
        if name.endswith(ending) and len(name) > len(ending) + 2:
            return name.removesuffix(ending)
    return name
