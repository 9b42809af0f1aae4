"""The two normal forms of text: for output (``prose``, ``row``, ``code``) and for comparison (``letters``).

Both are NFC and have no invisible characters. Output has one space between words; the form for comparison has no white
space at all: the invariant compares it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby, pairwise

from copydesk._core.markup import without_space
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Block

# soft hyphen, zero-width space, word joiner, byte order mark, controls; ``str.translate`` takes four times as long
_INVISIBLE = lazy_pattern(
    "[\xad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LINE_END = lazy_pattern("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# runs that may contain combining marks; a text without such a run in every 32nd character need not be searched
_MARKS = lazy_pattern(r"[^\w\s\x00-\x7f]{96,}")
_SAMPLED_MARKS = lazy_pattern(r"[^\w\s\x00-\x7f]{3}")


def letters(text: str) -> str:
    """``text`` in NFC without white space and invisible characters: the form for comparison."""
    joined = without_space(text)
    if joined.isprintable():  # then no character is invisible
        return joined if joined.isascii() else _nfc(joined)
    return _nfc(_INVISIBLE.sub("", joined))


def letters_of(texts: Sequence[str]) -> list[str]:
    """``letters`` of each text. Most need no more than their white space taken out."""
    joined = [without_space(text) for text in texts]
    is_composed = _is_composed("\n".join(joined))
    return [one if is_composed and one.isprintable() else letters(one) for one in joined]


def prose_of(raws: Sequence[str]) -> list[str]:
    """``prose`` of each text. Most are as they are written."""
    is_composed = _is_composed("\n".join(raws))
    return [
        text if is_composed and text.isprintable() and "  " not in text else prose(text)
        for text in map(str.strip, raws)
    ]


def prose(raw: str) -> str:
    """Running text for output: one space between words, forced line breaks kept."""
    plain = raw.replace("\xa0", " ")
    if plain.isprintable():  # one line without invisible characters, like most blocks
        plain = (plain if plain.isascii() else _nfc(plain)).strip()
        return " ".join(plain.split()) if "  " in plain else plain
    return "\n".join(filter(None, [" ".join(line.split()) for line in visible(raw).split("\n")]))


def row(block: Block) -> str:
    """A table row for output: one line, cells separated by tabs, without empty cells at the end."""
    return "\t".join(" ".join(cell.split()) for cell in cells(block)).rstrip("\t")


def cells(block: Block) -> list[str]:
    """The cells of a table row, forced line breaks kept."""
    raw = block.raw
    if block.cells:
        found = [raw[start:end] for start, end in pairwise((0, *block.cells, len(raw)))]
    else:
        found = (raw if block.path else raw.strip("\n ").rstrip("\t\n ")).split("\t")
    return [prose(cell) for cell in found]


def code(raw: str) -> str:
    """Code for output: indentation kept, no blank lines at either end."""
    lines = [line.rstrip().replace("\xa0", " ") for line in visible(raw).split("\n")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)


def visible(raw: str) -> str:
    """``raw`` in NFC, without invisible characters; all its line ends are line feeds."""
    text = raw
    if not raw.replace("\n", "").isprintable():
        text = _INVISIBLE.sub("", _LINE_END.sub("\n", raw))
    # after that, because an invisible character may separate a letter from its mark
    return text if text.isascii() else _nfc(text)


def _is_composed(text: str) -> bool:
    """Whether a text is in NFC; a no means nothing."""
    return text.isascii() or (
        not _SAMPLED_MARKS.search(text[::32]) and unicodedata.is_normalized("NFC", text)
    )


def _nfc(text: str) -> str:
    """NFC. Python sorts combining marks in quadratic time, so long runs are sorted first."""
    if _SAMPLED_MARKS.search(text[::32]):
        text = _MARKS.sub(_sorted_marks, text)
    return unicodedata.normalize("NFC", text)


def _sorted_marks(match: re.Match[str]) -> str:
    marks = "".join(unicodedata.normalize("NFD", mark) for mark in match.group())
    runs = groupby(marks, key=lambda mark: unicodedata.combining(mark) == 0)
    return "".join("".join(sorted(run, key=unicodedata.combining)) for _, run in runs)
