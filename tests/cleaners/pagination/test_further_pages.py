"""Which links lead on within an article: never to another one, never back, and to nothing of a list."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from lxml import etree

from copydesk.cleaners.pagination.further_pages import FurtherPages, find_further_pages
from copydesk.cleaners.pagination.page_numbers import is_single_page, page_number

SITE = "https://courier.example"


@pytest.mark.parametrize(("first", "other", "number"), [
    ("/ferry", "/ferry?page=2", 2), ("/ferry?id=7", "/ferry?page=3&id=7", 3), ("/ferry?page=1", "/ferry?page=2", 2),
    ("/ferry?id=7", "/ferry?id=7&utm_source=x&p=2", 2), ("/2026/ferry/", "/2026/ferry/2/", 2),
    ("/ferry", "/ferry/page/2", 2), ("/ferry", "/ferry/seite-2", 2), ("/ferry/seite-1", "/ferry/seite-2", 2),
    ("/ferry", "/ferry/p2", 2), ("/ferry.html", "/ferry-2.html", 2), ("/ferry.html", "/ferry,seite2.html", 2),
    ("/ferry-1877", "/ferry-1877-2", 2), ("/ferry", "/ferry", 1),
    # other articles, other hosts, years, front pages
    ("/article/1", "/article/2", None), ("/series/part-1", "/series/part-2", None), ("/?p=123", "/?p=124", None),
    ("/blog", "/blog/the-bridge", None), ("/news", "/news/2026", None), ("/ferry", "/ferry?cpage=2", None),
    ("/ferry?page=4", "/ferry?page=5", None), ("/ferry", "https://other.example/ferry/2", None), ("/", "/2", None),
    ("/", "/?page=2", None), ("/ferry", "mailto:a@courier.example", None), ("/ferry", "https://[x/ferry/2", None),
])  # fmt: skip
def test_the_number_of_a_page(first: str, other: str, number: int | None) -> None:
    other = other if ":" in other else SITE + other
    assert page_number(other, first=SITE + first) == number


@pytest.mark.parametrize(("other", "is_single"), [
    ("/ferry?view=all", True), ("/ferry?singlepage=true", True), ("/ferry/komplettansicht", True),
    ("/ferry?page=1", False), ("/ferry?view=comments", False), ("/all", False),
])  # fmt: skip
def test_the_single_page(other: str, is_single: bool) -> None:
    assert is_single_page(SITE + other, first=f"{SITE}/ferry") is is_single


def further(*links: str, number: int = 1, head: str = "", body: str = "<body>") -> FurtherPages:
    root = etree.HTML(f"<html><head>{head}</head>{body}{''.join(links)}</body></html>")
    url = f"{SITE}/ferry" if number == 1 else f"{SITE}/ferry/{number}"
    return find_further_pages(root, url=url, first=f"{SITE}/ferry", number=number)


PAGER = "<a href=/ferry>1</a><a href=/ferry/2>2</a><a href=/ferry/3>Page 3 of 3</a>"
ARTICLE = '<meta property="og:type" content="article">'
NAMED_ALIKE = "<a rel=next class=next href=/ferry-2/>Next</a><aside><a href=/ferry-2>The Ferry 2</a></aside>"


@pytest.mark.parametrize(("links", "more", "path"), [
    ("", {"head": "<link rel=next href=/ferry/2>"}, "/ferry/2"),
    ("<a rel='nofollow next' href='?page=2#top'>x</a>", {}, "/ferry?page=2"),
    (PAGER, {}, "/ferry/2"), (PAGER, {"number": 2}, "/ferry/3"), (PAGER, {"number": 3}, None),
    *((f"<a href=/ferry-2>{shown}</a>", {}, "/ferry-2") for shown in ("2", "Page 2", "2/3", "2 of 3", "Go to page 2")),
    ("<a href=/ferry/seite-2>Nächste Seite</a>", {}, "/ferry/seite-2"),
    # another article, the comments, a link without such words
    ("", {"head": "<link rel=next href=/bridge>"}, None),
    ("<div id=comments><a href='?page=2'>2</a></div>", {}, None),
    ("<a href='?page=2#comments'>2</a>", {}, None),
    ("<a href='?page=2'>What our readers think</a>", {}, None),
    # another article of the same title
    (NAMED_ALIKE, {"head": ARTICLE, "body": "<body class=single>"}, None),
    ("<a rel=next href=/ferry-2>Ferry 2</a>", {"head": "<link rel=next href=/ferry-2>"}, None),
    ("<a href='/ferry/2'>The Ferry 2</a>", {}, None),
    # a page further on
    ("<a href='/ferry/3'>3</a><a href='/ferry/3' rel=next>on</a>", {}, None),
])  # fmt: skip
def test_the_next_page_is_recognised(links: str, more: dict[str, Any], path: str | None) -> None:
    assert further(links, **more).next == (path and SITE + path)


def test_lists_have_no_pages_that_are_joined() -> None:
    link = "<a rel=next href=/ferry/2>2</a>"
    assert further(link, body="<body class='archive paged'>") == FurtherPages()
    listed = '<script type="application/ld+json">{"@type": "CollectionPage"}</script>'
    assert further(link, head=listed) == FurtherPages()
    article = '<meta property="og:type" content="article">'
    assert further(link, head=article, body="<body class='tag'>").next == f"{SITE}/ferry/2"


def test_a_single_page_is_found_beside_the_next_one() -> None:
    single = further("<a href='?view=all'>All on one page</a>", "<a href='/ferry/2'>2</a>")
    assert single == FurtherPages(f"{SITE}/ferry?view=all", f"{SITE}/ferry/2")


def test_the_first_address_is_read_once_however_many_links_there_are() -> None:
    read: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "parse_qsl":
            read.append(event)

    root = etree.HTML("<a href='/bridge?id=1'>b</a>" * 500 + "<a rel=next href='/ferry?page=2'>2</a>")
    sys.setprofile(note)
    try:
        found = find_further_pages(root, url=f"{SITE}/ferry", first=f"{SITE}/ferry?", number=1)
    finally:
        sys.setprofile(None)
    assert found.next == f"{SITE}/ferry?page=2"
    assert len(read) <= 3
