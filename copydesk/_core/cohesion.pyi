"""Lexical cohesion (``cohesion.pyx``)."""

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.judge.block_features import Own
from copydesk.cleaners.segment.layout import Layout

Floats = NDArray[np.float64]

class Cohesion:
    def __init__(self, limits: Mapping[str, float]) -> None: ...
    def measure(
        self,
        own: Own,
        words: Sequence[Sequence[str]],
        layout: Layout,
        title: tuple[int | None, Floats],
        bylines: Floats,
        function_words: Collection[str],
        unspaced: re.Pattern[str],
    ) -> Floats: ...
