"""Which of many phrases may be in which of many texts, found in one pass over all of them.

Every block of every page is looked at, and nearly none holds any: so the look is one search for all phrases at once
(Aho and Corasick's automaton), and only what it lets through is read. It never says no to what is there; whether a
phrase is really there, the reader of the text decides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import accumulate

from ahocorasick import Automaton

from copydesk.cleaners.lexicon.words import folded_words

_BORDER = " \n "  # between texts, and in none that is folded


class Folded:
    """Texts folded once for all gates: as they are written, and the words of each in a row."""

    def __init__(self, texts: Sequence[str], words: Iterable[Sequence[str]] | None = None) -> None:
        """``words``: those of each text, where they have been folded already."""
        self.texts = texts
        self.rows = [" ".join(some) for some in (map(folded_words, texts) if words is None else words)]

    @cached_property
    def together(self) -> tuple[str, list[int]]:
        """All rows as one, and where each ends in it."""
        return _together(self.rows)


def _together(rows: Sequence[str]) -> tuple[str, list[int]]:
    """Rows one after the other, a space before and behind each, and where each ends, its border included."""
    return f" {_BORDER.join(rows)} ", list(accumulate([len(row) + len(_BORDER) for row in rows]))


class PhraseGate:
    """A cheap look for phrases."""

    def __init__(
        self,
        phrases: Iterable[tuple[str, Iterable[str]]],
        letters: Callable[[str, str], str] | None = None,
    ) -> None:
        """``phrases``: by an id, what a row holds that has any of its phrases: their letters, with spaces around whole
        words. ``letters``: of a text and its row, the row as these phrases are written, where it is another.
        """
        self._ids: dict[str, frozenset[str]] = {}
        for phrase_id, some in phrases:
            self._add(dict.fromkeys(some, frozenset((phrase_id,))))
        self._letters = letters

    def _add(self, ids: Mapping[str, frozenset[str]]) -> None:
        # few phrases have several ids
        both = {phrase: ids[phrase] | self._ids[phrase] for phrase in self._ids.keys() & ids.keys()}
        self._ids |= {**ids, **both}

    @classmethod
    def joined(cls, gates: Sequence[PhraseGate]) -> tuple[PhraseGate, ...]:
        """The same looks, in one pass where they look at the same letters."""
        alike = cls(())
        for gate in gates:
            if gate._letters is None:
                alike._add(gate._ids)
        return (*(gate for gate in gates if gate._letters is not None), alike)

    @cached_property
    def _searches(self) -> tuple[_Search, ...]:
        # at each letter all are tried with which any phrase begins: of those of whole words that is a space
        whole = {phrase: ids for phrase, ids in self._ids.items() if phrase[0] == " "}
        others = {phrase: ids for phrase, ids in self._ids.items() if phrase[0] != " "}
        return _Search(whole), _Search(others)

    def present(self, folded: Folded) -> Mapping[int, Set[str]]:
        """By the number of each text that may hold any of the phrases, their ids."""
        if self._letters is None:
            row, ends = folded.together
        else:  # Arabic loses its optional marks in phrases, so that the text must lose them too
            row, ends = _together(list(map(self._letters, folded.texts, folded.rows)))
        found: dict[int, set[str]] = {}
        # one pass for all texts: a search in each would begin anew for every block of a page
        for search in self._searches:
            for at, ids in search.hits(row):
                # ends ascend: a hit's last letter is at most the first space of the border behind its row
                found.setdefault(bisect_right(ends, at), set()).update(ids)
        return found


class _Search:
    """A search for all of some phrases at once."""

    def __init__(self, phrases: Mapping[str, frozenset[str]]) -> None:
        self._automaton = Automaton()
        for phrase, ids in phrases.items():
            self._automaton.add_word(phrase, ids)
        self._first = {phrase[0] for phrase in phrases}
        if phrases:  # else it is none, and cannot be searched
            self._automaton.make_automaton()

    def hits(self, row: str) -> Iterable[tuple[int, frozenset[str]]]:
        """Where phrases end in a row, and their ids."""
        # names of tools in other scripts: no row of Latin letters is searched for them
        return self._automaton.iter(row) if True in [char in row for char in self._first] else ()
