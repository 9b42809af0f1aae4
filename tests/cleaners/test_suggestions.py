"""The suggestion for an unknown word."""

from __future__ import annotations

from copydesk.cleaners.suggestions import suggestion


def test_the_word_that_may_be_meant_is_named_else_all_are() -> None:
    known = ("html", "text", "url")
    assert suggestion("hmtl", known) == "did you mean html?"
    assert suggestion("picture", known) == "known are html, text, url"
    assert suggestion("picture", (), otherwise="there are none") == "there are none"


def test_what_all_words_begin_with_makes_no_two_of_them_alike() -> None:
    known, prefix = ("COPYDESK_JOBS", "COPYDESK_LIMIT"), "COPYDESK_"
    assert suggestion("COPYDESK_X", known, prefix=prefix) == "known are COPYDESK_JOBS, COPYDESK_LIMIT"
    assert suggestion("COPYDESK_JOB", known, prefix=prefix) == "did you mean COPYDESK_JOBS?"
    assert suggestion("COPYDESK_", known, prefix=prefix).startswith("known are ")
