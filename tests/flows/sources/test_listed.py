"""Sources of a list on the disk: its settings for their pages, its limit on their number; and shards of pages."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from source_items import only_page

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.catalogue import (
    DiskSource,
    Reading,
    Shard,
    Unreadable,
    is_too_old,
    kind_of,
    read_listed,
    read_shard,
    with_list_settings,
)
from copydesk.flows.sources.opening.field_names import parse_field_names

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fetched_at", "too_old"),
    [
        ("2026-10-31T23:59:59Z", True), ("2026-11-01T00:00:00Z", False), ("2026-11-01T00:30:00+02:00", True),
        ("2026-10-31T23:59:59", True), ("2026-11-01T00:00:00", False), ("2026-10-31", True), ("yesterday", False),
        ("", False), (None, False),
    ],
)  # fmt: skip
def test_only_what_is_known_to_be_older_is_too_old(fetched_at: str | None, too_old: bool) -> None:
    page = Page("", fetched_at=fetched_at)
    assert is_too_old(page, SINCE) is too_old
    assert not is_too_old(page, None)
    assert not is_too_old(Unreadable(Source("file", "a"), "missing", "gone"), SINCE)


@pytest.mark.parametrize(
    ("inner", "folder", "path", "name"),
    [
        ("lists/pages/a.html", "lists/pages", "lists/pages/a.html", "paper/a.html"),
        ("lists/x.zip!/b.html", "lists", "lists/x.zip", "paper/x.zip!/b.html"),
        ("/srv/a.html", "/srv", "/srv/a.html", "paper/a.html"),
        ("a.html", "", "a.html", "paper/a.html"),
        ("urn:uuid:1", "lists", "lists/x.warc", "paper/urn:uuid:1"),
        ("sub/a.html", "lists", "lists/pages", "paper/sub/a.html"),
    ],
)
def test_a_page_is_named_after_its_source_and_its_path(inner: str, folder: str, path: str, name: str) -> None:
    listed = DiskSource("paper", (path,), folder)
    source = Source("file", inner)
    for item in (Page("", source=source), Unreadable(source, "missing", "gone")):
        assert with_list_settings(item, listed, path).source == Source("file", name)


def test_the_language_of_the_list_is_read_after_what_the_page_came_with() -> None:
    listed = DiskSource("paper", ("a",), language="de")
    plain = Page("", source=Source("file", "a"))
    page = replace(plain, headers={"Content-Language": "fr", "X-A": "b"})

    def headers(page: Page, listed: DiskSource) -> object:
        return only_page([with_list_settings(page, listed, "a")]).headers

    assert headers(page, listed) == {"content-language": "fr", "x-a": "b"}
    assert headers(plain, listed) == {"content-language": "de"}
    assert headers(page, DiskSource("paper", ("a",))) == page.headers


def lines(path: Path, *dates: str) -> str:
    """A file of pages that were fetched then."""
    rows = (json.dumps({"content": f"page {date}", "fetched_at": date}) for date in dates)
    path.write_text("\n".join(rows))
    return str(path)


def test_old_pages_do_not_use_up_the_limit_and_nothing_is_opened_beyond_it(tmp_path: Path) -> None:
    reading = Reading(fields=parse_field_names(["html=content"]))
    old, new = "2026-10-01T00:00:00Z", "2026-11-02T00:00:00Z"
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    paths = (lines(first, old, new, old), lines(second, new, new), str(tmp_path / "gone"))
    listed = DiskSource("paper", paths, str(tmp_path), reading, limit=2, since=SINCE)
    found = list(read_listed(listed))
    assert [item and item.source.name for item in found] == [None, "paper/a.jsonl:2", None, "paper/b.jsonl:1"]  # fmt: skip
    everything = list(read_listed(DiskSource("paper", paths, str(tmp_path), reading)))
    assert len(everything) == 6
    assert isinstance(everything[-1], Unreadable)
    assert everything[-1].source.name == "paper/gone"
    assert list(read_listed(DiskSource("paper", paths, str(tmp_path), reading, limit=0))) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("-", "stdin"), ("a.zip", "file"), ("a.jsonl.gz", "jsonl"), ("a.warc", "warc"), ("a.eml", "mail"), ("a.parquet", "parquet"), ("a.html", "file")],
)  # fmt: skip
def test_a_name_means_a_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert kind_of(name) == kind
    (tmp_path / name).mkdir()
    assert kind_of(name) == ("stdin" if name == "-" else "folder")


sources = st.builds(Source, st.sampled_from(["file", "jsonl", "warc"]), st.text())
urls = st.none() | st.text()
pages = st.builds(Page, st.binary() | st.text(), url=urls, source=sources)
items = pages | st.builds(Unreadable, sources, st.just("unreadable"), st.text(), url=urls)


@given(items, st.integers(1, 40))
def test_each_page_is_in_exactly_one_shard(item: Page | Unreadable, count: int) -> None:
    assert [Shard(number, count).has(item) for number in range(1, count + 1)].count(True) == 1


def test_shards_are_alike_in_size_though_urls_are_alike() -> None:
    listed = [Page("", url=f"https://courier.example/news/{number}") for number in range(4000)]
    sizes = Counter(number for page in listed for number in range(1, 5) if Shard(number, 4).has(page))
    assert all(900 < size < 1100 for size in sizes.values())


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1/0", "1", "1/2/3", "-1/2", "a/b", "١/٢x"])
def test_what_is_no_share_is_reported(text: str) -> None:
    with pytest.raises(ValueError, match="expected K/N with K from 1 to N, such as 2/8, not "):
        read_shard(text)
    assert read_shard(" 2/ 8") == Shard(2, 8)
