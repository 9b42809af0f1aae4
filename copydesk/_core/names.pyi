"""What words in elements' names and in addresses stand for (``names.pyx``)."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_NUMBERS: int

class WordNumbers:
    def __init__(self, look_up: Callable[[str], Iterable[int]], count: int, longest: int) -> None: ...
    def find(self, text: str, tag: str | None = None) -> tuple[int, ...]: ...
    def sum_rows(
        self, names: Sequence[tuple[str, str]], rows: NDArray[np.float32], sums: NDArray[np.float64]
    ) -> None: ...

class LinkTable:
    def __init__(
        self,
        kinds: WordNumbers,
        read_target: Callable[[str], Any],
        measure_target: Callable[[Any, str, int], tuple[tuple[float, ...], Iterable[int]]],
        domain_of_host: Callable[[str], str],
    ) -> None: ...
    def fill(self, urls: list[str], table: NDArray[np.float64]) -> None: ...
