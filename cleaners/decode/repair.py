"""Named repairs of decoded text.

Repairs run once, before segmentation; after that, text is only split and labelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType

from copydesk._core.markup import may_need_repair
from copydesk.cleaners.decode.encoding import Decoded, Repair
from copydesk.cleaners.patterns import lazy_pattern

_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# at least: magic (8 bytes), version (1) and length (4), a selector for each byte (C2PA 2.3, A.7)
_MANIFEST_CHARS = 13
_MANIFEST = lazy_pattern(f"\ufeff?[{_SELECTORS}]{{{_MANIFEST_CHARS},}}")
_C2PA_MAGIC = b"C2PATXT\x00"
_C2PA_FIRST = chr(0xE0100 + _C2PA_MAGIC[0] - 16)
_CONTROLS = lazy_pattern("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PRINTABLE_ASCII = bytes(range(32, 127)) + b"\t\n\r"
_HIGH_BYTES = bytes(range(128, 256))
# the same in UTF-8, for a cheap prefilter
_SELECTOR_BYTES = lazy_pattern(rb"\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87]")
_MOJIBAKE_BYTES = lazy_pattern(rb"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
_DOS_MOJIBAKE_BYTES = lazy_pattern(
    rb"(?:\xe2\x94[\x80\x9c\xac\xbc]|\xe2\x95[\xa4\xa8]|\xc3[\x90\xb0])[\xc2-\xf4]|(?:\xce\x93|\xc3\x94)\xc3\x87"
)
_C1_BYTES = lazy_pattern(rb"\xc2[\x80-\x9f]")
_NONCHARACTER_BYTES = lazy_pattern(rb"\xed[\xa0-\xbf]|\xef\xbf[\xbe\xbf]")
_LONG_LINE_CHARS = 5_000
_PIECE_END = lazy_pattern('[>"]')
_C1 = lazy_pattern("[\x80-\x9f]")
# UTF-8 decoded as Windows-1252 or Latin-1: the letter of a lead byte before that of a continuation byte
_MOJIBAKE = lazy_pattern(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
# the same for DOS code pages; only Latin and Cyrillic letters and signs such as "’"
_DOS_MOJIBAKE = lazy_pattern("[┬├─┼╨╤ðÐ][^\x00-\x7f]|[ΓÔ]Ç")
_DOS_CODE_PAGES = ("cp437", "cp850")


def repair(decoded: Decoded) -> Decoded:
    """The repaired text, with the names of the repairs in order."""
    text = decoded.text
    if not may_need_repair(text):
        return decoded
    done = list(decoded.repairs)
    data = text.encode("utf-8", "surrogatepass")
    unusual = data.translate(None, _PRINTABLE_ASCII)
    if not unusual:
        return decoded
    for name, (may_need, repair_text) in REPAIRS.items():
        if not may_need(data, unusual):
            continue
        repaired = repair_text(text)
        if repaired != text:
            done.append(Repair(name, max(1, abs(len(text) - len(repaired)))))
            text = repaired
            data = text.encode("utf-8", "surrogatepass")
            unusual = data.translate(None, _PRINTABLE_ASCII)
    return Decoded(text, decoded.encoding, decoded.chosen_by, tuple(done))


def has_content_credentials(text: str) -> bool:
    """Whether an embedded C2PA text manifest begins anywhere (C2PA 2.3, A.7). It is not verified."""
    if _C2PA_FIRST not in text:
        return False
    return any(_selector_bytes(match.group()).startswith(_C2PA_MAGIC) for match in _MANIFEST.finditer(text))


def _selector_bytes(run: str) -> bytes:
    """The bytes that variation selectors encode: 0-15 as FE00-FE0F, others as E0100-E01EF."""
    codes = (ord(char) for char in run[:20] if char != "\ufeff")
    return bytes(code - 0xFE00 if code < 0x10000 else code - 0xE0100 + 16 for code in codes)


def _repair_dos_code_page(text: str) -> str:
    """Repairs UTF-8 that was decoded with a DOS code page, if the whole text is UTF-8 in one and they do not differ:
    table frames and letters have such characters, too.
    """
    if _DOS_MOJIBAKE.search(text) is None:
        return text
    readings = set()
    for code_page in _DOS_CODE_PAGES:
        with suppress(UnicodeError):
            readings.add(text.encode(code_page).decode("utf-8"))
    return readings.pop() if len(readings) == 1 else text


def _repair_mojibake(text: str) -> str:
    """Repairs mojibake with ftfy line by line, because one undamaged line would prevent the repair of all others.

    Long lines are repaired piece by piece, because ftfy takes 20 ms for 100,000 characters.
    """
    lines = text.splitlines(keepends=True)
    return "".join([line if line.isascii() else _repair_line(line) for line in lines])


def _repair_line(line: str) -> str:
    if _MOJIBAKE.search(line) is None:
        return line
    import ftfy

    if len(line) <= _LONG_LINE_CHARS:
        return ftfy.fix_encoding(line)
    pieces: list[str] = []
    at = 0
    for found in _MOJIBAKE.finditer(line):
        if found.start() < at:  # in the last piece
            continue
        start = max(line.rfind(">", at, found.start()), line.rfind('"', at, found.start())) + 1 or at
        border = _PIECE_END.search(line, found.end())
        end = border.end() if border else len(line)
        pieces += line[at:start], ftfy.fix_encoding(line[start:end])
        at = end
    return "".join((*pieces, line[at:]))


def _as_windows_1252(control: re.Match[str]) -> str:
    """A C1 control as browsers read it: it is a byte that was decoded as Latin-1."""
    return control.group().encode("latin-1").decode("cp1252", "ignore")


def _holds(pattern: re.Pattern[bytes], data: bytes, unusual: bytes) -> bool:
    return pattern.search(unusual) is not None and pattern.search(data) is not None


def _may_have_controls(_data: bytes, unusual: bytes) -> bool:
    if unusual.translate(None, _HIGH_BYTES) or _C1_BYTES.search(unusual):
        return True
    return _NONCHARACTER_BYTES.search(unusual) is not None


_Prefilter = Callable[[bytes, bytes], bool]
REPAIRS: Mapping[str, tuple[_Prefilter, Callable[[str], str]]] = MappingProxyType(
    {
        "content-credentials": (
            lambda _data, unusual: len(_SELECTOR_BYTES.findall(unusual)) >= _MANIFEST_CHARS,
            lambda text: _MANIFEST.sub("", text),
        ),
        # before mojibake, because ftfy would repair some of it wrongly
        "dos-as-utf-8": (partial(_holds, _DOS_MOJIBAKE_BYTES), _repair_dos_code_page),
        "mojibake": (partial(_holds, _MOJIBAKE_BYTES), _repair_mojibake),
        "c1-as-windows-1252": (
            lambda _data, unusual: _C1_BYTES.search(unusual) is not None,
            lambda text: _C1.sub(_as_windows_1252, text),
        ),
        "control-characters": (_may_have_controls, lambda text: _CONTROLS.sub("", text)),
    }
)
"""Name to (prefilter, repair), in the order in which they run.

A prefilter gets the text as UTF-8, and its bytes that are not printable ASCII. It may have false positives. A search of
bytes is ten times as fast as one of characters.
"""
