"""The status of a record: an article, what it is instead, or what is missing of it."""

from __future__ import annotations

import pytest
from made_blocks import labelled

from copydesk.cleaners.page_kind.page_type import PageKind, PageType
from copydesk.cleaners.record.fields import status_in_script, status_of
from copydesk.cleaners.types import Candidate, Label, Metadata

WORDS = "The clock of the town hall struck noon."
ARTICLE = PageType(PageKind.ARTICLE, "")


PARAGRAPHS = [("The clock", Label.PARAGRAPH)] * 4
JAPANESE = "時計台の鐘が十一年ぶりに正午を打ち、広場には人が集まった。"
OF_TEXT = (Label.PARAGRAPH, Label.QUOTE, Label.LIST_ITEM, Label.TABLE, Label.CODE, Label.EMBED)
OTHERS = (Label.HEADING, Label.CAPTION, Label.NAV, Label.CORRECTION, Label.DATELINE)


@pytest.mark.parametrize(("outline", "has_text", "is_article"), [
    *(([(WORDS, label)], True, True) for label in OF_TEXT),
    *(([(WORDS[:-6], label)], True, False) for label in OF_TEXT),
    *(([(WORDS * 3, label)], True, False) for label in OTHERS),
    (PARAGRAPHS, True, True), ([(JAPANESE, Label.PARAGRAPH)], True, True), ([(WORDS, Label.PARAGRAPH)], False, False),
])  # fmt: skip
def test_eight_words_are_an_article(
    outline: list[tuple[str, Label]], *, has_text: bool, is_article: bool
) -> None:
    status, reason = status_of(ARTICLE, labelled(*outline), Metadata(), has_text=has_text)
    assert (status, (reason or "").partition(":")[0]) == (
        ("ok", "") if is_article else ("rejected", "no_article")
    )


def test_a_text_cut_by_a_paywall_is_partial() -> None:
    wall = labelled((WORDS, Label.PARAGRAPH), ("Subscribe to read on", Label.PAYWALL))
    status, reason = status_of(ARTICLE, wall, Metadata(), has_text=True)
    assert (status, (reason or "").partition(":")[0]) == ("partial", "paywall")
    free = Metadata({"is_accessible_for_free": (Candidate("true", "json-ld"),)})
    assert status_of(ARTICLE, wall, free, has_text=True) == ("ok", None)


def test_the_type_of_a_page_is_its_reason() -> None:
    for kind, has_text in ((PageKind.PRODUCT, True), (PageKind.PRODUCT, False), (PageKind.SEARCH, True)):
        page_type = PageType(kind, "a price")
        status, reason = status_of(
            page_type, labelled((WORDS, Label.PARAGRAPH)), Metadata(), has_text=has_text
        )
        assert status == ("partial" if page_type.has_text and has_text else "rejected")
        assert reason == page_type.reason
        assert (reason or "").startswith(f"{kind}: ")


def test_an_article_from_a_script_is_partial_and_names_its_script() -> None:
    status, reason = status_in_script("script:__STATE__")
    assert (status, (reason or "").partition(":")[0]) == ("partial", "script_body")
    assert "script:__STATE__" in (reason or "")
