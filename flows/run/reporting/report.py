"""All that is reported of a run, gathered once it is over; how it ended, in the words of Prefect's states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, ValidationError, convert
from msgspec.structs import asdict

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.library.records.new_articles import NO_STATES, NewArticles, SourceStates
from copydesk.flows.run.reporting.source_lines import in_order, name_of
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.run.reporting.text import one_line
from copydesk.flows.shortening import counted
from copydesk.flows.source_tally import SourceTally

if TYPE_CHECKING:
    from copydesk.flows.library.web.urls import Known

_DIGEST_CHARS = 8  # 4 billion names: enough for those of one server
_NOT_IN_KEYS = lazy_pattern(r"[^a-z0-9]+")
_CAPITALS = lazy_pattern(r"(?<=[a-z])(?=[A-Z])")
# set by hand: what a list of runs shows of a message without being opened, several times over
_MESSAGE_CHARS = 500
# set by hand: the first few show whether it is one site or the network
_NAMED = 3
_MOST_TAGS = 20  # set by hand: more fill the page that lists runs
_URL_CHARS = 150  # set by hand: nearly all are whole
# set by hand: a list of runs shows so much in a row
_RUN_NAME_CHARS = 120


class Name(StrEnum):
    """The names of final states, as Prefect shows them, and as events of its own have them."""

    COMPLETED = "Completed"
    WITH_FAILURES = "CompletedWithFailures"
    KEEPS_FAILING = "KeepsFailing"
    NOTHING_READ = "NothingRead"
    FAILURE_LIMIT = "FailureLimit"
    NOT_WRITTEN = "NotWritten"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


FAILED = frozenset({Name.KEEPS_FAILING, Name.NOTHING_READ, Name.FAILURE_LIMIT, Name.NOT_WRITTEN, Name.FAILED})
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
    ended_early: Name | None = None,
    unwritten: Sequence[str] = (),
    states: SourceStates = NO_STATES,
) -> Ending:
    """How a run ended; ``headline`` sums it up. ``ended_early``: cancelled, or stopped at the failure limit;
    ``unwritten``: a line for each view that could not be written. ``states``: what fails, retried in this run or not.
    """
    troubled = [one for one in sources if one.has_failures or states.failing.get(one.name)]
    with_failures = "; ".join(filter(None, (headline, _what_failed(troubled, states))))
    if ended_early is Name.CANCELLED:
        return _ending(ended_early, f"Interrupted after {headline}")
    if ended_early is Name.FAILURE_LIMIT:
        return _ending(ended_early, f"Stopped at the failure limit after {with_failures}")
    if unwritten:
        return _ending(Name.NOT_WRITTEN, "; ".join((headline, *unwritten)))
    if states.for_good and not _is_in_vain(sources):
        return _ending(Name.KEEPS_FAILING, f"{_for_good(states.for_good)}; {with_failures}")
    name = Name.NOTHING_READ if _is_in_vain(sources) else Name.WITH_FAILURES if troubled else Name.COMPLETED
    return _ending(name, with_failures)


def _ending(name: Name, message: str) -> Ending:
    return Ending(name, one_line(message, most=_MESSAGE_CHARS))


def _is_in_vain(sources: Sequence[SourceTally]) -> bool:
    """Whether something failed, and nothing at all was read: no page, be it an article or none, and no list that is as
    it was.
    """
    return any(one.has_failures for one in sources) and not any(
        one.read or one.rejected or one.has_nothing_new for one in sources
    )


def _for_good(failing: Sequence[Known]) -> str:
    """``courier: https://courier.example/1 failed 5 times in a row (http_404)``, and how many URLs more."""
    first, further = failing[0], len(failing) - 1
    line = f"{one_line(first.source)}: {one_line(first.url, most=_URL_CHARS)} failed {first.failures} times in a row ({first.outcome})"
    return f"{line} and {counted(further, 'more URL')}" if further else line


def _what_failed(troubled: Sequence[SourceTally], states: SourceStates) -> str:
    """``courier: 3 failed (http_500), gazette: its list could not be read``, and how many sources more."""
    if not troubled:
        return ""
    named = ", ".join(
        f"{name_of(one)}: {_of_one(one, states.failing.get(one.name, 0))}" for one in troubled[:_NAMED]
    )
    further = len(troubled) - _NAMED
    return f"{named} and {counted(further, 'more source')}" if further > 0 else named


def _of_one(one: SourceTally, failing: int) -> str:
    if one.failed:
        codes = Counter(one.failed_for).most_common(_NAMED)
        return f"{one.failed:,} failed ({', '.join(code for code, _ in codes)})"
    if one.list_problem is not None:
        return "its list could not be read"
    return f"{counted(failing, 'URL')} failed before, to be retried"


def run_name(report: Report) -> str:
    """What a run is called once it is over: ``courier: 1 new, 2 failing; herald: list not read``."""
    sources, news, states = report.sources, report.news, report.states
    parts = [
        f"{name_of(one)}: {words}" for one in in_order(sources) if (words := _words_on(one, news, states))
    ]
    # files have names of their own: which of several folders they are in is not known
    if of_files := news.count - news.of_source.total():
        parts.append(f"files: {of_files:,} new")
    if len(parts) > _NAMED:
        failing = sum(_failing_of(one, states) for one in sources)
        parts = [f"{counted(len(sources), 'source')}: {news.count:,} new, {failing:,} failing"]
    names = ", ".join(map(name_of, sources)) if len(sources) <= _NAMED else counted(len(sources), "source")
    return one_line("; ".join(parts) or f"{names}: nothing new", most=_RUN_NAME_CHARS)


def _words_on(one: SourceTally, news: NewArticles, states: SourceStates) -> str:
    new, has_no_list = news.of_source[one.name], one.list_problem is not None and not one.lists_read
    # its list is among what fails
    failing = _failing_of(one, states) - has_no_list
    parts = (new and f"{new:,} new", failing > 0 and f"{failing:,} failing", has_no_list and "list not read")
    return ", ".join(part for part in parts if part)


def _failing_of(one: SourceTally, states: SourceStates) -> int:
    """How many of its URLs fail, with those that were not retried in this run; or files, which have no state."""
    return max(states.failing.get(one.name, 0), one.failed)


def tags_of(sources: Iterable[SourceTally]) -> list[str]:
    """The tags by which runs are found: the names of their sources, those with failures first."""
    return [name_of(one) for one in in_order(sources)][:_MOST_TAGS]


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
    states: SourceStates = NO_STATES
    next_run: datetime | None = None
    """When the next one is due, where that is known."""
    review: Path | None = None
    """The report about the store, where one was written."""

    @property
    def counts(self) -> Counts:
        """The run in numbers."""
        stored = self.summary.stored
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
    return {name: str(value) for name, value in asdict(counts).items()}


def from_metadata(metadata: Mapping[str, str] | None) -> Counts:
    """The counts that were kept; 0 where one is missing, all 0 where somebody has changed them."""
    try:
        return convert(dict(metadata or {}), Counts, strict=False)
    except ValidationError:
        return Counts()
