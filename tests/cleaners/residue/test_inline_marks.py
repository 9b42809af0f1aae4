"""Marks of HTML and Markdown that are letters in plain text: blanked, and nothing else moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.residue.inline_marks import as_shown, without_inline_marks, without_line_marks


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [the clock](https://a.example/clock).", "See the clock ."),
        ("![Old clock](/a.jpg) at noon", "Old clock at noon"),
        ("<b>Noon</b> at <a href='/x'>last</a>", "Noon at last"),
        ("</p>Noon", "Noon"),
        ("**Noon** at *last*, ~~one~~, _so_", "Noon at last , one , so"),
        ("***Noon***", "Noon"),
        # what only looks like a mark
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
        ("a < b > c", "a < b > c"),
        ("[1] and (2)", "[1] and (2)"),
        ("[a] (b)", "[a] (b)"),
        ("", ""),
    ],
)
def test_marks_are_blanked(text: str, shown: str) -> None:
    blanked = without_inline_marks(text)
    assert " ".join(blanked.split()) == shown
    assert len(blanked) == len(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# Noon", "Noon"),
        ("###### Noon", "Noon"),
        ("> Noon", "Noon"),
        (">> Noon", "Noon"),
        ("- Noon\n* at\n• last", "Noon\nat\nlast"),
        ("  \t- Noon", "Noon"),
        ("#Noon", "#Noon"),
        ("-Noon", "-Noon"),
        ("####### Noon", "####### Noon"),
        ("Noon - at > last # one", "Noon - at > last # one"),
        ("-", "-"),
    ],
)
def test_marks_before_a_line_are_blanked(text: str, left: str) -> None:
    blanked = without_line_marks(text)
    assert "\n".join(line.strip() for line in blanked.split("\n")) == left
    assert len(blanked) == len(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See  [the clock](/clock)\nagain", "See the clock again"),
        ("<i>Noon</i>", "Noon"),
        # without a link or a tag it is as it is, stars and spaces included
        ("2 *  3", "2 *  3"),
        ("*Noon*", "*Noon*"),
    ],
)
def test_as_a_browser_would_show_it(text: str, shown: str) -> None:
    assert as_shown(text) == shown


@pytest.mark.slow
@given(st.text(alphabet="ab<>/[]()*_~!#- \n>•1", max_size=60))
def test_every_character_keeps_its_place(text: str) -> None:
    for blank in (without_inline_marks, without_line_marks):
        blanked = blank(text)
        assert len(blanked) == len(text)
        assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
        assert [char for char in blanked if char in "ab1"] == [char for char in text if char in "ab1"] or "<" in text or "(" in text  # fmt: skip


def test_a_hostile_text_is_blanked_in_work_that_grows_with_its_size() -> None:
    for sign in ("<a ", "[a", "](", "*a", "> "):
        text = sign * 50_000
        assert len(without_inline_marks(text)) == len(without_line_marks(text)) == len(text)
