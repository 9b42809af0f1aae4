"""A title in its parts: the headline, and the site's name before or behind it; and the part that a page shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice

from lxml import etree

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.page_head import is_aside, is_site_heading, text_in
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import Site, bare, bare_name, host_of

# the text between a headline and a site's name; a bare hyphen or colon only with white space
# "Ferries stop|Post", "Ferries stop - Post", "Ferries stop— Post", "Ferries stop_Post"
# "Ferries stop < Local < Article - Post", as Korean sites have it, some of which escape the sign twice
_SEPARATOR = lazy_pattern(
    r"\s*[|｜ㅣ│∣¦‖]\s*|\s+(?:[-–—‒―−·•»«~›‹⋆<>:/＞：@]|&[lg]t;|::|//|\\)\s+|\s*(?:[–—―]|[:：])\s+|\s*[＿_－]\s*"
)
# what is left at the end when a glued name goes: "标题--海港新闻"
_TIGHT = " -–—|｜:：_·ㅣ/》】」)）(（[「【《.,"
_POSSESSIVE = lazy_pattern(r"['’](?:s\b|(?!\w))")  # "Boatclubs' Top 9 Books", of boatclubs.example
BARS = frozenset("|｜ㅣ│∣¦‖‹⋆")
# "Ferries stop |", "» Ferries stop"
_LOOSE_SIGN = lazy_pattern(r"^[»›·•|]\s+|\s*[|｜ㅣ│∣¦‖]\s*$")
# of a host that is looked for in a longer name; set by hand: "cnn" is in too many words
_MIN_HOST_LETTERS = 4
_MAX_SEPARATORS = 20  # set by hand: the shelves of a shop, down to the smallest, are ten
# set by hand: more words behind a bar are a second headline
_MAX_SITE_WORDS = 6
# set by hand: a heading "TV" must not be taken for the headline of "TV - Ferries stop"
_MIN_HEADLINE_LETTERS = 4
_HEADINGS = frozenset({"h2", "h3", "h4"})
_NAMED = frozenset({*_HEADINGS, "div", "p"})
_MAX_LOOKED_AT = 100
# "entry-title", "post__title", "articleHeadline"
_OF_POST = lazy_pattern(
    r"(?:entry|post|article|story|content|page)[-_]{0,2}(?:title|headline|heading)", re.IGNORECASE
)


def forms_of(headlines: Iterable[str]) -> frozenset[str]:
    """The letters of the headlines that are long enough to differ from a word of the title."""
    return frozenset([form for one in headlines if len(form := bare(one)) >= _MIN_HEADLINE_LETTERS])


def without_site(title: str, site: Site, *, forms: frozenset[str] = frozenset()) -> str:
    """``title`` without the site's name before or behind it.

    Behind a separator only what names the site is dropped, or what the page's own headlines leave out
    (``forms``: see ``forms_of``); the headline itself is never cut.
    """
    title = _LOOSE_SIGN.sub("", " ".join(title.split()))
    # "Oslo - a city by the sea": the separator is the headline's own
    if bare(title) in forms:
        return title
    places = _places(title)
    for cut in _cuts(title, places) if forms else ():
        if bare(cut) in forms:
            return _LOOSE_SIGN.sub("", cut)
    title = _stripped(title, places, site)
    head, _, tail = title.rpartition("-")
    # a site's name glued on without white space, as in Chinese and Korean titles
    if head and tail and not tail.isascii() and site.is_named_by(tail):
        title = head.rstrip(_TIGHT)
    return _LOOSE_SIGN.sub("", title)


def cuts_of(title: str) -> list[str]:
    """The title, and what is left of it when it is cut at a separator, from its end or its start; longest first."""
    return _cuts(title, _places(title))


def parts_of(title: str) -> list[str]:
    """The text between the separators of a title; at least one part."""
    return _SEPARATOR.split(title)


def tails(title: str) -> frozenset[str]:
    """The text after each separator or colon of a title."""
    return frozenset(title[place.end() :].strip() for place in _places(title)) - {""}


def _places(title: str) -> Sequence[re.Match[str]]:
    """The separators of a title; none of what has more than titles have."""
    places = [*islice(_SEPARATOR.finditer(title), _MAX_SEPARATORS + 1)]
    return places if len(places) <= _MAX_SEPARATORS else ()


def _cuts(title: str, places: Sequence[re.Match[str]]) -> list[str]:
    """The title itself, then shortened from its end or its start, at each separator; longest first."""
    heads = [title[: place.start()].strip() for place in reversed(places)]
    tails = [title[place.end() :].strip() for place in places]
    # Chinese titles have the site's name glued on: "标题-海港新闻"
    tight = title.rpartition("-")[0].strip() if not title.isascii() else ""
    return sorted({title, *heads, *tails, tight} - {""}, key=lambda cut: (len(cut), cut), reverse=True)


def _stripped(title: str, places: Sequence[re.Match[str]], site: Site) -> str:
    start, end = 0, len(title)
    for place in reversed(places):
        head, tail = title[: place.start()].strip(), title[place.end() : end].strip()
        if not head or not tail or not (_is_site(tail, site) or _is_bare_tail(head, tail, place.group())):
            break
        end = place.start()
    if places and 0 < places[0].start() < end:
        first = title[: places[0].start()]
        # "...: Ferries stop", of a blog that is called "..."
        if site.is_named_by(first) or not bare(first):
            start = places[0].end()
    return title[start:end].strip()


def _is_site(text: str, site: Site) -> bool:
    """Whether a part of a title names the site, perhaps with a word more: "Harbour Magazine" of harbour.example."""
    if site.is_named_by(text):
        return True
    name, words = bare_name(text), text.split()
    has_host = len(site.host) >= _MIN_HOST_LETTERS and (
        name.startswith(site.host) or name.endswith(site.host)
    )
    # a sentence about the site
    is_sentence = len(words) > _MAX_SITE_WORDS or any(map(str.islower, words))
    return has_host and not is_sentence and not _POSSESSIVE.search(text)


def _is_bare_tail(head: str, tail: str, separator: str) -> bool:
    """A short tail behind a bar, which headlines do not use."""
    return (
        separator.strip() in BARS
        and len(tail.split()) <= _MAX_SITE_WORDS
        # set by hand: half the headline's length, and a little more behind short ones
        and 2 * len(tail) <= len(head) + 6
        # "Results | 2026"
        and not tail[0].isdigit()
    )


def part_shown(page: Declared, headings: Sequence[str], declared: Collection[str]) -> etree._Element | None:
    """The element, no ``h1``, that shows a part of the head's title as the headline; None where there is none, or
    several: blogs set their own name as ``h1`` on every page, and the headline as ``h2``, ``h3`` or in a ``div``.

    It does where the page declares that part alone (``declared``: the letters of such titles), or where the element is
    called a post's title: any other may be the site's name. ``headings``: the texts of the page's ``h1``, of which one
    may be the other part of the head's title.
    """
    title = page.head.head_title or ""
    parts = forms_of(cuts_of(title)) - {bare(title)}
    taken = set(map(bare, headings))
    # most pages declare what their h1 says: nothing is looked for then
    if not parts or len(headings) > 1 or not taken <= parts or not taken.isdisjoint(declared):
        return None
    shown = {letters: one for one in _titles(page) if (letters := bare(text_in(one))) in parts - taken}
    if len(shown) != 1:
        return None
    ((letters, found),) = shown.items()
    is_of_post = _OF_POST.search(f"{found.get('class', '')} {found.get('id', '')}") is not None
    is_bookmark = any(one.get("rel") == "bookmark" for one in found.iter("a"))
    return found if letters in declared or is_of_post or is_bookmark else None


def _titles(page: Declared) -> Iterator[etree._Element]:
    host = host_of(page.url or "")
    named = (one for one in page.marked.titled if one.tag in _NAMED)
    for element in islice(chain(page.root.iter(*_HEADINGS), named), _MAX_LOOKED_AT):
        if not is_site_heading(element, host) and not is_aside(element, page.asides):
            yield element
