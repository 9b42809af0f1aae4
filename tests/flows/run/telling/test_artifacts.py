"""What people read of a run: bounded, and whatever pages and sources are called."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

from markdown_it import MarkdownIt

from copydesk.flows.run.summary import Tally, Trouble
from copydesk.flows.run.telling.artifacts import KEYS, RUNS_SHOWN, pages_of
from copydesk.flows.run.telling.ending import Ending, Name
from copydesk.flows.run.telling.events import ARTICLE_NEW, RUN_FINISHED, events_of
from copydesk.flows.run.telling.report import Counts, Report, as_metadata, from_metadata
from copydesk.flows.sinks.merging.new_articles import MOST_NAMED, Article, NewArticles
from copydesk.flows.sources.source_tally import SourceTally

EVIL = "<img src=x onerror=alert(1)> | [x](javascript:alert(1))\n# loud"


def report(*, new: int = 0) -> Report:
    news = NewArticles()
    news.count = new
    address = "https://courier.example/1"
    news.named = [Article(id=f"{n:032x}", title=EVIL, url=address) for n in range(min(new, MOST_NAMED))]
    tally = SourceTally("courier " + EVIL, "feed")
    tally.asked, tally.rejected_for, tally.left_out = 3, Counter(robots_denied=2), Counter(known=7)
    tally.is_begun = tally.is_ended = True
    off = SourceTally("gazette", "feed", remark="not due until 2026-11-22 18:00 UTC")
    troubles = (
        Trouble("courier", "javascript:alert(1)", EVIL, False),
        Trouble("courier", address, "robots_denied", True),
    )
    summary = Tally().summary(seconds=1.0)
    summary = type(summary)(
        **{name: getattr(summary, name) for name in summary.__struct_fields__}
        | {"troubles": troubles, "failed_pages": 40}
    )
    began = datetime(2026, 11, 22, 6, tzinfo=UTC)
    return Report(
        "morning-news-1", began, Ending(Name.WITH_FAILURES, EVIL), summary, (tally, off), "it ended", news
    )


def test_a_run_is_four_pages_that_hold_no_mark_of_strangers() -> None:
    pages = pages_of(
        report(new=MOST_NAMED + 5), [Counts(began=EVIL, ended=EVIL, articles=n) for n in range(30)]
    )
    assert [page.key for page in pages] == [f"{key}-morning-news-1" for key in KEYS]
    for page in pages:
        for text in (page.data, page.description):
            html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
            assert set(re.findall(r"<(\w+)", html)) <= {
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "h2",
                "p",
                "a",
                "strong",
                "code",
            }
            assert set(re.findall(r'href="([^"]*)"', html)) <= {"https://courier.example/1"}
            assert "loud</h1>" not in html


def test_pages_are_bounded_and_say_how_much_more_there_is() -> None:
    run, sources, new, missing = pages_of(report(new=MOST_NAMED + 5), [Counts(articles=n) for n in range(30)])
    trend = run.data.partition("New articles")[0]
    assert trend.count("\n| ") == RUNS_SHOWN + 2
    assert "▁" in run.data
    assert new.data.count("](https://") == MOST_NAMED
    assert new.data.endswith("…and 5 more articles in the store.\n")
    assert "| 3 |  |  |  | 2 |" in sources.data
    assert "not due until" in missing.data.replace("\\", "")
    assert "…and 39 more" in missing.data
    assert "| 7 | known |" in missing.data
    assert "2 new articles" in pages_of(report(new=2), [])[2].description


def test_counts_are_kept_as_texts_and_read_whatever_was_kept() -> None:
    counts = report(new=3).counts
    assert from_metadata(as_metadata(counts)) == counts
    assert from_metadata({"new": "many", "failed": "²"}) == from_metadata(None) == Counts()


def test_events_are_one_for_a_run_and_one_for_each_article_named() -> None:
    events = list(events_of(report(new=MOST_NAMED + 5)))
    assert Counter(one.event for one in events) == {ARTICLE_NEW: MOST_NAMED, RUN_FINISHED: 1}
    article, run = events[0], events[-1]
    assert article.resource["prefect.resource.id"] == f"copydesk.article.{0:032x}"
    assert all("\n" not in value for event in events for value in event.resource.values())
    assert run.resource["prefect.resource.id"] == "copydesk.ingest.morning-news-1"
    assert (run.resource["copydesk.ended"], run.resource["copydesk.articles"]) == (
        "completed-with-failures",
        "105",
    )
    assert run.payload["articles_told"] == MOST_NAMED
