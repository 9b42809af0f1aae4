"""Pages of linked headlines, each with a line or two below it: fronts, sections, archives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from copydesk.cleaners.judge.link_features import own_site, read_target
from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.sites import domain_of_host
from copydesk.cleaners.types import Block, Kind

# different pages they lead to; set by hand: fewer stand below many an article
_MIN_HEADLINES = 8
# share of a heading's characters; set by hand: its link may leave out a kicker
_LINKED = 0.8
_MAX_TEASER_CHARS = 300  # unlinked ones below a headline, at the median
_MAX_CHARS_BEFORE = 200  # of one unlinked text before the first headline: longer ones are an article's
_TEASER_SHARE = 0.7  # of the page's unlinked characters


def find_teasers(seen: PageEvidence) -> str | None:
    """What shows that a page is a list of teasers, or None.

    The headlines must lead to different pages of the site: in an article that lists things, they lead elsewhere.
    """
    shown = [
        item.block
        for item in seen.labelled
        if not item.block.is_hidden and item.block.kind not in (Kind.TITLE, Kind.CONTROL)
    ]
    heads = _headlines(shown)
    if len({shown[at].link_url for at in heads}) < _MIN_HEADLINES:
        return None
    plain = [len(block.raw) - block.link_chars for block in shown]
    if max(plain[: heads[0]], default=0) > _MAX_CHARS_BEFORE:
        return None
    # bounds the last teaser, below which the footer stands
    from statistics import median  # takes longer to load than most pages wait for, and few come so far

    blocks_a_teaser = round(median(after - at for at, after in pairwise(heads)))
    ends = [
        min(after, at + blocks_a_teaser) for at, after in zip(heads, [*heads[1:], len(shown)], strict=True)
    ]
    below = [sum(plain[at + 1 : end]) for at, end in zip(heads, ends, strict=True)]
    if median(below) > _MAX_TEASER_CHARS or sum(below) < _TEASER_SHARE * sum(plain):
        return None
    return f"{len(heads)} headlines that lead elsewhere, with {median(below):.0f} characters below each"


def _headlines(shown: Sequence[Block]) -> list[int]:
    """The headings that lead to a page of the site."""
    targets = [read_target(block.link_url) for block in shown if block.link_url]
    own = own_site(targets)
    found = []
    for at, block in enumerate(shown):
        if block.kind is not Kind.HEADING or block.link_chars < _LINKED * len(block.raw):
            continue
        target = read_target(block.link_url)
        if target.kind == "page" and (not target.host or domain_of_host(target.host) == own):
            found.append(at)
    return found
