"""Words of texts (``words.pyx``)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

class Counter:
    def __init__(self, ask: Callable[[str], tuple[bool, bool]], unspaced_per_word: int) -> None: ...
    def count_words(self, text: str) -> int: ...

def find_phrases(
    texts: list[str],
    rows: list[Sequence[str]],
    filed: tuple[Mapping[str, Sequence[Any]], ...],
    find_lead: Callable[[str, dict[str, Any]], None],
    find_unspaced: Callable[[str, dict[str, Any]], None] | None,
) -> list[dict[str, Any]]: ...
