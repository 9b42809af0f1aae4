"""What Prefect shows of a run: its state, pages and events, bounded and safe whatever pages and sources are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from copydesk.flows.library.records.new_articles import (
    MAX_LISTED,
    Article,
    NewArticles,
    NewestArticle,
    SourceStates,
)
from copydesk.flows.library.web.urls import Known
from copydesk.flows.run.reporting.artifacts import (
    ARTICLE_NEW,
    KEYS,
    RUN_FINISHED,
    RUNS_SHOWN,
    events_of,
    failure,
    lines_of,
    pages_of,
)
from copydesk.flows.run.reporting.report import (
    FAILED,
    Counts,
    Ending,
    Name,
    Report,
    as_metadata,
    ending_of,
    from_metadata,
    key_of,
    run_name,
    tags_of,
)
from copydesk.flows.run.reporting.summary import Summary, Trouble
from copydesk.flows.source_tally import SourceTally

EVIL = "<img src=x onerror=alert(1)> | [x](javascript:alert(1))\n# loud"
HEADLINE = "1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed"


def source(name: str = "courier", **counts: Any) -> SourceTally:
    tally = SourceTally(name, "feed")
    for count, value in counts.items():
        setattr(tally, count, value)
    return tally


def report(articles: Sequence[Article] = (), *, new: int | None = None) -> Report:
    news = NewArticles()
    news.count = len(articles) if new is None else new
    news.listed = list(articles)
    courier = source(
        "courier " + EVIL, requested=3, rejected_for=Counter(robots_denied=2), left_out=Counter(known=7)
    )
    courier.is_begun = courier.is_ended = True
    gazette = SourceTally("gazette", "feed", remark="not due until 2026-11-22 18:00 UTC")
    troubles = [
        Trouble("courier", "javascript:alert(1)", EVIL, False),
        Trouble("courier", "https://courier.example/1", "robots_denied", True),
    ]
    summary = Summary()
    summary.troubles, summary.statuses["failed"] = troubles, 40
    began, ending = datetime(2026, 11, 22, 6, tzinfo=UTC), Ending(Name.WITH_FAILURES, EVIL)
    urls = [failing(courier.name, f"https://courier.example/fails{n}") for n in range(100)]
    states = SourceStates(
        {courier.name: NewestArticle(EVIL, "https://courier.example/1", began)}, {courier.name: 120}, urls
    )
    sources = (courier, gazette)
    return Report("morning-news-1", began, ending, summary, sources, "it ended", news, states, began)


def failing(source: str, url: str, failures: int = 1) -> Known:
    moment = datetime(2026, 11, 20, 6, tzinfo=UTC)
    return Known("http_404", url, source, next_attempt_at=moment, failures=failures, failing_since=moment)


def evil_report(*, new: int) -> Report:
    named = range(min(new, MAX_LISTED))
    return report(
        [Article(id=f"{n:032x}", title=EVIL, url="https://courier.example/1") for n in named], new=new
    )


TAGS = {"table", "thead", "tbody", "tr", "th", "td", "h2", "p", "a", "strong", "code"}


def test_a_run_is_four_pages_that_hold_no_mark_of_strangers() -> None:
    pages = pages_of(
        evil_report(new=MAX_LISTED + 5), [Counts(began=EVIL, ended=EVIL, articles=n) for n in range(30)]
    )
    assert [page.key for page in pages] == [f"{key}-morning-news-1" for key in KEYS]
    for page in pages:
        for text in (page.data, page.description):
            html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
            assert set(re.findall(r"<(\w+)", html)) <= TAGS
            links = set(re.findall(r'href="([^"]*)"', html))
            ours = (
                "https://courier.example/1",
                "https://courier.example/fails",
                "/artifacts/key/copydesk-new-",
            )
            assert all(link.startswith(ours) for link in links)
            assert "loud</h1>" not in html


def test_pages_are_bounded_and_count_what_is_left_out() -> None:
    sources, new, missing, run = pages_of(
        evil_report(new=MAX_LISTED + 5), [Counts(articles=n) for n in range(30)]
    )
    trend = run.data.partition("New articles")[0]
    assert trend.count("\n| ") == RUNS_SHOWN + 2
    assert "▁" in run.data
    assert new.data.count("](https://") == MAX_LISTED
    assert new.data.endswith("…and 5 more articles in the store.\n")
    assert "| 1 requested; 7 known, 2 robots" in sources.data
    assert sources.data.count("](https://courier.example/fails") == 100
    assert "…and 20 more" in sources.data
    assert "not due until" in missing.data.replace("\\", "")
    assert "…and 39 more" in missing.data
    assert "| 7 | known |" in missing.data
    assert "2 new" in run_name(evil_report(new=2))


def test_counts_are_kept_as_texts_and_read_whatever_was_kept() -> None:
    counts = evil_report(new=3).counts
    assert from_metadata(as_metadata(counts)) == counts
    assert from_metadata({"new": "many", "failed": "²"}) == from_metadata(None) == Counts()


def test_events_are_one_for_a_run_and_one_for_each_article_named() -> None:
    events = list(events_of(evil_report(new=MAX_LISTED + 5)))
    assert Counter(one.event for one in events) == {ARTICLE_NEW: MAX_LISTED, RUN_FINISHED: 1}
    article, run = events[0], events[-1]
    assert article.resource["prefect.resource.id"] == f"copydesk.article.{0:032x}"
    assert all("\n" not in value for event in events for value in event.resource.values())
    assert run.resource["prefect.resource.id"] == "copydesk.ingest.morning-news-1"
    assert (run.resource["copydesk.ended"], run.resource["copydesk.articles"]) == (
        "completed-with-failures",
        "105",
    )
    assert run.payload["articles_told"] == MAX_LISTED


READ, SILENT = source(read=3), source("gazette")
KNOWN = source("post", left_out=Counter(known=9))
BROKEN = source("herald", failed_for=Counter(http_500=2, timeout=1))
NO_LIST = source("times", list_problem="404")
DENIED = source("globe", rejected_for=Counter(robots_denied=1))


@pytest.mark.parametrize(
    ("sources", "name"),
    [
        ([], Name.COMPLETED), ([READ], Name.COMPLETED), ([SILENT], Name.COMPLETED), ([DENIED], Name.COMPLETED),
        ([READ, BROKEN], Name.WITH_FAILURES), ([KNOWN, BROKEN], Name.WITH_FAILURES),
        ([DENIED, NO_LIST], Name.WITH_FAILURES), ([BROKEN], Name.NOTHING_READ),
        ([NO_LIST, SILENT], Name.NOTHING_READ),
    ],
)  # fmt: skip
def test_a_run_in_which_nothing_was_read_has_failed(sources: list[SourceTally], name: Name) -> None:
    ending = ending_of(HEADLINE, sources)
    assert ending.name is name
    assert ending.message.startswith(HEADLINE)
    assert (name in FAILED) == (name is Name.NOTHING_READ)


OLD = "https://courier.example/old"


@pytest.mark.parametrize(
    ("for_good", "name"), [([], Name.WITH_FAILURES), ([failing("courier", OLD, 5)], Name.KEEPS_FAILING)]
)
def test_no_run_is_just_completed_while_something_fails(for_good: list[Known], name: Name) -> None:
    states = SourceStates({}, {"courier": 1}, [failing("courier", OLD)], for_good)
    ending = ending_of(HEADLINE, [READ], states=states)
    assert ending.name is name
    assert (name in FAILED) == (name is Name.KEEPS_FAILING)
    assert ending.message.endswith("courier: 1 URL failed before, to be retried")
    assert (f"courier: {OLD} failed 5 times in a row (http_404)" in ending.message) == (name in FAILED)


def named(*sources: SourceTally, new: int = 0, of_source: dict[str, int], failing: dict[str, int]) -> str:
    news = NewArticles()
    news.count, news.of_source = new, Counter(of_source)
    began, ending = datetime(2026, 11, 22, 6, tzinfo=UTC), Ending(Name.COMPLETED, "")
    return run_name(Report("m", began, ending, Summary(), sources, "", news, SourceStates({}, failing)))


@pytest.mark.parametrize(
    ("sources", "new", "of_source", "failing", "name"),
    [
        ([source()], 0, {}, {}, "courier: nothing new"),
        ([source(read=1)], 1, {"courier": 1}, {"courier": 2}, "courier: 1 new, 2 failing"),
        ([source(), NO_LIST], 1, {"courier": 1}, {"times": 1}, "times: list not read; courier: 1 new"),
        ([source("inbox", failed_for=Counter(bad_row=1))], 3, {}, {}, "inbox: 1 failing; files: 3 new"),
        ([source(str(n)) for n in range(4)], 0, {}, {}, "4 sources: nothing new"),
        (
            [source(str(n)) for n in range(4)], 1_000, {str(n): 250 for n in range(4)}, {"1": 2},
            "4 sources: 1,000 new, 2 failing",
        ),
    ],
)  # fmt: skip
def test_a_run_is_called_by_what_it_came_to(
    sources: list[SourceTally], new: int, of_source: dict[str, int], failing: dict[str, int], name: str
) -> None:
    assert named(*sources, new=new, of_source=of_source, failing=failing) == name


def test_names_and_tags_are_bounded_lines() -> None:
    many = [source(f"a\n{n}" + "b" * 1_000) for n in range(100)]
    assert len(tags_of(many)) == 20
    assert all(len(tag) <= 100 and "\n" not in tag for tag in tags_of(many))
    assert len(named(*many[:2], of_source={}, failing={})) <= 120


def test_a_log_begins_with_what_is_new_what_fails_and_what_comes_next() -> None:
    lines = list(lines_of(evil_report(new=7), "http://127.0.0.1:4200"))
    assert [line.partition(":")[0] for line in lines] == [
        *["new"] * 6, *["failing"] * 6, "next run", "state of the sources"
    ]  # fmt: skip
    assert lines[5] == "new: 2 more"
    assert lines[6].endswith(
        "http_404, since 2026-11-20 06:00 UTC, 1 attempt, retried from 2026-11-20 06:00 UTC on"
    )
    assert lines[-1].endswith("http://127.0.0.1:4200/artifacts/key/copydesk-sources-morning-news-1")
    assert all("\n" not in line for line in lines)


def test_the_message_names_what_failed_and_why_on_one_line() -> None:
    ending = ending_of(HEADLINE, [READ, BROKEN, NO_LIST, source("a\nb", failed_for=Counter(x=1)), BROKEN])
    failures = "herald: 3 failed (http_500, timeout), times: its list could not be read, a b: 1 failed (x) and 1 more"
    assert ending.message == f"{HEADLINE}; {failures} source"
    assert ending.label == "completed-with-failures"


def test_what_ended_a_run_early_comes_first() -> None:
    assert ending_of(HEADLINE, [BROKEN], ended_early=Name.CANCELLED).name is Name.CANCELLED
    assert ending_of(HEADLINE, [BROKEN], ended_early=Name.FAILURE_LIMIT).name is Name.FAILURE_LIMIT
    assert ending_of(HEADLINE, [READ], unwritten=["csv: disk full"]).message == f"{HEADLINE}; csv: disk full"


def test_an_article_has_the_labels_that_the_guide_promises() -> None:
    url = "https://courier.example/1"
    event, _ = events_of(
        report([Article(id="0" * 32, title="Ferry", url=url, site_name="Courier", language="en")])
    )
    assert event.resource == {
        "prefect.resource.id": f"copydesk.article.{'0' * 32}",
        "prefect.resource.name": "Ferry",
        "copydesk.site": "Courier",
        "copydesk.language": "en",
        "copydesk.url": url,
    }
    assert [one["prefect.resource.id"] for one in event.related] == ["copydesk.ingest.morning-news-1"]
    fields = {"id", "title", "url", "canonical_url", "date_published", "site_name", "language", "source"}
    assert set(event.payload) == fields


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", None])
def test_only_addresses_of_the_web_are_labels(url: str | None) -> None:
    event, _ = events_of(report([Article(id="1", title="a\nb" + "c" * 10_000, url=url)]))
    assert "copydesk.url" not in event.resource
    assert event.resource["prefect.resource.name"].startswith("a b")
    assert max(map(len, event.resource.values())) <= 300


def test_a_run_that_could_not_go_on_is_reported_too() -> None:
    event = failure("morning", "out: cannot be written")
    assert (event.event, event.resource["copydesk.ended"]) == (RUN_FINISHED, "failed")
    assert event.payload == {"message": "out: cannot be written"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("morning", "run-morning"), ("News_2.x", "run-news-2-x-[0-9a-f]{8}"), ("-a-", "run-a-[0-9a-f]{8}"),
        ("grün-夜-1f", "run-gr-n-1f-[0-9a-f]{8}"), ("курьер", "run-[0-9a-f]{8}"),
    ],
)  # fmt: skip
def test_keys_are_those_that_prefect_takes(name: str, key: str) -> None:
    assert re.fullmatch(key, key_of("run", name))


def test_no_two_schedules_have_one_key() -> None:
    names = ["курьер", "новости", "Foo", "foo", "a.b", "a_b", "a-b"]
    assert len({key_of("run", name) for name in names}) == len(names)


@pytest.mark.parametrize("name", [one for one in Name if one is not Name.CANCELLED])
def test_the_name_of_a_state_is_a_label_in_small_letters(name: Name) -> None:
    label = Ending(name, "").label
    assert label == label.lower()
    assert label.replace("-", "") == name.lower()
