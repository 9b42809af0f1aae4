"""What moved the learned judgement of a block most: the gradient of its log-odds times its inputs.

What a block is by itself is told by measure; what the blocks around it add, by where they stand. First-order and
therefore rough where measures work together, but it names what the network looked at and nothing else.
"""

from __future__ import annotations

from functools import cache

import numpy as np

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
_OWN = (*(name.replace("_", " ") for name in NAMES), "words of its elements", "its words")
# all pluses, then all minuses: a place plus half the length turns the sign
_SIGNED = tuple(f"{sign}{name}" for sign in "+-" for name in (*_OWN, *_GROUPS))
# set by hand: more than ordinary pages have blocks; the most that a page may have take 150 MB less so
_ROWS_AT_ONCE = 4_096


def reasons(network: Network, judged: Judgement) -> list[str]:
    """For each block the two measures of its own that moved it most, and where those blocks stand that did; each with
    ``+`` where it spoke for keeping the block and ``-`` where it spoke against, strongest first.
    """
    starts = range(0, len(judged.rows), _ROWS_AT_ONCE)
    return [one for start in starts for one in _reasons(network, _part(judged, start, start + _ROWS_AT_ONCE))]


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


def _reasons(network: Network, judged: Judgement) -> list[str]:
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
    names = np.take_along_axis(names + (moved <= 0) * (len(_SIGNED) // 2), ranked, axis=1)
    return [f"{_SIGNED[one]}, {_SIGNED[two]}, {_SIGNED[three]}" for one, two, three in names.tolist()]


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
