"""Subscriptions of feed readers: each feed once, with a name of its own."""

from __future__ import annotations

import pytest
from processor_time import bounded

from copydesk.flows.fetching.lists.url_lists import NoSubscriptions, feeds_in

ONE, TWO = "https://courier.example/feed.xml", "https://cafe.example/rss?a=1&amp;b=2"


def opml(*outlines: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><body>{"".join(outlines)}</body></opml>'.encode()


def outline(url: str, text: str = "Courier", within: str = "") -> str:
    return f'<outline type="rss" text="{text}" xmlUrl="{url}">{within}</outline>'


@pytest.mark.parametrize(
    ("outlines", "expected"),
    [
        ([outline(ONE, "Harbour Courier")], [("harbour-courier", ONE)]),
        ([outline(ONE), outline(ONE, "In another folder")], [("in-another-folder", ONE)]),
        ([outline(ONE), outline(TWO)], [("courier", ONE), ("courier-2", TWO.replace("&amp;", "&"))]),
        (['<outline text="News">', outline(TWO, "Café – Über"), "</outline>"], [("cafe-uber", TWO.replace("&amp;", "&"))]),
        ([outline(ONE, "港口"), '<outline text="no feed"/>'], [("courier.example", ONE)]),
        ([outline("http://[", "港口")], [("feed", "http://[")]),
        ([outline(ONE), outline("file:///etc/passwd", "Words")], [("courier", ONE)]),
    ],
)  # fmt: skip
def test_each_feed_has_a_name(outlines: list[str], expected: list[tuple[str, str]]) -> None:
    assert feeds_in(opml(*outlines)) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no OPML: "), (b"<p>", "no OPML: "), (opml(), "no <outline xmlUrl=…>; export"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><opml><outline text="&b;" xmlUrl="&b;"/></opml>', "no <outline"),
        (opml(*(outline(f"{ONE}?{n}") for n in range(10_001))), "more than 10,000 feeds"),
    ],
)  # fmt: skip
def test_what_has_no_feeds_says_so(data: bytes, message: str) -> None:
    with pytest.raises(NoSubscriptions, match=message) as caught:
        feeds_in(data)
    assert "\n" not in str(caught.value)


def test_thousands_of_feeds_of_one_host_are_named_in_time() -> None:
    outlines = "".join(f"<outline xmlUrl='https://a.example/{number}'/>" for number in range(8_000))
    with bounded(60):
        found = feeds_in(f"<opml><body>{outlines}</body></opml>".encode())
    assert len(dict(found)) == 8_000
