"""Whether readers must pay for a page, and whether its text ends at the wall."""

from __future__ import annotations

import pytest
from made_blocks import labelled

from copydesk.cleaners.record.fields import is_cut_by_paywall, is_free
from copydesk.cleaners.types import Candidate, Label, Labelled, Metadata

SIGNS = {"p": Label.PARAGRAPH, "h": Label.HEADING, "w": Label.PAYWALL, "n": Label.NAV}


def of_signs(outline: str, rule: str = "wording.paywall") -> tuple[Labelled, ...]:
    return labelled(*(("Noon", SIGNS[sign]) for sign in outline), rule=rule)


def declaring(value: str | None) -> Metadata:
    return Metadata({"is_accessible_for_free": (Candidate(value, "json-ld"),)} if value is not None else {})


@pytest.mark.parametrize(("outline", "declared", "is_cut"), [
    ("ppw", None, True), ("wn", None, True), ("pwhn", None, True),
    # a notice on the way, and the text goes on
    ("pwp", None, False), ("wpp", None, False), ("pp", None, False), ("", None, False),
    # what is declared decides, where a wall is shown
    ("pwp", "False", True), ("pwp", "false", True), ("ppw", "True", False), ("ppw", "yes", False),
    ("pp", "False", False),
])  # fmt: skip
def test_a_text_that_ends_at_a_paywall_is_cut(outline: str, declared: str | None, *, is_cut: bool) -> None:
    assert is_cut_by_paywall(of_signs(outline), declaring(declared)) == is_cut


def test_what_only_looks_like_a_paywall_cuts_no_text_unless_one_is_declared() -> None:
    looks = of_signs("ppw", "learned.drop")
    assert not is_cut_by_paywall(looks, declaring(None))
    assert is_cut_by_paywall(looks, declaring("False"))
    # it is above those words, and paragraphs between them: the text ends at the words
    mixed = (*of_signs("wpw", "learned.drop")[:2], of_signs("wpw", "wording.paywall")[2])
    assert is_cut_by_paywall(mixed, declaring(None))


@pytest.mark.parametrize(("outline", "rule", "declared", "free"), [
    ("ppw", "wording.paywall", None, False), ("ppw", "learned.drop", None, None),
    ("pp", "wording.paywall", None, None), ("ppw", "wording.paywall", "True", True),
    ("pp", "learned.keep", "true", True), ("pp", "learned.keep", "False", False),
    ("pp", "learned.keep", "partly", False),
])  # fmt: skip
def test_only_phrases_show_a_paywall(
    outline: str, rule: str, declared: str | None, free: bool | None
) -> None:
    assert is_free(of_signs(outline, rule), declaring(declared)) is free
