"""The net gives what its definition gives, number by number; pieces serve every script."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.words.text_net import TextNet, TextPieces, read_text_net, text_pieces

WIDTH, HEADS, BESIDE, HIDDEN, MEASURES, ANSWERS = 3, 2, 2, 4, 2, 3


def vectors(rng: np.random.Generator) -> NDArray[np.int8]:
    """Zeros for the piece that stands for all that the vocabulary does not know."""
    rows = rng.integers(-127, 128, (10, WIDTH)).astype(np.int8)
    rows[0] = 0
    return rows


def arrays(seed: int) -> dict[str, NDArray[np.generic]]:
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> NDArray[np.generic]:
        return rng.normal(size=shape).astype(np.float32)

    return {
        "names": np.array(["one", "two", "three"]),
        "measures": np.array(["long", "loud"]),
        "vectors": vectors(rng),
        "scale": np.abs(some(WIDTH)) / 50,
        "bias": some(WIDTH),
        "norm_weights": some(2, WIDTH),
        "norm_biases": some(2, WIDTH),
        "convolutions": some(2, 3 * WIDTH, WIDTH),
        "convolution_biases": some(2, WIDTH),
        "attention": some(WIDTH, HEADS),
        "attention_bias": some(HEADS),
        "beside": some(WIDTH, BESIDE),
        "beside_bias": some(BESIDE),
        "hidden": some(MEASURES + WIDTH * (HEADS + 1) + 2 * BESIDE, HIDDEN),
        "hidden_bias": some(HIDDEN),
        "answers": some(HIDDEN, ANSWERS),
        "answers_bias": some(ANSWERS),
        "means": some(MEASURES),
        "deviations": np.abs(some(MEASURES)) + 0.5,
    }


def net_of(stored: dict[str, NDArray[np.generic]]) -> TextNet:
    return read_text_net(stored, ("long", "loud"), ("one", "two", "three"), where="test")


Row = list[float]


def times(row: Row, matrix: list[Row], bias: Row) -> Row:
    columns = zip(*matrix, strict=True)
    return [
        sum(one * other for one, other in zip(row, column, strict=True)) + more
        for column, more in zip(columns, bias, strict=True)
    ]


def vector(piece: int, a: dict[str, Any]) -> Row:
    row = a["vectors"][piece]
    return [number * scale + bias for number, scale, bias in zip(row, a["scale"], a["bias"], strict=True)]


def normal(row: Row, weights: Row, biases: Row) -> Row:
    mean = sum(row) / WIDTH
    spread = math.sqrt(sum((number - mean) ** 2 for number in row) / WIDTH + 1e-5)
    return [
        (number - mean) / spread * weight + bias
        for number, weight, bias in zip(row, weights, biases, strict=True)
    ]


def convolved(state: list[Row], layer: int, reach: int, a: dict[str, Any]) -> list[Row]:
    rows = [normal(row, a["norm_weights"][layer], a["norm_biases"][layer]) for row in state]
    padded = [[0.0] * WIDTH] * reach + rows + [[0.0] * WIDTH] * reach
    after: list[Row] = []
    for at, row in enumerate(state):
        window = [number for place in (at, at + reach, at + 2 * reach) for number in padded[place]]
        found = times(window, a["convolutions"][layer], a["convolution_biases"][layer])
        after.append([number + max(0.0, one) for number, one in zip(row, found, strict=True)])
    return after


def gathered(rows: list[Row], a: dict[str, Any]) -> Row:
    """What each head of attention gathers, then the highest of each number; zeros of an empty text."""
    if not rows:
        return [0.0] * (WIDTH * (HEADS + 1))
    scores = [times(row, a["attention"], a["attention_bias"]) for row in rows]
    found: Row = []
    for head in range(HEADS):
        weights = [math.exp(score[head]) for score in scores]
        found += [
            sum(weight * row[at] for weight, row in zip(weights, rows, strict=True)) / sum(weights)
            for at in range(WIDTH)
        ]
    return found + [max(row[at] for row in rows) for at in range(WIDTH)]


def by_definition(stored: dict[str, NDArray[np.generic]], text: TextPieces, measured: Row) -> Row:
    """The same with loops over single numbers."""
    a = {name: array.tolist() for name, array in stored.items()}
    state = [vector(piece, a) for piece in text.text]
    for layer, reach in enumerate((1, 2)):
        state = convolved(state, layer, reach, a)
    scaled = zip(measured, a["means"], a["deviations"], strict=True)
    seen = [min(4.0, max(-4.0, (one - mean) / deviation)) for one, mean, deviation in scaled]
    seen += gathered(state, a)
    for near in (text.before, text.after):
        rows = [vector(piece, a) for piece in near]
        mean_row = [sum(row[at] for row in rows) / max(1, len(rows)) for at in range(WIDTH)]
        seen += times(mean_row, a["beside"], a["beside_bias"])
    hidden = [max(0.0, number) for number in times(seen, a["hidden"], a["hidden_bias"])]
    return times(hidden, a["answers"], a["answers_bias"])


NUMBERS = st.lists(st.integers(0, 9), max_size=6)


@given(st.integers(0, 50), NUMBERS, NUMBERS, NUMBERS, st.lists(st.floats(-3, 3), min_size=2, max_size=2))
def test_a_net_gives_what_it_is_defined_to_give(
    seed: int, text: list[int], before: list[int], after: list[int], measured: list[float]
) -> None:
    stored, pieces = arrays(seed), TextPieces(text, before, after)
    found = net_of(stored).answers(pieces, np.array(measured, np.float32))
    assert found == pytest.approx(by_definition(stored, pieces, measured), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("measures", "names", "what"),
    [
        (("other",), ("one", "two", "three"), "measures"),
        (("long", "loud"), ("two", "one", "three"), "names"),
    ],
)
def test_a_net_for_something_else_is_refused(
    measures: tuple[str, ...], names: tuple[str, ...], what: str
) -> None:
    with pytest.raises(BadData, match=f"test: the net was trained with other {what}"):
        read_text_net(arrays(0), measures, names, where="test")


@pytest.mark.parametrize(
    "text",
    [
        "Die Fähre fährt um neun.",
        "渡し船は九時に出ます。",
        "Паром отходит в девять.",
        "العبّارة تغادر في التاسعة.",
    ],
)
def test_a_text_of_any_script_is_a_few_pieces(text: str) -> None:
    assert 2 < len(text_pieces(text, "", "").text) < len(text)


def test_of_a_long_text_the_beginning_and_the_end_are_read() -> None:
    pieces = text_pieces("one two three " * 100 + "the very end", "", "").text
    assert len(pieces) == 64
    assert pieces[-3:] == text_pieces("the very end", "", "").text[-3:]
