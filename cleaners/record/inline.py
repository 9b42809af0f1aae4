"""Marked text of a kept block: which characters are strong, emphasised, struck out, code or part of a link.

Text is normalised here as ``text_forms.prose`` does it, piece by piece, and is the same word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from copydesk.cleaners import text_forms
from copydesk.cleaners.types import Block

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
    for raw, said in pieces:
        # of code nothing is strong or struck out: it would stand between its signs
        style = Style(CODE, said.link) if said.bits & CODE else said
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
