"""The links and inline styles (strong, emphasis, struck out, code, raised, formula) of a kept block, for ``markdown``
and ``links``.

The text is normalised piece by piece, with the same result as ``text_forms.prose``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin

from msgspec import Struct

from copydesk.cleaners import text_forms
from copydesk.cleaners.markup.page_head import MAX_URL_CHARS, web_address
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Link
from copydesk.cleaners.segment.formulas import FORMULA_TAG
from copydesk.cleaners.segment.raised_text import NOTE_TAG
from copydesk.cleaners.types import Block, Kind

STRONG: Final = 1
EM: Final = 2
STRUCK: Final = 4
CODE: Final = 8
RAISED: Final = 16
LOWERED: Final = 32
NOTE: Final = 64
FORMULA: Final = 128
_STYLE_OF_TAG: Final = {
    **dict.fromkeys(("strong", "b"), STRONG),
    **dict.fromkeys(("em", "i"), EM),
    **dict.fromkeys(("del", "s", "strike"), STRUCK),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), CODE),
    "sup": RAISED,
    "sub": LOWERED,
    NOTE_TAG: NOTE,
    FORMULA_TAG: FORMULA,
}
_WHOLE: Final = RAISED | LOWERED | NOTE | FORMULA
"""Styles whose text is one piece: what marks parts of it is left out."""
# as browsers do (WHATWG URL, "basic URL parser"): controls and spaces at the ends, line ends and tabs everywhere
_STRIPPED = "".join(map(chr, range(0x21)))
_REMOVED = str.maketrans("", "", "\t\r\n")
# not allowed in URLs (RFC 3986, 2)
_UNSAFE = lazy_pattern(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\\`|\"^{}]")
# these end a URL in Markdown
_PARENTHESES = str.maketrans({"(": "%28", ")": "%29"})
# http, https or relative: no `javascript:`, no `data:`
_SCHEME = lazy_pattern(r"(?i:https?:)|(?![a-zA-Z][\w+.-]*:)")
# http(s) with a host, absolute, and nothing in it to encode
_PLAIN_URL = lazy_pattern(r"https?://[a-zA-Z0-9.-]+(?:[/?#][!#-;=?-\[\]_a-z~]*)?")
# no host has characters that need encoding
_HOST_WITH_ESCAPES = lazy_pattern(r"(?i:https?:)?//[^/?#]*%")
# the usual part of an addr-spec (RFC 5322); at most 254 characters (RFC 3696, erratum 1690)
_MAILTO = lazy_pattern(r"mailto:[\w.!#$%&'*+/=?^{}~-]{1,64}@[\w.-]{1,190}", re.IGNORECASE)
# "&colon;" in a Markdown link is a colon (CommonMark, "Entity and numeric character references")
_REFERENCE = lazy_pattern(r"&(?=#?\w{1,32};)")


class Style(NamedTuple):
    """``bits`` of STRONG, EM, STRUCK, CODE, RAISED, LOWERED, NOTE and FORMULA; ``link``: the number of the link in the
    block, from 1, or 0.
    """

    bits: int = 0
    link: int = 0


class Run(NamedTuple):
    """Text of one style."""

    text: str
    style: Style


PLAIN: Final = Style()
Line = tuple[Run, ...]


def _cells(block: Block) -> tuple[tuple[Line, ...], ...]:
    """The cells of a table row, like those of ``text_forms.cells``, as lines."""
    found: list[list[Run]] = [[]]
    for text, style in _styled_pieces(block):
        first, *others = text.split("\t")
        found[-1].append(Run(first, style))
        found += [[Run(one, style)] for one in others]
    return tuple(map(_split_lines, found))


def plain(styled: Iterable[Line]) -> str:
    """The text of lines without their styles."""
    return "\n".join(["".join(map(itemgetter(0), line)) for line in styled])


def merge_runs(runs: Iterable[Run]) -> Line:
    """The same text with adjacent runs of one style merged."""
    groups = groupby(runs, key=itemgetter(1))
    return tuple(Run("".join(map(itemgetter(0), group)), style) for style, group in groups)


def _styled_pieces(block: Block) -> list[Run]:
    """The raw text of a block in runs of one style."""
    found = []
    open_styles = [PLAIN]
    at = links = 0
    for number, (index, mark) in enumerate(block.marks):
        if index > at:
            found.append(Run("".join(block.pieces[at:index]), open_styles[-1]))
            at = index
        if mark is None:
            open_styles.pop()
            continue
        bits, link = open_styles[-1]
        is_whole = bits & _WHOLE
        if mark.tag == "a":
            links += 1
            link = link if is_whole else links
        elif mark.tag == NOTE_TAG and not link:
            # its brackets are around the link in it
            inner = block.marks[number + 1][1] if number + 1 < len(block.marks) else None
            link = links + 1 if inner is not None and inner.tag == "a" else 0
        open_styles.append(Style(bits if is_whole else bits | _STYLE_OF_TAG.get(mark.tag, 0), link))
    found.append(Run("".join(block.pieces[at:]), open_styles[-1]))
    return found


def _split_lines(pieces: Iterable[Run]) -> tuple[Line, ...]:
    """The lines of a block, like those of ``text_forms.prose``, in runs of one style."""
    found: list[list[Run]] = [[]]
    has_space_before = False
    for raw, page_style in pieces:
        # code has no other style, because its signs would be part of the code
        style = Style(CODE, page_style.link) if page_style.bits & CODE else page_style
        # most pieces are a single line without invisible characters
        parts = (raw,) if raw.isascii() and raw.isprintable() else text_forms.visible(raw).split("\n")
        for number, part in enumerate(parts):
            if number:
                found.append([])
                has_space_before = False
            words = " ".join(part.split())
            if not words:
                has_space_before = has_space_before or bool(part)
                continue
            if found[-1]:
                is_apart = has_space_before or part[0].isspace()
                _append_words(found[-1], words, style, has_space_before=is_apart)
            else:
                found[-1].append(Run(words, style))
            has_space_before = part[-1].isspace()
    return tuple([tuple(line) for line in found if line])


def _append_words(runs: list[Run], words: str, style: Style, *, has_space_before: bool) -> None:
    """Appends words to others. The space between has only the style that both sides share, because emphasis in Markdown
    must not begin or end with a space.
    """
    text, before = runs[-1]
    space = " " if has_space_before else ""
    if before == style:
        runs[-1] = Run(text + space + words, style)
        return
    if space:
        shared = Style(before.bits & style.bits & ~CODE, before.link if before.link == style.link else 0)
        if shared == before:
            runs[-1] = Run(text + space, before)
        elif shared == style:
            words = space + words
        else:
            runs.append(Run(space, shared))
    runs.append(Run(words, style))


def link_url(href: str, *, base: str | None) -> str | None:
    """The absolute, encoded URL of a link if it is http, https or mailto, else None."""
    if len(href) <= MAX_URL_CHARS and _PLAIN_URL.fullmatch(href):  # most are
        return href
    href = _stripped(href)
    if href[:7].lower() == "mailto:":
        found = _MAILTO.match(href)
        # without subject and body
        return "mailto:" + found[0][7:] if found and (href + "?")[found.end()] == "?" else None
    # an empty one or a bare # is that of a button
    whole = web_address(_encoded(href), base=base) if href.strip("#") else None
    return _encoded(whole) if whole and not _HOST_WITH_ESCAPES.match(whole) else None


def markdown_url(url: str | None, *, base: str | None) -> str | None:
    """A URL escaped for a link in Markdown; None if it is neither http(s) nor relative, or invalid.

    Without ``base``, a relative URL stays relative.
    """
    if not url or len(url) > MAX_URL_CHARS:
        return None
    try:
        whole = _encoded(urljoin(base or "", _encoded(_stripped(url))))
    # `http://[example`
    except ValueError:
        return None
    if not whole or not _SCHEME.match(whole) or _HOST_WITH_ESCAPES.match(whole):
        return None
    if whole[:5].lower() in ("http:", "https") and web_address(whole) is None:
        return None
    return escape_url(whole)


def _stripped(url: str) -> str:
    # truncated first, because a data: URL may have megabytes
    url = url[: 2 * MAX_URL_CHARS].strip(_STRIPPED)
    return url if url.isprintable() else url.translate(_REMOVED)


def _encoded(url: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found[0], safe="", errors="replace"), url)


def escape_url(url: str) -> str:
    """An encoded URL, escaped for a link in Markdown."""
    if "&" in url:
        url = _REFERENCE.sub(r"\\&", url)
    return url.translate(_PARENTHESES) if "(" in url or ")" in url else url


class MarkedBlock(Struct, frozen=True):
    """The styled text and the links of a block.

    ``cells``: the lines of each cell of a table row; other blocks have one cell. ``urls``: of the links by number,
    escaped for Markdown, the first None. ``links``: those of the record. ``targets``: the ids of the page to which the
    links lead, by number, in lower case, or ``""``.
    """

    cells: tuple[tuple[Line, ...], ...]
    urls: tuple[str | None, ...] = (None,)
    links: tuple[Link, ...] = ()
    targets: tuple[str, ...] = ("",)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of a block that is not a table row."""
        return self.cells[0]


def marked_block(block: Block, *, base: str | None) -> MarkedBlock:
    """The styled text and the links of a block. ``base``: of relative URLs.

    The record has no links without text and none to a script.
    """
    found = _cells(block) if block.kind is Kind.TABLE_ROW else (_split_lines(_styled_pieces(block)),)
    marks = [mark for _, mark in block.marks if mark is not None and mark.tag == "a"]
    if not marks:
        return MarkedBlock(found)
    urls = [link_url(mark.href, base=base) for mark in marks]
    texts = _link_texts(found, len(marks))
    named = [
        (url, text, mark.rel) for mark, url, text in zip(marks, urls, texts, strict=True) if url and text
    ]
    links = [Link(url=url, text=text, rel=" ".join(rel.lower().split()) or None) for url, text, rel in named]
    escaped = [_markdown_url_of(mark.href, url, base) for mark, url in zip(marks, urls, strict=True)]
    targets = [mark.href.rpartition("#")[2].lower() if "#" in mark.href else "" for mark in marks]
    return MarkedBlock(found, (None, *escaped), tuple(links), ("", *targets))


def markdown_link_url(href: str, *, base: str | None) -> str | None:
    """The URL of a link, escaped for Markdown; None if there is none."""
    return _markdown_url_of(href, link_url(href, base=base), base)


def _markdown_url_of(href: str, url: str | None, base: str | None) -> str | None:
    if url is not None:
        return escape_url(url)
    # a relative URL without a known base, but not a fragment or a button
    is_relative = base is None and href.strip()[:1] not in ("", "#") and href[:7].lower() != "mailto:"
    return markdown_url(href, base=None) if is_relative else None


def _link_texts(found: Sequence[Sequence[Line]], count: int) -> list[str]:
    """The text of each link, as one line."""
    texts = [""] * (count + 1)
    for line in [line for cell in found for line in cell]:
        before = 0
        for text, (_, link) in line:
            # a link may span lines
            texts[link] += text if link == before or not texts[link] else " " + text
            before = link
    return [text.strip() for text in texts[1:]]
