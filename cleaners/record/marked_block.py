"""A kept block with the links and emphasis of its text, read once for ``markdown`` and ``links``: which characters are
strong, emphasised, struck out, code or part of a link, and where links lead.

Text is normalised here as ``text_forms.prose`` does it, piece by piece, and is the same word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin

from msgspec import Struct

from copydesk.cleaners import text_forms
from copydesk.cleaners.markup.page_head import MAX_URL_CHARS, web_address
from copydesk.cleaners.schema import Link
from copydesk.cleaners.types import Block, Kind

STRONG: Final = 1
EM: Final = 2
STRUCK: Final = 4
CODE: Final = 8
_BITS: Final = {
    **dict.fromkeys(("strong", "b"), STRONG),
    **dict.fromkeys(("em", "i"), EM),
    **dict.fromkeys(("del", "s", "strike"), STRUCK),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), CODE),
}
# as browsers do (WHATWG URL, "basic URL parser"): controls and spaces at the ends, line ends and tabs anywhere
_AT_ENDS = "".join(map(chr, range(0x21)))
_DROPPED = str.maketrans("", "", "\t\r\n")
# no address has them (RFC 3986, 2)
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\\`|\"^{}]")
# these end a link's address in Markdown
_PARENTHESES = str.maketrans({"(": "%28", ")": "%29"})
# http, https or relative: no `javascript:`, no `data:`
_SCHEME = re.compile(r"(?i:https?:)|(?![a-zA-Z][\w+.-]*:)")
# a space within a host is no sign to be encoded: there is no such host
_HOST_WITH_ESCAPES = re.compile(r"(?i:https?:)?//[^/?#]*%")
# of an addr-spec (RFC 5322), what occurs; at most 254 characters (RFC 3696, erratum 1690), and a subject
_MAILTO = re.compile(r"mailto:[\w.!#$%&'*+/=?^{}~-]{1,64}@[\w.-]{1,190}", re.IGNORECASE)
# "&colon;" in a link of Markdown is a colon (CommonMark, "Entity and numeric character references")
_REFERENCE = re.compile(r"&(?=#?\w{1,32};)")


class Style(NamedTuple):
    """What marks a text: ``bits`` of STRONG, EM, STRUCK and CODE; ``link``: number of the link in the block from 1,
    or 0.
    """

    bits: int = 0
    link: int = 0


class Run(NamedTuple):
    """Text of one style."""

    text: str
    style: Style


PLAIN: Final = Style()
Line = tuple[Run, ...]


def lines(block: Block) -> tuple[Line, ...]:
    """The lines of a block, as ``text_forms.prose`` has them, in runs of one style."""
    return _lines(_pieces(block))


def cells(block: Block) -> tuple[tuple[Line, ...], ...]:
    """The cells of a table row, as ``text_forms.cells`` has them, each its lines."""
    found: list[list[Run]] = [[]]
    for text, style in _pieces(block):
        first, *others = text.split("\t")
        found[-1].append(Run(first, style))
        found += [[Run(one, style)] for one in others]
    return tuple(map(_lines, found))


def plain(written: Iterable[Line]) -> str:
    """The text of lines without what marks it."""
    return "\n".join("".join(run.text for run in line) for line in written)


def joined(written: Sequence[Line]) -> Line:
    """Lines as one."""
    runs: list[Run] = []
    for line in written:
        (words, style), *others = line
        _append(runs, words, style, is_apart=True)
        runs += others
    return tuple(runs)


def merged(runs: Iterable[Run]) -> Line:
    """The same text with neighbours of one style as one run."""
    return tuple(
        Run("".join(run.text for run in group), style)
        for style, group in groupby(runs, key=lambda run: run.style)
    )


def _pieces(block: Block) -> Iterator[Run]:
    """The block's text as the page has it, in runs of one style."""
    open_styles = [PLAIN]
    at = links = 0
    for index, mark in block.marks:
        if index > at:
            yield Run("".join(block.pieces[at:index]), open_styles[-1])
            at = index
        if mark is None:
            open_styles.pop()
            continue
        bits, link = open_styles[-1]
        if mark.tag == "a":
            link = links = links + 1
        open_styles.append(Style(bits | _BITS.get(mark.tag, 0), link))
    yield Run("".join(block.pieces[at:]), open_styles[-1])


def _lines(pieces: Iterable[Run]) -> tuple[Line, ...]:
    found: list[list[Run]] = [[]]
    is_apart = False  # whether white space was met since the last word
    for raw, marked_as in pieces:
        # of code nothing is strong or struck out: it would stand between its signs
        style = Style(CODE, marked_as.link) if marked_as.bits & CODE else marked_as
        # most pieces are of one line, and have nothing invisible
        parts = (raw,) if raw.isascii() and raw.isprintable() else text_forms.visible(raw).split("\n")
        for number, part in enumerate(parts):
            if number:
                found.append([])
                is_apart = False
            words = " ".join(part.split())
            if not words:
                is_apart = is_apart or bool(part)
                continue
            _append(found[-1], words, style, is_apart=is_apart or part[0].isspace())
            is_apart = part[-1].isspace()
    return tuple(tuple(line) for line in found if line)


def _append(runs: list[Run], words: str, style: Style, *, is_apart: bool) -> None:
    """Adds words behind others; the space between them has what both have: emphasis has none at its edges."""
    if not runs:
        runs.append(Run(words, style))
        return
    text, before = runs[-1]
    space = " " if is_apart else ""
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


def link_address(href: str, *, base: str | None) -> str | None:
    """Where a link leads: http, https or mailto, whole and encoded; None for any other."""
    href = _trimmed(href)
    if href[:7].lower() == "mailto:":
        found = _MAILTO.match(href)
        # the address alone: subjects and bodies are not where it leads
        return "mailto:" + found[0][7:] if found and (href + "?")[found.end()] == "?" else None
    # an empty one, or a bare #, is a button's
    whole = web_address(_encoded(href), base=base) if href.strip("#") else None
    return _encoded(whole) if whole and not _HOST_WITH_ESCAPES.match(whole) else None


def written_address(address: str | None, *, base: str | None) -> str | None:
    """An address as it may stand in a link of Markdown, or None: no script, no picture in itself.

    Where ``base`` is not known, a relative address stays as it is.
    """
    if not address or len(address) > MAX_URL_CHARS:
        return None
    try:
        whole = _encoded(urljoin(base or "", _encoded(_trimmed(address))))
    # an address such as `http://[example`
    except ValueError:
        return None
    if not whole or not _SCHEME.match(whole) or _HOST_WITH_ESCAPES.match(whole):
        return None
    if whole[:5].lower() in ("http:", "https") and web_address(whole) is None:
        return None
    return in_markdown(whole)


def _trimmed(address: str) -> str:
    # cut first: a data: address may have megabytes
    return address[: 2 * MAX_URL_CHARS].strip(_AT_ENDS).translate(_DROPPED)


def _encoded(address: str) -> str:
    return _UNSAFE.sub(_percent, address) if _UNSAFE.search(address) else address


def in_markdown(address: str) -> str:
    """A whole address as it may stand in a link of Markdown."""
    if "&" in address:
        address = _REFERENCE.sub(r"\\&", address)
    return address.translate(_PARENTHESES) if "(" in address or ")" in address else address


def _percent(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="replace")


class MarkedBlock(Struct, frozen=True):
    """``cells``: of a table row, each its lines; of any other block one, with the block's lines. ``addresses``: where
    its links lead as it may stand in Markdown, by their numbers, the first None. ``links``: as a record has them.
    """

    cells: tuple[tuple[Line, ...], ...]
    addresses: tuple[str | None, ...]
    links: tuple[Link, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of a block that is no table row."""
        return self.cells[0]


def marked_block(block: Block, *, base: str | None) -> MarkedBlock:
    """What marks the text of a block; ``base``: what relative addresses start from.

    Links that lead nowhere but into a script, and those without any text, are no links of the record.
    """
    found = cells(block) if block.kind is Kind.TABLE_ROW else (lines(block),)
    marks = [mark for _, mark in block.marks if mark is not None and mark.tag == "a"]
    urls = [link_address(mark.href, base=base) for mark in marks]
    texts = _texts(found, len(marks)) if marks else ()
    links = tuple(
        Link(url=url, text=text, rel=" ".join(mark.rel.lower().split()) or None)
        for mark, url, text in zip(marks, urls, texts, strict=True)
        if url and text
    )
    written = (_written(mark.href, url, base) for mark, url in zip(marks, urls, strict=True))
    return MarkedBlock(found, (None, *written), links)


def written_link(href: str, *, base: str | None) -> str | None:
    """Where a link leads as it may stand in Markdown; None where no link is made."""
    return _written(href, link_address(href, base=base), base)


def _written(href: str, url: str | None, base: str | None) -> str | None:
    if url is not None:
        return in_markdown(url)
    # a relative address where nobody knows of what; not a place on this page or a button
    is_relative = base is None and href.strip()[:1] not in ("", "#") and href[:7].lower() != "mailto:"
    return written_address(href, base=None) if is_relative else None


def _texts(found: Sequence[Sequence[Line]], count: int) -> Iterator[str]:
    """The text of each link, as one line."""
    texts = [""] * (count + 1)
    for line in (line for cell in found for line in cell):
        before = 0
        for text, (_, link) in line:
            # a link that goes over lines is one
            texts[link] += text if link == before or not texts[link] else " " + text
            before = link
    return (text.strip() for text in texts[1:])
