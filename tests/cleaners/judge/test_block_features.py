"""What a block is by itself, as numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.judge.block_features import HEAD_CHARS, OWN, measure_own, table_of
from copydesk.cleaners.types import Block, Kind

PROSE = "The clock of the town hall struck noon on Friday for the first time."


def block(raw: str, **more: object) -> Block:
    kind = more.pop("kind", Kind.PARAGRAPH)
    return Block(0, kind, raw, **more)  # type: ignore[arg-type]


def of(raw: str, **more: object) -> dict[str, float]:
    """The measures of one block, by name."""
    return dict(zip(OWN, measure_own([block(raw, **more)]).table[0].tolist(), strict=True))


@pytest.mark.parametrize(("raw", "name"), [
    ("Noon at last.", "ends_sentence"), ("正午になった。", "ends_sentence"), ("दोपहर हो गई।", "ends_sentence"),
    ("Noon at last …", "is_cut"), ("Noon at last...", "is_cut"), ("Noon at last [...]", "is_cut"),
    ("noon at last", "starts_lower"), ("Is it noon? Yes", "has_question"), ("正午ですか？", "has_question"),
    ("هل حان الوقت؟", "has_question"), ("At noon:", "ends_colon"), ("正午：", "ends_colon"),
])  # fmt: skip
def test_a_sign_is_seen_in_any_script(raw: str, name: str) -> None:
    assert of(raw)[name] == 1.0
    assert of("Noon at last")[name] == 0.0


@pytest.mark.parametrize(("raw", "more", "is_prose"), [
    (PROSE, {}, 1.0), ("Read our privacy policy.", {}, 0.0), (PROSE.rstrip("."), {}, 0.0), ("noon " * 25, {}, 1.0),
    ("noon " * 24, {}, 0.0), ("時計台の鐘が十一年ぶりに正午を打ち、広場には二百人ほどが集まった。", {}, 1.0), ("時計台。", {}, 0.0),
    (PROSE, {"link_chars": 20}, 1.0), (PROSE, {"link_chars": 40}, 0.0), (PROSE, {"is_hidden": True}, 0.0),
    (PROSE, {"kind": Kind.CONTROL}, 0.0), (PROSE, {"kind": Kind.QUOTE}, 1.0),
])  # fmt: skip
def test_what_counts_as_prose(raw: str, more: dict[str, object], is_prose: float) -> None:
    assert of(raw, **more)["is_prose"] == is_prose


def test_lengths_are_counted_without_white_space_at_the_ends() -> None:
    own = measure_own([block("  two words \n"), block("x"), block("一二三四五六七八九十")])
    assert own.chars.tolist() == [9, 1, 10]
    assert own.words[:2].tolist() == [2, 1]
    assert own.words[2] > 1


def test_words_beyond_the_head_are_taken_to_be_like_it() -> None:
    (words,) = measure_own([block("noon " * 2_000)]).words
    assert words == pytest.approx(2_000, rel=0.01)


def test_links_are_a_share_of_the_text() -> None:
    own = measure_own([block("abcd", link_chars=1), block("abcd", link_chars=4), block("abcd")])
    assert own.links.tolist() == [0.25, 1.0, 0.0]


def test_gaps_are_those_before_and_behind() -> None:
    table = measure_own([block("a"), block("b", gap=1), block("c", gap=9)]).table
    assert table[:, OWN.index("gap_before")].tolist() == [0, 1, 3]
    assert table[:, OWN.index("gap_after")].tolist() == [1, 3, 0]


@pytest.mark.parametrize("kind", Kind)
def test_a_block_is_of_one_kind(kind: Kind) -> None:
    found = of("Noon", kind=kind)
    assert [kind for kind in Kind if found[f"is_{kind}"]] == [kind]


def test_no_measure_outweighs_all_others() -> None:
    found = of("x" * 5_000 + "\ta" * 100, gap=50)
    assert (found["cells"], found["gap_before"]) == (8, 3)
    assert of("x" * 5_000)["chars_a_word"] == 30


def test_columns_are_in_the_order_of_their_names_and_one_number_is_a_column() -> None:
    assert table_of(("b", "a"), {"a": np.array([1.0, 2.0]), "b": 7.0}).tolist() == [[7.0, 1.0], [7.0, 2.0]]


@given(st.lists(st.text(min_size=1, max_size=40).filter(str.strip), min_size=1, max_size=5))
def test_measures_of_a_block_do_not_depend_on_others(raws: list[str]) -> None:
    together = measure_own([block(raw) for raw in raws]).table
    assert np.isfinite(together).all()
    for row, raw in zip(together, raws, strict=True):
        assert row == pytest.approx(measure_own([block(raw)]).table[0])


@given(st.lists(st.text(st.characters(), max_size=60).filter(bool), min_size=1, max_size=8))
def test_signs_are_counted_as_python_counts_them(texts: list[str]) -> None:
    own = measure_own([block(text) for text in texts])
    for text, row, chars in zip(map(str.strip, texts), own.table, own.chars, strict=True):
        assert chars == len(text)
        for name, is_one in (("upper", str.isupper), ("word", str.isalnum), ("digit", _is_digit)):
            share = row[OWN.index(f"{name}_share")]
            assert round(share * max(1, len(text))) == sum(map(is_one, text)), name


def _is_digit(char: str) -> bool:
    return char.isalnum() and char.isdigit()


def test_words_are_runs_of_letters_in_the_head_of_a_text() -> None:
    texts = ["Two words", " ", "naïve Straße, 12", "x " * HEAD_CHARS]
    assert measure_own([block(text) for text in texts]).words.round().tolist() == [2, 0, 3, HEAD_CHARS]


def test_half_characters_are_no_letters() -> None:
    whole, half = measure_own([block("the lake, the lake"), block("the\ud800lake, the lake")]).words
    assert whole == half == 4
    assert of("\udfff")["ends_sentence"] == 0.0
