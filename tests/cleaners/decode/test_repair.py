"""Named repairs of decoded text: what each mends, what it does not touch, and that the record names it."""

from __future__ import annotations

import pytest

from copydesk import clean
from copydesk.cleaners.decode.encoding import Decoded, Repair
from copydesk.cleaners.decode.repair import has_content_credentials, repair


def mend(text: str) -> tuple[str, list[str]]:
    found = repair(Decoded(text, "unicode", "caller"))
    return found.text, [step.name for step in found.repairs]


@pytest.mark.parametrize(("damaged", "mended"), [
    ("L'horloge a Ã©tÃ© rÃ©parÃ©e", "L'horloge a été réparée"),
    ("Noon at last, â€œsaidâ€\x9d the guard", "Noon at last, “said” the guard"),
    ("Die Uhr schlÃ¤gt zwÃ¶lf", "Die Uhr schlägt zwölf"), ("ÐžÐ½Ð¸ Ð¿Ñ€Ð¾Ð±Ð¸Ð»Ð¸", "Они пробили"),
])  # fmt: skip
def test_utf_8_read_as_windows_1252_is_read_again(damaged: str, mended: str) -> None:
    text, names = mend(damaged)
    assert text == mended
    assert "mojibake" in names


@pytest.mark.parametrize("codepage", ["cp437", "cp850"])
@pytest.mark.parametrize("sound", [
    "L’horloge a été réparée à Noël", "“Noon” at last — said the guard…",
    "Die Uhr schlägt zwölf,\nist größer «als» Öl", "Они пробили полночь", "The café is open",
])  # fmt: skip
def test_utf_8_read_by_a_code_page_of_dos_is_read_again(sound: str, codepage: str) -> None:
    assert mend(sound.encode().decode(codepage)) == (sound, ["dos-as-utf-8"])


SOUND = {
    "box drawing": ("src\n├── café\n└── thé\n", "┌─────┐\n│ été │\n└─────┘"),
    "signs of DOS that are not all damage": ("ÔÇ is how ’ begins, read by cp850: ÔÇÖ, été", "Γλώσσα, ΓÇ", "ðÐ", "Ô Ç, é"),
    "a letter in each of two code pages": ("┼¥",),
    "letters with marks, quotation marks": ("SÃO PAULO, 20 DE NOVEMBRO", "naïve façade, Zürich, Æon", "“Noon” — at last…", "Ça c’est l’été"),
    "characters with a meaning": tuple(f"no{kept}on" for kept in "\t\n\r\x0c\u200d\u200f\ufe0f\u2028"),
}  # fmt: skip


@pytest.mark.parametrize("text", [text for texts in SOUND.values() for text in texts])
def test_sound_text_stays(text: str) -> None:
    assert mend(text) == (text, [])


def test_one_damaged_line_does_not_change_the_others() -> None:
    sound = "Ã is a letter of Portuguese: SÃO JOÃO.\n"
    assert mend(sound + "L'horloge a Ã©tÃ© rÃ©parÃ©e\n")[0] == sound + "L'horloge a été réparée\n"


def test_c1_controls_are_windows_bytes() -> None:
    assert mend("\x93Noon\x94 \x97 4 \x80") == ("“Noon” — 4 €", ["c1-as-windows-1252"])


@pytest.mark.parametrize("control", list(map(chr, (0, 0x0B, 0x1B, 0x7F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF))))
def test_controls_and_lone_surrogates_are_removed(control: str) -> None:
    assert mend(f"no{control}on") == ("noon", ["control-characters"])


def selectors(data: bytes) -> str:
    """Bytes written as variation selectors, the way C2PA embeds a manifest in text."""
    return "\ufeff" + "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in data)


def test_embedded_content_credentials_are_noticed_and_taken_out() -> None:
    manifest = selectors(b"C2PATXT\x00\x01" + bytes(range(40)))
    paragraph = "The clock of the town hall struck noon on Friday for the first time in eleven years."
    assert has_content_credentials(paragraph + manifest)
    assert mend(paragraph + manifest) == (paragraph, ["content-credentials"])
    record = clean(f"<p>{paragraph}{manifest}</p><p>{paragraph.upper()}</p>")
    assert record.provenance.content_credentials is True
    assert paragraph in record.text
    assert any(step.startswith("content-credentials") for step in record.processing.repairs)


def test_a_long_run_of_selectors_that_is_no_manifest_is_no_credential() -> None:
    assert not has_content_credentials("text" + selectors(b"SOMETHING ELSE"))
    assert not has_content_credentials("a heart ❤\ufe0f")


def test_repairs_are_reported_in_their_order_with_their_number() -> None:
    found = repair(Decoded("\x00\x00L'Ã©tÃ©", "utf-8", "meta", (Repair("unreadable-bytes", 3),)))
    assert found.text == "L'été"
    assert [(step.name, step.count) for step in found.repairs] == [
        ("unreadable-bytes", 3), ("mojibake", 2), ("control-characters", 2),
    ]  # fmt: skip


def test_a_page_on_one_line_is_mended_piece_by_piece() -> None:
    filler = "<p>Die Uhr schlägt, aber 時計も鳴る。</p>" * 300
    damaged = f"{filler}<p>Noon, â€œsaidâ€\x9d the guard of the cafÃ©.</p>{filler}"
    assert mend(damaged) == (f"{filler}<p>Noon, “said” the guard of the café.</p>{filler}", ["mojibake"])


@pytest.mark.parametrize("sound", ["c'é…", "«Á» Â 20", "VOILÀ…", "Ñ–", "日本é…語"])
def test_letters_beside_signs_are_no_damage(sound: str) -> None:
    assert mend(sound) == (sound, [])
    assert mend(f"<p>{sound}</p>" + "<p>x</p>" * 1_000) == (f"<p>{sound}</p>" + "<p>x</p>" * 1_000, [])
