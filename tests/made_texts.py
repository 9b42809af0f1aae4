"""Texts that are strange to each other, as many as a test wants; of one seed always the same."""

from __future__ import annotations

import random

STEMS = (
    "harbour", "ferry", "council", "night", "bridge", "baker", "river", "school",
    "winter", "lamp", "market", "tower", "garden", "letter", "clock",
)  # fmt: skip
# of 750 words four in a row are those of another text once in 10¹¹
_ENDINGS = 50


def story(seed: int, count: int = 120) -> list[str]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [f"{chance.choice(STEMS)}{chance.randrange(_ENDINGS)}" for _ in range(count)]


def sentences(seed: int, count: int) -> list[str]:
    """Sentences of twelve words."""
    words = story(seed, 12 * count)
    return [f"{' '.join(words[start : start + 12]).capitalize()}." for start in range(0, len(words), 12)]
