"""Where any of many strings stand in a text."""

from __future__ import annotations

from collections.abc import Iterable

from ahocorasick import Automaton


class StringIndex:
    """Finds all places of all strings in one pass (Aho and Corasick's automaton): however many there are, a text
    costs its letters and what stands in it.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        # a string may be given twice, and the automaton holds one value for each
        numbers: dict[str, list[int]] = {}
        for number, string in enumerate(strings):
            numbers.setdefault(string, []).append(number)
        self._automaton = Automaton()
        for string, some in numbers.items():
            self._automaton.add_word(string, (len(string), some))
        if numbers:  # else it is none, and cannot be asked
            self._automaton.make_automaton()
        self._is_empty = not numbers

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where each string stands, and its number in the order they were given; in order, overlaps included."""
        if self._is_empty:
            return []
        return sorted(
            (last + 1 - size, number) for last, (size, some) in self._automaton.iter(text) for number in some
        )
