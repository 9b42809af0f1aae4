"""The two forms of text everything agrees on: as it is written, and as it is compared.

Written: NFC, one space between words, no invisible characters. Compared: the letters alone, which is
what "white space aside" means in the law.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby, pairwise

from copydesk._core import compiled
from copydesk.cleaners.types import Block

# soft hyphen, zero-width space, word joiner, byte order mark, controls (a pattern: translate is four times as slow)
_INVISIBLE = re.compile(
    "[\xad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# runs in which combining marks may stand, and the same in every 32nd character: a quick way to see that there are none
_MARKS = re.compile(r"[^\w\s\x00-\x7f]{96,}")
_SAMPLED_MARKS = re.compile(r"[^\w\s\x00-\x7f]{3}")
_CORE = compiled("markup")
holds: Callable[[str, str], bool] = str.__contains__ if _CORE is None else _CORE.holds
"""Whether a text holds a word: as ``in``, in a tenth of its time where a core is compiled; for a page's markup."""


def letters(text: str) -> str:
    """``text`` without white space and invisible characters, NFC: the form in which the law compares."""
    joined = "".join(text.split()) if _CORE is None else _CORE.without_space(text)
    if joined.isprintable():  # no invisible character is
        return joined if joined.isascii() else _nfc(joined)
    return _nfc(_INVISIBLE.sub("", joined))


def prose(raw: str) -> str:
    """Running text as it is written: one space between words, forced line breaks kept."""
    plain = raw.replace("\xa0", " ")
    if plain.isprintable():  # one line, nothing invisible: most blocks
        return " ".join((plain if plain.isascii() else _nfc(plain)).split())
    return "\n".join(filter(None, (" ".join(line.split()) for line in visible(raw).split("\n"))))


def row(block: Block) -> str:
    """A table row as it is written: one line, cells parted by a tab; empty ones at its end are left out."""
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
    """Code as it is written: indentation kept, no blank lines at either end."""
    lines = [line.rstrip().replace("\xa0", " ") for line in visible(raw).split("\n")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)


def visible(raw: str) -> str:
    """``raw`` in NFC, without invisible characters and with one kind of line end."""
    if raw.replace("\n", "").isprintable():
        text = raw
    else:
        text = _LINE_END.sub("\n", raw)
        text = _INVISIBLE.sub("", text)
    return (
        text if text.isascii() else _nfc(text)
    )  # last: what was taken out may have parted a letter from its mark


def _nfc(text: str) -> str:
    """NFC. Python sorts combining marks in quadratic time, so long runs of them are handed to it sorted."""
    if _SAMPLED_MARKS.search(text[::32]):
        text = _MARKS.sub(_sorted_marks, text)
    return unicodedata.normalize("NFC", text)


def _sorted_marks(match: re.Match[str]) -> str:
    marks = "".join(unicodedata.normalize("NFD", mark) for mark in match.group())
    runs = groupby(marks, key=lambda mark: unicodedata.combining(mark) == 0)
    return "".join("".join(sorted(run, key=unicodedata.combining)) for _, run in runs)
