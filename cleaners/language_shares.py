"""Which languages a text is in, and how much of it each: most texts are in one, and a few looks show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cleaners.fast_text import shares
from cleaners.language import LanguageGuess, detect

_LOOKS, _LOOK_CHARS = 4, 200  # at parts of the text, all over it
_LEAST_LETTERS = 40  # of a block that is asked by itself
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
    for text in texts:
        size = sum(map(str.isalpha, text))
        told = detect(text) if size >= _LEAST_LETTERS else guess
        letters[told.tag if (told.score or 0.0) >= _SURE else guess.tag] += size
    total = letters.total() or 1
    small = {tag for tag, count in letters.items() if count < _LEAST_SHARE * total and tag != guess.tag}
    kept = Counter({tag: count for tag, count in letters.items() if tag not in small})
    kept[guess.tag] += sum(letters[tag] for tag in small)
    return tuple((tag, round(count / total, 4)) for tag, count in kept.most_common() if count)


def _is_of_one_piece(texts: Sequence[str], language: str) -> bool:
    """Whether some looks at the text, all over it, see the same language."""
    whole = " ".join(texts)
    step = max(1, len(whole) // _LOOKS)
    looks = [whole[at : at + _LOOK_CHARS] for at in range(0, len(whole), step)][:_LOOKS]
    return all(_looks_like(look, language) for look in looks)


def _looks_like(text: str, language: str) -> bool:
    told = shares(text)
    return max(told, key=told.__getitem__, default="") == language
