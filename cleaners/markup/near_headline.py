"""The text around the headline: short lines after it, where bylines stand, and those right before it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from itertools import islice
from typing import cast

from lxml import etree

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.markup.page_head import PageHead, is_in_trail, links_home, text_in
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.sites import bare
from copydesk.cleaners.word_count import HAN_KANA_HANGUL, count_words

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
_LEAST_LEADING = 3  # words that lead to a time in its sentence; set by hand
_OF_OTHERS = frozenset({"figure", "figcaption", "blockquote"})  # pictures with their captions, embedded posts

Line = tuple[str, str]
"""A text node: its element's tag and class, and its text."""


def find_heading(head: PageHead, title: str | None) -> etree._Element | None:
    """The heading that shows the title, or the first one where none does."""
    wanted = bare(title or "")
    candidates = head.headings or cast("Iterable[etree._Element]", head.root.iter(*_SUBHEADINGS))
    for heading in candidates:
        if bare(text_in(heading)) == wanted:
            return heading
    return head.headings[0] if head.headings else None


def lines_near(
    heading: etree._Element, asides: Container[etree._Element], host: str
) -> tuple[list[Line], list[Line]]:
    """The short text nodes after a heading up to the prose, then those right before it; and those of them that no prose
    parts from the heading. ``host``: that of the page, to whose front page the site's own lines lead.
    """
    after, before = _lines_after(heading, asides), _lines_before(heading, asides, host)
    return [*_short(after, _MAX_PROSE), *_short(before, _MAX_PROSE)], [*_short(after, 0), *_short(before, 0)]


def subtitles_below(heading: etree._Element | None) -> Iterator[etree._Element]:
    """Elements just after the heading whose class or property calls them its subtitle."""
    levels = () if heading is None else (heading, *islice(heading.iterancestors(), _SUBTITLE_LEVELS))
    for above in levels:
        for beside in islice(above.itersiblings(), _BESIDE):
            for element in islice(beside.iter(etree.Element), _WITHIN):
                named = element.get("itemprop") == "alternativeHeadline"
                if element.tag not in NO_PROSE and (named or _SUBTITLE.search(element.get("class", ""))):
                    yield element


def _lines_after(heading: etree._Element, asides: Container[etree._Element]) -> list[Line]:
    lines: list[Line] = []
    # outwards, so that what is nearest in the tree comes first
    for above in (heading, *islice(heading.iterancestors(), _LEVELS)):
        if above.tail and not above.tail.isspace():
            _add(lines, above, above.tail)
        for beside in above.itersiblings():
            if beside not in asides:
                lines += lines_in(beside, asides, _AFTER - len(lines))
            if beside.tail and not beside.tail.isspace():
                _add(lines, above, beside.tail)
            if len(lines) >= _AFTER:
                return lines[:_AFTER]
    return lines


def _lines_before(heading: etree._Element, asides: Container[etree._Element], host: str) -> list[Line]:
    lines: list[Line] = []
    for above in (heading, *islice(heading.iterancestors(), _LEVELS)):
        if above.tag == "article":  # before which the site speaks
            break
        for beside in above.itersiblings(preceding=True):
            home = links_home(beside, host)
            # above the site's head stands the day of the visit
            if home and not is_in_trail(home[0]):
                return lines
            if beside not in asides:
                lines += lines_in(beside, asides, _BEFORE - len(lines))
            if len(lines) >= _BEFORE:
                return lines
    return lines


def lines_in(element: etree._Element, asides: Container[etree._Element], most: int) -> list[Line]:
    """The first text nodes inside, in order; a link is one line, for it may hold first and last name apart."""
    lines: list[Line] = []
    if not isinstance(element.tag, str):
        return lines
    # comments and processing instructions too, for text may follow them
    walker = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, one in walker:
        if event == "start":
            if one.tag in NO_PROSE or one.tag in _OF_OTHERS or (one in asides and one is not element):
                walker.skip_subtree()
            elif (whole := _whole_line(one)) is not None:
                walker.skip_subtree()
                _add(lines, one, whole)
            elif one.text and not one.text.isspace():
                _add(lines, one, one.text)
        elif one.tail and not one.tail.isspace() and one is not element:
            above = one.getparent()
            _add(lines, element if above is None else above, one.tail)
        if len(lines) >= most:
            break
    return lines


def _whole_line(element: etree._Element) -> str | None:
    """The text that is read as one line: of a link, or of a paragraph that tells of a time or has several; ``""`` for a
    link to what the page is filed under, None for other elements, which are read text node by text node.
    """
    if element.tag == "a":
        return "" if is_of_subject(element) else text_in(element)
    times = element.findall(".//time") if element.tag == "p" else []
    if len(times) > 1:  # "Anna Berg (12 May 1934 – 3 October 2026)", "Published … Updated …"
        return text_in(element)
    return (sentence_around(times[0]) or None) if times else None


def sentence_around(time: etree._Element) -> str:
    """The text of the paragraph that a time is told of in, "The first tram left on 10 October 1924 before sunrise.";
    empty where no words lead to it, as in a byline.
    """
    paragraph = next(time.iterancestors("p"), None)
    if paragraph is None:
        return ""
    text, shown = text_in(paragraph), text_in(time)
    before = text.partition(shown)[0].rstrip() if shown else ""
    is_told = before[-1:].isalpha() and count_words(before) >= _LEAST_LEADING and ends_sentence(text)
    return text if is_told else ""


def is_of_subject(link: etree._Element) -> bool:
    """Whether a link leads to what the page is filed under, which is no name: link types ``tag`` of the HTML Standard
    and ``category`` of WordPress.
    """
    rel = link.get("rel")
    return rel is not None and not {"tag", "category"}.isdisjoint(rel.split())


def _add(lines: list[Line], element: etree._Element, text: str) -> None:
    if text := " ".join(text.split()):
        # with the class, by which credits recognises names in elements of one kind
        lines.append((f"{element.tag}.{element.get('class', '')}", text))


def _short(lines: Iterable[Line], most_prose: int) -> list[Line]:
    """The lines that are no prose, up to the prose that is one too many."""
    short: list[Line] = []
    for line in lines:
        text = line[1]
        if len(text) <= _LONG_HAN_TEXT or not (len(text) > _LONG_TEXT or HAN_KANA_HANGUL.search(text)):
            short.append(line)
        elif not most_prose:
            break
        else:
            most_prose -= 1
    return short
