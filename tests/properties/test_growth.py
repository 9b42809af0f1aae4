"""Pages whose time grew with the square of their size."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from processor_time import bounded

from copydesk import clean

SENTENCE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come."
ARTICLE = f"<h1>Noon</h1><p>{SENTENCE}</p><p>{SENTENCE.replace('Friday', 'Monday')}</p>"


def each(markup: str, count: int) -> str:
    return "".join(markup.replace("{n}", str(number)) for number in range(count))


def in_script(stories: Iterable[str]) -> str:
    data = {f"story{number}": {"body": f"{story} {number}."} for number, story in enumerate(stories)}
    return f"<title>Noon</title><div id=app></div><script type=application/json>{json.dumps(data)}</script>"


PAGES = {
    "pictures without an address side by side": f"{ARTICLE}<div>{'<img alt=dial>' * 8_000}</div>",
    "pictures and sources in one picture": f"{ARTICLE}<picture>{'<source srcset=data:,></source><img alt=dial>' * 2_500}</picture>",
    "links of one line of tags": f"{ARTICLE}<p class=tags>Tags: {each('<a rel=tag href=/tag/{n}>word{n}</a>, ', 50_000)}</p>",
    "articles in one object of a script": in_script(SENTENCE * 2 for _ in range(4_000)),
    "text of a script in thousands of lines": in_script(["The clock struck noon.<br>" * 28_000]),
    "emphasis that is no emphasis": f"{ARTICLE}<p>{'<b><i>*</i></b>a' * 12_000}",
    "short texts in one figure": f"{ARTICLE}<figure>{'<p>x</p>' * 60_000}</figure>",
    "posts that repeat the headline": f"<title>Noon strikes again</title><p>{SENTENCE}{'<article><h2>Noon strikes again</h2></article>' * 12_000}",
    "boxes with a heading": f"<article>{ARTICLE}{'<aside><h3>Clocks</h3><p>A few words on the tower.</p></aside>' * 10_000}</article>",
    "lists of terms between paragraphs": f"<article>{ARTICLE}{f'<p>{SENTENCE}</p><dl><dt>Noon<dd>The hour at which the clock strikes twelve.</dl>' * 3_000}</article>",
    "formulas between paragraphs": f"<article>{ARTICLE}{f'<p>{SENTENCE}</p><p><math><mi>x</mi></math></p>' * 3_500}</article>",
}


PAGES["a name twice before each line"] = "Ada Quill\nAda Quill\nHere is one.\n" * 5_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", PAGES)
def test_time_grows_with_the_page(kind: str) -> None:
    with bounded(100):
        clean(PAGES[kind])
