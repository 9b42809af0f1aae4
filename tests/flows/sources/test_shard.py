"""Shards: together they are the whole, and no page is in two."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.catalogue import Shard, Unreadable, read_shard

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
