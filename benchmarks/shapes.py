"""Does time grow with the page, whatever is on it: ``python -m benchmarks.shapes``.

Some hundred shapes of input are composed: each element nested, repeated and within others, attributes, lines of text,
JSON-LD. Each is cleaned at two sizes, one four times the other; its growth is the power of the size with which
processor time grows. Shapes that look steep are measured again, at more sizes, up to twice the largest.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

import click

from benchmarks.growth import growth
from benchmarks.runner import Warming, in_workers
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.types import Page

LEAST_CHARS = 20_000
STEEP = 1.2
"""Time that is so many powers of the size is no longer linear."""
SUSPECT = 1.1
"""A quadratic term that is a fifth of the time of the largest page gives this power between a quarter of it and it."""
# set by hand: of less time half may be what the machine does besides
LEAST_SECONDS = 0.2
_PATIENCE_SECONDS = 30.0
"""For a page: there is no larger one of its shape, and what takes so long is listed."""
_TRIES = 3

_SENTENCES = (
    "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come.",
    "Its dial had been taken down in spring by two men who would not say where they were bringing the hands.",
    "On Monday the council asks what it has cost, and who will wind the clock when the keeper is eighty.",
)
_ARTICLE = f"<h1>The clock strikes again</h1>{''.join(f'<p>{one}</p>' for one in _SENTENCES)}"
_PLAIN = "\n\n".join(("The clock strikes again", *_SENTENCES))

_CONTAINERS = """article aside blockquote body center details dialog div dl fieldset figure footer form header html
main nav noscript object ol picture pre section select svg table template ul"""
_INLINE = """a abbr b bdi button cite code del em font i iframe img input ins kbd label mark math meter nobr q ruby
rt s small span strong sub sup textarea time title tt u var video wbr"""
_BLOCKS = """address caption dd dt figcaption h1 h2 h4 h6 hr legend li option p script style summary tbody td th tr
base br link meta"""
_PARENTS = "p div ul li dl table td blockquote pre figure nav header footer aside a h2 span details noscript"
_PARTS = (
    "word ", "Two words. ", "<p>One of them</p>", "<a href='/a/{n}'>Word {n}</a>", "<a href=x>y</a>", "<li>One word</li>",
    "<td>1<td>2", "<tr><td>1<td>2", "<br>word", "<b>w</b> ", "<h2>Word {n}</h2>", "<img src='/{n}.jpg' alt='a dial'>",
    "<figure><img src=a><figcaption>By Ann Poe</figcaption></figure>", "<span class=c>w</span>", "<i hidden>w</i>",
    "<div class=ad>w</div>", "<time datetime=2026-03-14>14 March</time>", "<sup>[{n}]</sup>",
)  # fmt: skip
_ATTRIBUTES = """class id style href src srcset alt title rel itemprop itemtype content name datetime role lang dir
aria-label data-x onclick property colspan hidden type"""
_VALUES = (
    "a ", "ad-", "comment_", "/", "x/../", "%20", "&amp;", "a 1x, ", "https://a.example/", "2026-", "a:b;", "é", "\\",
)  # fmt: skip
_LINES = (
    "word", "WORD ", "Word Word", "A sentence of five words.", "## a", "# a b c", "- a", "* one word", "1. one word",
    "{n}. Word", "> a", "> > a", ">", "| a | b |", "a\tb", "a | b", "---", "***", "===", "```", "~~~", "    a",
    "[a](b)", "[a]: http://a.example", "![a](b.jpg)", "**a**", "__a_", "a*b_c", "`a", "\\[2\\]", "[2]", "[^{n}]: a",
    "“a”", "\"a", "'a'", "(a", "a)", "a:", "Q: a?", "A: a.", "Ann Poe", "By Ann Poe", "By Ann Poe and Bob Roe, Reuters",
    "Photo: Ann Poe", "(Source: Reuters)", "Source: https://a.example/{n}", "https://a.example/{n}", "ann@a.example",
    "+49 30 123456", "14 March 2026", "2026-03-14T08:00:00Z", "12:30", "Updated: 14 March", "$ 12", "50 %", "Read also: a",
    "Advertisement", "Share", "Sign up for our newsletter", "Home", "Home > News > Town", "© 2026 Courier", "Comments (3)",
    "As an AI language model, I cannot", "Here is the article:", "This text was translated by AI.", "Sure! Here is",
    "Write an article about a clock.", "Was this helpful?", "citeturn0search{n}", "【{n}†source】", "<a", "<b>a", "&amp;",
    "&#8211;", "&", "<!--", "-->", "]]>", "{{a}}", "{\"a\": 1}", "a,b,c", "\ufeffa", "a\u200bb", "\u00ad", "Ã©", "ä", "ß",
    "時計が鳴った。", "الساعة", "часы", "घड़ी", "a-", "a…", "...", "…", "!", "?!", "•", "→", "😀", "#tag", "@name", "x" * 60,
)  # fmt: skip
_RUNS = (
    "a", " ", "\u00a0", "\t", ".", ",", "-", "_", "*", "#", ">", "<", "&", "\"", "'", "(", ")", "[", "]", "{", "}", "|", "\\",
    "/", "=", "`", "~", ":", ";", "!", "?", "0", "1.", "1 ", "a.", "a, ", "A", "A ", "A b ", "Ab. ", "a-b ", "a's ", "“", "”",
    "«", "ä", "é", "時", "。", "ا", "а", "а ", "क", "\u0301", "\u200b", "\u202e", "\ufffd", "Ã", "Ã©", "1,", "1-", "12:", "2026-",
    "http://", "www.", "a@", "@", "%", "%20", "$1 ", "[1]", "[a](", "[a](b) ", "](", "<a ", "</", "<p", "<!", "<!--", "<?", "&#", "&a",
)  # fmt: skip
_NODES = (
    '{"@type": "NewsArticle", "headline": "Word {n}"}', '{"@type": ["WebPage", "Thing"]}', '{"author": {"name": "Ann {n}"}}',
    '{"@type": "Person", "name": "Ann Poe {n}"}', '{"@id": "#{n}", "isPartOf": {"@id": "#1"}}', '{"a": 1}', "[]", "1", '"a"',
    '{"@type": "Article", "articleBody": "Word word. "}', '{"@type": "Comment", "text": "w"}', '{"image": ["a.jpg"]}',
    '{"keywords": "a, b"}', '{"datePublished": "2026-03-14"}', '{"@graph": [{"@type": "Article"}]}',
)  # fmt: skip
_HEADS = (
    "<meta name=a{n} content=b>", "<meta name=author content='Ann Poe {n}'>", "<meta property=og:title content='Word {n}'>",
    "<meta property=article:tag content=tag{n}>", "<link rel=canonical href='/a/{n}'>", "<link rel=alternate hreflang=de href=/{n}>",
    "<title>Word {n}</title>", "<base href='/{n}/'>", "<script>a({n})</script>", "<style>.a{n} { }</style>",
    "<meta name=date content=2026-03-14>", "<link rel=next href='/{n}'>",
)  # fmt: skip


class Shape(NamedTuple):
    """A kind of page: ``unit`` as often as there is room, then ``closing`` as often; ``{n}`` is the number of each."""

    name: str
    unit: str
    closing: str = ""
    before: str = _ARTICLE
    behind: str = ""
    media: str = "html"

    def page(self, chars: int) -> Page:
        """The page of about so many characters."""
        times = max(1, chars // (len(self.unit) + len(self.closing)))
        units = (
            "".join(self.unit.replace("{n}", str(number)) for number in range(times))
            if "{n}" in self.unit
            else self.unit * times
        )
        return Page("".join((self.before, units, self.closing * times, self.behind)), media=self.media)


class Grown(NamedTuple):
    """What was measured of a shape: characters and seconds at each size, and why there are no more."""

    name: str
    points: list[tuple[float, float]]

    @property
    def power(self) -> float:
        """The power of the size with which time grows; 0 where it takes too little time to tell.

        The middle one of the last three intervals' powers: a step, where a stage first runs, is in one of them.
        """
        if not self.points or self.points[-1][1] < LEAST_SECONDS:
            return 0.0
        return median_low([growth(interval) for interval in list(pairwise(self.points))[-3:]] or [0.0])


def shapes() -> Iterator[Shape]:
    """All of them; each has a name of its own."""
    yield from _of_elements()
    yield from _of_attributes()
    for line in _LINES:
        yield Shape(f"lines of {line!r}", f"{line}\n", before=f"{_PLAIN}\n\n", media="text")
        yield Shape(f"blocks of {line!r}", f"{line}\n\n", before=f"{_PLAIN}\n\n", media="text")
    for run in _RUNS:
        yield Shape(f"a text of {run!r}", run, before=f"{_PLAIN}\n\n", media="text")
        yield Shape(f"a paragraph of {run!r}", run, before=f"{_ARTICLE}<p>")
    for node in _NODES:
        script = f"{_ARTICLE}<script type='application/ld+json'>["
        yield Shape(f"JSON-LD of {node}", f"{node}, ", before=script, behind="1]</script>")
        yield Shape(f"scripts of JSON-LD of {node}", f"<script type=application/ld+json>{node}</script>")
    yield Shape(
        "JSON-LD, nested", '{"mainEntity": ', "}", f"{_ARTICLE}<script type=application/ld+json>", "</script>"
    )
    yield Shape("JSON in a script", '{"body": "Word word."}, ', "", f"{_ARTICLE}<script>x = [", "1]</script>")
    for tag in _HEADS:
        yield Shape(f"a head of {tag}", tag, before="<head>", behind=f"</head><body>{_ARTICLE}")


def _of_elements() -> Iterator[Shape]:
    for tag in f"{_CONTAINERS} {_INLINE} {_BLOCKS}".split():
        yield Shape(f"<{tag}>word</{tag}>, repeated", f"<{tag}>word</{tag}>")
        yield Shape(f"<{tag}>, nested", f"<{tag}>a ", f"</{tag}>")
        yield Shape(f"<{tag}>, never closed", f"<{tag}>a")
    for parent in _PARENTS.split():
        for part in _PARTS:
            yield Shape(
                f"{part} within one <{parent}>", part, before=f"{_ARTICLE}<{parent}>", behind=f"</{parent}>"
            )
            yield Shape(f"<{parent}> of {part}, repeated", f"<{parent}>{part}</{parent}>")


def _of_attributes() -> Iterator[Shape]:
    for name in _ATTRIBUTES.split():
        yield Shape(f"<p {name}='a b c d'>x</p>", f"<p {name}='a b c d'>x</p>")
        yield Shape(f"<a {name}={{n}}>Word</a>", f"<a {name}={{n}}>Word</a> ")
        for value in _VALUES:
            yield Shape(
                f"one {name} of {value!r}", value, before=f'{_ARTICLE}<a {name}="', behind='">Word</a>'
            )
    yield Shape("attributes of one tag", " a{n}=1", before=f"{_ARTICLE}<p", behind=">Word</p>")
    far = f"<base href='http://a.example/{'x/' * 10_000}'>{_ARTICLE}"
    yield Shape("links below a long base", "<a href=b>c d</a> ", before=far)


def measured(shape: Shape, most: int) -> Grown:
    """A shape at two sizes; where these are suspect, at more sizes, of which the least time of three tries counts."""
    grown = _series(shape, [most // 4, most])
    if grown.power <= SUSPECT:
        return grown
    sizes = [round(LEAST_CHARS * 2 ** (step / 2)) for step in range(20)]
    sizes = [chars for chars in sizes if chars <= 2 * most]
    grown = _series(shape, sizes)
    for _ in range(_TRIES - 1):
        if grown.power <= STEEP:
            break
        again = dict(_series(shape, sizes).points)
        grown = Grown(
            grown.name, [(chars, min(seconds, again.get(chars, seconds))) for chars, seconds in grown.points]
        )
    return grown


def _series(shape: Shape, sizes: Sequence[int]) -> Grown:
    grown = Grown(shape.name, [])
    for chars in sizes:
        if grown.points and grown.points[-1][1] > _PATIENCE_SECONDS / 4:
            break
        page = shape.page(chars)
        # when Python looks for garbage, and through how much, depends on what was there before
        gc.collect()
        gc.disable()
        started = time.process_time()
        record = clean_page(page)
        seconds = time.process_time() - started
        gc.enable()
        # a page that is refused for its size costs next to nothing
        if (record.reason or "").startswith("too_"):
            break
        grown.points.append((len(page.body), seconds))
    return grown


def _warm() -> None:
    logging.disable(logging.CRITICAL)
    clean_page(Page(_ARTICLE * 20))
    clean_page(Page(_PLAIN * 20, media="text"))


@click.command()
@click.option(
    "--most", default=160_000, show_default=True, help="Characters of the largest page at first sight."
)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--only", default="", help="Only shapes with this in their names.")
@click.option(
    "--check", is_flag=True, help=f"Exit code 1 where a shape grows with more than the power {STEEP}."
)
def main(*, most: int, jobs: int, only: str, check: bool) -> None:
    """Measure all shapes; list those of which time grows faster than their size, and the slowest."""
    chosen = [shape for shape in shapes() if only in shape.name]
    outcomes = in_workers(
        measured,
        [(shape, most) for shape in chosen],
        jobs=jobs,
        timeout_seconds=10 * _PATIENCE_SECONDS,
        warm=Warming(_warm, ()),
    )
    grown = [one for one in outcomes if isinstance(one, Grown)]
    faults = [
        f"{shape.name}: {one}" for shape, one in zip(chosen, outcomes, strict=True) if isinstance(one, str)
    ]
    steep = sorted((one for one in grown if one.power > STEEP), key=lambda one: -one.power)
    timed = sum(one.power > 0 for one in grown)
    click.echo(f"{len(chosen)} shapes, {timed} of them take {LEAST_SECONDS:g} s at some size")
    _show("steeper than the power 1.2", steep)
    _show("slowest", sorted(grown, key=lambda one: -_last(one)[1])[:10])
    for fault in faults:
        click.echo(f"fault {fault}")
    sys.exit(int(check and bool(steep or faults)))


def _show(title: str, grown: Sequence[Grown]) -> None:
    click.echo(f"{title}: {len(grown)}")
    for one in grown:
        chars, seconds = _last(one)
        click.echo(f"  {one.power:5.2f}  {seconds:7.2f} s  {chars:9,.0f} characters  {one.name}")


def _last(grown: Grown) -> tuple[float, float]:
    return grown.points[-1] if grown.points else (0.0, 0.0)


if __name__ == "__main__":
    main()
