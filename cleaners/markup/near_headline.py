"""The text around the headline: short lines after it, where bylines stand, and those right before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.markup.page_head import PageHead, looks_aside, text_in
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare
from copydesk.cleaners.word_count import HAN_KANA_HANGUL

_LONG_TEXT = 140  # a text node beyond is prose, not a byline
_LONG_HAN_TEXT = 50  # the same in scripts that say as much with fewer characters
# long texts that are passed; set by hand: a standfirst may stand before the byline
_MAX_PROSE = 2
# text nodes and ancestors; set by hand: more reach teasers, fewer miss bylines that stand deep
_BEFORE, _AFTER, _LEVELS = 12, 30, 6
# elements; set by hand: buttons, byline and date may stand between headline and subtitle
_SUBTITLE_LEVELS, _BESIDE, _WITHIN = 2, 4, 4
# English, French, Spanish, Italian, German, Scandinavian: whole words of a class ("article__dek", "sub-title")
_SUBTITLE = lazy_pattern(
    r"(?:^|[\s_-])(?:sub-?(?:title|head|headline|heading)|standfirst|dek|deck|strapline|chapo|chapeau|bajada|"
    r"entradilla|subtitulo|sottotitolo|sommario|untertitel|vorspann|ingress|underrubrik)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SUBHEADINGS = ("h2", "h3")
NO_PROSE = SILENT | {"title"}
"""Elements whose text is no line beside a headline."""
_OF_OTHERS = frozenset({"figure", "figcaption", "blockquote"})  # pictures with their captions, embedded posts

Line = tuple[str, str]
"""A text node: its element's tag and class, and its text."""


def find_heading(head: PageHead, title: str | None) -> etree._Element | None:
    """The heading that shows the title, or the first one where none does."""
    wanted = bare(title or "")
    candidates = (*head.headings, *(() if head.headings else head.root.iter(*_SUBHEADINGS)))
    for heading in candidates:
        if bare(text_in(heading)) == wanted:
            return heading  # type: ignore[no-any-return]  # the stubs leave iter() open
    return head.headings[0] if head.headings else None


def near_heading(heading: etree._Element | None) -> Iterator[Line]:
    """(tag, text) of short text nodes after the heading up to the prose, then of those right before it."""
    if heading is None:
        return
    yield from _short(islice(_after(heading), _AFTER), _MAX_PROSE)
    yield from _short(islice(_before(heading), _BEFORE), _MAX_PROSE)


def beside_heading(heading: etree._Element | None) -> Iterator[Line]:
    """The lines of ``near_heading`` that no prose parts from the heading."""
    if heading is None:
        return
    yield from _short(islice(_after(heading), _AFTER), 0)
    yield from _short(islice(_before(heading), _BEFORE), 0)


def subtitles_below(heading: etree._Element | None) -> Iterator[etree._Element]:
    """Elements just after the heading whose class or property calls them its subtitle."""
    levels = () if heading is None else (heading, *islice(heading.iterancestors(), _SUBTITLE_LEVELS))
    for above in levels:
        for beside in islice(above.itersiblings(), _BESIDE):
            for element in islice(beside.iter(etree.Element), _WITHIN):
                named = element.get("itemprop") == "alternativeHeadline"
                if element.tag not in NO_PROSE and (named or _SUBTITLE.search(element.get("class", ""))):
                    yield element


def _after(element: etree._Element) -> Iterator[Line]:
    # outwards, so that what is nearest in the tree comes first
    for above in (element, *islice(element.iterancestors(), _LEVELS)):
        yield from _line(above, above.tail)
        for beside in above.itersiblings():
            if not looks_aside(beside):
                yield from lines_in(beside)
            yield from _line(above, beside.tail)


def _before(element: etree._Element) -> Iterator[Line]:
    for above in (element, *islice(element.iterancestors(), _LEVELS)):
        for beside in above.itersiblings(preceding=True):
            if not looks_aside(beside):
                yield from lines_in(beside)


def lines_in(element: etree._Element) -> Iterator[Line]:
    """Every text node inside, in order; a link is one line, for it may hold first and last name apart."""
    if not isinstance(element.tag, str) or element.tag in _OF_OTHERS:
        return
    if not len(element):
        if element.tag not in NO_PROSE and not is_of_subject(element.get("rel", "")):
            yield from _line(element, text_in(element) if element.tag == "a" else element.text)
        return
    # comments and processing instructions too, for text may follow them
    walker = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, one in walker:
        if event == "start":
            if one.tag in NO_PROSE or one.tag in _OF_OTHERS or (one is not element and looks_aside(one)):
                walker.skip_subtree()
            elif one.tag == "a":
                walker.skip_subtree()
                if not is_of_subject(one.get("rel", "")):
                    yield from _line(one, text_in(one))
            else:
                yield from _line(one, one.text)
        elif one is not element:
            above = one.getparent()
            yield from _line(element if above is None else above, one.tail)


def is_of_subject(rel: str) -> bool:
    """Whether a link leads to what the page is filed under, which is no name: link types ``tag`` of the HTML Standard
    and ``category`` of WordPress.
    """
    return not {"tag", "category"}.isdisjoint(rel.split())


def _line(element: etree._Element, text: str | None) -> Iterator[Line]:
    if text and (text := " ".join(text.split())):
        # with the class, by which credits recognises names in elements of one kind
        yield f"{element.tag}.{element.get('class', '')}", text


def _short(lines: Iterator[Line], most_prose: int) -> Iterator[Line]:
    prose = 0
    for tag, text in lines:
        if len(text) > _LONG_TEXT or (len(text) > _LONG_HAN_TEXT and HAN_KANA_HANGUL.search(text)):
            prose += 1
            if prose > most_prose:
                return
        else:
            yield tag, text
