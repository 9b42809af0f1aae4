"""Which of a page's titles is the headline, without the name of the site around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cleaners.jsonld import letters

# what stands between a headline and a site's name; a bare hyphen or colon only with white space
_SEPARATOR = re.compile(
    r"\s*[|｜ㅣ│∣¦‖]\s*|\s+(?:[-–—‒―−·•»«~›‹>:/＞：]|::|//|\\)\s+|\s*(?:[–—―]|[:：])\s+|\s*[＿_－]\s*"
)
_TIGHT = " -–—|｜:：_·ㅣ/》】」)）(（[「【《.,"
_BAR = frozenset("|｜ㅣ│∣¦‖")
_MAX_SITE_WORDS = 6
_MIN_HEADLINE_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Site:
    """What a page's site is known by: names and host words, reduced to letters."""

    names: frozenset[str]
    host: str = ""

    def is_named_by(self, text: str) -> bool:
        """Whether ``text`` is the site's name, wholly or with a section of it ("BBC News")."""
        bare = letters(text).removeprefix("the")
        if len(bare) < 2:
            return False
        if bare in self.names or (self.host and (bare == self.host or _without_tld(bare) == self.host)):
            return True
        initials = letters("".join(word[0] for word in text.split()))
        return len(initials) > 2 and initials == self.host


def site_of(names: Iterable[str | None], url: str | None) -> Site:
    """The site as its own pages name it, and its host without ``www.`` and the domain's ending."""
    host = (url or "").split("://", 1)[-1].split("/", 1)[0].split("@")[-1].split(":", 1)[0].lower()
    labels = [label for label in host.split(".") if label not in {"www", "m", "amp", "mobile"}]
    # of "news.example.co.uk" the name is "example": the longest label before the endings
    named = max(labels[:-1], key=len, default="")
    bare = frozenset(letters(name).removeprefix("the") for name in names if name) - {""}
    return Site(
        bare | frozenset(filter(None, (letters("".join(labels)),))), letters(named).removeprefix("the")
    )


def without_site(title: str, site: Site, *, headlines: Iterable[str] = ()) -> str:
    """``title`` without the site's name before or behind it.

    Behind a separator only what names the site is dropped, or what the page's own ``headlines`` leave out;
    the headline itself is never cut.
    """
    title = " ".join(title.split())
    known = {letters(headline) for headline in headlines} - {""}
    for cut in _cuts(title):
        if letters(cut) in known and len(letters(cut)) >= _MIN_HEADLINE_LETTERS:
            return cut
    return _stripped(title, site)


def _cuts(title: str) -> list[str]:
    """The title itself, then shortened from its end or its start, at each separator; longest first."""
    places = list(_SEPARATOR.finditer(title))
    heads = [title[: place.start()].strip() for place in reversed(places)]
    tails = [title[place.end() :].strip() for place in places]
    tight = title.rpartition("-")[0].strip() if not title.isascii() else ""
    return sorted({title, *heads, *tails, tight} - {""}, key=lambda cut: (len(cut), cut), reverse=True)


def _stripped(title: str, site: Site) -> str:
    while found := _last(title):
        head, tail = title[: found.start()].strip(), title[found.end() :].strip()
        if not head or not tail or not (site.is_named_by(tail) or _is_bare_tail(head, tail, found.group())):
            break
        title = head
    first = _SEPARATOR.search(title)
    if first and first.start() and site.is_named_by(title[: first.start()]):
        title = title[first.end() :].strip() or title
    return _without_tight_name(title, site)


def _is_bare_tail(head: str, tail: str, separator: str) -> bool:
    """A short tail behind a bar, which headlines do not use."""
    return (
        separator.strip() in _BAR
        and len(tail.split()) <= _MAX_SITE_WORDS
        and 2 * len(tail) <= len(head) + 6
        and not tail[0].isdigit()
    )


def _without_tight_name(title: str, site: Site) -> str:
    """A site's name glued on without white space, as in Chinese and Korean titles."""
    head, sign, tail = title.rpartition("-")
    if sign and head and tail and not tail.isascii() and site.is_named_by(tail):
        return head.rstrip(_TIGHT)
    return title


def _last(title: str) -> re.Match[str] | None:
    found = None
    for found in _SEPARATOR.finditer(title):  # noqa: B007  the last one is wanted
        pass
    return found


def _without_tld(bare: str) -> str:
    for ending in (
        "com",
        "org",
        "net",
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "pl",
        "jp",
        "kr",
        "cn",
        "ru",
        "ch",
        "at",
        "uk",
        "news",
        "online",
    ):
        if bare.endswith(ending) and len(bare) > len(ending) + 2:
            return bare.removesuffix(ending)
    return bare


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles a page gives itself, all without the site's name.

    ``declared`` in structured data, ``shared`` for social previews, ``head`` and ``headings`` (``h1``) in the markup.
    """

    declared: str | None
    shared: str | None
    head: str | None
    headings: Sequence[str]


def choose_title(titles: Titles) -> str | None:
    """The headline a reader sees, as far as the page's titles agree on it."""
    named = [title for title in (titles.declared, titles.shared) if title]
    for longer in (*titles.headings, *named):
        # a kicker stands before the headline
        for title in named:
            if _is_end_of(longer, title):
                return title
    others = [title for title in (*named, titles.head) if title]
    for heading in titles.headings:
        same = [title for title in others if letters(title) == letters(heading)]
        if same:
            # the heading may have lost a line break or a colon between its parts
            return heading if heading in same or not titles.head or titles.head not in same else titles.head
    if titles.declared:
        return titles.declared
    for heading in titles.headings:
        if any(_is_related(heading, title) for title in (titles.shared, titles.head) if title):
            return heading
    return titles.shared or titles.head or next(iter(titles.headings), None)


def _is_end_of(heading: str, title: str) -> bool:
    whole, end = letters(heading), letters(title)
    return len(end) < len(whole) <= 2 * len(end) and whole.endswith(end)


def _is_related(heading: str, title: str) -> bool:
    """Whether half of the heading's words (or letters, where words are not parted) stand in the title."""
    words, said = heading.lower().split(), letters(title)
    if len(words) < 2:
        return letters(heading) in said
    return 2 * sum(letters(word) in said for word in words) >= len(words)
