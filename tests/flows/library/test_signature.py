"""Signatures: how much of one text another has, estimated from what is kept of both."""

from __future__ import annotations

import pytest
from made_texts import story

from copydesk.cleaners.shingles import shingled
from copydesk.flows.library.copies.signature import (
    BANDS,
    SKETCH_SIZE,
    Signature,
    containment,
    signatures,
    similarity,
)


def sign(*texts: str) -> list[Signature]:
    return signatures([(text, text) for text in texts])


def found(one: list[str], other: list[str]) -> float | None:
    first, second = sign(" ".join(one), " ".join(other))
    assert similarity(first, second) == similarity(second, first)
    return similarity(first, second)


def test_cut_texts_are_copies_and_texts_with_the_same_quotes_are_not() -> None:
    whole, other = story(1, 500), story(2, 500)
    assert found(whole, whole[:300]) == 1.0
    assert found(whole, whole[:200]) is None
    assert found(whole[:400], other[:400]) is None
    assert found(whole[:400], other[:300] + whole[:100]) is None


def test_words_of_the_house_lower_the_similarity() -> None:
    own, house = story(1, 500), story(1, 500)
    for place in range(0, 500, 40):
        house[place] = "edited"
    share = found(own, house)
    assert share is not None
    assert 0.8 < share < 1


def test_a_text_of_less_than_thirty_words_is_a_copy_only_of_itself() -> None:
    notice = story(1, 29)
    assert found(notice, notice) == 1.0
    assert found(notice, [*notice, "more"]) is None
    assert found(story(2, 31), story(2, 31)[:30]) == 1.0
    short, again = sign(" ".join(notice), " ".join(notice))
    assert short.buckets == again.buckets
    assert len(short.buckets) == 1


@pytest.mark.parametrize("kept", [0.6, 0.75, 0.9])
def test_sketches_tell_containment_to_within_a_tenth(kept: float) -> None:
    """The deviation of one estimate is 0.05; of twenty the mean is within a quarter of that."""
    errors = []
    for seed in range(20):
        text, strange = story(seed, 900), story(1000 + seed, 900)
        other = text[: int(900 * kept)] + strange[: 900 - int(900 * kept)]
        pair = " ".join(text), " ".join(other)
        sets = [set(shingled(each).hashes.tolist()) for each in pair]
        truth = len(sets[0] & sets[1]) / min(map(len, sets))
        first, second = sorted(sign(*pair), key=lambda each: each.count)
        errors.append(containment(first, second) - truth)
    assert abs(sum(errors) / 20) < 0.04
    assert max(map(abs, errors)) < 0.2


def test_a_signature_is_small_whatever_the_text() -> None:
    (found_,) = sign(" ".join(story(3, 50_000)))
    assert len(found_.sketch) <= 4 * SKETCH_SIZE
    assert len(found_.buckets) == BANDS
    assert all(-(2**63) <= bucket < 2**63 for bucket in found_.buckets)
