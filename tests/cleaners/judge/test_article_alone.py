"""Whether a plain text is an article and nothing else: by the line that is surest to be none of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.judge.judged_page import (
    LIKELY,
    MIDDLE,
    is_program,
    keep_within,
    probability_alone,
    surest_removal,
)
from copydesk.cleaners.judge.judgement import Opinion
from copydesk.cleaners.lexicon.words import Mode, PhraseHit
from copydesk.cleaners.types import Label

PROSE = "The clock of the town hall struck noon on Friday."


def opinion(keep: float, headline: float = 0.0) -> Opinion:
    return Opinion(keep, Label.PARAGRAPH, 1.0, Label.NAV, 1.0, Label.NAV, headline)


def alone(*keeps: float) -> float:
    return probability_alone([opinion(keep) for keep in keeps], [{}] * len(keeps))


@pytest.mark.parametrize(("texts", "is_one"), [
    (["import clock", "if noon == now():", "    strike(12)"], True),
    (["{", '"noon": 12', "}"], True), (["x = {1: 2}"], True), (["<?php echo noon();"], True),
    # one line of plain words is enough to be none
    (["strike(12)", PROSE], False), (["strike(12)", "Die Uhr schlug zwölf"], False),
    (["strike(12)", "時計台が正午を打つ"], False), (["strike(12)", "นาฬิกาตีเที่ยง"], False),
    (["strike(12)", "Die Uhr"], True),
    # words on a line with a sign of a program speak for nothing
    ([f"{PROSE} {{x}}"], True), ([PROSE, "Noon"], False), (["Noon"], False), ([], False),
])  # fmt: skip
def test_a_program_has_no_line_of_plain_words(texts: list[str], *, is_one: bool) -> None:
    assert is_program(texts) == is_one


def test_only_the_head_of_a_line_is_looked_at() -> None:
    assert not is_program([f"{'Noon ' * 60}strike(12)"])
    assert is_program(["strike(12)", f"{'= ' * 200}{PROSE}"])


def test_the_line_surest_to_be_removed_decides() -> None:
    assert alone(0.9, 0.9, 0.9) == alone(0.9)
    assert alone(0.9, 0.001, 0.99) == alone(0.001) < alone(0.01) < alone(0.9)


def test_at_the_middle_both_are_equally_likely() -> None:
    middle = 1 / (1 + math.exp(-MIDDLE))
    assert alone(middle) == pytest.approx(0.5)
    assert alone(middle / 2) < LIKELY < alone(middle * 2)


@pytest.mark.parametrize("headline", [0.5, 0.99, 1.0])
def test_a_headline_is_no_sign_of_a_page(headline: float) -> None:
    assert surest_removal([opinion(0.01, headline), opinion(0.9)]) > surest_removal(
        [opinion(0.01), opinion(0.9)]
    )
    assert surest_removal([opinion(0.0, 1.0)]) == surest_removal([opinion(1.0)])


def test_certainty_is_bounded() -> None:
    assert math.isfinite(surest_removal([opinion(0.0)]))
    assert math.isfinite(surest_removal([opinion(1.0)]))
    assert surest_removal([opinion(0.0)]) == pytest.approx(-surest_removal([opinion(1.0)]))


@pytest.mark.parametrize(("rule", "mode", "is_sign"), [
    ("wording.newsletter", "whole", True), ("wording.newsletter", "start", False),
    ("wording.newsletter", "contains", False),
    # articles have corrections
    ("wording.correction", "whole", False), ("residue.ai-disclaimer", "whole", False),
    ("page.listing", "whole", False),
])  # fmt: skip
def test_a_line_that_is_a_sites_phrase_makes_it_a_page(rule: str, mode: Mode, *, is_sign: bool) -> None:
    hits = [{}, {rule: PhraseHit(mode, "noon", "en")}]
    assert (probability_alone([opinion(0.99)] * 2, hits) == 0.0) == is_sign


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0, 1))
def test_an_article_alone_keeps_every_line_at_least_as_surely(keeps: list[float], probability: float) -> None:
    within = keep_within([opinion(keep) for keep in keeps], probability)
    for before, after in zip(keeps, within, strict=True):
        assert min(before, 1.0) <= after + 1e-12
        assert after <= 1.0 + 1e-12
    assert keep_within([opinion(keep) for keep in keeps], 1.0) == pytest.approx([1.0] * len(keeps))
    assert keep_within([opinion(keep) for keep in keeps], 0.0) == pytest.approx(keeps)
