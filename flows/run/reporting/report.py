"""All that is reported of a run, gathered once it is over; how it ended, in the words of Prefect's states."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct

from copydesk.flows.run.reporting.source_lines import name_of
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.run.reporting.text import counted, one_line
from copydesk.flows.sinks.merging.new_articles import NewArticles
from copydesk.flows.sources.source_tally import SourceTally

_DIGEST_CHARS = 8  # 4 billion names: enough for those of one server
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# set by hand: what a list of runs shows of a message without being opened, several times over
_MESSAGE_CHARS = 500
# set by hand: the first few show whether it is one site or the network
_NAMED = 3


class Name(StrEnum):
    """The names of final states, as Prefect shows them, and as events of its own have them."""

    COMPLETED = "Completed"
    WITH_FAILURES = "CompletedWithFailures"
    NOTHING_READ = "NothingRead"
    FAILURE_LIMIT = "FailureLimit"
    NOT_WRITTEN = "NotWritten"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


FAILED = frozenset({Name.NOTHING_READ, Name.FAILURE_LIMIT, Name.NOT_WRITTEN, Name.FAILED})
"""Names of states whose type is Failed."""


class Ending(Struct, frozen=True):
    """How a run ended. ``message``: one line."""

    name: Name
    message: str

    @property
    def label(self) -> str:
        """The name as events have it: ``completed-with-failures``."""
        return _CAPITALS.sub("-", self.name).lower()


def ending_of(
    headline: str,
    sources: Sequence[SourceTally],
    *,
    is_interrupted: bool = False,
    is_stopped: bool = False,
    unwritten: Sequence[str] = (),
) -> Ending:
    """How a run ended; ``headline`` sums it up. ``is_stopped``: at the failure limit; ``unwritten``: a line
    for each view that could not be written.
    """
    troubled = [one for one in sources if one.has_failures]
    with_failures = "; ".join(filter(None, (headline, _what_failed(troubled))))
    if is_interrupted:
        return _ending(Name.CANCELLED, f"Interrupted after {headline}")
    if is_stopped:
        return _ending(Name.FAILURE_LIMIT, f"Stopped at the failure limit after {with_failures}")
    if unwritten:
        return _ending(Name.NOT_WRITTEN, "; ".join((headline, *unwritten)))
    if not troubled:
        return _ending(Name.COMPLETED, headline)
    return _ending(Name.NOTHING_READ if _is_in_vain(sources) else Name.WITH_FAILURES, with_failures)


def _ending(name: Name, message: str) -> Ending:
    return Ending(name, one_line(message, most=_MESSAGE_CHARS))


def _is_in_vain(sources: Sequence[SourceTally]) -> bool:
    """Whether nothing at all was read: no page, be it an article or none, and no list that is as it was."""
    return not any(one.read or one.rejected or one.has_nothing_new for one in sources)


def _what_failed(troubled: Sequence[SourceTally]) -> str:
    """``courier: 3 failed (http_500), gazette: its list could not be read``, and how many sources more."""
    if not troubled:
        return ""
    named = ", ".join(f"{name_of(one)}: {_of_one(one)}" for one in troubled[:_NAMED])
    further = len(troubled) - _NAMED
    return f"{named} and {counted(further, 'more source')}" if further > 0 else named


def _of_one(one: SourceTally) -> str:
    if not one.failed:
        return "its list could not be read"
    codes = Counter(one.failed_for).most_common(_NAMED)
    return f"{one.failed:,} failed ({', '.join(code for code, _ in codes)})"


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
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    return "-".join(filter(None, (what, plain, digest)))


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
