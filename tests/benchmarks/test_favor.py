"""Which probability ``--favor`` takes, by the curve of precision and recall."""

from __future__ import annotations

import pickle

from benchmarks.favor import KEEP_FROM, chosen, drawn
from copydesk.cleaners.judge.judgement import FAVOR, FLATTENED_FAVOR, FLATTENED_KEEP_AT, KEEP_AT, PACKAGED


def test_the_best_of_what_costs_little_is_taken_and_of_equals_the_nearest_to_the_usual() -> None:
    usual = KEEP_FROM.index(KEEP_AT)
    # up by a point a step for as much of the other, then no more
    curve = [
        (0.95 + 0.01 * min(3, max(-2, at - usual)), 0.95 - 0.01 * (at - usual), 0.95)
        for at in range(len(KEEP_FROM))
    ]
    assert chosen(curve) == {"precision": KEEP_FROM[usual + 2], "recall": KEEP_FROM[0]}
    flat = [(0.95, 0.95, 0.95)] * len(KEEP_FROM)
    assert chosen(flat) == {"precision": KEEP_AT, "recall": KEEP_AT}
    assert drawn(curve).count("<polyline") == 3


def test_the_thresholds_in_use_stand_on_either_side_of_the_usual_ones() -> None:
    assert FAVOR.recall < KEEP_AT < FAVOR.precision
    assert FLATTENED_FAVOR.recall < FLATTENED_KEEP_AT < FLATTENED_FAVOR.precision
    assert {FAVOR.recall, FAVOR.precision} <= {*KEEP_FROM}
    # judges are sent to the workers of training and benchmarks
    assert pickle.loads(pickle.dumps(PACKAGED)).favor == FAVOR  # noqa: S301 - ours
