"""A hundred sites composed here: a site file in the format of FiveFilters and wallabag, a page, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

_PLACES = ("the harbour", "the old mill", "the upper market", "the tram depot", "the island school")
_DOINGS = (
    "opened its doors again after a winter in which the roof had leaked on every second day",
    "counted more visitors on Sunday than in the whole of last autumn, as its keeper wrote",
    "lost the larger of its two lamps to the storm, and nobody has found a spare one yet",
    "will be painted in the spring, and the council has asked the neighbours for a colour",
    "sent its apprentices to the valley, where they learn to splice ropes as thick as an arm",
)
_ENDS = (
    "A second meeting follows in March.",
    "The bill is smaller than many had feared.",
    "Those who live across the street would rather have had a bench.",
)
_PEOPLE = (("Anna Berg",), ("Tom Bell", "Nadia Brown"), ("Hetty Quarles",), ("Una Platt", "Carl Ode"))


class Site(Struct, frozen=True):
    """A composed site: its file, a page of it, and the fields of the record that should come out. ``outside``: texts
    that are not in the record's; ``refused``: lines of the file that become no rule, and why.
    """

    host: str
    file: str
    page: str
    title: str
    authors: tuple[str, ...]
    date: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]
    refused: tuple[tuple[int, str], ...]


class _Body(NamedTuple):
    markup: str  # {text}, {junk}
    lines: tuple[str, ...]


_BODIES = (
    _Body('<div class="story-body x1">{text}{junk}</div>', ("//div[contains(@class, 'story-body')]",)),
    _Body('<section id="txt"><div>{text}</div>{junk}</section>', ("//div[@id='none']", "//section[@id='txt']")),
    _Body('<main role="main">{text}{junk}</main>', ("//main[@role='main']",)),
    _Body('<div class="a"><div class="b">{text}{junk}</div></div>', ("//div[@class='a']/div[contains(concat(' ', normalize-space(@class), ' '), ' b ')]",)),
    _Body('<td class="col2">{text}{junk}</td>', ("//td[@class='col1']//div", "//td[@class='col2']")),
    _Body('<div itemprop="articleBody">{text}{junk}</div>', ("//*[@itemprop='articleBody']",)),
    _Body('<div class="rich">{text}{junk}</div>', ("(//div[@class='rich'])[1]",)),
)  # fmt: skip
_HEADS = (
    ('<h1 class="hed">{title}</h1>', "//h1[@class='hed']"),
    ('<div class="headline">{title}</div>', "//div[@class='headline']"),
    ('<h2 id="top">{title}</h2>', "id('top')"),
    ('<meta name="story" content="{title}"><h1>Courier</h1>', "//meta[@name='story']/@content"),
)
_BYLINES = (
    ('<p class="who">By {names}</p>', "//p[@class='who']"),
    ('<span data-role="writer">{names}</span>', "//span[@data-role='writer']"),
    ('<div class="m"><a rel="author">{names}</a><i>3 min</i></div>', "//a[@rel='author']"),
)
_DATES = (
    ('<time datetime="{iso}T08:30:00+01:00">lately</time>', "//time/@datetime", "T08:30:00+01:00"),
    ('<span class="on">Published {words}</span>', "//span[@class='on']", ""),
    ('<b id="day">{words}</b>', "//b[@id='day']", ""),
    ('<time class="t" datetime="{iso}">{words}</time>', "//time[@class='t']", ""),
)
_JUNK = (
    ('<aside class="box">{junk}</aside>', "strip: //aside[@class='box']"),
    ('<div class="promo-unit">{junk}</div>', "strip_id_or_class: promo-unit"),
    ('<div id="more-7"><p>{junk}</p></div>', "strip: //div[starts-with(@id, 'more-')]"),
    ('<div class="it">{junk}</div>', 'strip_id_or_class: "it"'),
    ('<p class="z"><b>{junk}</b></p>', "strip: //p[b and @class='z']"),
)
_REFUSED = (
    ("next_page_link: //a[@rel='next']", "next_page_link: not supported"),
    ("single_page_link: //a[@class='all']", "single_page_link: not supported"),
    ("replace_string(<br />): <p>", "replace_string: not supported"),
    ("find_string: <i>", "find_string: not supported"),
    ("strip_image_src: pixel", "strip_image_src: not supported"), ("prune: no", "prune: not supported"),
    ("tidy: yes", "tidy: not supported"), ("http_header(User-Agent): Reader", "http_header: not supported"),
    ("author: substring-after(//p, 'By ')", "gives a value, not elements"), ("strip: //div[", "is no path"),
    ("strip: //*[.//*[.//*]]", "may take minutes"), ("colour: blue", "colour: not supported: unknown"),
    ("no directive at all", "is no line of a site file"),
)  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "May", "June")


def sites(count: int = 100) -> Iterator[Site]:
    """Sites that differ in what they are made of: no two have the same parts."""
    for number in range(count):
        yield _site(number)


def _sentence(number: int) -> str:
    end = _ENDS[number % len(_ENDS)]
    place = _PLACES[number % len(_PLACES)]
    return (
        f"{place[0].upper()}{place[1:]} {_DOINGS[number // 3 % len(_DOINGS)]}, in year {1900 + number}. {end}"
    )


def _site(number: int) -> Site:
    body, (head, head_path) = _BODIES[number % len(_BODIES)], _HEADS[number % len(_HEADS)]
    byline, byline_path = _BYLINES[number % len(_BYLINES)]
    when, when_path, clock = _DATES[number // 2 % len(_DATES)]
    junk_markup, junk_line = _JUNK[number % len(_JUNK)]
    title = f"What {_PLACES[number % len(_PLACES)]} needs in year {number + 1}"
    names = _PEOPLE[number % len(_PEOPLE)]
    day, month = number % 28 + 1, number % len(_MONTHS) + 1
    iso = f"2026-{month:02}-{day:02}"
    inside = tuple(_sentence(number + step) for step in (0, 31, 57))
    junk, beside = _sentence(number + 300), _sentence(number + 400)
    text = "".join(f"<p>{sentence}</p>" for sentence in inside)
    host = f"paper{number}.example" if number % 3 else f"news.paper{number}.example"
    content = body.markup.format(text=text, junk=junk_markup.format(junk=junk))
    if content.startswith("<td"):
        content = f"<table><tr>{content}</tr></table>"
    page = (
        f'<html lang="en"><head><title>Courier</title><link rel="canonical" href="https://www.{host}/{number}"></head>'
        f'<body><nav><a href="/">Home</a> <a href="/all">All</a></nav>{head.format(title=title)}'
        f"{byline.format(names=' and '.join(names))}"
        f"{when.format(iso=iso, words=f'{day} {_MONTHS[month - 1]} 2026')}"
        f'{content}<div class="below"><p>{beside}</p></div><footer>All rights reserved.</footer></body></html>'
    )
    refused = tuple(_REFUSED[(number + step) % len(_REFUSED)] for step in range(number % 3))
    lines = [
        f"# {host}", f"title: {head_path}", *(f"body: {path}" for path in body.lines), f"author: {byline_path}",
        "", f"date:{when_path}", junk_line, *(line for line, _ in refused), f"test_url: https://{host}/{number}",
    ]  # fmt: skip
    places = tuple((lines.index(line) + 1, why) for line, why in refused)
    return Site(host, "\n".join(lines), page, title, names, f"{iso}{clock}", inside, (junk, beside), places)
