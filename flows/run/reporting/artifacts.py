"""What people read of a run on Prefect's pages: four pages of Markdown, whose keys stay the same from run to run. And
what automations may wait for: one event for a run, one for each new article, whose names are public.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from copydesk.flows.library.records.new_articles import SourceStates
from copydesk.flows.run.reporting.report import NUMBERS, Counts, Report, as_metadata, key_of, run_name
from copydesk.flows.run.reporting.source_lines import in_order, name_of, reasons_of, remark_on
from copydesk.flows.run.reporting.summary import SHOWN, as_markdown
from copydesk.flows.run.reporting.text import cell, escaped, is_linkable, linked, one_line, table
from copydesk.flows.shortening import counted
from copydesk.flows.source_tally import LEFT_OUT, SourceTally
from copydesk.flows.web_kinds import WEB_KINDS

RUN_FINISHED = "copydesk.run.finished"
ARTICLE_NEW = "copydesk.article.new"
# set by hand: a headline; labels are matched and shown, not read
_LABEL_CHARS = 300

KEYS = ("copydesk-sources", "copydesk-new", "copydesk-missing", "copydesk-run")
"""How the keys of a run's artifacts begin; the name of its schedule follows."""
RUNS_SHOWN = 10
"""So many runs are in the trend, this one among them."""
# set by hand: more make a page that browsers are slow with; sources with trouble come first
_MOST_SOURCES = 500
_BARS = "▁▂▃▄▅▆▇█"
_REASON_CHARS = 300
# set by hand: a row fits a window of the usual width, and nearly all headlines are shown whole
_TITLE_CHARS, _SITE_CHARS = 120, 40


class Page(Struct, frozen=True):
    """A Markdown artifact, with the names that Prefect has for its fields."""

    key: str
    description: str
    data: str
    metadata_: dict[str, str] | None = None


def links_to(name: str) -> str:
    """Where the artifacts of a schedule are on Prefect's pages, the latest and those before, as Markdown: no menu leads
    there.
    """
    shown = ("state of the sources", "new articles", "what was not read", "runs")
    return ", ".join(
        f"[{what}](/artifacts/key/{key_of(key, name)})" for what, key in zip(shown, KEYS, strict=True)
    )


def lines_of(report: Report, pages: str | None) -> Iterator[str]:
    """What a reader of a log wants to know first: what is new, what fails and why, what happens next, and where all of
    it is. ``pages``: where the server's are.
    """
    for article in report.news.listed[:SHOWN]:
        yield f"new: {one_line(article.title or '', most=_TITLE_CHARS)} {article.address or ''}".rstrip()
    if (further := report.news.count - SHOWN) > 0:
        yield f"new: {further:,} more"
    for one in report.states.urls[:SHOWN]:
        yield (
            f"failing: {one_line(one.url, most=_REASON_CHARS)} ({one_line(one.source)}): {one.outcome}, since "
            f"{_minute(one.failing_since)} UTC, {counted(one.failures, 'attempt')}, "
            f"retried {'by each run' if one.is_list else f'from {_minute(one.next_attempt_at)} UTC on'}"
        )
    if (further := sum(report.states.failing.values()) - SHOWN) > 0:
        yield f"failing: {further:,} more"
    if report.next_run is not None:
        yield f"next run: {_minute(report.next_run)} UTC"
    if pages:
        yield f"state of the sources: {pages}/artifacts/key/{key_of(KEYS[0], report.name)}"


def pages_of(report: Report, past: Sequence[Counts]) -> tuple[Page, ...]:
    """The artifacts of a run. ``past``: the counts of runs before, the newest first."""
    sources, new, missing, run = (key_of(what, report.name) for what in KEYS)
    run_counts = report.counts
    counts = (
        f"{counted(run_counts.articles, 'new article')}, {run_counts.changed:,} changed, "
        f"{counted(run_counts.failed, 'page')} failed"
    )
    headline = escaped(f"{counts}. {report.ending.name}: {report.ending.message}", most=_REASON_CHARS)
    unread = [*_troubles(report), *_remarks(report), *_left_out(report.sources)]
    nothing = "All that the sources hold was read, or had been read before."
    trend = _trend([run_counts, *past][:RUNS_SHOWN])
    return (
        Page(sources, escaped(f"State of the sources. {run_name(report)}"), _sources_page(report)),
        Page(new, escaped(f"New articles: {report.news.count:,}"), _new_page(report)),
        Page(missing, "What this run did not read, and why", "\n\n".join(unread or [nothing]) + "\n"),
        Page(run, headline, f"{trend}\n\n{as_markdown(report.summary)}", as_metadata(run_counts)),
    )


def _trend(runs: Sequence[Counts]) -> str:
    """The last runs, the newest first."""
    rows = [
        (escaped(one.began), escaped(one.ended), *(f"{getattr(one, name):,}" for name in NUMBERS))
        for one in runs
    ]
    heads = ("began (UTC)", "ended", "new articles", *NUMBERS[1:])
    title = "## This run" if len(runs) == 1 else f"## This run and the {counted(len(runs) - 1, 'run')} before"
    bars = _bars([one.articles for one in reversed(runs)])
    shown = f"New articles, oldest run first: {bars}" if bars else ""
    return "\n\n".join(filter(None, (title, table(heads, rows, numbers=range(2, 2 + len(NUMBERS))), shown)))


def _bars(counts: Sequence[int]) -> str:
    """A bar for each count, the highest for the greatest; nothing where there is nothing to compare."""
    most = max(counts)
    if len(counts) < 2 or not most:
        return ""
    return "".join(_BARS[round(count / most * (len(_BARS) - 1))] for count in counts)


def _sources_page(report: Report) -> str:
    """The state of the sources: what is new, what fails and why, and what happens next."""
    if not report.sources:
        return "No source was named.\n"
    rows = [_source_row(one, report) for one in in_order(report.sources)]
    heads = ("source", "last new article", "new", "failing", "this run")
    further = len(rows) - _MOST_SOURCES
    more = f"\n\n…and {counted(further, 'more source')}, without trouble" if further > 0 else ""
    sources = f"{table(heads, rows[:_MOST_SOURCES], numbers=range(2, 4))}{more}"
    return "\n\n".join((_next(report), sources, *_failing(report.states))) + "\n"


def _next(report: Report) -> str:
    """What happens next, and where to look."""
    when = "" if report.next_run is None else f"Next run: {_minute(report.next_run)} UTC. "
    fails = "What fails is retried by the first run after the time below. " if report.states.urls else ""
    new = f"[New articles](/artifacts/key/{key_of(KEYS[1], report.name)}): {report.news.count:,}. "
    # no link: browsers open no file from a page of a server
    review = "" if report.review is None else f"Review of the records: {cell(report.review.as_uri())}"
    return f"{new}{when}{fails}{review}".strip()


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _source_row(one: SourceTally, report: Report) -> tuple[str, ...]:
    newest = report.states.newest.get(one.name)
    article = (
        ""
        if newest is None
        else f"{_minute(newest.entered_at)} {linked(newest.title or newest.url or '', newest.url, most=_TITLE_CHARS)}"
    )
    # of a source on the disk at most so many articles are new as records are
    new = report.news.of_source[one.name] if one.kind in WEB_KINDS else min(one.became["new"], one.read)
    counts = (new, report.states.failing.get(one.name, one.failed))
    beside = (
        (one.sent, "requested"),
        (one.read, "read"),
        (one.became["changed"], "changed"),
        (one.unchanged, "unchanged"),
    )
    remarks = (*(f"{count:,} {what}" for count, what in beside if count), reasons_of(one, report.ended_by))
    return (
        escaped(name_of(one)),
        article,
        *(f"{count:,}" if count else "" for count in counts),
        escaped("; ".join(filter(None, remarks)), most=_REASON_CHARS),
    )


def _failing(states: SourceStates) -> Iterator[str]:
    """The URLs that fail, each with its reason, since when, and when it is retried."""
    if not states.urls:
        return
    rows = [
        (
            linked(one.url, one.url),
            escaped(one.source),
            f"{escaped(one.outcome)}{', its list' if one.is_list else ''}, {counted(one.failures, 'attempt')}",
            _minute(one.failing_since),
            "by each run" if one.is_list else _minute(one.next_attempt_at),
        )
        for one in states.urls
    ]
    heads = ("URL", "source", "why", "since (UTC)", "retried (UTC)")
    further = sum(states.failing.values()) - len(rows)
    more = f"\n\n…and {further:,} more; `copydesk status` counts them" if further > 0 else ""
    yield f"## Failing\n\n{table(heads, rows)}{more}"


def _new_page(report: Report) -> str:
    news = report.news
    if not news.count:
        return "No article is new.\n"
    rows = [
        (
            # a date alone, or the minute where it is known: seconds and zones fill the column
            escaped((one.date_published or "")[:16].replace("T", " ")),
            escaped(one.site_name or "", most=_SITE_CHARS),
            linked(one.title or one.address or one.source.name, one.address, most=_TITLE_CHARS),
            escaped(one.source.name),
        )
        for one in news.listed
    ]
    further = news.count - len(rows)
    more = f"\n\n…and {counted(further, 'more article')} in the store." if further > 0 else ""
    return f"{table(('date', 'site', 'title', 'source'), rows)}{more}\n"


def _troubles(report: Report) -> Iterator[str]:
    """The pages that failed, then those that were denied."""
    shown = report.summary.troubles
    for title, is_denied, total in (
        ("Failed", False, report.summary.failed_pages),
        ("Denied by their publisher", True, report.counts.denied),
    ):
        rows = [
            (
                linked(one.url or one.source, one.url),
                escaped(one.source),
                escaped(one.reason, most=_REASON_CHARS),
            )
            for one in shown
            if one.is_denied is is_denied
        ]
        if rows or total:
            more = f"\n\n…and {total - len(rows):,} more" if total > len(rows) else ""
            yield f"## {title}\n\n{table(('page', 'source', 'why'), rows)}{more}"


def _remarks(report: Report) -> Iterator[str]:
    """Sources that were not read, or not to their end."""
    remarks = ((one, remark_on(one, report.ended_by)) for one in in_order(report.sources))
    rows = [(escaped(name_of(one)), escaped(remark, most=_REASON_CHARS)) for one, remark in remarks if remark]
    if rows:
        yield f"## Sources not read, or not to their end\n\n{table(('source', 'why'), rows[:_MOST_SOURCES])}"


def _left_out(sources: Sequence[SourceTally]) -> Iterator[str]:
    """Pages that are listed and were not requested."""
    rows = [
        (escaped(name_of(one)), f"{count:,}", LEFT_OUT[why])
        for one in sources
        for why, count in one.left_out.most_common()
        if count
    ]
    if rows:
        yield f"## Not requested\n\n{table(('source', 'pages', 'why'), rows[:_MOST_SOURCES], numbers=[1])}"


class Happened(Struct, frozen=True):
    """An event. ``resource``: what it is about, with labels that automations match; ``related``: beside it."""

    event: str
    resource: dict[str, str]
    payload: dict[str, Any]
    related: list[dict[str, str]] = []


def events_of(report: Report) -> Iterator[Happened]:
    """The events of a run: of as many new articles as are named, then of the run itself."""
    for article in report.news.listed:
        labels = {
            "prefect.resource.name": article.title or article.address or article.source.name,
            "copydesk.source": article.source.name,
            "copydesk.site": article.site_name or "",
            "copydesk.language": article.language or "",
            "copydesk.url": article.address if article.address and is_linkable(article.address) else "",
        }
        yield Happened(
            ARTICLE_NEW,
            {"prefect.resource.id": f"copydesk.article.{article.id}"}
            | {name: one_line(value, most=_LABEL_CHARS) for name, value in labels.items() if value},
            msgspec.to_builtins(article) | {"source": {"name": article.source.name}},
            [{**_resource(report.name), "prefect.resource.role": "ingest"}],
        )
    counts = report.counts
    yield Happened(
        RUN_FINISHED,
        # counts are labels, too: a trigger may use `!0`
        _resource(report.name)
        | {"copydesk.ended": report.ending.label}
        | {f"copydesk.{name}": str(getattr(counts, name)) for name in NUMBERS if name != "unchanged"},
        msgspec.to_builtins(counts)
        | {"message": report.ending.message, "articles_told": len(report.news.listed)},
    )


def failure(name: str, message: str) -> Happened:
    """The event of a run that could not go on."""
    labels = _resource(name) | {"copydesk.ended": "failed"}
    return Happened(RUN_FINISHED, labels, {"message": message})


def _resource(name: str) -> dict[str, str]:
    return {"prefect.resource.id": f"copydesk.ingest.{name}", "prefect.resource.name": name}
