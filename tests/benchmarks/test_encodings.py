"""``benchmarks.encodings``: texts in every codec that holds them, each once."""

from __future__ import annotations

from benchmarks.encodings import DETECTORS, accuracy, cut_at, encoded

RUSSIAN = "В среду утром паром снова вышел из гавани, и чайки провожали его до самого маяка. " * 3
DANISH = "Færgen sejlede igen onsdag morgen – og mågerne fulgte den helt ud til fyret på øen. " * 3
JAPANESE = "水曜日の朝、フェリーは再び港を出た。カモメが灯台まで見送った。" * 6


def test_a_text_comes_in_each_codec_that_holds_it_and_no_bytes_twice() -> None:
    for text in (RUSSIAN, DANISH, JAPANESE):
        pieces = list(encoded(text))
        assert len({piece.body for piece in pieces}) == len(pieces) >= 3
    # cp1251, KOI8-U, ISO 8859-5, cp866 and that of Macintosh computers
    assert len(list(encoded(RUSSIAN))) == 5
    assert any(piece.is_dos for piece in encoded(DANISH))
    # the dash, where a codec has none
    assert {piece.text for piece in encoded(DANISH)} == {DANISH, DANISH.replace("–", "-")}


def test_readings_count_by_their_text() -> None:
    pieces = [piece for text in (RUSSIAN, JAPANESE) for piece in encoded(text)]
    shares, milliseconds = accuracy(pieces, DETECTORS["copydesk"])
    assert shares == {False: 1.0}
    assert milliseconds > 0
    assert accuracy(pieces, lambda body: body.decode("cp1251", "replace"))[0][False] == 1 / len(pieces)


def test_a_cut_holds_a_letter_beyond_ascii_however_many_signs_come_before_it() -> None:
    text = "The ferry sails… " * 40 + RUSSIAN
    for length in (60, 200):
        cut = cut_at(text, length)
        assert cut[20:23] == "В с"
        assert len(cut) == length
    assert cut_at(text, None) == text
