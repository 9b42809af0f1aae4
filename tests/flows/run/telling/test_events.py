"""Events: names and labels that automations rely on, bounded whatever a page says."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from copydesk.flows.run.summary import Tally
from copydesk.flows.run.telling.ending import Ending, Name
from copydesk.flows.run.telling.events import ARTICLE_NEW, RUN_FINISHED, Happened, events_of, failure
from copydesk.flows.run.telling.report import Report, key_of
from copydesk.flows.sinks.merging.new_articles import Article, NewArticles


def told(article: Article) -> Happened:
    """The event of a run's only new article."""
    news = NewArticles()
    news.count, news.named = 1, [article]
    now, summary = datetime(2026, 11, 22, tzinfo=UTC), Tally().summary(seconds=1.0)
    report = Report("morning", now, Ending(Name.COMPLETED, "all well"), summary, (), "it ended", news)
    (event,) = (one for one in events_of(report) if one.event == ARTICLE_NEW)
    return event


def test_an_article_has_the_labels_that_the_guide_promises() -> None:
    url = "https://courier.example/1"
    event = told(Article(id="0" * 32, title="Ferry", url=url, site_name="Courier", language="en"))
    assert event.resource == {
        "prefect.resource.id": f"copydesk.article.{'0' * 32}",
        "prefect.resource.name": "Ferry",
        "copydesk.site": "Courier",
        "copydesk.language": "en",
        "copydesk.url": url,
    }
    assert [one["prefect.resource.id"] for one in event.related] == ["copydesk.ingest.morning"]
    assert {
        "id",
        "title",
        "url",
        "canonical_url",
        "date_published",
        "site_name",
        "language",
        "source",
    } == set(event.payload)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", None])
def test_only_addresses_of_the_web_are_labels(url: str | None) -> None:
    event = told(Article(id="1", title="a\nb" + "c" * 10_000, url=url))
    assert "copydesk.url" not in event.resource
    assert event.resource["prefect.resource.name"].startswith("a b")
    assert max(map(len, event.resource.values())) <= 300


def test_a_run_that_could_not_go_on_is_told_too() -> None:
    event = failure("morning", "out: cannot be written")
    assert (event.event, event.resource["copydesk.ended"]) == (RUN_FINISHED, "failed")
    assert event.payload == {"message": "out: cannot be written"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("morning", "run-morning"),
        ("News_2.x", "run-news-2-x-[0-9a-f]{8}"),
        ("-a-", "run-a-[0-9a-f]{8}"),
        ("grün-夜-1f", "run-gr-n-1f-[0-9a-f]{8}"),
        ("курьер", "run-[0-9a-f]{8}"),
    ],
)
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
