"""Named repairs of decoded text. What is recorded can be replayed: ``replay`` runs the same functions
by the same names, so that the explanation cannot drift from the behaviour.

They run once, before the text is cut; afterwards text is only cut and labelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from cleaners.types import Decoded, Repair

_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_MANIFEST = re.compile(f"\ufeff?[{_SELECTOR}]{{13,}}")
_C2PA_MAGIC = b"C2PATXT\x00"
_C2PA_FIRST = chr(0xE0100 + _C2PA_MAGIC[0] - 16)
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_CONTROLS = frozenset(
    map(chr, (*range(9), 11, *range(14, 32), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF))
)
_BLANK_ASCII = bytes([32] * 128 + list(range(128, 256)))
_TWO_LETTERS_BYTES = 4
_USUAL = bytes(range(32, 127)) + b"\t\n\r"
_DROP_CONTROLS = dict.fromkeys(map(ord, _CONTROLS))
_C1 = re.compile("[\x80-\x9f]")
# UTF-8 read as Windows-1252 or Latin-1 leaves a lead byte's letter before a continuation byte's
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]"
)


def repair(decoded: Decoded) -> Decoded:
    """The text with damage mended, and the names of what was done, in order."""
    text = decoded.text
    done = list(decoded.repairs)
    present = _unusual(text)
    for name, (signs, mend) in REPAIRS.items():
        if signs.isdisjoint(present):
            continue
        mended = mend(text)
        if mended != text:
            done.append(Repair(name, max(1, abs(len(text) - len(mended)))))
            text = mended
            present = _unusual(text)
    return Decoded(text, decoded.encoding, decoded.chosen_by, tuple(done))


def _unusual(text: str) -> frozenset[str]:
    """The characters of ``text`` beyond printable ASCII (by way of bytes: eight times as fast as a set of all)."""
    return frozenset(
        text.encode("utf-8", "surrogatepass").translate(None, _USUAL).decode("utf-8", "surrogatepass")
    )


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
    """The bytes a run of variation selectors stands for: 0-15 in FE00-FE0F, the rest in E0100-E01EF."""
    codes = (ord(char) for char in run[:20] if char != "\ufeff")
    return bytes(code - 0xFE00 if code < 0x10000 else code - 0xE0100 + 16 for code in codes)


def _drop_manifests(text: str) -> str:
    return _MANIFEST.sub("", text)


def _mend_mojibake(text: str) -> str:
    """ftfy, line by line: one line of another making must not keep the rest from being mended."""
    if not _MOJIBAKE.search(_beyond_ascii(text)):
        return text
    import ftfy

    return "".join(
        ftfy.fix_encoding(line) if _MOJIBAKE.search(line) else line for line in text.splitlines(keepends=True)
    )


def _beyond_ascii(text: str) -> str:
    """The runs of two and more letters beyond ASCII: a small part of most pages, and all mojibake is in it."""
    runs = text.encode("utf-8", "surrogatepass").translate(_BLANK_ASCII).split()
    return b" ".join(run for run in runs if len(run) >= _TWO_LETTERS_BYTES).decode("utf-8", "surrogatepass")


def _read_c1_as_windows(text: str) -> str:
    """C1 controls are Windows-1252 bytes read as Latin-1 (browsers do the same)."""
    return _C1.sub(lambda match: match.group().encode("latin-1").decode("cp1252", "ignore"), text)


def _drop_controls(text: str) -> str:
    return text.translate(_DROP_CONTROLS)


REPAIRS: Mapping[str, tuple[frozenset[str], Callable[[str], str]]] = MappingProxyType(
    {
        "content-credentials": (_SELECTORS, _drop_manifests),
        "mojibake": (frozenset(map(chr, range(0xC2, 0xF5))), _mend_mojibake),
        "c1-as-windows-1252": (frozenset(map(chr, range(0x80, 0xA0))), _read_c1_as_windows),
        "control-characters": (_CONTROLS, _drop_controls),
    }
)
"""Name to (characters without which there is nothing to mend, the repair), in the order they run."""
