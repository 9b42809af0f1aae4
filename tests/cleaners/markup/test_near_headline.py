"""The short lines around a headline, where bylines and dates are."""

from __future__ import annotations

import pytest
from lxml import etree

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.markup.near_headline import find_heading, lines_in, near_heading
from copydesk.cleaners.markup.page_head import PageHead, gather, text_in
from copydesk.cleaners.options import Options

PROSE = "<p>The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some two hundred people had come to the square.</p>"


def head(body: str) -> PageHead:
    return gather(parse(f"<html><body>{body}</body></html>", Options()), url=None)


def heading(body: str, title: str | None = None) -> etree._Element | None:
    return find_heading(head(body), title)


def near(body: str) -> list[str]:
    return [text for _, text in near_heading(heading(body))]


@pytest.mark.parametrize(("body", "title", "shown"), [
    ("<h1>Harbour Post</h1><h1>Clock strikes noon</h1>", "Clock strikes noon", "Clock strikes noon"),
    ("<h1>Harbour Post</h1><h1>Clock strikes noon</h1>", "Clock  strikes: NOON!", "Clock strikes noon"),
    ("<h1>Harbour Post</h1><h1>Clock strikes noon</h1>", "Goat", "Harbour Post"),
    ("<h1>Harbour Post</h1><h1>Clock strikes noon</h1>", None, "Harbour Post"),
    ("<h2>Also</h2><h3>Clock strikes noon</h3>", "Clock strikes noon", "Clock strikes noon"),
    # a subheading is looked at only where there is no heading at all
    ("<h1>Harbour Post</h1><h2>Clock strikes noon</h2>", "Clock strikes noon", "Harbour Post"),
    ("<h1>時計台が正午を打つ</h1>", "時計台が、正午を打つ", "時計台が正午を打つ"),
    ("<h1><span>Clock</span> <i>strikes</i> noon</h1>", "Clock strikes noon", "Clock strikes noon"),
])  # fmt: skip
def test_the_heading_that_shows_the_title(body: str, title: str | None, shown: str) -> None:
    found = heading(body, title)
    assert found is not None
    assert text_in(found) == shown


@pytest.mark.parametrize("body", ["<p>Noon</p>", "<h2>Also</h2>", "<h4>Clock strikes noon</h4>", ""])
def test_without_a_heading_there_is_nothing_near(body: str) -> None:
    assert heading(body, "Clock strikes noon") is None
    assert list(near_heading(None)) == []


NEAR = {
    "what follows, then what precedes": ("<p>Town</p><h1>Noon</h1><p>By Una Platt</p><p>14 March</p>", ["By Una Platt", "14 March", "Town"]),
    "nearest in the tree first": ("<main><header><div><h1>Noon</h1><p>one</p></div><p>two</p></header><p>three</p></main>", ["one", "two", "three"]),
    "text between elements": ("<h1>Noon</h1> By Una Platt <br>14 March", ["By Una Platt", "14 March"]),
    "a link is one line": ("<h1>Noon</h1><p>By <a href=/una><b>Una</b> <i>Platt</i></a>, 14 March</p>", ["By", "Una Platt", ", 14 March"]),
    "an aside with the byline": ("<h1>Noon</h1><aside class=article-info>By Una Platt</aside>", ["By Una Platt"]),
    "up to the third paragraph": (f"<h1>Noon</h1><p>one</p>{PROSE}<p>two</p>{PROSE}<p>three</p>{PROSE}<p>four</p>", ["one", "two", "three"]),
    "not far up the tree": (f"{'<div>' * 12}<h1>Noon</h1><p>near</p>{'</div>' * 12}<p>far</p>", ["near"]),
}  # fmt: skip


@pytest.mark.parametrize("case", NEAR)
def test_lines_near_a_headline(case: str) -> None:
    body, expected = NEAR[case]
    assert near(body) == expected


@pytest.mark.parametrize("beside", [
    "<nav><a href=/>Home</a></nav>", "<aside>Goat moves in</aside>", "<div class=related-stories>Goat moves in</div>",
    "<div id=comments>Goat moves in</div>", "<script>var x = 1</script>", "<style>p {}</style>",
    "<noscript>Goat moves in</noscript>", "<div><div class=sidebar>Goat moves in</div></div>",
    "<!-- Goat moves in -->", "<p> \n\t </p>",
])  # fmt: skip
def test_what_is_beside_the_article_is_not_near(beside: str) -> None:
    assert near(f"{beside}<h1>Noon</h1>{beside}<p>By Una Platt</p>{beside}") == ["By Una Platt"]


def test_no_more_is_read_than_is_near() -> None:
    after = "".join(f"<p>after {number}</p>" for number in range(500))
    before = "".join(f"<p>before {number}</p>" for number in range(500))
    found = near(f"{before}<h1>Noon</h1>{after}")
    assert found[:30] == [f"after {number}" for number in range(30)]
    assert found[30:] == [f"before {number}" for number in range(499, 487, -1)]


@pytest.mark.parametrize(("markup", "expected"), [
    ("<div><p class='by line'>Una</p><p>Carl</p> 14 March</div>", [("p.by line", "Una"), ("p.", "Carl"), ("div.", "14 March")]),
    ("<div>  بقلم \n ليلى\u00a0حداد </div>", [("div.", "بقلم ليلى حداد")]),
    ("<div><svg><title>Menu</title></svg>By Una</div>", [("div.", "By Una")]),
], ids=["kinds of elements", "white space", "a title within a drawing"])  # fmt: skip
def test_lines_of_an_element(markup: str, expected: list[tuple[str, str]]) -> None:
    (element,) = parse(markup, Options()).iter("div")
    assert list(lines_in(element)) == expected
