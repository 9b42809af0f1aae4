"""Which languages a text is in, and how much of it each: most texts are in one, and a few looks show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cleaners.fast_text import likeliest
from cleaners.language import LanguageGuess, detect

_LOOK_CHARS = 200
_LEAST_LETTERS = 40  # of a block that is asked by itself
_MOST_BLOCKS = 200  # asked by themselves
_LEAST_SHARE = 0.1  # of the text, below which a language is a quotation
_SURE = 0.9


def shares_of(texts: Sequence[str], guess: LanguageGuess) -> tuple[tuple[str, float], ...]:
    """(language, share of the letters) of the kept blocks, the largest first; ``guess``: the language of the whole.

    Shares add up to 1: blocks that are too short to tell, or not surely in another language, count for the whole's.
    """
    if guess.language == "und":
        return ()
    if guess.score is None or _is_of_one_piece(texts, guess.language):
        return ((guess.tag, 1.0),)
    letters: Counter[str] = Counter()
    for number, text in enumerate(texts):
        size = sum(map(str.isalpha, text))
        told = detect(text) if size >= _LEAST_LETTERS and number < _MOST_BLOCKS else guess
        letters[told.tag if (told.score or 0.0) >= _SURE else guess.tag] += size
    total = letters.total() or 1
    small = {tag for tag, count in letters.items() if count < _LEAST_SHARE * total and tag != guess.tag}
    kept = Counter({tag: count for tag, count in letters.items() if tag not in small})
    kept[guess.tag] += sum(letters[tag] for tag in small)
    rounded = [(tag, round(count / total, 4)) for tag, count in kept.most_common() if count]
    rest = round(1.0 - sum(share for _, share in rounded[1:]), 4)
    return ((rounded[0][0], rest), *rounded[1:]) if rounded else ((guess.tag, 1.0),)


def _is_of_one_piece(texts: Sequence[str], language: str) -> bool:
    """Whether looks at both ends of the text and at its middle see the language that was told by its longest parts."""
    whole = " ".join(texts)
    middle = len(whole) // 2
    looks = (whole[:_LOOK_CHARS], whole[middle : middle + _LOOK_CHARS], whole[-_LOOK_CHARS:])
    return all(likeliest(look) == language for look in looks)
