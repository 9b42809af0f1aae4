"""Where the links of blocks lead, as measures: what tells a menu from related stories, tags and share buttons."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core.names import LinkTable
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import KINDS, WORD_KINDS, kinds_of, name_of_kind
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import domain_of_host
from copydesk.cleaners.types import Block

Floats = NDArray[np.float64]

_SHAPES = (
    "is_linked",
    "to_fragment",
    "to_no_page",
    "to_own_site",
    "to_other_site",
    "to_front_page",
    "depth",
    "slug_words",
    "digits",
    "has_query",
    "seen",
)
TARGETS: tuple[str, ...] = (*(f"link_{name}" for name in _SHAPES), *(f"link_{kind}" for kind in KINDS))
"""The columns of `measure_targets`."""
_ELSEWHERE = "link_to_other_site"
QUOTED_TARGETS = frozenset((_ELSEWHERE, *(f"link_{kind}" for kind in KINDS)))
"""Those of them that speak of a name or a site in the address."""
_OWN_SHARE = 0.3  # of a page's links to pages that lead to a site, for it to be the page's own
_MAX_URL_CHARS = 500  # `data:` addresses are as long as pictures; the telling part is at the beginning
# `mailto:`, `tel:`, `javascript:`: they lead to no page
_OTHER_SCHEME = lazy_pattern(r"(?!https?:)[a-z][a-z0-9+.-]*:")
# `https://me@site.org:80/a/b?c`, `//cdn.org/a`, `/a/b`, `b?c` (RFC 3986, 4.1); user and port are left out
_ADDRESS = lazy_pattern(
    r"(?:(?:https?:)?//(?:[^/?#@]*@)?([^/?#:]*)[^/?#]*)?([^?#]*)(?:\?([^#]*))?", re.DOTALL
)
_WORDS = lazy_pattern(r"[^\W_]+")
_HOST = lazy_pattern(
    r"[\w.-]+"
)  # a page may write there what it likes: `;` and `(` part what the evidence tells
_MAX_QUOTED_HOST = 40
_SHORT_SLUG = 2  # words of a last part that names a kind of page; longer ones are headlines
# caps by hand: an identifier of forty digits tells no more than one of sixteen
_MOST_DEPTH, _MOST_DIGITS = 8, 16


class LinkTarget(Struct, frozen=True):
    """An address as written in a page. ``kind``: ``page``, ``fragment`` or ``other`` (mail, script);
    ``host``: "" where it has none.
    """

    kind: str
    host: str = ""
    path: str = ""
    query: str = ""

    def is_on(self, site: str) -> bool:
        """Whether this is a page of a site, of which its domain is known."""
        # without a host an address is relative, and so the page's own
        return self.kind == "page" and (not self.host or domain_of_host(self.host) == site)


def measure_targets(blocks: Sequence[Block]) -> Floats:
    """One row a block: where the first link of its text leads; all zero where it has none."""
    urls = [block.link_url for block in blocks]
    table = np.zeros((len(urls), len(TARGETS)))
    _LINKS.fill(urls, table)
    return table


def own_site(targets: Sequence[LinkTarget]) -> str:
    """The domain most links of a page lead to, "" where that is none; ``targets``: one a link."""
    hosts = [target.host for target in targets if target.kind == "page"]
    domains = Counter(domain_of_host(host) for host in hosts if host)
    domain, count = domains.most_common(1)[0] if domains else ("", 0)
    return domain if count >= _OWN_SHARE * len(hosts) else ""


def own_site_of(page: PageFacts) -> str:
    """The same of all links of a page; to be memoized there."""
    return own_site([read_target(block.link_url) for block in page.table.blocks if block.link_url])


def read_target(url: str) -> LinkTarget:
    """The parts of an address; any text is one."""
    url = url[:_MAX_URL_CHARS].strip().lower()
    if url.startswith("#"):
        return LinkTarget("fragment")
    if _OTHER_SCHEME.match(url):
        return LinkTarget("other")
    host, path, query = _ADDRESS.match(url).groups("")  # type: ignore[union-attr]  # it matches any text
    return LinkTarget("page", host, path.strip("/"), query)


def _row(target: LinkTarget, own: str, count: int) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The measures of an address in the order of ``_SHAPES``, and the kinds its words tell of."""
    is_page = target.kind == "page"
    is_own = target.is_on(own)
    steps = target.path.split("/") if target.path else []
    slug = _WORDS.findall(steps[-1]) if steps else []
    shape = (
        1.0,
        float(target.kind == "fragment"),
        float(target.kind == "other"),
        float(is_own),
        float(is_page and not is_own),
        float(is_own and not steps),
        float(min(len(steps), _MOST_DEPTH)),
        math.log1p(len(slug)),
        float(min(sum(map(str.isdigit, target.path)), _MOST_DIGITS)),
        float(bool(target.query)),
        math.log1p(count),
    )
    named_steps = _named_steps(steps, slug)
    # another's host says what it is (`facebook.com`); one's own says the same of every link
    return shape, kinds_of(" ".join(named_steps if is_own else (target.host, *named_steps)))


def _named_steps(steps: Sequence[str], slug: Sequence[str]) -> Sequence[str]:
    # a headline as slug ("/world/shop-owner-tells-all") has words of kinds by chance: only folders are checked
    return steps if len(slug) <= _SHORT_SLUG else steps[:-1]


@lru_cache_short_text(maxsize=16_384)  # menus are the same on every page of a site
def quoted_of_link(url: str, measure: str) -> str | None:
    """What in an address made one of ``QUOTED_TARGETS`` above 0: the name that is of a kind, or the site."""
    target = read_target(url)
    if measure == _ELSEWHERE:
        return target.host[:_MAX_QUOTED_HOST] if _HOST.fullmatch(target.host) else None
    steps = target.path.split("/")
    parts = (*_named_steps(steps, _WORDS.findall(steps[-1])), target.host)
    return next(filter(None, (name_of_kind(part, measure.removeprefix("link_")) for part in parts)), None)


_LINKS = LinkTable(WORD_KINDS, read_target, _row, domain_of_host)
