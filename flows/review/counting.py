"""What the records of a store come to, counted as they pass by: no text is held."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import host_of
from copydesk.flows.web_kinds import WEB_KINDS

NO_FOLDER = "(no folder)"
"""Of pages that were read by their own names."""
NO_SITE = "(no site)"


class SiteCount(Struct):
    """What a site's records come to: characters kept and cut, and records that disclose a use of AI."""

    records: int = 0
    kept: int = 0
    cut: int = 0
    ai: int = 0

    @property
    def share(self) -> float:
        """How much of its pages was cut, 0 to 1."""
        return self.cut / total if (total := self.kept + self.cut) else 0.0


class RuleCount(Struct):
    """What a rule cut, under one label: blocks, characters and records."""

    blocks: int = 0
    chars: int = 0
    records: int = 0


class Counts:
    """All newest records of a store, counted; past versions of pages are left aside."""

    def __init__(self) -> None:
        self.records = 0
        self.past = 0
        self.statuses: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.fetched: Counter[str] = Counter()
        self.published: Counter[str] = Counter()
        self.sources: dict[tuple[str, str], Counter[str]] = {}
        self.sites: dict[str, SiteCount] = {}
        self.rules: dict[tuple[str, str], RuleCount] = {}
        self.persons = 0

    def add(self, record: Record) -> bool:
        """Counts a record; whether it is its page's newest."""
        if record.next is not None:
            self.past += 1
            return False
        self.records += 1
        self.statuses[record.status] += 1
        self.sources.setdefault(source_of(record), Counter())[record.status] += 1
        if record.reason:
            self.reasons[f"{record.status}: {reason_code(record)}"] += 1
        # `2026-11-20`: by the day
        self.fetched.update(filter(None, [(record.fetched_at or "")[:10]]))
        self.published.update(filter(None, [(record.date_published or "")[:10]]))
        if record.status in ("ok", "partial"):
            self.languages[record.language] += 1
            self._add_cuts(record)
        self.persons += sum(bool(one.blocks) for one in record.processing.overrides)
        return True

    def _add_cuts(self, record: Record) -> None:
        site = self.sites.setdefault(site_of(record), SiteCount())
        site.records += 1
        site.kept += len(record.text)
        site.ai += discloses_ai(record)
        met = set()
        for removed in record.removed:
            site.cut += len(removed.text)
            key = (removed.rule, removed.label)
            rule = self.rules.setdefault(key, RuleCount())
            rule.blocks += 1
            rule.chars += len(removed.text)
            rule.records += key not in met
            met.add(key)

    @property
    def cut_chars(self) -> int:
        """How many characters were cut of all pages that have a text."""
        return sum(site.cut for site in self.sites.values())

    def days(self) -> Iterator[tuple[str, Counter[str]]]:
        """What is known of time: when pages were fetched, or else when they were published."""
        if self.fetched:
            yield "fetched", self.fetched
        elif self.published:
            yield "published", self.published


def site_of(record: Record) -> str:
    """The host of a record's page, without ``www.``; of a page without an address what it calls its site."""
    host = host_of(record.url or record.canonical_url or "").removeprefix("www.")
    return host or record.site_name or NO_SITE


def source_of(record: Record) -> tuple[str, str]:
    """The source of a record, as one counts them: of files the folder they lie in; of those that lie in none, or have
    no more than an id, all are one.
    """
    if record.source.kind in WEB_KINDS:
        return record.source.name, record.source.kind
    # "pages.jsonl:3" and "pages/a.html": the file of many pages, the folder of many files
    file, colon, number = record.source.name.rpartition(":")
    name = file if colon and number.isdecimal() else posixpath.dirname(record.source.name)
    return name or NO_FOLDER, record.source.kind


def reason_code(record: Record) -> str:
    """``no_article`` of `no_article: …`."""
    return (record.reason or "").partition(":")[0]


def discloses_ai(record: Record) -> bool:
    """Whether a page says that AI had a part in it."""
    return bool(record.provenance.ai or record.provenance.digital_source_type)
