"""Dates that cannot be: the next best is taken, and the wrong one stays in the record with its origin."""

from __future__ import annotations

import json

import pytest

from copydesk import Page, Record, clean_page
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.types import Announced

FETCHED = "2026-11-20T22:00:00Z"
SENTENCE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come."
TEXT = f"<h1>Clock strikes noon</h1>%s<p>{SENTENCE}</p><p>{SENTENCE.replace('Friday', 'Saturday')}</p>"


def cleaned(head: str = "", beside: str = "", *, fetched_at: str | None = FETCHED, **given: object) -> Record:
    markup = f"<html lang=en><head>{head}</head><body><article>{TEXT % beside}</article></body></html>"
    return clean_page(Page(body=markup, fetched_at=fetched_at, **given))  # type: ignore[arg-type]


def json_ld(**fields: str) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', **fields})}</script>"


def rejected(record: Record) -> list[tuple[str, str, str]]:
    dates = record.processing.rejected_dates
    return [(date.field, date.value, date.origin) for date in dates if date.why == "impossible"]


FUTURE: dict[str, tuple[dict[str, object], str]] = {
    "json-ld": ({"head": json_ld(datePublished="2031-05-01T10:00:00Z")}, "2031-05-01T10:00:00Z"),
    "meta:article:published_time": (
        {"head": "<meta property='article:published_time' content='2031-05-01'>"},
        "2031-05-01",
    ),
    "microdata": (
        {
            "beside": "<div itemscope itemtype='https://schema.org/NewsArticle'>"
            "<meta itemprop=datePublished content='2031-05-01'></div>"
        },
        "2031-05-01",
    ),
    "text:time": ({"beside": "<time datetime='2031-05-01'>May Day</time>"}, "2031-05-01"),
    "url": ({"url": "https://gazette.example/town/2031/05/01/clock?from=front"}, "2031/05/01"),
    "feed:date_published": (
        {"announced": Announced(origin="feed", published="2031-05-01T10:00:00Z")},
        "2031-05-01T10:00:00Z",
    ),
}


@pytest.mark.parametrize("origin", FUTURE)
def test_a_date_after_the_fetch_is_no_date_from_any_origin(origin: str) -> None:
    given, raw = FUTURE[origin]
    record = cleaned(**given)  # type: ignore[arg-type]
    assert record.date_published is None
    assert "date_published" not in record.field_origins
    assert rejected(record) == [("date_published", raw, origin)]
    unbounded = cleaned(**given, fetched_at=None)  # type: ignore[arg-type]
    assert (unbounded.date_published or "")[:10] == "2031-05-01"
    assert rejected(unbounded) == []


@pytest.mark.parametrize(("beside", "origin"), [
    ("<time datetime='2031-05-01'>1 May 2031</time> <time datetime='2026-11-19'>yesterday</time>", "text:time"),
    ("<p class=date>19 November 2026</p>", "text:byline"),
    ("<p class=byline>By Ada Brandt, 19 November 2026</p>", "text:byline"),
    ("<p class=date>For the fair of 1 May 2031. Published 19 November 2026</p>", "text:byline"),
])  # fmt: skip
def test_the_next_best_is_taken(beside: str, origin: str) -> None:
    record = cleaned(json_ld(datePublished="2031-05-01"), beside)
    assert (record.date_published, record.field_origins["date_published"]) == ("2026-11-19", origin)
    assert ("date_published", "2031-05-01", "json-ld") in rejected(record)


IN_WORDS = {
    "a note": ("en", "<p class=date>Published May 5, 2031</p>", "text:byline", "May 5, 2031"),
    "a note in German": ("de", "<p class=date>5. Mai 2031, 10:05 Uhr</p>", "text:byline", "5. Mai 2031"),
    "a note in Arabic digits": ("ar", "<p class=date>٥ مايو ٢٠٣١</p>", "text:byline", "٥ مايو ٢٠٣١"),
    "a byline": ("en", "<p class=byline>By Ada Brandt, 5 May 2031</p>", "text:byline", "5 May 2031"),
    "a time element": ("en", "<time>5 May 2031</time>", "text:time", "5 May 2031"),
    "a note with a change": ("en", "<p class=date>Published 5 May 2031, updated 6 May 2031</p>", "text:byline", "5 May 2031", "6 May 2031"),
}  # fmt: skip
"""Language, markup, origin, and the dates of publication and change as written."""


@pytest.mark.parametrize("way", IN_WORDS)
def test_a_date_in_words_that_cannot_be_is_reported_as_it_is_written(way: str) -> None:
    language, beside, origin, *dates = IN_WORDS[way]
    page = f"<html lang={language}><body><article>{TEXT % beside}</article></body></html>"
    found = {at: clean_page(Page(body=page, fetched_at=at)) for at in (None, FETCHED)}
    assert ((found[None].date_published or "")[:7], rejected(found[None])) == ("2031-05", [])
    assert (found[FETCHED].date_published, found[FETCHED].date_modified) == (None, None)
    fields = zip(("date_published", "date_modified"), dates, strict=False)
    assert rejected(found[FETCHED]) == [(field, date, origin) for field, date in fields]


@pytest.mark.parametrize(("line", "expected"), [
    ("By Ada Brandt, 1 May 2031", ("date_published", "1 May 2031", "text:byline")),
    ("Paris, France – May 1, 2031 – ", ("date_published", "May 1, 2031", "text:dateline")),
])  # fmt: skip
def test_flattened_text_is_bounded_too(line: str, expected: tuple[str, str, str]) -> None:
    line = line if line.endswith("– ") else f"{line}\n\n"
    lines = f"Clock strikes noon\n\n{line}{SENTENCE}\n\n{SENTENCE.replace('Friday', 'Saturday')}"
    found = {at: clean_page(Page(body=lines, media="text", fetched_at=at)) for at in (None, FETCHED)}
    assert {at: record.date_published for at, record in found.items()} == {None: "2031-05-01", FETCHED: None}
    assert {at: rejected(record) for at, record in found.items()} == {None: [], FETCHED: [expected]}


@pytest.mark.parametrize(("date", "is_possible"), [
    ("2026-11-21", True),  # it is tomorrow already in the east
    ("2026-11-21T11:30:00Z", True),  # a local time of New Zealand written as UTC
    ("2026-11-22", False), ("2026-11-21T22:00:01Z", False), ("2026-11-22T08:00:00+14:00", True),
    ("1890-03-01", True),  # an archive's
    ("1785-01-01", True),
])  # fmt: skip
def test_a_day_is_allowed_for_clocks_and_zones(date: str, *, is_possible: bool) -> None:
    record = cleaned(json_ld(datePublished=date), fetched_at="2026-11-20T23:00:00+01:00")
    assert (record.date_published is not None) == is_possible
    assert bool(rejected(record)) != is_possible


@pytest.mark.parametrize("date", [
    "0001-01-01T00:00:00Z", "1970-01-01", "1970-01-01T01:00:00+01:00", "1969-12-31T19:00:00-05:00", "2000-01-01T00:00:00",
    "1601-01-01", "1899-12-30", "-0001-11-30", "0",
])  # fmt: skip
def test_a_placeholder_is_no_date_and_is_reported(date: str) -> None:
    record = cleaned(json_ld(datePublished=date, dateModified="2026-11-19"), fetched_at=None)
    assert (record.date_published, record.date_modified) == (None, "2026-11-19")
    assert rejected(record) == [("date_published", date, "json-ld")]


def test_something_may_be_published_on_such_a_day() -> None:
    assert read_date("2000-01-01T09:30:00+01:00") == "2000-01-01T09:30:00+01:00"
    assert read_date("1970-01-01T14:05:00Z") == "1970-01-01T14:05:00+00:00"


@pytest.mark.parametrize(
    ("changed", "kept"), [("2019-02-01", None), ("2026-11-17T08:00:00Z", "2026-11-17T08:00:00+00:00")]
)
def test_a_change_before_the_publication_is_none(changed: str, kept: str | None) -> None:
    record = cleaned(json_ld(datePublished="2026-11-18T07:00:00Z", dateModified=changed))
    assert (record.date_published, record.date_modified) == ("2026-11-18T07:00:00+00:00", kept)
    assert rejected(record) == ([] if kept else [("date_modified", changed, "json-ld")])


def test_a_source_from_the_future_has_no_date() -> None:
    based = {"@type": "NewsArticle", "headline": "Glockenschlag", "datePublished": "2031-05-01"}
    head = f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'isBasedOn': based})}</script>"
    (bounded,), (free,) = (cleaned(head, fetched_at=at).provenance.derived_from for at in (FETCHED, None))
    assert (bounded.title, bounded.date_published, free.date_published) == (
        "Glockenschlag", None, "2031-05-01",
    )  # fmt: skip
    assert any("2031-05-01" in entry.quote for entry in cleaned(head).provenance.evidence)


LEFT_OUT = [
    ("14 March 2026, 10:05", "10:05"), ("14 March 2026 at 9.05 p.m.", "9.05 p.m"),
    ("<time datetime=2026-03-14T10:05:00>14 March</time>", "10:05:00"),
    ("14 March 2026, 10:05 CET", None), ("14 March 2026, 3 comments", None), ("14 March 2026, 25:61", None),
    ("<time datetime=2026-03-14T25:61:00>14 March</time>", None),
]  # fmt: skip


@pytest.mark.parametrize(("date", "clock"), LEFT_OUT, ids=[date for date, _ in LEFT_OUT])
def test_a_time_of_day_without_a_zone_is_left_out_and_reported(date: str, clock: str | None) -> None:
    record = cleaned(beside=f"<p>By Maud Ellery, {date}</p>")
    assert (record.date_published or "")[:10] == "2026-03-14"
    rejections = [(date.field, date.value, date.why) for date in record.processing.rejected_dates]
    assert rejections == ([("date_published", clock, "time of day without a zone")] if clock else [])
