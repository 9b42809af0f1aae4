"""Where the links of blocks lead, as measures: what tells a menu from related stories, tags and share buttons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cleaners.element_kinds import KINDS, kinds_of
from cleaners.types import Block

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
_OWN_SHARE = 0.3  # of a page's links that lead to a host, for it to be the page's own
_MAX_URL_CHARS = 500
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:")
_ADDRESS = re.compile(r"(?:(?:https?:)?//([^/?#]*))?([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_WORDS = re.compile(r"[^\W_]+")
_MOST_DEPTH, _MOST_DIGITS = 8, 16


class _Target(Struct, frozen=True):
    """An address in parts. ``kind``: ``page``, ``fragment`` or ``other`` (mail, script); ``host``: "" where it has none."""

    kind: str
    host: str
    path: str
    query: str


def measure_targets(blocks: Sequence[Block]) -> Floats:
    """One row a block: where the first link of its text leads; all zero where it has none."""
    urls = [block.link_url for block in blocks]
    counts = Counter(filter(None, urls))
    table = np.zeros((len(blocks), len(TARGETS)))
    if not counts:
        return table
    targets = {url: _read(url) for url in counts}
    own = own_site([targets[url].host for url in urls if url])
    rows = {url: _row(target, own, counts[url]) for url, target in targets.items()}
    linked = [at for at, url in enumerate(urls) if url]
    table[linked] = np.array([rows[urls[at]] for at in linked])
    return table


def own_site(hosts: Sequence[str]) -> str:
    """The site most links of a page lead to, "" where that is none; ``hosts``: one a link, "" for relative ones."""
    sites = Counter(_site(host) for host in hosts if host)
    site, count = sites.most_common(1)[0] if sites else ("", 0)
    return site if count >= _OWN_SHARE * len(hosts) else ""


def host_in(url: str) -> str:
    """The host of an address as it stands in a page, "" where it is relative."""
    return _read(url).host


def _read(url: str) -> _Target:
    url = url[:_MAX_URL_CHARS].strip().lower()
    if url.startswith("#"):
        return _Target("fragment", "", "", "")
    if _OTHER_SCHEME.match(url):
        return _Target("other", "", "", "")
    host, path, query = _ADDRESS.match(url).groups("")  # type: ignore[union-attr]  # it matches any text
    return _Target("page", host, path.strip("/"), query)


def _site(host: str) -> str:
    return ".".join(host.partition(":")[0].split(".")[-2:])


def _row(target: _Target, own: str, count: int) -> list[float]:
    is_page = target.kind == "page"
    is_own = is_page and (not target.host or _site(target.host) == own)
    steps = target.path.split("/") if target.path else []
    row = [
        1.0,
        float(target.kind == "fragment"),
        float(target.kind == "other"),
        float(is_own),
        float(is_page and not is_own),
        float(is_own and not steps),
        float(min(len(steps), _MOST_DEPTH)),
        float(np.log1p(len(_WORDS.findall(steps[-1])))) if steps else 0.0,
        float(min(sum(map(str.isdigit, target.path)), _MOST_DIGITS)),
        float(bool(target.query)),
        float(np.log1p(count)),
        *(0.0 for _ in KINDS),
    ]
    words = f"{'' if is_own else target.host} {target.path}"
    for kind in kinds_of(words):
        row[len(_SHAPES) + kind] = 1.0
    return row
