"""Which languages the kept text is in, and how much of it each: most texts are in one, and a few looks show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cleaners.language import LanguageGuess, detect, glance
from cleaners.language_relatives import relatives_of
from cleaners.language_words import share_of_frequent

Shares = tuple[tuple[str, float], ...]
"""(tag, share of the letters), the largest first; they add up to 1."""

_LOOK_CHARS = 200
_FREQUENT = (
    0.3  # of the words of a look are such as all texts of the language have; in other languages hardly ever
)
_GLANCE_CHARS = 50
_FREQUENT = 0.3  # of the words of a look are frequent ones of the language: hardly ever so in another
_LEAST_LETTERS = 40  # of a block that is asked by itself
_MOST_BLOCKS = 20  # asked by themselves, the longest
_LEAST_SHARE = 0.1  # of the text, below which a language is a quotation
_SURE = 0.9
_SEEN = 0.3  # the likelihood from which a look has seen another language


def languages_of(
    texts: Sequence[str], guess: LanguageGuess, declared: str | None
) -> tuple[LanguageGuess, Shares]:
    """The language of the kept blocks, and the share of each language; ``guess``: what the page's longest blocks told.

    Blocks that are too short to tell, or not surely in another language, count for that of the whole.
    """
    if guess.score is None or _is_of_one_piece(texts, guess.language):
        return guess, () if guess.language == "und" else ((guess.tag, 1.0),)
    kept = detect(" ".join(texts), declared)
    whole = kept if kept.score is not None else guess
    letters: Counter[str] = Counter()
    asked = set(sorted(range(len(texts)), key=lambda place: -len(texts[place]))[:_MOST_BLOCKS])
    for place, text in enumerate(texts):
        letters[_told(text, whole) if place in asked else whole.tag] += sum(map(str.isalpha, text))
    main = max(sorted(letters), key=lambda tag: (letters[tag], tag == whole.tag), default=whole.tag)
    if main == whole.tag:
        return whole, _shares(letters, main)
    said = " ".join(text for place, text in enumerate(texts) if place in asked and _told(text, whole) == main)
    return detect(said, declared), _shares(letters, main)


def _told(text: str, whole: LanguageGuess) -> str:
    """The language of a block: that of the whole where it is too short, a look sees nothing else, or it is not sure."""
    if sum(map(str.isalpha, text)) < _LEAST_LETTERS or _looks_like(text[:_LOOK_CHARS], whole.language):
        return whole.tag
    found = detect(text)
    return found.tag if (found.score or 0.0) >= _SURE else whole.tag


def _looks_like(text: str, language: str) -> bool:
    """Whether a look sees the language: by its frequent words, else by a glance, which may also see a relative (so few words tell
    relatives badly) or nothing it knows.
    """
    if share_of_frequent(text, language) > _FREQUENT:
        return True
    found, chance = glance(text[:_GLANCE_CHARS])
    return chance < _SEEN or found in relatives_of(language)


def _shares(letters: Counter[str], main: str) -> Shares:
    total = letters.total() or 1
    others = [
        (tag, round(count / total, 4))
        for tag, count in letters.items()
        if tag != main and count >= _LEAST_SHARE * total
    ]
    rest = round(1.0 - sum(share for _, share in others), 4)
    return tuple(sorted([(main, rest), *others], key=lambda one: (-one[1], one[0])))


def _is_of_one_piece(texts: Sequence[str], language: str) -> bool:
    """Whether looks at a quarter and at three quarters of the text see nothing but the language its longest parts told: another one
    that begins or ends the text, and is more than a quotation, stands at one of them.
    """
    whole = " ".join(texts)
    quarter = len(whole) // 4
    looks = (whole[quarter : quarter + _LOOK_CHARS], whole[3 * quarter : 3 * quarter + _LOOK_CHARS])
    return all(_looks_like(look, language) for look in looks)
