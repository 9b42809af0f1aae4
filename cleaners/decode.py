"""Bytes to text: which encoding, and who chose it.

Order: byte order mark, then the HTTP header, then the page's own ``meta``, then a detector; bytes
that are valid UTF-8 beyond ASCII are UTF-8 whatever is declared (such bytes are practically never
anything else). Only encodings of the WHATWG list are used. A reading that looks like damage is not
kept.
"""

from __future__ import annotations

import codecs
import re

import webencodings

from copydesk.cleaners.errors import EmptyPage, Undecodable, WrongType
from copydesk.cleaners.types import Decoded, Page, Repair

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_META_WINDOW = 8192  # browsers look at 1,024 bytes; pages with long heads declare later
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"OggS", "Ogg media"),
    (b"ID3", "MP3 audio"),
    (b"RIFF", "RIFF media"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"SQLite format 3", "a database"),
)
_BINARY_SHARE = 0.02  # of control bytes, which text never has
_CONTROL_BYTES = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_DAMAGED_SHARE = 0.01  # replacement characters among the letters beyond ASCII and ASCII alike
_FLAWS_AGAINST = 10  # well-formed letters beyond ASCII for each flaw: chance gives UTF-8 about one in ten
_LATIN_CODECS = frozenset(
    {"cp1250", "cp1252", "cp1254", "cp1257", "cp1258", "iso8859-2", "iso8859-4", "iso8859-10", "iso8859-13"}
    | {"iso8859-14", "iso8859-15", "iso8859-16", "mac-roman", "macintosh"}
)
# bytes of à ç ê ô î â ñ å (which weighs more: it is ĺ elsewhere) ò in Windows-1252, and of ś ź ł ą ż ľ ť š ž ř ě ő ů ć đ ă in Windows-1250
_WESTERN = tuple(bytes([code]) for code in (0xE0, 0xE7, 0xEA, 0xF4, 0xEE, 0xE2, 0xF1, 0xE5, 0xE5, 0xE5, 0xF2))
_CENTRAL = tuple(
    bytes([code])
    for code in (
        0x9C,
        0x9F,
        0xB3,
        0xB9,
        0xBF,
        0xBE,
        0x9D,
        0x9A,
        0x9E,
        0xF8,
        0xEC,
        0xF5,
        0xF9,
        0xE6,
        0xF0,
        0xE3,
    )
)
# ł, ą, ż, ź are signs in Windows-1252, and signs stand in no word
_LETTER_SIGN_LETTER = re.compile(rb"[a-z][\xb3\xb9\xbf\xbe\x9f][a-z]")
_JIS_ESCAPE = re.compile(rb"\x1b\$[@B].{2,}?\x1b\([BJ]", re.DOTALL)
_SCORED_CHARS = 50_000
_ACCENTED_WORD = re.compile("[\u00c0-\u00ff]{4,}")  # no language writes four accented letters in a row often
_ACCENTED_WORD_LETTERS = 4
_CYRILLIC_WORD = re.compile("[\u0400-\u04ff]{4,}")
_INVERTED_WORD = re.compile("[\u0430-\u044f][\u0410-\u042f]{3,}")
_MISREAD_SHARE = 0.02
_REPLACEMENT = "\ufffd"
_WIDE = ("utf-16-le", "utf-16-be")


def decode(page: Page) -> Decoded:
    """The page's text and how it was obtained.

    Raises EmptyPage, WrongType (binary data) or Undecodable.
    """
    body = page.body
    if isinstance(body, str):
        return Decoded(body, "unicode", "caller")
    if not body.strip(b"\x00 \t\r\n\f"):
        raise EmptyPage("the page is empty")
    for bom, name in _BOMS:
        if body.startswith(bom):
            return _read(body[len(bom) :], name, "bom")
    declared = _declared(page, body)
    _refuse_binary(body, is_wide=any(name in _WIDE for name, _ in declared))
    whole = _utf8_beyond_ascii(body)
    if whole is not None:
        chosen_by = next((chosen_by for name, chosen_by in declared if name == "utf-8"), "utf-8")
        return Decoded(whole, "utf-8", chosen_by)
    if not declared and _JIS_ESCAPE.search(body):
        declared = (("iso2022_jp", "detector"),)
    for encoding, chosen_by in (*declared, ("utf-8", "utf-8")):
        try:
            text = body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if text.isascii() or not (_is_damaged(text) or _is_misread(text)):
            return Decoded(text, encoding, chosen_by)
    return _detect(body)


def _refuse_binary(body: bytes, *, is_wide: bool) -> None:
    head = body[:4096]
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise WrongType(f"the page is {what}, neither HTML nor text")
    if head[4:8] == b"ftyp":
        raise WrongType("the page is MP4 media, neither HTML nor text")
    if not is_wide and len(head) - len(head.translate(None, _CONTROL_BYTES)) > _BINARY_SHARE * len(head):
        raise WrongType("the page is binary data, neither HTML nor text")


def _declared(page: Page, body: bytes) -> tuple[tuple[str, str], ...]:
    """The declared encodings that are on the WHATWG list, and where each was declared; the header first."""
    content_type = page.content_type or next(
        (str(value) for key, value in page.headers.items() if key.lower() == "content-type"), ""
    )
    found: list[tuple[str, str]] = []
    header = _HEADER_CHARSET.search(content_type)
    name = _codec(header.group(1)) if header else None
    if name and (name not in _WIDE or b"\x00" in body):  # markup in UTF-16 has zero bytes
        found.append((name, "header"))
    meta = _META_CHARSET.search(body[:_META_WINDOW])
    name = _codec(meta.group(1).decode("ascii", "replace")) if meta else None
    if name:  # a meta that could be read as ASCII is not UTF-16
        found.append(("utf-8" if name.startswith("utf-16") else name, "meta"))
    return tuple(found)


def _codec(label: str) -> str | None:
    encoding = webencodings.lookup(label)
    if encoding is None or encoding.name in ("replacement", "x-user-defined"):
        return None
    return str(encoding.codec_info.name)


def _utf8_beyond_ascii(body: bytes) -> str | None:
    """The text of bytes that are valid UTF-8 and not ASCII alone; None for others."""
    if body.isascii():
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_damaged(text: str) -> bool:
    """Many replacement characters, or C1 controls, which no page means."""
    wrong = text.count(_REPLACEMENT) + len(re.findall("[\x80-\x9f]", text))
    return wrong > _DAMAGED_SHARE * len(text)


def _is_misread(text: str) -> bool:
    """Whether letters are those of another encoding: words made of accented Latin letters alone (Cyrillic or
    Greek bytes), or Cyrillic words whose capitals stand inside (KOI8-R read as Windows-1251).
    """
    letters = sum(map(str.isalpha, text[:_SCORED_CHARS]))
    if len(_ACCENTED_WORD.findall(text[:_SCORED_CHARS])) * _ACCENTED_WORD_LETTERS > _MISREAD_SHARE * letters:
        return True
    cyrillic = len(_CYRILLIC_WORD.findall(text[:_SCORED_CHARS]))
    return cyrillic > 0 and len(_INVERTED_WORD.findall(text[:_SCORED_CHARS])) > _MISREAD_SHARE * cyrillic


def _read(body: bytes, name: str, chosen_by: str) -> Decoded:
    text = body.decode(name, "replace")
    return _checked(text, name, chosen_by)


def _detect(body: bytes) -> Decoded:
    """Beautiful Soup's detector, after its repair of Windows bytes strewn into UTF-8."""
    from bs4.dammit import UnicodeDammit

    mended = UnicodeDammit.detwingle(body)
    whole = _utf8_beyond_ascii(mended)
    if whole is not None:
        return Decoded(whole, "utf-8", "detector", (Repair("windows-bytes-in-utf-8", 1),))
    text = body.decode("utf-8", "replace")
    flaws = text.count(_REPLACEMENT)
    if (
        flaws * _FLAWS_AGAINST < sum(1 for char in text if char > "\x7f") - flaws
    ):  # UTF-8 with a cut or a flaw
        return _checked(text, "utf-8", "detector")
    dammit = UnicodeDammit(body, is_html=True, exclude_encodings=["utf-8"])
    name = _codec(dammit.original_encoding or "")
    if name is None:
        raise Undecodable("no encoding reads these bytes; declare one in the content type")
    if name in _LATIN_CODECS:
        is_polish = _LETTER_SIGN_LETTER.search(body) is not None
        if not is_polish and _is_western(body):
            name = "cp1252"
        elif name in ("cp1252", "cp1254"):
            name = "cp1250"
    text = body.decode(name, "replace")
    if _is_misread(text):
        raise Undecodable("no encoding reads these bytes well; declare one in the content type")
    return _checked(text, name, "detector")


def _is_western(body: bytes) -> bool:
    """Whether single bytes beyond ASCII are rather those of Western than of Central European letters.

    Detectors cannot tell the two families by their shapes: each reads the other's bytes as letters.
    Windows-1252 is also what the web means where nobody says.
    """
    return sum(map(body.count, _WESTERN)) >= sum(map(body.count, _CENTRAL))


def _checked(text: str, name: str, chosen_by: str) -> Decoded:
    if _is_damaged(text):
        raise Undecodable(
            f"read as {name}, the page is damaged; declare another encoding in the content type"
        )
    flaws = text.count(_REPLACEMENT)
    return Decoded(text, name, chosen_by, (Repair("unreadable-bytes", flaws),) if flaws else ())
