"""What is said of a word that is not known."""

from __future__ import annotations

from copydesk.flows.suggestions import suggestion


def test_the_word_that_may_be_meant_is_named_else_all_are() -> None:
    known = ("html", "text", "url")
    assert suggestion("hmtl", known) == "did you mean html?"
    assert suggestion("picture", known) == "known are html, text, url"
    assert suggestion("picture", (), otherwise="there are none") == "there are none"
