"""Which languages the kept text is in, and how much of it each: most texts are in one, and a few looks show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import wrap

from msgspec import structs

from copydesk.cleaners.language.detection import LanguageGuess, detect, looks_like, quick_guess
from copydesk.cleaners.language.weights import relatives_of
from copydesk.cleaners.lexicon.words import languages

Shares = tuple[tuple[str, float], ...]
"""(tag, share of the letters), the largest first; they add up to 1."""

_LOOKS = 4  # into a text, evenly; half as many where a look takes asking the model
_LOOK_CHARS = 240  # of 160 or less a quarter more have too few frequent words
_LEAST_LOOK_CHARS = 120  # less has fewer words than are counted
_GLANCE_CHARS = 55
_SEEN, _SEEN_RELATIVE = 0.3, 0.9  # likelihoods from which a glance has seen another language, a close one
_PIECE_CHARS = 1_200  # of a block that is classified by itself: flattened text may be one block
_LEAST_LETTERS = 40  # of a piece that is classified
_MOST_PIECES = 16  # classified, the longest
_LEAST_SHARE = 0.1  # of the text, below which a language is a quotation
_SURE = 0.9


def languages_of(
    texts: Sequence[str], guess: LanguageGuess, declared: str | None
) -> tuple[LanguageGuess, Shares]:
    """The language of the kept blocks, and the share of each language; ``guess``: of the page's longest blocks.

    Pieces that are too short, or not surely in another language, count for that of the whole. Of a
    text in several languages the score is no higher than the share of the detected one.
    """
    if guess.score is None or _is_of_one_piece(texts, guess.language):
        return guess, () if guess.language == "und" else ((guess.tag, 1.0),)
    kept = detect(" ".join(texts), declared)
    whole = kept if kept.score is not None else guess
    pieces: list[str] = []
    for text in texts:
        is_long = len(text) > _PIECE_CHARS
        pieces += wrap(text, _PIECE_CHARS, break_on_hyphens=False) if is_long else [text]
    tags = _tags(pieces, whole)
    letters: Counter[str] = Counter()
    for piece, tag in zip(pieces, tags, strict=True):
        letters[tag] += sum(map(str.isalpha, piece))
    main = max(sorted(letters), key=lambda tag: (letters[tag], tag == whole.tag), default=whole.tag)
    if main != whole.tag:
        own = [piece for piece, tag in zip(pieces, tags, strict=True) if tag == main]
        whole = detect(" ".join(own), declared)
    shares = _shares(letters, main)
    score = None if whole.score is None else min(whole.score, dict(shares).get(main, 1.0))
    return structs.replace(whole, score=score), shares


def _tags(pieces: Sequence[str], whole: LanguageGuess) -> list[str]:
    """The language of each piece: that of the whole where it is not classified, a look sees nothing else, or it is
    not sure.
    """
    longest = set(sorted(range(len(pieces)), key=lambda place: -len(pieces[place]))[:_MOST_PIECES])
    tags = []
    for place, piece in enumerate(pieces):
        if place not in longest or sum(map(str.isalpha, piece)) < _LEAST_LETTERS:
            tags.append(whole.tag)
            continue
        found = whole if _looks_like(piece[:_LOOK_CHARS], whole.language) else detect(piece)
        tags.append(found.tag if (found.score or 0.0) >= _SURE else whole.tag)
    return tags


def _looks_like(text: str, language: str) -> bool:
    """Whether a look sees the language: by its frequent words, else by a glance, which may also see nothing
    it knows, or be unsure about a relative.
    """
    if looks_like(text, language):
        return True
    found, chance = quick_guess(text[:_GLANCE_CHARS])
    if found != language and found in relatives_of(language):  # so few words hardly distinguish relatives
        found, chance = quick_guess(text)
        return found == language or chance < _SEEN_RELATIVE
    return found == language or chance < _SEEN


def _shares(letters: Counter[str], main: str) -> Shares:
    total = letters.total() or 1
    tags = [tag for tag, count in letters.items() if tag != main and count >= _LEAST_SHARE * total]
    others = [(tag, round(letters[tag] / total, 4)) for tag in tags]
    rest = round(1.0 - sum(share for _, share in others), 4)
    return tuple(sorted([(main, rest), *others], key=lambda one: (-one[1], one[0])))


def _is_of_one_piece(texts: Sequence[str], language: str) -> bool:
    """Whether looks all over the text see nothing but the language of its longest parts."""
    whole = " ".join(texts)
    looks = _LOOKS if language in languages() else _LOOKS // 2
    # of a short text less at a time: a language of a quarter of it shall fill half of the last look
    chars = min(_LOOK_CHARS, max(_LEAST_LOOK_CHARS, len(whole) // 2))
    last = max(0, len(whole) - chars)
    starts = [min(last, len(whole) * (2 * number + 1) // (2 * looks)) for number in range(looks)]
    return all(_looks_like(whole[start : start + chars], language) for start in starts)
