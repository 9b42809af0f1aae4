"""What automations may wait for: one event for a run, one for each new article; their names are public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from copydesk.flows.run.reporting.report import Report
from copydesk.flows.run.reporting.text import is_linkable, one_line
from copydesk.flows.sinks.merging.new_articles import Article

RUN_FINISHED = "copydesk.run.finished"
ARTICLE_NEW = "copydesk.article.new"
# set by hand: a headline; labels are matched and shown, not read
_LABEL_CHARS = 300


class Happened(Struct, frozen=True):
    """An event. ``resource``: what it is about, with labels that automations match; ``related``: beside it."""

    event: str
    resource: Mapping[str, str]
    payload: Mapping[str, Any]
    related: tuple[Mapping[str, str], ...] = ()


def events_of(report: Report) -> Iterator[Happened]:
    """The events of a run: of as many new articles as are named, then of the run itself."""
    for article in report.news.named:
        yield _of_article(report, article)
    counts = report.counts
    yield Happened(
        RUN_FINISHED,
        # counts are labels, too: a trigger may use `!0`
        _resource(report.name)
        | {
            "copydesk.ended": report.ending.label,
            "copydesk.articles": str(counts.articles),
            "copydesk.new": str(counts.new),
            "copydesk.changed": str(counts.changed),
            "copydesk.denied": str(counts.denied),
            "copydesk.failed": str(counts.failed),
        },
        msgspec.to_builtins(counts)
        | {"message": report.ending.message, "articles_told": len(report.news.named)},
    )


def failure(name: str, message: str) -> Happened:
    """The event of a run that could not go on."""
    labels = _resource(name) | {"copydesk.ended": "failed"}
    return Happened(RUN_FINISHED, labels, {"message": message})


def _resource(name: str) -> dict[str, str]:
    return {"prefect.resource.id": f"copydesk.ingest.{name}", "prefect.resource.name": name}


def _of_article(report: Report, one: Article) -> Happened:
    labels = {
        "prefect.resource.name": one.title or one.address or one.source.name,
        "copydesk.source": one.source.name,
        "copydesk.site": one.site_name or "",
        "copydesk.language": one.language or "",
        "copydesk.url": one.address if one.address and is_linkable(one.address) else "",
    }
    return Happened(
        ARTICLE_NEW,
        {"prefect.resource.id": f"copydesk.article.{one.id}"}
        | {name: one_line(value, most=_LABEL_CHARS) for name, value in labels.items() if value},
        msgspec.to_builtins(one),
        ({**_resource(report.name), "prefect.resource.role": "ingest"},),
    )
