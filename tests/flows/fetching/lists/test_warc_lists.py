"""Lists of WARC files: which files they name, which of them are of a time, which months an address covers."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.lists.listed import Link
from copydesk.flows.fetching.lists.warc_lists import is_list, is_within, listed_files, monthly_urls

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://data.example/crawl-data/CC-NEWS/2026/11/warc.paths.gz"
FILE = "https://data.example/crawl-data/CC-NEWS/2026/11/CC-NEWS-20261103120000-00012.warc.gz"


def listed(body: bytes) -> tuple[Link, ...] | NotFetched:
    return listed_files(Fetched(URL, 200, {}, body, NOW), URL)


def test_paths_are_relative_to_the_server_of_the_list() -> None:
    path = FILE.removeprefix("https://data.example/")
    body = f"{path}\n\n{path}\r\nhttps://other.example/a.warc\ncc-index.paths\n".encode()
    files = (Link("warc", FILE), Link("warc", "https://other.example/a.warc"))
    assert listed(body) == listed(gzip.compress(body)) == files


def test_what_is_no_list_is_reported() -> None:
    assert listed(b"\n") == ()
    for body in (b"<html><body>Not found</body></html>", gzip.compress(b"a/b.warc")[:-9]):
        found = listed(body)
        assert isinstance(found, NotFetched), body
        assert found.reason in ("damaged", "truncated")


def test_lists_are_distinguished_from_files() -> None:
    assert [is_list(url) for url in (URL, URL.removesuffix(".gz"), FILE, "https://a.example/files.txt")] == [
        True, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("since", "until", "is_in"),
    [
        (None, None, True),
        (datetime(2026, 11, 3, 20, tzinfo=UTC), None, True),  # it may go on until then
        (datetime(2026, 11, 5, tzinfo=UTC), None, False),
        (None, datetime(2026, 11, 3, 11, tzinfo=UTC), False),
        (None, datetime(2026, 11, 3, 13, tzinfo=UTC), True),
    ],
)
def test_file_names_contain_times(since: datetime | None, until: datetime | None, is_in: bool) -> None:
    assert is_within(FILE, since, until) is is_in
    for nothing in ("https://a.example/20261399000000.warc", "https://a.example/crawl.warc.gz"):
        assert is_within(nothing, since, until)


def test_an_address_stands_for_the_months_of_a_time() -> None:
    pattern = "https://data.example/{year}/{month}/warc.paths.gz"
    assert monthly_urls(pattern, datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)) == [
        f"https://data.example/{month}/warc.paths.gz" for month in ("2026/11", "2026/12", "2027/01")
    ]
    assert list(monthly_urls(URL, None, NOW)) == [URL]
    assert len(monthly_urls(pattern, datetime.min.replace(tzinfo=UTC), NOW)) == 601
