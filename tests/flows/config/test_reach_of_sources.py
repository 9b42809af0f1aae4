"""Lists: followed links, WARC files on the web, and archives; what a run reads of them, and wrong values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.config.source_entry import read_entry
from copydesk.flows.config.source_keys import INTERNET_ARCHIVE
from copydesk.flows.config.source_list import append_source, read_source_list
from copydesk.flows.config.source_plan import plan_sources
from copydesk.flows.fetching.lists.web_source import MAX_DEPTH, MAX_PAGES, Follow, WebSource

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = {"name": "s", "kind": "site", "address": "https://paper.example/"}
PAGE = {"name": "p", "kind": "url", "address": "https://paper.example/a"}
WARC = {"name": "w", "kind": "warc", "address": "https://data.example/a.warc.gz"}
MONTHS = WARC | {"address": "https://data.example/{year}-{month}.paths.gz"}


def planned(folder: Path, **keys: Any) -> WebSource:
    """The source that a run reads, by way of the list it is written to."""
    file = folder / "list.toml"
    entry = read_entry(keys)
    append_source(file, entry)
    assert read_source_list(file).sources == (entry,)
    [source] = plan_sources([str(file)], now=NOW, environment={}).web
    return source


BOUNDS = {"follow": ["/news/**"], "avoid": ["/news/tag/**"], "max_depth": 1, "max_pages": 20}


@pytest.mark.parametrize(
    ("table", "keys", "attribute", "value"),
    [
        (SITE, {}, "follow", None),
        (SITE, {"follow": ["/news/**"]}, "follow", Follow(("/news/**",), (), MAX_DEPTH, MAX_PAGES)),
        (SITE, BOUNDS, "follow", Follow(("/news/**",), ("/news/tag/**",), 1, 20)),
        (WARC, {"every": "1d"}, "addresses", ("https://data.example/a.warc.gz",)),
        (WARC, {"headers": {"X-Key": "k"}, "pace_seconds": 2}, "headers", {"X-Key": "k"}),
        (PAGE, {}, "fallback", None),
        (PAGE, {"fallback": "internet-archive"}, "fallback", INTERNET_ARCHIVE),
        (PAGE, {"fallback": "http://localhost:8080/"}, "fallback", "http://localhost:8080"),
    ],
)
def test_a_run_reads_as_the_list_says(
    tmp_path: Path, table: dict[str, str], keys: dict[str, Any], attribute: str, value: object
) -> None:
    assert getattr(planned(tmp_path, **table, **keys), attribute) == value


@pytest.mark.parametrize(
    ("keys", "months", "until"),
    [
        ({"since": "2026-09-30", "until": "2026-11-01"}, ["2026-09", "2026-10", "2026-11"], "2026-11-01T23:59:59.999999"),
        ({"since": "2026-10-05"}, ["2026-10", "2026-11"], None),
        ({"since": "48h", "until": "1d"}, ["2026-11"], "2026-11-21T12:00:00"),
        ({"since": "2026-11-01", "until": "2026-11-02T06:00:00"}, ["2026-11"], "2026-11-02T06:00:00"),
        ({"since": "2027-01-01"}, [], None),
    ],
)  # fmt: skip
def test_a_list_a_month_is_read_for_the_months_of_a_time(
    tmp_path: Path, keys: dict[str, str], months: list[str], until: str | None
) -> None:
    found = planned(tmp_path, **MONTHS, **keys)
    assert [address[-17:-9] for address in found.addresses] == [f"/{month}"[-8:] for month in months]
    moment = until and datetime.fromisoformat(until).replace(tzinfo=UTC)
    assert found.until == moment


@pytest.mark.parametrize(
    ("table", "key", "value", "problem"),
    [
        (SITE, "follow", "/news/**", 'expected a list, such as ["/news/**"]'),
        (SITE, "follow", ["news"], "'news': expected a path, such as /news/**, or an address with a host"),
        (SITE, "avoid", ["/a"], 'which links are followed? give follow = ["/**"] as well'),
        (SITE, "max_depth", 2, 'which links are followed? give follow = ["/**"] as well'),
        (SITE | {"follow": ["/**"]}, "max_depth", 0, "expected a number, 1 or more"),
        (SITE | {"follow": ["/**"]}, "max_pages", True, "expected a number, 1 or more"),
        (SITE | {"kind": "feed"}, "follow", ["/**"], "links are followed of kind site alone; leave it out"),
        (SITE, "until", "2026-11-01", "holds for WARC files on the web alone; leave it out"),
        (WARC | {"address": "a.warc"}, "until", "1d", "holds for WARC files on the web alone; leave it out"),
        (WARC, "until", "soon", "'soon': expected a span such as 24h or 7d, or a date such as"),
        (WARC, "fields", {"url": "x"}, "pages of kind warc have none"),
        (WARC | {"address": "a.warc"}, "pace_seconds", 1, "those of kind warc are on the disk; leave it out"),
        (WARC | {"address": "ftp://a.example/a.warc"}, "limit", 1, "is a URL, and this kind is read from the disk"),
        (WARC | {"address": "https://me:secret@a.example/a.warc"}, "limit", 1, "holds a user or password"),
        (MONTHS, "limit", 1, "{year} and {month} are the months from since on; give it"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_reported(table: dict[str, Any], key: str, value: object, problem: str) -> None:
    with pytest.raises(BadKey) as caught:
        read_entry(table | {key: value})
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)
