"""Instructions to a writing machine that were left in a page: how to tell them.

A prompt is told by its grammar, not by its words: an order at the start of a sentence or clause,
requirements on the output (length, tone, language, "nothing else"), a part to play.
"""

from __future__ import annotations

from msgspec import Struct

from cleaners.cues import suspects
from cleaners.sentences import Sentence, sentences

MIN_POINTS = 4
"""Points from which a block is a prompt: an order or a part is worth 2, a requirement 1."""
MIN_POINTS_INSIDE = 6
"""The same in the middle of a long page, where articles give advice on writing."""
MIN_COVERAGE = 0.35

ORDERS = ("cue.order", "cue.order-translation", "cue.order-summary")


class Points(Struct, frozen=True):
    """How much speaks for a prompt, the words that do, and the language they were read in."""

    count: int
    words: str
    code: str


def prompt_points(text: str, language: str) -> Points | None:
    """What speaks for a prompt in ``text``; None where nothing does, or anything speaks against it."""
    for code, ids in suspects(text, language):
        if "cue.constraint" in ids and not ids.isdisjoint((*ORDERS, "cue.persona")):
            points = _points_as(text, code)
            if points:
                return points
    return None


def _points_as(text: str, code: str) -> Points | None:
    parts = sentences(text, code)
    if any(part.has("cue.reader") for part in parts) or _is_told(parts):
        return None
    orders = _distinct({phrase for part in parts for phrase in part.phrases(*ORDERS)})
    personas = {phrase for part in parts for phrase in part.phrases("cue.persona")}
    demands = _distinct({phrase for part in parts for phrase in part.phrases("cue.constraint")} - orders)
    coverage = max((part.coverage for part in parts if part.has(*ORDERS, "cue.persona")), default=0.0)
    if not (orders or personas) or not demands or coverage < MIN_COVERAGE:
        return None
    count = 2 * min(2, len(orders)) + 2 * bool(personas) + min(4, len(demands))
    return Points(count, "; ".join(sorted({*orders, *personas, *demands})), code)


def _distinct(phrases: set[str]) -> set[str]:
    """The phrases that are not part of another one."""
    return {one for one in phrases if not any(one != other and one in other for other in phrases)}


def _is_told(parts: tuple[Sentence, ...]) -> bool:
    """Whether somebody else is said to have given the instruction: a reporting verb outside any order."""
    return any(
        part.has("cue.report") and not part.has(*ORDERS, "cue.persona", "cue.constraint") for part in parts
    )
