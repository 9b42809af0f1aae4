"""Texts read character by character (``texts.pyx``)."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.types import Block, Kind

Ask = Callable[[str], tuple[int, str, bool, bool]]

class Texts:
    def __init__(self, ask: Ask) -> None: ...
    def own(
        self, blocks: Sequence[Block], kinds: tuple[Kind, ...], ends_with_terminal: Callable[[str], bool]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
    def repeats(self, blocks: Sequence[Block], key_of: Callable[[str], str]) -> NDArray[np.float64]: ...
    def shared_words(
        self, texts: list[str], head: str, words_of: Callable[[str], list[str]]
    ) -> tuple[int, list[tuple[int, int, int]]]: ...

class Folding:
    def __init__(self, ask: Ask, plain: Callable[[str], list[str]]) -> None: ...
    def folded_words(self, text: str) -> list[str]: ...
