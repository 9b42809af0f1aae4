"""How many words a text has, in any script."""

from __future__ import annotations

import re
from functools import cache

# no underscore: a line of them to be filled in is no word
_WORD = re.compile(r"[^\W_]+")
# set by hand: a larger number makes Chinese, Japanese and Thai texts count as shorter
UNSPACED_PER_WORD = 2
"""Letters a word in scripts without spaces, on average."""


@cache
def unspaced() -> re.Pattern[str]:
    """A letter of a script written without spaces. Such a class takes 2 ms to compile, so only who meets one does."""
    # Thai; kana; Han. Not Hangul: Korean has spaces
    return re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@cache
def han_kana_hangul() -> re.Pattern[str]:
    """A letter of Chinese, Japanese or Korean; compiled as late as the one above."""
    return re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@cache
def _parts() -> re.Pattern[str]:
    return re.compile(f"{unspaced().pattern}|(?:(?!{unspaced().pattern})[^\\W_])+")


def words(text: str) -> list[str]:
    """The words of ``text``; of scripts without spaces, each letter."""
    return (_WORD if text.isascii() else _parts()).findall(text)


def count_words(text: str) -> int:
    """Words of ``text``; in scripts without spaces, two letters count as one."""
    spaced = len(_WORD.findall(text))
    if text.isascii():
        return spaced
    return spaced + len(unspaced().findall(text)) // UNSPACED_PER_WORD
