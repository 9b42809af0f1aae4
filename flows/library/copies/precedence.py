"""Which of several copies is the original: by what the records themselves declare, else the first.

In this order: the page that copies name as theirs (their canonical URL, or the URL of the article they are from); a
page of the agency or publisher that it credits itself, or of a news agency; one that credits nobody; one that credits
others; the one published first; the one fetched first; the one the store had first. A page without a date of
publication comes after those with one, and a day counts as its last moment: a page with an hour is better evidence.
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from msgspec import Struct

from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import site_of, spelt_alike

_DAY = lazy_pattern(r"\d{4}-\d\d-\d\d")
_DAY_BUT_A_SECOND = timedelta(days=1, seconds=-1)


class Syndication(Struct, frozen=True):
    """As in a record's ``provenance``."""

    agency: str | None = None
    original_publisher: str | None = None
    original_url: str | None = None


class Provenance(Struct, frozen=True):
    """As much of a record's as the index needs."""

    syndication: Syndication = Syndication()


class Entry(Struct, frozen=True, kw_only=True):
    """As much of a record as decides whether it is a copy, and of what: decoded from its line, the rest is never built.

    Times are those of the record: RFC 3339, or a day.
    """

    status: str
    text: str = ""
    content_hash: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    site_name: str | None = None
    date_published: str | None = None
    fetched_at: str | None = None
    provenance: Provenance = Provenance()

    @property
    def content(self) -> tuple[str, str] | None:
        """The text and its hash; None where there is nothing to compare, as in a record that is rejected or failed."""
        if self.status not in ("ok", "partial") or not self.text or not self.content_hash:
            return None
        return self.text, self.content_hash


class Origin(IntEnum):
    """Whose text it is according to the page, best first."""

    OWN = 0
    """The page is on the site it credits, or on a news agency's."""
    UNCREDITED = 1
    CREDITED = 2
    """It credits others."""


class Claims(Struct, frozen=True):
    """What a record declares of itself and of others.

    ``address``: digest of its own URL; ``names``: of the URL that it declares as the original's, if another.
    ``published`` and ``fetched``: seconds since 1970.
    """

    address: int | None
    names: int | None
    origin: int
    published: float | None
    fetched: float | None


Rank = tuple[bool, int, float, float, int]
"""The smaller, the more of an original."""


def claims_of(entry: Entry) -> Claims:
    """What a record declares of itself and of others."""
    own = _address(entry.url or entry.canonical_url)
    named = (
        each
        for each in (_address(entry.canonical_url), _address(entry.provenance.syndication.original_url))
        if each not in (None, own)
    )
    return Claims(
        own, next(named, None), _origin(entry), _seconds(entry.date_published), _seconds(entry.fetched_at)
    )


def rank(claims: Claims, *, is_named: bool, number: int) -> Rank:
    """A record's rank among its copies; ``number`` counts records as they came into the store."""
    return (
        not is_named,
        claims.origin,
        math.inf if claims.published is None else claims.published,
        math.inf if claims.fetched is None else claims.fetched,
        number,
    )


def _origin(entry: Entry) -> Origin:
    site, name = site_of([entry.site_name], entry.url), entry.site_name or ""
    # a site called after its agency: "Reuters", "AP News"
    agency = agency_called(name) or agency_called(name.partition(" ")[0])
    named = entry.provenance.syndication
    credited = [name for name in (named.agency, named.original_publisher) if name]
    if any(site.is_named_by(name) or (agency and agency_called(name) is agency) for name in credited):
        return Origin.OWN
    if credited:
        return Origin.CREDITED
    return Origin.OWN if agency else Origin.UNCREDITED


def _address(url: str | None) -> int | None:
    """A digest of a URL; texts are compared, too, before it counts."""
    if not url:
        return None
    digest = hashlib.blake2b(spelt_alike(url).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _seconds(written: str | None) -> float | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if _DAY.fullmatch(written):
        moment += _DAY_BUT_A_SECOND
    # a record's moments have zones; in a store from elsewhere one without is taken for UTC
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
