"""How many words a text has, in any script."""

from __future__ import annotations

from collections.abc import Callable

from copydesk._core.words import Counter
from copydesk.cleaners.patterns import lazy_pattern

# no underscore: a line of them to be filled in is no word
_WORD = lazy_pattern(r"[^\W_]+")
# set by hand: a larger number makes Chinese, Japanese and Thai texts count as shorter
UNSPACED_PER_WORD = 2
"""Letters a word in scripts without spaces, on average."""


# Thai; kana; Han. Not Hangul: Korean has spaces
UNSPACED = lazy_pattern("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
"""A letter of a script written without spaces."""
HANGUL = lazy_pattern("[\uac00-\ud7a3]")
"""A letter of Korean, which is a syllable."""
HAN_KANA_HANGUL = lazy_pattern("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""A letter of Chinese, Japanese or Korean."""
_PARTS = lazy_pattern(f"{UNSPACED.pattern}|(?:(?!{UNSPACED.pattern})[^\\W_])+")


def words(text: str) -> list[str]:
    """The words of ``text``; of scripts without spaces, each letter."""
    return (_WORD if text.isascii() else _PARTS).findall(text)


def _ask(char: str) -> tuple[bool, bool]:
    """What the compiled core asks of a character: whether it is part of a word, and of a script without spaces."""
    return char.isalnum(), UNSPACED.match(char) is not None


count_words: Callable[[str], int] = Counter(_ask, UNSPACED_PER_WORD).count_words
"""Words of a text; in scripts without spaces, two letters count as one."""
