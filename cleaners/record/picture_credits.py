"""Who is credited for a picture: what a page says beside it, in its caption or in structured data, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import tomli
from lxml import etree

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Graph, Node, address, clean_text
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.pictures import Medium

# set by hand: what is longer is a sentence about the picture
_MAX_CREDIT_CHARS = 120
_MAX_LED_WORDS = 12
_MAX_LEADS = 20  # of one caption
# set by hand: of a name in scripts without capitals, and of names of houses with small words
_MAX_UNCASED_WORDS, _MAX_HAN_NAME, _MAX_PLAIN_WORDS, _MIN_SMALL_WORDS = 4, 5, 3, 2
_PARTICLE = lazy_pattern(r"[のをにはがで、]|[在了着的]")
_ATTRIBUTES = ("data-credit", "data-photographer", "data-copyright", "data-image-credit")
_HOLDERS = ("span", "small", "cite", "p", "div", "em", "i", "figcaption", "footer", "li", "a", "strong")
# a figure has few elements; a page's whole text may stand in one that was never closed
_MAX_HOLDERS = 60
# a letter before it is an initial: "Photo: A. Berg"
_SENTENCE_END = lazy_pattern(r"(?<=\w\w)[.!?](?=\s)|[。！？]")
_CLOSING = {"(": ")", "[": "]", "（": "）", "【": "】"}
_AT_ENDS = " \t\n.,;:|/–—-•·=：｜／"
# schema.org, ImageObject: as a picture's owner wants to be named; who made it
_CREDITS = ("creditText", "creator", "author")
_ADDRESSES = ("url", "contentUrl", "@id")
_MAX_PICTURES = 200  # set by hand, against lists of a site's archive


@cache
def _words() -> dict[str, Any]:
    return tomli.loads((Path(__file__).parent / "picture_credits.toml").read_text("utf-8"))


@cache
def _led() -> re.Pattern[str]:
    """What leads a credit in a caption, longest first; the name follows."""
    words = _words()

    def any_of(name: str) -> str:
        # a space for any white space, and an apostrophe for both
        listed = sorted(words[name], key=len, reverse=True)
        return "|".join(re.escape(word).replace(r"\ ", r"\s+").replace("'", "['’]") for word in listed)

    led, leading, glued = any_of("led"), any_of("leading"), any_of("led_without_spaces")
    return re.compile(
        rf"(?:^|(?<=[\s(\[（【|/•·–—.,;:]))(?:(?:{led})\.?(?:\s+(?:by|von|de|di|par))?\s*[:：|/=／｜](?!/)|(?:{leading})\s|©|\(c\)\s)"
        rf"|(?:^|(?<=[\s(\[（【。、|]))(?:{glued})\s*[:：/／=＝｜|]",
        re.IGNORECASE,
    )


@cache
def _at_end() -> re.Pattern[str]:
    """A name at the end of a caption that a word leads or follows, with no sign between."""
    words = _words()
    bare, behind = ("|".join(map(re.escape, words[name])) for name in ("bare", "behind"))
    # capitals mark a name: "Photo Lucie Aubrac" is one, "photo from the archive" is none
    name = r"(?-i:[^\W\d_a-zà-ÿа-я][\w'’.-]+(?:(?: | ?/ ?)[^\W\d_a-zà-ÿа-я][\w'’.-]*){1,4})"
    return re.compile(
        rf"(?:^|[.!?)\]–—-]\s+|[(\[])(?:{bare})\s+(?P<led>{name})[.)\]]*$|(?<!\S)(?P<agency>(?-i:[A-Z]{{3,}}|Reuters)(?:\s(?-i:Images))?\s?/\s?{name}|(?-i:[A-Z]{{3,}}|Reuters)/(?-i:[A-Z][\w'’-]+))[.)\]]*$|(?:^|[\s。，（(])(?P<followed>[^\W\d_]{{2,12}})\s*(?:{behind})[。）)]*$",
        re.IGNORECASE,
    )


@cache
def _credit_class() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _words()["classes"])), re.IGNORECASE)


def credit_beside(medium: Medium) -> str | None:
    """The credit in an element of its own, in the figure of a picture, or in an attribute of the picture."""
    for name in _ATTRIBUTES:
        if credit := credit_alone(medium.element.get(name) or ""):
            return credit
    figure = next((step[2] for step in reversed(medium.above) if step[1] == "figure"), None)
    return None if figure is None else _credit_in_figure(figure)


def _credit_in_figure(figure: etree._Element) -> str | None:
    for number, element in enumerate(figure.iterdescendants(*_HOLDERS)):
        if number >= _MAX_HOLDERS:
            break
        words = f"{element.get('class', '')} {element.get('itemprop', '')}"
        if words.isspace() or not _credit_class().search(words):
            continue
        text = text_in(element)
        # a caption's own class may mark a part of it as a credit
        if credit := credit_in_caption(text) or credit_alone(text):
            return credit
    return None


def credit_in_caption(caption: str) -> str | None:
    """The credit within a caption: behind ``Photo:`` in any language, ``Photo by`` or a copyright sign."""
    # the last: "Image of the day: a kite. Photo: Anna Berg"
    for led in reversed([*islice(_led().finditer(caption), _MAX_LEADS)]):
        if (credit := _led_credit(caption, led)) and not _describes(credit):
            return credit
    ending = _at_end().search(caption)
    return credit_alone(ending["led"] or ending["followed"] or ending["agency"]) if ending else None


def _led_credit(caption: str, led: re.Match[str]) -> str | None:
    """What follows the word that leads a credit, up to the end of its sentence or bracket."""
    opening = caption[led.start() - 1 : led.start()] if led.start() else ""
    credit = caption[led.end() :]
    if closing := _CLOSING.get(opening):
        credit = credit.partition(closing)[0]
    elif end := _SENTENCE_END.search(credit):
        credit = credit[: end.start()]
    return credit_alone(credit) if len(credit.split()) <= _MAX_LED_WORDS else None


def _describes(text: str) -> bool:
    """Whether a text says what is to be seen rather than who took it: "The gull colony on the north mole"."""
    words = [word.strip(".,;:()").replace("’", "'") for word in text.split()]
    if not any(map(str.islower, text)):
        # of scripts without capitals: a sentence is long, or has a Japanese particle
        longest = max(len(part.split()) for part in text.split("/"))
        return longest > _MAX_UNCASED_WORDS or (
            len(text) > _MAX_HAN_NAME and _PARTICLE.search(text) is not None
        )
    listed = _words()
    small = [word for word in words if word.islower() and word.isalpha() and word not in listed["in_names"]]
    if len(small) == len(words) >= _MAX_PLAIN_WORDS:
        return True
    if len(words) <= _MAX_PLAIN_WORDS or any(word in listed["thanks"] for word in small):
        return False
    return len(small) >= _MIN_SMALL_WORDS or (bool(small) and words[0].lower() in listed["articles"])


def credit_alone(credit: str) -> str | None:
    """A credit without the words that lead it, or None where it is too long to be one."""
    # cut first: what is so long is none, and brackets in it are not looked through
    credit = " ".join(credit[: 4 * _MAX_CREDIT_CHARS].split()).strip(_AT_ENDS)
    if led := _led().match(credit):
        credit = credit[led.end() :].strip(_AT_ENDS)
    # "(Photo: Anna Berg)" in an element of its own
    if credit[:1] in _CLOSING and credit.endswith(_CLOSING[credit[0]]):
        return credit_alone(credit[1:-1])
    return credit if credit and len(credit) <= _MAX_CREDIT_CHARS and any(map(str.isalpha, credit)) else None


def declared_credits(page: Declared) -> Mapping[str, str]:
    """Address of a picture, as ``jsonld.address`` writes it, to whom its ImageObject credits."""
    found: dict[str, str] = {}
    for number, picture in enumerate(_pictures(page)):
        if number >= _MAX_PICTURES:
            break
        credit = _credit(page.graph, picture)
        for key in _ADDRESSES if credit else ():
            url = picture.get(key)
            if isinstance(url, str) and (whole := page.head.absolute(url)):
                found.setdefault(address(whole), credit)
    return found


def _pictures(page: Declared) -> Iterator[Node]:
    for node in page.nodes:
        for value in page.graph.values(node, "image"):
            if isinstance(value, dict):
                yield value
    yield from page.graph.of_type("imageobject")


def _credit(graph: Graph, picture: Node) -> str:
    for key in _CREDITS:
        # several creators are named side by side
        if names := [text for value in graph.values(picture, key) if (text := clean_text(value))]:
            return ", ".join(dict.fromkeys(names))
    return ""
