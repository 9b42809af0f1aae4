"""Named repairs of decoded text. What is recorded can be replayed: ``replay`` runs the same functions
by the same names, so that the explanation cannot drift from the behaviour.

They run once, before the text is cut; afterwards text is only cut and labelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from copydesk._core import compiled
from copydesk.cleaners.decode.encoding import Decoded, Repair

_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# the least a manifest has: magic (8 bytes), version (1) and length (4), a selector each (C2PA 2.3, A.7)
_MANIFEST_CHARS = 13
_MANIFEST = re.compile(f"\ufeff?[{_SELECTOR}]{{{_MANIFEST_CHARS},}}")
_C2PA_MAGIC = b"C2PATXT\x00"
_C2PA_FIRST = chr(0xE0100 + _C2PA_MAGIC[0] - 16)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_USUAL = bytes(range(32, 127)) + b"\t\n\r"
_HIGH_BYTES = bytes(range(128, 256))
# the same in UTF-8: letters whose first byte says that damage may be there
_SELECTOR_BYTES = re.compile(rb"\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87]")
_MOJIBAKE_BYTES = re.compile(rb"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
_DOS_BYTES = re.compile(
    rb"(?:\xe2\x94[\x80\x9c\xac\xbc]|\xe2\x95[\xa4\xa8]|\xc3[\x90\xb0])[\xc2-\xf4]|(?:\xce\x93|\xc3\x94)\xc3\x87"
)
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_NO_LETTER_BYTES = re.compile(rb"\xed[\xa0-\xbf]|\xef\xbf[\xbe\xbf]")
_LONG_LINE_CHARS = 5_000
_PIECE_END = re.compile('[>"]')
_C1 = re.compile("[\x80-\x9f]")
# UTF-8 read as Windows-1252 or Latin-1 leaves a lead byte's letter before a continuation byte's
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
# the same for code pages of DOS; only what is written in letters of Latin or Cyrillic, or has signs such as "’"
_DOS = re.compile("[┬├─┼╨╤ðÐ][^\x00-\x7f]|[ΓÔ]Ç")
_DOS_CODE_PAGES = ("cp437", "cp850")
_CORE = compiled("markup")


def repair(decoded: Decoded) -> Decoded:
    """The text with damage mended, and the names of what was done, in order."""
    text = decoded.text
    if _CORE is not None and not _CORE.may_need_repair(text):
        return decoded
    done = list(decoded.repairs)
    data = text.encode("utf-8", "surrogatepass")
    unusual = data.translate(None, _USUAL)
    if not unusual:
        return decoded
    for name, (may_need, mend) in REPAIRS.items():
        if not may_need(data, unusual):
            continue
        mended = mend(text)
        if mended != text:
            done.append(Repair(name, max(1, abs(len(text) - len(mended)))))
            text = mended
            data = text.encode("utf-8", "surrogatepass")
            unusual = data.translate(None, _USUAL)
    return Decoded(text, decoded.encoding, decoded.chosen_by, tuple(done))


def replay(text: str, repairs: Sequence[Repair]) -> str:
    """Runs the recorded repairs over ``text`` again; those of the decoder are passed over."""
    for step in repairs:
        if step.name in REPAIRS:
            text = REPAIRS[step.name][1](text)
    return text


def has_content_credentials(text: str) -> bool:
    """Whether an embedded C2PA text manifest starts anywhere (C2PA 2.3, A.7). It is not judged."""
    if _C2PA_FIRST not in text:
        return False
    return any(_selector_bytes(match.group()).startswith(_C2PA_MAGIC) for match in _MANIFEST.finditer(text))


def _selector_bytes(run: str) -> bytes:
    """The bytes a run of variation selectors represents: 0-15 in FE00-FE0F, the rest in E0100-E01EF."""
    codes = (ord(char) for char in run[:20] if char != "\ufeff")
    return bytes(code - 0xFE00 if code < 0x10000 else code - 0xE0100 + 16 for code in codes)


def _drop_manifests(text: str) -> str:
    return _MANIFEST.sub("", text)


def _read_dos_as_utf_8(text: str) -> str:
    """UTF-8 that was read by a code page of DOS, if the whole text is UTF-8 by one of them, and by them the same:
    frames of tables and names of letters hold such signs as well.
    """
    if _DOS.search(text) is None:
        return text
    readings = set()
    for code_page in _DOS_CODE_PAGES:
        with suppress(UnicodeError):
            readings.add(text.encode(code_page).decode("utf-8"))
    return readings.pop() if len(readings) == 1 else text


def _mend_mojibake(text: str) -> str:
    """ftfy, line by line: one line of another making must not keep the rest from being mended.

    A page without line ends is read piece by piece; ftfy takes 20 ms for 100,000 characters.
    """
    return "".join(
        [
            line if line.isascii() or _MOJIBAKE.search(line) is None else _mend_line(line)
            for line in text.splitlines(keepends=True)
        ]
    )


def _mend_line(line: str) -> str:
    import ftfy

    if len(line) <= _LONG_LINE_CHARS:
        return ftfy.fix_encoding(line)
    pieces: list[str] = []
    at = 0
    for found in _MOJIBAKE.finditer(line):
        if found.start() < at:  # in the piece that was mended last
            continue
        start = max(line.rfind(">", at, found.start()), line.rfind('"', at, found.start())) + 1 or at
        border = _PIECE_END.search(line, found.end())
        end = border.end() if border else len(line)
        pieces += line[at:start], ftfy.fix_encoding(line[start:end])
        at = end
    return "".join((*pieces, line[at:]))


def _read_c1_as_windows(text: str) -> str:
    """C1 controls are Windows-1252 bytes read as Latin-1 (browsers do the same)."""
    return _C1.sub(lambda match: match.group().encode("latin-1").decode("cp1252", "ignore"), text)


def _drop_controls(text: str) -> str:
    return _CONTROLS.sub("", text)


def _may_have_manifests(_data: bytes, unusual: bytes) -> bool:
    return len(_SELECTOR_BYTES.findall(unusual)) >= _MANIFEST_CHARS


def _may_be_read_by_dos(data: bytes, unusual: bytes) -> bool:
    return _DOS_BYTES.search(unusual) is not None and _DOS_BYTES.search(data) is not None


def _may_have_mojibake(data: bytes, unusual: bytes) -> bool:
    return _MOJIBAKE_BYTES.search(unusual) is not None and _MOJIBAKE_BYTES.search(data) is not None


def _may_have_c1(_data: bytes, unusual: bytes) -> bool:
    return _C1_BYTES.search(unusual) is not None


def _may_have_controls(_data: bytes, unusual: bytes) -> bool:
    if unusual.translate(None, _HIGH_BYTES) or _C1_BYTES.search(unusual):
        return True
    return _NO_LETTER_BYTES.search(unusual) is not None


_MayNeed = Callable[[bytes, bytes], bool]
REPAIRS: Mapping[str, tuple[_MayNeed, Callable[[str], str]]] = MappingProxyType(
    {
        "content-credentials": (_may_have_manifests, _drop_manifests),
        # ftfy takes some of it for damage of another kind
        "dos-as-utf-8": (_may_be_read_by_dos, _read_dos_as_utf_8),
        "mojibake": (_may_have_mojibake, _mend_mojibake),
        "c1-as-windows-1252": (_may_have_c1, _read_c1_as_windows),
        "control-characters": (_may_have_controls, _drop_controls),
    }
)
"""Name to (whether there may be something to mend, the repair), in the order they run.

The first is given the text as UTF-8 and the bytes of it that are no printable ASCII; it may be
wrong only in saying yes. Searching bytes for a first byte is ten times as fast as looking at each letter.
"""
