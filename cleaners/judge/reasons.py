"""What moved the learned judgement of a block most: the gradient of its log-odds times its inputs.

What a block is by itself is told by measure; what the blocks around it add, by where they stand. First-order and
therefore rough where measures work together, but it names what the network looked at and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tomli
from numpy.typing import NDArray

from copydesk.cleaners.judge.features import NAMES
from copydesk.cleaners.judge.network import NEIGHBOURS, SPAN_LEVELS, Floats, Judgement, Network

# in the order in which `_Around.seen` in network.py lays them side by side
_AROUND = (
    *("neighbours",) * len(NEIGHBOURS),
    "what stands before",
    "what stands after",
    *("containers",) * len(SPAN_LEVELS),
    "blocks like it",
    "the page",
    "all before it",
    "all after it",
)
_GROUPS = tuple(dict.fromkeys(_AROUND))  # four neighbours are one name to a reader
_OWN = (*NAMES, "the names of its elements", "its words")
# set by hand: more than ordinary pages have blocks; the most that a page may have take 150 MB less so
_ROWS_AT_ONCE = 4_096


class _Told(NamedTuple):
    """How a measure is told: ``high`` where it is above 0, else ``low``; ``value`` makes of it what `#` stands for."""

    high: str
    low: str
    value: Callable[[float], str] | None = None


def reasons(network: Network, judged: Judgement, measured: NDArray[np.float32]) -> list[str]:
    """For each block the two measures of its own that moved it most, and where those blocks stand that did, in words:
    those that spoke against keeping the block and those that spoke for it, each strongest first. ``measured``: the
    measures of the blocks, as ``Measures.rows``.
    """
    found: list[str] = []
    for start in range(0, len(judged.rows), _ROWS_AT_ONCE):
        end = start + _ROWS_AT_ONCE
        found += _reasons(network, _part(judged, start, end), measured[start:end])
    return found


def _part(judged: Judgement, start: int, end: int) -> Judgement:
    """The judgement of some blocks: each has its reasons whatever the others are."""
    rows = slice(start, end)
    return Judgement(
        judged.keep[rows],
        judged.labels[rows],
        judged.rows[rows],
        tuple(state[rows] for state in judged.states),
        tuple(seen[rows] for seen in judged.seen),
        judged.hidden[rows],
    )


def _reasons(network: Network, judged: Judgement, measured: NDArray[np.float32]) -> list[str]:
    own, around = _moved(network, judged)
    strength = np.abs(own)
    first = strength.argmax(axis=1)
    every = np.arange(len(own))
    # so that the second look finds another
    strength[every, first] = 0.0
    second = strength.argmax(axis=1)
    where = np.abs(around).argmax(axis=1)
    names = np.stack((first, second, where + len(_OWN)), axis=1)
    moved = np.stack((own[every, first], own[every, second], around[every, where]), axis=1)
    ranked = np.argsort(-np.abs(moved), axis=1, kind="stable")
    names, moved = (np.take_along_axis(table, ranked, axis=1) for table in (names, moved))
    # what is no single measure is neither high nor low
    single = names < measured.shape[1]
    values = np.where(single, np.take_along_axis(measured, np.where(single, names, 0), axis=1), 1.0)
    told = _told()
    return [
        _in_words(told, *one) for one in zip(names.tolist(), moved.tolist(), values.tolist(), strict=True)
    ]


def _in_words(
    told: Sequence[_Told], names: Sequence[int], moved: Sequence[float], values: Sequence[float]
) -> str:
    # two measures may be told in the same words: once is enough
    sides: dict[str, dict[str, None]] = {}
    for name, by, value in zip(names, moved, values, strict=True):
        one = told[name]
        words = one.high if value > 0 else one.low
        if one.value is not None:
            words = words.replace("#", one.value(value))
        sides.setdefault("for" if by > 0 else "against", {})[words] = None
    return "; ".join(f"{side}: {', '.join(words)}" for side, words in sides.items())


@cache
def _told() -> tuple[_Told, ...]:
    """The words of ``measure_words.toml`` for all that may move a judgement: as in ``_OWN``, then as in ``_GROUPS``."""
    data = tomli.loads((Path(__file__).parent / "measure_words.toml").read_text("utf-8"))
    return (
        *(_told_of(name, data) for name in NAMES),
        *(_Told(name, name) for name in _OWN[len(NAMES) :]),
        *(_Told(data["around"][name], data["around"][name]) for name in _GROUPS),
    )


def _told_of(name: str, data: Mapping[str, Mapping[str, Any]]) -> _Told:
    if words := data["counts"].get(name):
        return _Told(words, words, lambda value: f"{round(math.expm1(value)):,}")
    if words := data["shares"].get(name):
        return _Told(words, words, lambda value: f"{value:.2f}")
    if words := data["plain"].get(name):
        return _Told(words, words)
    if words := data["facts"].get(name):
        return _Told(*words)
    pattern = next(one for one in data["many"] if name.startswith(one[:-1]))
    rest, words = name[len(pattern) - 1 :], data["many"][pattern]
    if isinstance(words, str):
        told = words.replace("*", data["parts"][rest])
        return _Told(told, told)
    # "author-bio", "list_item"
    part = rest.replace("-", " ").replace("_", " ")
    return _Told(*(told.replace("*", part) for told in words))


def _moved(network: Network, judged: Judgement) -> tuple[Floats, Floats]:
    """How far its own measures (columns as in ``_OWN``) and the blocks around it (as in ``_GROUPS``) moved each
    block's log-odds.
    """
    # a ReLU that is off passes nothing on: its slope is 0, else 1
    slope = (network.keep[:, 0] * (judged.hidden > 0)) @ network.keep_hidden.T
    around = np.zeros((len(slope), len(_GROUPS)), dtype=np.float32)
    # backwards, as gradients go: what the last look saw, then what the one before it did
    for number in range(len(network.looks) - 1, -1, -1):
        slope = (slope * (judged.states[number + 1] > 0)) @ network.looks[number].state.T
        own = judged.states[number].shape[1]
        seen = slope[:, own:] * judged.seen[number][:, own:]
        around += seen @ _summed_places(seen.shape[1])
        slope = slope[:, :own]  # columns of the block's own state come first
    moved = ((slope * (judged.states[0] > 0)) @ network.enter.T) * judged.rows
    # inputs stand in the order of `_OWN`: measures, numbers of the words of elements, numbers of its own words
    measures, own_words = len(NAMES), moved.shape[1] - network.own_embedding.shape[1]
    summed = [
        moved[:, columns].sum(axis=1) for columns in (slice(measures, own_words), slice(own_words, None))
    ]
    return np.concatenate((moved[:, :measures], np.stack(summed, axis=1)), axis=1), around


@cache
def _summed_places(width: int) -> Floats:
    """The matrix that adds up what is seen by where it stands."""
    size = width // len(_AROUND)
    table = np.zeros((width, len(_GROUPS)), dtype=np.float32)
    for place, group in enumerate(_AROUND):
        table[place * size : (place + 1) * size, _GROUPS.index(group)] = 1.0
    return table
