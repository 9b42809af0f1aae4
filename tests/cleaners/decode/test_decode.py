"""Bytes to text: who may choose the encoding, what is refused, and that the record shows it."""

from __future__ import annotations

import codecs
import gzip

import pytest

from copydesk import Page, clean_page
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.errors import Undecodable, WrongType
from copydesk.cleaners.text_forms import letters

FRENCH = "<p>L'école a réparé l'horloge : « midi, enfin », a crié le gardien, et la foule a chanté jusqu'à la nuit tombée.</p>"
ENGLISH = "<p>“Noon at last,” said the guard — and the crowd sang for 4 € a head until it was dark.</p>"
JAPANESE = "<p>市役所の時計が金曜日、十一年ぶりに正午の鐘を鳴らし、約二百人が広場に集まった。</p>"
RUSSIAN = "<p>Часы на ратуше в пятницу впервые за одиннадцать лет пробили полдень, пришли двести человек.</p>"


def with_meta(label: str, markup: str) -> str:
    return f"<html><head><meta charset={label}></head><body>{markup}</body></html>"


@pytest.mark.parametrize(
    ("label", "codec", "markup"),
    [("iso-8859-1", "cp1252", FRENCH), ("shift_jis", "shift_jis", JAPANESE), ("koi8-r", "koi8-r", RUSSIAN)],
)
def test_a_declared_encoding_is_used(label: str, codec: str, markup: str) -> None:
    content_type, page = f'text/html; charset="{label}"', with_meta(label, markup)
    for found, text, origin in (
        (decode(Page(body=page.encode(codec))), page, "meta"),
        (decode(Page(body=markup.encode(codec), content_type=content_type)), markup, "header"),
        (decode(Page(body=markup.encode(codec), headers={"Content-Type": content_type})), markup, "header"),
    ):
        assert (found.text, found.chosen_by) == (text, origin)
        assert codecs.lookup(found.encoding)


KOI8, UTF_8 = "text/html; charset=koi8-r", "text/html; charset=utf-8"
CHOSEN = {
    "the header before the page": (with_meta("shift_jis", RUSSIAN), "koi8-r", KOI8, "header"),
    "a header that cannot be": (FRENCH, "cp1252", UTF_8, "detector"),
    "UTF-8 declared in the page": (with_meta("utf-8", FRENCH), "utf-8", None, "meta"),
    "UTF-8 declared in the header": (FRENCH, "utf-8", UTF_8, "header"),
    "UTF-8 that nobody declares": (FRENCH, "utf-8", None, "utf-8"),
    "UTF-16 declared in ASCII": (with_meta("utf-16", FRENCH), "utf-8", None, "meta"),
    "UTF-16 in the header, for other bytes": (FRENCH, "utf-8", "text/html; charset=utf-16", "utf-8"),
}


@pytest.mark.parametrize("case", CHOSEN)
def test_who_chooses_the_encoding(case: str) -> None:
    text, codec, content_type, origin = CHOSEN[case]
    found = decode(Page(body=text.encode(codec), content_type=content_type))
    assert (found.text, found.chosen_by) == (text, origin)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_goes_before_all(codec: str) -> None:
    page = with_meta("koi8-r", JAPANESE)
    body = f"\ufeff{page}".encode(codec)
    found = decode(Page(body=body, content_type="text/html; charset=windows-1252"))
    assert (found.text, found.encoding, found.chosen_by) == (page, codec, "bom")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("markup", [JAPANESE, ENGLISH])
def test_utf_16_without_its_mark_needs_a_header(codec: str, markup: str) -> None:
    body = markup.encode(codec)
    found = decode(Page(body=body, content_type=f"text/html; charset={codec.replace('6-', '6')}"))
    assert (found.text, found.chosen_by) == (markup, "header")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_nobody_declares_is_known_by_its_zeros(codec: str) -> None:
    for text in (ENGLISH, FRENCH, "The clock strikes noon again."):
        found = decode(Page(body=text.encode(codec)))
        assert (found.text, found.encoding, found.chosen_by) == (text, codec, "detector")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("markup", [RUSSIAN, JAPANESE])
def test_utf_16_of_any_script_is_known_by_the_zeros_of_its_markup(codec: str, markup: str) -> None:
    page = f"<!DOCTYPE html><html lang=zxx><head><title>{markup[3:20]}</title></head><body>{markup * 9}</body></html>"
    found = decode(Page(body=page.encode(codec)))
    assert (found.text, found.encoding, found.chosen_by) == (page, codec, "detector")


@pytest.mark.parametrize("body", [
    JAPANESE.encode("utf-16-le"), bytes(number for pair in range(3000) for number in (pair % 7, 0)),
])  # fmt: skip
def test_what_might_be_utf_16_is_never_kept_as_noise(body: bytes) -> None:
    record = clean_page(Page(body=body))
    assert (record.status, record.text) == ("rejected", "")


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "shift_jis", "gbk", "us-ascii"])
def test_utf_8_is_utf_8_whatever_is_declared(label: str) -> None:
    for markup in (FRENCH, JAPANESE, RUSSIAN):
        found = decode(Page(body=markup.encode(), content_type=f"text/html; charset={label}"))
        assert (found.text, found.encoding, found.chosen_by) == (markup, "utf-8", "utf-8")


@pytest.mark.parametrize(
    ("codec", "markup"), [("cp1252", FRENCH), ("koi8-r", RUSSIAN), ("shift_jis", JAPANESE)]
)
def test_what_nobody_declares_is_detected(codec: str, markup: str) -> None:
    record = clean_page(Page(body=(markup * 8).encode(codec)))
    assert record.processing.encoding_chosen_by == "detector"
    assert letters(record.text) == letters(markup.removeprefix("<p>").removesuffix("</p>")) * 8


@pytest.mark.parametrize(
    "label",
    ["utf-7", "hex", "base64", "rot13", "zip", "unicode_escape", "idna", "nonsense", "x-user-defined"],
)
def test_codecs_off_the_list_of_the_web_are_never_run(label: str) -> None:
    body = with_meta(label, "<p>+ADw-b+AD4- 616263 is what the page says, letter by letter.</p>")
    for page in (
        Page(body=body.encode()),
        Page(body=body.encode(), content_type=f"text/html; charset={label}"),
    ):
        found = decode(page)
        assert (found.text, found.encoding) == (body, "utf-8")


def test_windows_bytes_strewn_into_utf_8_are_mended_and_reported() -> None:
    found = decode(Page(body=((FRENCH * 3).encode() + b"<p>\x93Noon\x94 \x97 at last</p>")))
    assert found.text.endswith("<p>“Noon” — at last</p>")
    assert [step.name for step in found.repairs] == ["windows-bytes-in-utf-8"]


@pytest.mark.parametrize("cut", [1, 2])
def test_a_character_cut_in_two_at_the_end_costs_only_itself(cut: int) -> None:
    record = clean_page(Page(body=((JAPANESE * 10).encode() + "鐘".encode()[:cut])))
    assert record.status == "ok"
    assert "十一年ぶりに正午の鐘" in record.text
    assert record.processing.encoding == "utf-8"


def test_undecodable_bytes_are_rejected() -> None:
    assert clean_page(Page(body=b"<p>" + (bytes(range(128, 256)) * 40))).status == "rejected"
    with pytest.raises(Undecodable):
        decode(Page(body=b"\xff\xfe" + bytes(range(0xD8, 0xE0)) * 400))


BINARY = {
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "png": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "gif": b"GIF89a" + bytes(32), "jpeg": b"\xff\xd8\xff\xe0" + bytes(32), "zip": b"PK\x03\x04" + bytes(32),
    "gzip": gzip.compress(FRENCH.encode(), mtime=0), "bzip2": b"BZh91AY&SY", "xz": b"\xfd7zXZ\x00",
    "zstd": b"\x28\xb5\x2f\xfd\x04", "rar": b"Rar!\x1a\x07\x01", "7z": b"7z\xbc\xaf\x27\x1c",
    "elf": b"\x7fELF\x02\x01", "ogg": b"OggS" + bytes(16), "mp3": b"ID3\x04" + bytes(16),
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ", "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "sqlite": b"SQLite format 3\x00", "mp4": b"\x00\x00\x00\x20ftypisom",
    "woff2": b"wOF2\x00\x01\x00\x00" + bytes(32),
    "class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(range(32)),
    "every byte": bytes(range(256)) * 8,
}  # fmt: skip


@pytest.mark.parametrize("kind", BINARY)
def test_binary_data_is_rejected_as_such(kind: str) -> None:
    with pytest.raises(WrongType):
        decode(Page(body=BINARY[kind]))
    record = clean_page(Page(body=BINARY[kind], content_type="text/html"))
    assert (record.status, (record.reason or "").split(":")[0]) == ("rejected", "wrong_type")


@pytest.mark.parametrize(
    "body", [b"", b"\x00" * 100, b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe", "", " \n", "\x00\x00"]
)
def test_nothing_is_rejected_as_empty(body: bytes | str) -> None:
    record = clean_page(Page(body=body))
    assert (record.status, (record.reason or "").split(":")[0]) == ("rejected", "empty")


def test_text_from_the_caller_is_taken_as_it_is() -> None:
    found = decode(Page(body=with_meta("koi8-r", FRENCH), content_type="text/html; charset=shift_jis"))
    assert (found.text, found.encoding, found.chosen_by) == (with_meta("koi8-r", FRENCH), "unicode", "caller")
