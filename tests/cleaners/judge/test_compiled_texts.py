"""The compiled reading of texts gives what the plain functions give, whatever the texts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from unicodedata import category

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_blocks import html_blocks

from copydesk._core import compiled
from copydesk.cleaners.judge.block_features import _KINDS, READER, measure_own, plain_facts
from copydesk.cleaners.judge.page_texts import (
    _key,
    _tokens,
    plain_repeats,
    plain_shared_words,
    repeats,
    shared_words,
)
from copydesk.cleaners.lexicon.words import folded_words, plain_folded_words
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.cleaners.types import Block, Kind

if compiled("texts") is None and os.environ.get("REQUIRE_CORE") != "1":
    pytest.skip("copydesk was installed without a compiler", allow_module_level=True)

PAGES = sorted((Path(__file__).resolve().parents[3] / "seeds" / "pages").rglob("*.html"))
# letters with a small letter of two characters or of two forms, digits and numbers that are none, spaces, marks, and
# letters that have two, three and four bytes
SIGNS = (
    "a", "B", "is", "The ", "lake", " ", "  ", "\n", "\t", "\xa0", "\u3000", "\x1c", "\x85", "\0", "_", "#", ".", "...", "…", "]",
    "?", "？", "؟", ":", "：", "\"", "”", "»", ")", "。", "|", "$", "1", "1,000", "12 000", "3.", "٣", "²", "½", "Ⅷ", "é", "É", "ß",
    "İ", "ı", "i\u0307", "\u0307", "Σ", "ΑΣ", "ς", "K", "ŉ", "ά", "Ж", "ж", "ก", "\u0e34", "あ", "湖", "\u309b", "한", "हिं", "Ⱥ",
    "\U0001f600", "\U00020000", "\U00010400",
)  # fmt: skip
text = st.one_of(st.text(), st.lists(st.sampled_from(SIGNS), max_size=40).map("".join))
# all that Python's Unicode names, and some that it does not
CODES = [
    code
    for code in range(0x110000)
    if not 0xD800 <= code <= 0xDFFF and (category(chr(code)) not in ("Cn", "Co") or code % 999 == 1)
]


def block(raw: str, index: int = 0, kind: Kind = Kind.PARAGRAPH) -> Block:
    return Block(index, kind, raw, level=index % 3, link_chars=index % (len(raw) + 1), gap=index % 4)


def is_like_plain(texts: Sequence[str]) -> bool:
    """Whether blocks of these texts, the first of which is the title, are measured alike."""
    blocks = [block(raw, at, _KINDS[at % len(_KINDS)]) for at, raw in enumerate(texts)]
    facts = READER.facts(blocks, _KINDS, ends_with_terminal)
    shared = READER.shared_words([*texts], texts[0], _tokens)
    return (
        np.array_equal(facts, plain_facts(blocks))
        and np.array_equal(READER.repeats(blocks, _key), plain_repeats(blocks))
        and shared in (None, plain_shared_words(texts, texts[0]))
        and list(map(folded_words, texts)) == list(map(plain_folded_words, texts))
    )


@settings(max_examples=100)
@given(st.lists(text.filter(bool), min_size=1, max_size=8))
def test_any_texts_are_measured_alike(texts: list[str]) -> None:
    texts = [raw.encode("utf-8", "replace").decode() for raw in texts]
    assert is_like_plain([*texts, texts[0].upper(), f" {texts[0]}\n"])


def test_usual_titles_are_read_by_the_core() -> None:
    texts = ["Ice melts on the lakes", "Sport", "The ice of the lakes"]
    found = READER.shared_words(texts, "Ice melts | The Gazette", _tokens)
    assert found == plain_shared_words(texts, "Ice melts | The Gazette")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_blocks_of_pages_are_measured_alike(page: Path) -> None:
    assert is_like_plain([one.raw for one in html_blocks(page.read_text("utf-8", "replace"))])


@pytest.mark.slow
def test_every_character_is_taken_alike() -> None:
    for at in range(0, len(CODES), 0x800):
        chars = map(chr, CODES[at : at + 0x800])
        assert is_like_plain([f"{char}a{char}b 1{char}2{char}" for char in chars])


@pytest.mark.parametrize(
    "raw",
    ["lake " * 200_000, "湖" * 300_000, "." * 300 + " a b" * 5_000, " " * 500 + "é", "1 " * 90_000, "\0"],
)
def test_long_texts_are_measured_alike(raw: str) -> None:
    assert is_like_plain(["lake", raw, raw[:400], raw[:399] + "Ab", raw[:3_000]])


@pytest.mark.parametrize("words", [127, 128, 129, 200])
def test_long_titles_are_measured_alike(words: int) -> None:
    title = "".join(chr(0x4E00 + at % 150) for at in range(words))
    texts = [title, title[::-1], title * 2, "一", "other"]
    assert shared_words(texts, title) == plain_shared_words(texts, title)
    assert is_like_plain(texts)


def test_lone_surrogates_are_left_to_the_plain_functions() -> None:
    texts = ["The lake", "the\ud800lake", "lake \udfff?", "\udfff"]
    blocks = [block(raw) for raw in texts]
    assert READER.facts(blocks, _KINDS, ends_with_terminal) is None
    assert len(measure_own(blocks).chars) == len(blocks)
    assert np.array_equal(repeats(blocks), plain_repeats(blocks))
    for head in texts:
        assert shared_words(texts, head) == plain_shared_words(texts, head)
    assert list(map(folded_words, texts)) == list(map(plain_folded_words, texts))


def test_no_texts_are_no_measures() -> None:
    assert READER.facts([], _KINDS, ends_with_terminal).shape[1] == 0
    assert READER.repeats([], _key).shape == (2, 0)
    assert READER.shared_words([], "", _tokens) == (0, [])


def test_what_is_no_plain_text_is_taken_as_by_the_plain_function() -> None:
    class Title(str):
        """As those of lxml's."""

        __slots__ = ()

    assert folded_words(Title("The Lake")) == ["the", "lake"]
    assert is_like_plain([Title("The Lake"), "lake"])
    for wrong in (None, 1):
        with pytest.raises(AttributeError):
            folded_words(wrong)  # type: ignore[arg-type]


def test_what_a_character_is_is_asked_once() -> None:
    asked: list[str] = []

    def ask(char: str) -> tuple[int, str, bool, bool]:
        asked.append(char)
        return 0, char.lower(), char.isalnum(), False

    folding = sys.modules["copydesk._core.texts"].Folding(ask, plain_folded_words)  # type: ignore[attr-defined]
    assert folding.folded_words("Lake, lake") == folding.folded_words("Lake Lake") == ["lake", "lake"]
    assert sorted(asked) == sorted(set(asked))
