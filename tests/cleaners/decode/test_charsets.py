"""Texts in many languages × the encodings they are met in × what is declared: the right text or none, never
mojibake.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import tomli
from articles import ARTICLES
from each_case import hold

from copydesk import Page
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.decode.repair import repair
from copydesk.cleaners.errors import Undecodable

TEXTS: dict[str, str] = {code: " ".join(paragraphs) for code, paragraphs in ARTICLES.items()} | tomli.loads(
    Path(__file__).with_name("legacy_texts.toml").read_text("utf-8")
)
WEST = (("windows-1252", "cp1252"), ("iso-8859-15", "iso8859-15"), ("macintosh", "mac-roman"))
CENTRAL = (("windows-1250", "cp1250"), ("iso-8859-2", "iso8859-2"))
BALTIC = (("windows-1257", "cp1257"), ("iso-8859-13", "iso8859-13"))
CYRILLIC = (
    ("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("iso-8859-5", "iso8859-5"), ("ibm866", "cp866"),
    ("x-mac-cyrillic", "mac-cyrillic"),
)  # fmt: skip
WINDOWS_OR_ISO_CYRILLIC = (CYRILLIC[0], CYRILLIC[2])
JAPANESE = (("shift_jis", "cp932"), ("euc-jp", "euc_jp"), ("iso-2022-jp", "iso2022_jp"))
ENCODINGS: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("fr", "de", "es", "it", "pt", "nl", "sv", "da", "fi"), WEST),
    **dict.fromkeys(("en", "quotes"), (WEST[0], WEST[2])),
    **dict.fromkeys(("pl", "cs", "hu", "ro", "sk"), CENTRAL),
    "ru": CYRILLIC, "shout": CYRILLIC[:2],
    **dict.fromkeys(("bg", "sr", "be"), WINDOWS_OR_ISO_CYRILLIC),
    "uk": (*WINDOWS_OR_ISO_CYRILLIC, ("koi8-u", "koi8-u")),
    "el": (("windows-1253", "cp1253"), ("iso-8859-7", "iso8859-7")),
    "he": (("windows-1255", "cp1255"), ("iso-8859-8", "iso8859-8")),
    "ar": (("windows-1256", "cp1256"), ("iso-8859-6", "iso8859-6")),
    "tr": (("windows-1254", "cp1254"),), "lt": BALTIC, "lv": (*BALTIC, ("iso-8859-4", "iso8859-4")), "et": BALTIC[:1],
    "th": (("windows-874", "cp874"),), "ja": JAPANESE, "narrow": JAPANESE[:1],
    "ko": (("euc-kr", "euc_kr"), ("euc-kr", "cp949")),
    "zh": (("gb2312", "gbk"), ("gb18030", "gb18030"), ("gb2312", "hz")),
    "zht": (("big5", "big5"),),
}  # fmt: skip
RELATIVE = {
    "windows-1252": "windows-1250", "iso-8859-15": "iso-8859-2", "macintosh": "windows-1252", "windows-1250": "iso-8859-2",
    "iso-8859-2": "windows-1250", "windows-1251": "koi8-r", "windows-1253": "iso-8859-7", "iso-8859-7": "windows-1253",
    "windows-1255": "iso-8859-8", "iso-8859-8": "windows-1255", "windows-1256": "iso-8859-6", "iso-8859-6": "windows-1256",
    "windows-1254": "iso-8859-2", "windows-1257": "iso-8859-2", "iso-8859-13": "windows-1250", "iso-8859-4": "windows-1257",
    "windows-874": "windows-1252", "shift_jis": "euc-jp", "euc-jp": "shift_jis", "iso-2022-jp": "shift_jis",
    "euc-kr": "gb2312", "gb2312": "big5", "gb18030": "big5", "big5": "gb2312",
}  # fmt: skip
"""What a page in the encoding may be declared as by mistake; the Cyrillic ones not named here as Windows-1251."""
WITHOUT_PROFILE = frozenset({"be", "sr"})  # languages that a few words do not distinguish from others
CASES = [(language, label, codec) for language, known in ENCODINGS.items() for label, codec in known]


def page_of(text: str, label: str | None) -> str:
    """A page of one paragraph among much markup, which is ASCII and no evidence."""
    meta = f"<meta charset={label}>" if label else ""
    menu = "".join(f"<li><a class='item' href='/section/{n}'>Page {n}</a></li>" for n in range(9))
    return f"<html><head>{meta}</head><body><ul>{menu}</ul><p>{text}</p><script>let a = '<b>';</script></body></html>"


def outcome(text: str, label: str | None, codec: str) -> str:
    page = page_of(text, label)
    try:
        found = repair(decode(Page(body=page.encode(codec))))
    except Undecodable:
        return "undecodable"
    is_same = unicodedata.normalize("NFC", found.text) == unicodedata.normalize("NFC", page)
    return "right" if is_same else f"mojibake in {found.encoding}"


DECLARED = ("rightly", "as utf-8", "as iso-8859-1", "as a relative", "not at all")


@pytest.mark.parametrize(("language", "label", "codec"), CASES)
def test_a_legacy_page_is_read_as_it_was_meant(language: str, label: str, codec: str) -> None:
    hold(is_read_as_meant, ((language, label, codec, declared) for declared in DECLARED))


def is_read_as_meant(language: str, label: str, codec: str, declared: str) -> None:
    label_declared = {
        "rightly": label, "as utf-8": "utf-8", "as iso-8859-1": "iso-8859-1",
        "as a relative": RELATIVE.get(label, "windows-1251"), "not at all": None,
    }[declared]  # fmt: skip
    text = TEXTS[language].encode(codec, "ignore").decode(codec)
    assert outcome(text, label_declared, codec) == "right"
    short = text[: len(text) // 4]
    if (
        language not in WITHOUT_PROFILE and sum(char > "\x7f" for char in short) > 2
    ):  # one or two letters may be those of several encodings
        assert outcome(short, label_declared, codec) in ("right", "undecodable")


DOS = {
    "cp437": "de en es fi fr it nl pt sv", "cp850": "da de es fi fr it nl pt sv", "cp852": "cs hu pl ro sk",
    "cp857": "tr", "cp775": "et lt lv",
}  # fmt: skip
"""Code pages that no page can declare, as they are not on the WHATWG list."""


@pytest.mark.parametrize(("codec", "languages"), DOS.items())
def test_a_page_from_dos_is_read_as_it_was_meant(codec: str, languages: str) -> None:
    for language in languages.split():
        text = TEXTS[language].encode(codec, "ignore").decode(codec)
        for declared in ("utf-8", "iso-8859-1", None):
            assert outcome(text, declared, codec) == "right", (language, declared)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Über das Budget für nächstes Jahr", "cp437"), ("Pääministeri sanoi, että työ jatkuu", "cp850"),
        ("Skolan på ön får nya lärare i höst", "cp437"), ("El año próximo habrá más inversión", "cp850"),
        ("Łódka płynie przez jezioro, a dzieci śpią", "cp852"), ("Gelecek yıl bütçe görüşülecek, diyor başkan", "cp857"),
    ],
)  # fmt: skip
def test_a_few_words_from_dos_are_read_rightly_or_not_at_all(text: str, codec: str) -> None:
    for declared in ("utf-8", None):
        assert outcome(text, declared, codec) in ("right", "undecodable"), declared


@pytest.mark.parametrize("declared", [None, "windows-1252", "shift_jis", "gb2312", "utf-8"])
def test_noise_is_no_text_in_any_encoding(declared: str | None) -> None:
    noise = bytes((seed * 7919 + seed**2 * 31 + seed // 7) % 128 + 128 for seed in range(4_000))
    meta = f"<meta charset={declared}>".encode() if declared else b""
    with pytest.raises(Undecodable):
        decode(Page(body=meta + b"<p>" + noise.replace(b"\x8d", b"") + b"</p>"))


def test_a_tilde_in_an_ascii_page_does_not_make_it_chinese() -> None:
    page = "<p>Write ~{ab cd~} in the shell, or ~{name~}, and let it be.</p>"
    assert decode(Page(body=page.encode())).text == page


def test_bytes_beyond_ascii_in_markup_alone_are_no_evidence() -> None:
    page = "<html><!-- \xe9t\xe9 --><p title='\xe9'>The clock struck noon.</p></html>"
    assert decode(Page(body=page.encode("cp1252"))).text == page
