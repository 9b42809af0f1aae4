"""Where blocks stand (``layout.pyx``)."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.judge.block_features import Own
from copydesk.cleaners.segment.layout import Ints, Layout
from copydesk.cleaners.types import Block

Floats = NDArray[np.float64]

def common_words(words: str) -> str: ...
def place(
    blocks: Sequence[Block], least_siblings: int
) -> tuple[tuple[tuple[str, str], ...], tuple[Ints, ...]]: ...
def surroundings(
    layout: Layout,
    own: Own,
    headline: int | None,
    overlaps: Floats,
    repeats: Floats,
    levels: Sequence[int],
    sizes: Sequence[int],
    tag_places: Mapping[str, int],
    main_share: float,
    good_share: float,
) -> Floats: ...
def kinds(layout: Layout, names: Sequence[Collection[int]], count: int) -> Floats: ...
def groups(
    layout: Layout, own: Own, headline: int | None, linked: Floats, elsewhere: Floats, introduces: Floats
) -> Floats: ...
def summed_names(layout: Layout, names: NDArray[np.float32]) -> NDArray[np.float32]: ...

class Around:
    def __init__(
        self, layout: Layout, groups: Sequence[Ints], levels: Sequence[int], window: int
    ) -> None: ...
    def seen(
        self,
        state: NDArray[np.float32],
        shown: NDArray[np.float32],
        keep: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]: ...
    def verdicts(self, keep: NDArray[np.float32]) -> NDArray[np.float32]: ...
    def of_groups(self, odds: NDArray[np.float32]) -> NDArray[np.float32]: ...
