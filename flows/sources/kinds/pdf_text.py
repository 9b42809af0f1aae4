"""The text of a PDF as paragraphs: lines joined, words that were hyphenated whole again, without the heads, feet and
numbers of its pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern

if TYPE_CHECKING:
    import io

_EDGE_LINES = 2
"""Of a page, so many at its top and so many at its bottom may be its head and foot."""
_DIGITS = lazy_pattern(r"\d+")
# “7”, “- 7 -”, “7 / 12”, “Page 7 of 12”, “Seite 7”; "Apollo 11" is a text
_PAGE_NUMBER = lazy_pattern(
    r"\W*(?:(?:page|pag|pág|página|pagina|seite|sida|side|strona|стр|с|p|s|n)\.?\s*)?(\d{1,4})(?:\s*(?:/|\w{1,4})\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
# a letter that the font does not name
_NO_LETTER = lazy_pattern(r"\(cid:\d+\)")
_ENDS_SENTENCE = lazy_pattern(r"[.!?…:;。！？][\"'”’»)\]]*$")
_BULLET = lazy_pattern(r"[•‣▪●◦*–-]\s")
_HYPHENS = "-\u2010\u00ad"
# set by hand, in parts of a line's height and of a paragraph's width
_SAME_SIZE, _INDENT, _SHORT = 0.12, 0.6, 0.85


class _Line(Struct, frozen=True):
    text: str
    left: float
    right: float
    top: float
    height: float


_Box = Sequence[_Line]


def text_of(file: BinaryIO) -> str:
    """The paragraphs of all pages, an empty line between two of them."""
    pages = _without_edges([*_pages(file)])
    paragraphs = [part for page in pages for box in page for part in _paragraphs(box)]
    words = Counter(re.findall(r"\w+-\w+", "\n".join(line.text for part in paragraphs for line in part)))
    joined: list[str] = []
    sizes: list[float] = []
    for part in paragraphs:
        text = _joined((line.text for line in part), words)
        # a paragraph goes on behind the foot of its page or column
        is_rest = joined and text[:1].islower() and not _ENDS_SENTENCE.search(joined[-1])
        if is_rest and _is_close(sizes[-1], part[0].height):
            joined[-1] = _joined((joined[-1], text), words)
        else:
            joined.append(text)
            sizes.append(part[-1].height)
    return "\n\n".join(joined)


def _pages(file: BinaryIO) -> Iterator[list[_Box]]:
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LTTextBox, LTTextLine

    for page in extract_pages(cast("io.IOBase", file)):
        boxes = []
        for box in page:
            if isinstance(box, LTTextBox):
                found = [
                    _Line(text, line.x0, line.x1, line.y1, line.height)
                    for line in box
                    if isinstance(line, LTTextLine)
                    and (text := " ".join(_NO_LETTER.sub("", line.get_text()).split()))
                ]
                boxes.append(found)
        yield [box for box in boxes if box]


def _without_edges(pages: list[list[_Box]]) -> Iterator[list[_Box]]:
    """The pages without lines at their top and bottom that others have, too, and without their numbers."""
    edges = [_edges(page) for page in pages]
    counts = Counter(key for edge in edges for key in {_key(line) for line in edge})
    # two of two pages may begin alike by chance, but not in the very words
    often = max(2, len(pages) // 4)
    numbers = [{_number(line) for line in edge} - {None} for edge in edges]
    for at, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        gone = {
            id(line) for line in edge if counts[_key(line)] >= often or _grows(_number(line), at, numbers)
        }
        kept = [[line for line in box if id(line) not in gone] for box in page]
        yield [box for box in kept if box]


def _number(line: _Line) -> int | None:
    found = _PAGE_NUMBER.fullmatch(line.text)
    return int(found[1]) if found else None


def _grows(number: int | None, at: int, numbers: Sequence[Set[int | None]]) -> bool:
    """Whether a number is one of pages: the page before or behind has the one before or behind it."""
    if number is None:
        return False
    before, after = numbers[at - 1] if at else set(), numbers[at + 1] if at + 1 < len(numbers) else set()
    return number - 1 in before or number + 1 in after


def _edges(page: list[_Box]) -> list[_Line]:
    lines = sorted((line for box in page for line in box), key=lambda line: -line.top)
    return lines if len(lines) <= _EDGE_LINES else [*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:]]


def _key(line: _Line) -> tuple[int, str]:
    # at the same height: a line of an article may begin two pages, too
    return round(line.top), _DIGITS.sub("#", line.text)


def _paragraphs(box: _Box) -> Iterator[_Box]:
    """The lines of a box, parted where a paragraph begins by its size, indent or bullet, or the last ended early."""
    left, right = min(line.left for line in box), max(line.right for line in box)
    begun = 0
    for at, (before, line) in enumerate(pairwise(box), start=1):
        is_ended = _ENDS_SENTENCE.search(before.text) is not None
        is_indented = line.left - left > _INDENT * line.height and before.left - left <= _INDENT * line.height
        is_short = before.right - left < _SHORT * (right - left)
        if (
            not _is_close(before.height, line.height)
            or _BULLET.match(line.text)
            or (is_ended and (is_indented or is_short))
        ):
            yield box[begun:at]
            begun = at
    yield box[begun:]


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME_SIZE * max(one, other)


def _joined(lines: Iterator[str] | Sequence[str], words: Counter[str]) -> str:
    """Lines as one; a hyphen at an end goes where the word behind it goes on, unless it has one elsewhere, too."""
    text = ""
    for line in lines:
        is_broken = text[-1:] in (*_HYPHENS,) and text[-2:-1].isalpha() and line[:1].islower()
        if not text or not is_broken:
            text += f" {line}" if text else line
            continue
        before, after = re.search(r"\w*$", text[:-1]), re.match(r"\w+", line)
        with_hyphen = f"{before[0] if before else ''}-{after[0] if after else ''}"
        text = (text if words[with_hyphen] else text[:-1]) + line
    return text
