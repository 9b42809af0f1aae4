"""The words of elements the learned judgement knows: tags, and words of class, id, role, itemprop and rel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from copydesk.cleaners.memoization import lru_cache_short_text

# digits part words: `item-4711` is `item`; the cap cuts encoded data into pieces of bounded length
_WORD = re.compile("[a-z]{2,24}")
_LEAST_PART = 4  # letters of a known word inside an unknown one


def element_words(tag: str, words: str) -> list[str]:
    """The words that tell of an element: its tag (as ``<div``) and the runs of letters in ``words``."""
    return [f"<{tag}", *_WORD.findall(words)]


class Vocabulary:
    """Known words to numbers. Unknown ones are looked for in parts: ``relatedposts`` is ``related`` and ``posts``."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(words)}
        # the same words come again on every page of a site
        self._numbers_of = lru_cache_short_text(maxsize=4096)(self._find_in)
        # a site's own words are unknown on every page of it: they are taken apart once
        self._of_word = lru_cache(maxsize=16_384)(self._find_word)

    def find(self, tag: str, words: str) -> tuple[int, ...]:
        """The numbers of the known words of an element, each once, in rising order."""
        return self._numbers_of(words, tag)

    def word(self, number: int) -> str:
        """The known word of a number."""
        return self._words[number]

    def _find_in(self, words: str, tag: str) -> tuple[int, ...]:
        return tuple(sorted(set().union(*map(self._of_word, element_words(tag, words)))))

    def _find_word(self, word: str) -> tuple[int, ...]:
        """The number of a known word; of another those of the longest known beginning and what follows it, or else that
        of the longest known end.
        """
        numbers = self._numbers
        if word in numbers:
            return (numbers[word],)
        # longest first: `newsletterbox` is `newsletter`, not `news`
        for border in range(len(word) - 1, _LEAST_PART - 1, -1):
            if word[:border] in numbers:
                rest = word[border:]
                known = (numbers[rest],) if len(rest) >= _LEAST_PART and rest in numbers else ()
                return (numbers[word[:border]], *known)
        for border in range(1, len(word) - _LEAST_PART + 1):
            if word[border:] in numbers:
                return (numbers[word[border:]],)
        return ()
