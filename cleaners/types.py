"""Every value that crosses a stage. Frozen, slotted; tuples, not lists. What there are hundreds of on a page
are msgspec structs, which are made ten times as fast and are no business of the garbage collector.

A *page* is cut into *blocks*; each block gets *verdicts* (label, rule, evidence); the page becomes one *record*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from copydesk._core.blocks import Block, Labelled
from copydesk.cleaners.labels import KEPT, OPTIONAL, PARTS, SHAPES, WRITTEN, Kind, Label

__all__ = [
    "KEPT",
    "LICENSE_LINE",
    "OPTIONAL",
    "PARTS",
    "SHAPES",
    "WRITTEN",
    "Announced",
    "Block",
    "Candidate",
    "Decision",
    "Kind",
    "Label",
    "Labelled",
    "Mark",
    "Metadata",
    "Override",
    "Page",
    "PathStep",
    "Platform",
    "SiteSignal",
    "Source",
    "UserRule",
    "Verdict",
]  # fmt: skip


class Source(Struct, frozen=True):
    """Where a page comes from: ``kind`` (file, stdin, jsonl, url ...) and its name there."""

    kind: str
    name: str
    retrieved_from: str | None = None  # the address it was had from where that is not its own: a capture's


LICENSE_LINE = "license"
"""The name of the line of robots.txt that leads to the terms of RSL."""


class SiteSignal(Struct, frozen=True, omit_defaults=True):
    """One thing that a file of the page's site says on the use of this page.

    ``file`` is ``robots.txt``, ``tdmrep.json`` or ``license.xml``; ``name`` and ``value`` are as the file has them,
    ``name`` in lower case and in its usual spelling. ``line``: the line's number, from 1, where the file has lines.
    Which lines concern the page was decided by whoever read the file.
    """

    file: str
    name: str
    value: str
    line: int | None = None


class Announced(Struct, frozen=True):
    """What the list that led to a page says of it: used where the page itself says nothing.

    ``origin`` is ``feed`` or ``sitemap``. ``published`` and ``updated``: RFC 3339, the date alone without a zone.
    """

    origin: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    site_name: str | None = None


Decision = Literal["keep", "remove"]
"""A manual decision on a block: that it belongs to the text, or that it does not."""


class Override(Struct, frozen=True):
    """A manual decision on a block of one page, which nothing overrules.

    ``text``: the words of the block, or of several that follow each other, as a record has them; white space does not
    count. ``label``: what it is to be named; None: as it is written, or ``other`` where it is removed. ``note``: why.
    ``copydesk.cleaners.rules.overrides.read_override`` makes one that is checked.
    """

    text: str
    decision: Decision
    label: Label | None = None
    note: str = ""


class Page(Struct, frozen=True):
    """What arrived, untouched.

    ``body`` is bytes as received, or text where the caller has decoded it. ``content_type`` is the media type as
    declared, or None; ``media`` forces how the body is read (``"html"``, ``"text"``; another is refused) where the
    caller knows. ``fetched_at`` is RFC 3339.
    """

    body: bytes | str
    url: str | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fetched_at: str | None = None
    source: Source = Source("memory", "")
    media: str | None = None
    signals: tuple[SiteSignal, ...] = ()
    """What files of its site say on its use."""
    announced: Announced | None = None
    """What the feed or sitemap that named it says of it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What its source sets of ``Options``, by name: these values hold in place of the call's."""
    overrides: tuple[Override, ...] = ()
    """Manual decisions on its blocks; of two decisions on one block the later one holds."""
    continuations: tuple[Page, ...] = ()
    """The further pages of its article, in order. Their own continuations count for nothing."""
    cut_short: str | None = None
    """Why more of its article is missing, where that is known: it becomes part of the record's reason."""
    is_cut_for_now: bool = False
    """Whether what is missing may be had another time: such a record takes no whole one's place."""
    read_at: str | None = None
    """Where the body was had, where that is not at ``url``: the single page that shows all of an article."""


class UserRule(Struct, frozen=True, cache_hash=True):
    """A rule of a user's own: what it finds is given ``label``, whatever else speaks for or against it.

    ``sites``: hosts it holds for, those below them included; none means all. ``whole``, ``lead``, ``start`` and
    ``contains`` are phrases as in the language files (``copydesk.cleaners.lexicon.words``), ``css`` and ``xpath``
    elements whose text is meant. ``content``: selectors, CSS or XPath, of what holds the text; what would be kept
    outside is given ``label``. ``title``, ``authors``, ``date_published``: of where the field is. Of several selectors
    the first that finds anything is used. ``copydesk.cleaners.rules.user_rules.read_user_rule`` makes a checked one.
    """

    name: str
    label: Label
    reason: str
    sites: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    css: tuple[str, ...] = ()
    xpath: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    date_published: tuple[str, ...] = ()


class Platform(Struct, frozen=True):
    """What the markup of a publishing platform says of its elements (``copydesk.cleaners.platforms`` reads its file).

    ``signs``: its pages have one of these. ``parts``: to each label the names of elements it is for. ``inline``: names
    of elements within sentences that are no part of them; ``content``: of what holds an article to its end.
    """

    name: str
    signs: tuple[str, ...]
    parts: tuple[tuple[Label, tuple[str, ...]], ...]
    inline: tuple[str, ...] = ()
    content: tuple[str, ...] = ()


class PathStep(msgspec.Struct, frozen=True, gc=False):
    """One element above a block: its place in the page, its tag; class, id, role, itemprop and rel in lower case."""

    number: int
    tag: str
    words: str


class Mark(msgspec.Struct, frozen=True, gc=False):
    """An inline element that marks text: its tag; of a link where it leads and its ``rel``."""

    tag: str
    href: str = ""
    rel: str = ""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A decision one can argue with."""

    label: Label
    rule: str
    evidence: str


class Candidate(Struct, frozen=True):
    """One possible value of a metadata field and where it was found (``json-ld``, ``meta:og:title`` ...)."""

    value: str
    origin: str
    clock: str = ""  # the time of day beside a date, as it is written, which is left out for want of a zone
    written: str = ""  # of a date, what it was read from; all there is of one that cannot be
    url: str = ""  # of an author, where one may read about them


class Metadata(Struct, frozen=True):
    """What a page says of itself: per field the candidates found, best first.

    Fields: title, subtitle, description, section, tag, author, site_name, date_published, date_modified,
    canonical_url, language, image, license, is_accessible_for_free.
    """

    candidates: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)
    agreement: Mapping[str, int] = field(default_factory=dict)  # how many origins give the best value

    def best(self, name: str) -> Candidate | None:
        """The chosen candidate of a field, or None where nothing was found."""
        found = self.candidates.get(name, ())
        return found[0] if found else None

    def all(self, name: str) -> tuple[Candidate, ...]:
        """Every candidate of a field, best first."""
        return self.candidates.get(name, ())
