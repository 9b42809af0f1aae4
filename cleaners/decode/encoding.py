"""Bytes to text: which encoding, and who chose it.

Order: byte order mark, then UTF-8 (bytes that are valid UTF-8 beyond ASCII are practically never anything
else), then what reads best (``charsets``), where the HTTP header and the page's own ``meta`` have a say but
not the last word. Only encodings of the WHATWG list are used, HZ, and code pages of DOS. A reading that looks like
damage is not kept.
"""

from __future__ import annotations

import codecs
import re

import webencodings
from msgspec import Struct

from copydesk.cleaners.decode.charsets import detect, escaped
from copydesk.cleaners.errors import IS_EMPTY, EmptyPage, Undecodable, WrongType
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page

# no UTF-32: browsers do not read it, and its mark in little-endian begins as that of UTF-16 does
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# text/html; charset="utf-8" (RFC 9110, 8.3.1)
_HEADER_CHARSET = lazy_pattern(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# <meta charset=x>, <meta http-equiv=… content="text/html; charset=x">, <?xml … encoding="x"?>
_META_CHARSET = lazy_pattern(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_META_WINDOW = 8192  # browsers look at 1,024 bytes; pages with long heads declare later
# how such files begin; a server may call any of them text/html
_MAGIC = {
    b"%PDF-": "a PDF", b"\x89PNG": "a PNG picture", b"GIF8": "a GIF picture", b"\xff\xd8\xff": "a JPEG picture",
    b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "gzip data", b"BZh": "bzip2 data", b"\xfd7zXZ": "xz data",
    b"\x28\xb5\x2f\xfd": "zstd data", b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7z archive",
    b"\x7fELF": "a program", b"OggS": "Ogg media", b"ID3": "MP3 audio", b"RIFF": "RIFF media",
    b"\xd0\xcf\x11\xe0": "an Office document", b"SQLite format 3": "a database",
}  # fmt: skip
# set by hand: a larger one lets compressed data in, a smaller one refuses pages with a few strays
_BINARY_SHARE = 0.02  # of control bytes, which text never has
_WIDE_ZEROS = 0.9  # of every second byte; set by hand: Latvian and Turkish have letters with two bytes
_WIDE_ZEROS_OF_MARKUP = 0.25  # set by hand
# tab, line and page ends stand in text, and escape (27) is how ISO-2022-JP changes its set
_CONTROL_BYTES = bytes(set(range(32)) - {9, 10, 12, 13, 27})
# set by hand: a larger one keeps texts one cannot read, a smaller one refuses pages for one bad box
_DAMAGED_SHARE = 0.01  # replacement characters among the letters beyond ASCII and ASCII alike
_FLAWS_AGAINST = 10  # well-formed letters beyond ASCII for each flaw: chance gives UTF-8 about one in ten
_AS_BROWSERS = {
    "shift_jis": "cp932", "euc_kr": "cp949", "gbk": "gb18030", "big5": "big5hkscs", "koi8-r": "koi8-u",
}  # fmt: skip
"""What browsers take these for: with the characters that vendors added (WHATWG)."""
_REPLACEMENT = "\ufffd"
_WIDE = ("utf-16-le", "utf-16-be")


class Repair(Struct, frozen=True):
    """One named change made to the decoded text before it was cut."""

    name: str
    count: int


class Decoded(Struct, frozen=True):
    """Text, and how to obtain it again: the encoding, who chose it, the repairs in order."""

    text: str
    encoding: str
    chosen_by: str  # bom | header | meta | utf-8 | detector | caller
    repairs: tuple[Repair, ...] = ()


def decode(page: Page) -> Decoded:
    """The page's text and how it was obtained.

    Raises EmptyPage, WrongType (binary data) or Undecodable.
    """
    body = page.body
    if isinstance(body, str):
        return Decoded(body, "unicode", "caller")
    if not body.strip(b"\x00 \t\r\n\f"):
        raise EmptyPage(IS_EMPTY)
    for bom, name in _BOMS:
        if body.startswith(bom):
            return _checked(body[len(bom) :].decode(name, "replace"), name, "bom")
    declared = _declared(page, body)
    if (wide := _wide_by_zeros(body)) is not None:
        declared = (*declared, (wide, "detector"))
    _refuse_binary(body, is_wide=any(name in _WIDE for name, _ in declared))
    # before what is declared: other encodings hardly ever give valid UTF-8, whatever a server says
    if (whole := _utf8_beyond_ascii(body)) is not None:
        chosen_by = next((chosen_by for name, chosen_by in declared if name == "utf-8"), "utf-8")
        return Decoded(whole, "utf-8", chosen_by)
    for name, chosen_by in declared:
        if name in _WIDE and not _is_damaged(body.decode(name, "replace")):
            return Decoded(body.decode(name, "replace"), name, chosen_by)
    if body.isascii():
        return _read_ascii(body, declared)
    return _mended(body) or _detect(body, declared)


def _wide_by_zeros(body: bytes) -> str | None:
    """UTF-16 without a byte order mark: from its start on, and further down, a zero byte beside nearly all letters,
    always on the same side; in markup, where names of elements are Latin and the text may not be, beside a part of
    them; no control signs.
    """
    heads = body[:64], body[:4096]
    shares = [[head[side::2].count(0) / len(head) * 2 for head in heads] for side in (0, 1)]
    for name, own, others in ((_WIDE[0], 1, 0), (_WIDE[1], 0, 1)):
        further = _WIDE_ZEROS_OF_MARKUP if body[others : others + 1] == b"<" else _WIDE_ZEROS
        begins, goes_on = shares[own]
        if begins >= _WIDE_ZEROS and goes_on >= further and max(shares[others]) <= 1 - _WIDE_ZEROS:
            head = heads[1].decode(name, "replace").encode("utf-8", "replace")
            return name if head.translate(None, _CONTROL_BYTES) == head else None
    return None


def _refuse_binary(body: bytes, *, is_wide: bool) -> None:
    head = body[:4096]
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise WrongType(f"the page is {what}, neither HTML nor text")
    # the type follows the length of the first box (ISO/IEC 14496-12)
    if head[4:8] == b"ftyp":
        raise WrongType("the page is MP4 media, neither HTML nor text")
    if not is_wide and len(head) - len(head.translate(None, _CONTROL_BYTES)) > _BINARY_SHARE * len(head):
        raise WrongType("the page is binary data, neither HTML nor text")


def _declared(page: Page, body: bytes) -> tuple[tuple[str, str], ...]:
    """The declared encodings that are on the WHATWG list, and where each was declared; the header first."""
    # names of fields are written in any case (RFC 9110, 5.1)
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
    # names of the list for what is unsafe to read, and for bytes that stay bytes: neither gives text
    if encoding is None or encoding.name in ("replacement", "x-user-defined"):
        return None
    name = str(encoding.codec_info.name)
    return _AS_BROWSERS.get(name, name)


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


def _read_ascii(body: bytes, declared: tuple[tuple[str, str], ...]) -> Decoded:
    """ASCII is the same in every encoding but for those that escape into their characters."""
    if (name := escaped(body)) is not None:
        return _checked(body.decode(name, "replace"), name, _who(name, declared))
    name, chosen_by = next((one for one in declared if one[0] not in _WIDE), ("utf-8", "utf-8"))
    return Decoded(body.decode("ascii"), name, chosen_by)


def _mended(body: bytes) -> Decoded | None:
    """UTF-8 with Windows bytes strewn in, or with a cut or a flaw; None where it is rather no UTF-8."""
    text = body.decode("utf-8", "replace")
    flaws = text.count(_REPLACEMENT)
    well_formed = sum(1 for char in text if char > "\x7f") - flaws
    if flaws >= well_formed:
        return None
    # imported where it is used: only pages with flaws in their UTF-8 come here
    from bs4.dammit import UnicodeDammit

    if (whole := _utf8_beyond_ascii(UnicodeDammit.detwingle(body))) is not None:
        return Decoded(whole, "utf-8", "detector", (Repair("windows-bytes-in-utf-8", 1),))
    return _checked(text, "utf-8", "detector") if flaws * _FLAWS_AGAINST < well_formed else None


def _detect(body: bytes, declared: tuple[tuple[str, str], ...]) -> Decoded:
    """In the encoding that reads best; the declared one where it reads as well as another."""
    name = detect(body, tuple(name for name, _ in declared if name != "utf-8" and name not in _WIDE))
    if name is None:
        raise Undecodable("no encoding reads these bytes well; declare one in the content type")
    return _checked(body.decode(name, "replace"), name, _who(name, declared))


def _who(name: str, declared: tuple[tuple[str, str], ...]) -> str:
    return next((chosen_by for one, chosen_by in declared if one == name), "detector")


def _checked(text: str, name: str, chosen_by: str) -> Decoded:
    if _is_damaged(text):
        raise Undecodable(
            f"read as {name}, the page is damaged; declare another encoding in the content type"
        )
    flaws = text.count(_REPLACEMENT)
    return Decoded(text, name, chosen_by, (Repair("unreadable-bytes", flaws),) if flaws else ())
