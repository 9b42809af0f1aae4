"""All that is told of a run, gathered once it is over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from msgspec import Struct

from copydesk.flows.run.summary import Summary
from copydesk.flows.run.telling.ending import Ending
from copydesk.flows.sinks.merging.new_articles import NewArticles
from copydesk.flows.sources.source_tally import SourceTally

_DIGEST_CHARS = 8  # 4 billion names: enough for those of one server
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


class Counts(Struct, frozen=True):
    """A run in numbers, as it is kept with its artifact for the trend. ``new``, ``changed``, ``unchanged``: records, as
    in the run's summary; ``articles``: which came into the store; ``denied``, ``failed``: pages.
    """

    began: str = ""
    """Minutes of UTC: ``2026-11-22 06:00``."""
    ended: str = ""
    """The name of its state."""
    articles: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    denied: int = 0
    failed: int = 0


NUMBERS = ("articles", "new", "changed", "unchanged", "denied", "failed")
"""The counts that are numbers."""


class Report(Struct, frozen=True):
    """A run that is over. ``name``: what its schedule is called, or what it would be. ``ended_by``: what ended it where
    some sources were not read to their end.
    """

    name: str
    began: datetime
    ending: Ending
    summary: Summary
    sources: Sequence[SourceTally]
    ended_by: str
    news: NewArticles

    @property
    def counts(self) -> Counts:
        """The run in numbers."""
        stored = dict(self.summary.stored)
        return Counts(
            began=f"{self.began.astimezone(UTC):%Y-%m-%d %H:%M}",
            ended=str(self.ending.name),
            articles=self.news.count,
            new=stored.get("new", 0),
            changed=stored.get("changed", 0),
            unchanged=stored.get("unchanged", 0),
            denied=sum(one.denied for one in self.sources),
            failed=self.summary.failed_pages,
        )


def key_of(what: str, name: str) -> str:
    """The key of an artifact of a schedule, small letters, digits and hyphens alone; of each name another."""
    plain = _NOT_IN_KEYS.sub("-", name.lower()).strip("-")
    if plain == name:
        return f"{what}-{plain}"
    told_apart = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    return "-".join(filter(None, (what, plain, told_apart)))


def as_metadata(counts: Counts) -> dict[str, str]:
    """Counts as texts, which is all that Prefect keeps with an artifact."""
    return {name: str(getattr(counts, name)) for name in Counts.__struct_fields__}


def from_metadata(metadata: Mapping[str, str] | None) -> Counts:
    """The counts that were kept; 0 where one is missing, as with artifacts of other versions."""
    found = metadata or {}
    numbers = {name: _number(found.get(name)) for name in NUMBERS}
    return Counts(began=found.get("began", ""), ended=found.get("ended", ""), **numbers)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else 0
