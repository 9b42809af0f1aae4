"""What a note says was done, and to what: the role and the medium of a use of AI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from copydesk.cleaners.residue.note_sentences import AGENTS, NoteSentence, clause_end
from copydesk.cleaners.residue.note_words import MAKING, NoteWords, Part, Word

Medium = Literal["text", "image", "audio", "video"]

# what AI was used for, which tells the role where the deed is only "used"
PURPOSES = (Part.PURPOSE, Part.PURPOSE_TRANSLATED, Part.PURPOSE_SUMMARISED, Part.PURPOSE_ASSISTED)
MEDIA: Mapping[Part, Medium] = {Part.IMAGE: "image", Part.AUDIO: "audio", Part.VIDEO: "video"}

# each says it by another kind of word: a deed, one with its maker, a noun, a purpose
_TRANSLATING = frozenset({Part.TRANSLATED, Part.AI_TRANSLATED, Part.KIND_TRANSLATED, Part.PURPOSE_TRANSLATED})
_SUMMARISING = frozenset({Part.SUMMARISED, Part.KIND_SUMMARISED, Part.PURPOSE_SUMMARISED})
ASSISTING = frozenset({Part.ASSISTED, Part.PURPOSE_ASSISTED})
_BESIDE = 12
"""Letters beside the words of a note within which a picture is what was made, and help how. At 8 a note loses
its medium.
"""


def is_this_made(word: Word, words: NoteWords) -> bool:
    """Whether the page names itself as a translation or summary: "this AI summary"."""
    return word.part is Part.THIS and (
        words.holds(Part.KIND_TRANSLATED, word.phrase) or words.holds(Part.KIND_SUMMARISED, word.phrase)
    )


def telling_word(role: Part, act: Word, start: int, end: int, sentence: NoteSentence) -> Word:
    """The word that says what was done, of several near the maker."""
    said = (word for word in sentence.words if word.part is role and start <= word.start and word.end <= end)
    return act if act.part is role else next(said, act)


def role_of(start: int, end: int, act: Word, sentence: NoteSentence, words: NoteWords) -> Part:
    """What was done, by the words between maker and deed: what says more than "made" counts before it."""
    within = [
        word
        for word in sentence.words
        if (start <= word.start and word.end <= end) or (act.part is Part.USED and word.part in PURPOSES)
    ]
    parts = {word.part for word in within}
    named = [word.phrase for word in within if word.part is Part.THIS]
    # first: a translation is one even if it was generated, or made with help
    if parts & _TRANSLATING or any(words.holds(Part.KIND_TRANSLATED, phrase) for phrase in named):
        return Part.TRANSLATED
    if parts & _SUMMARISING or any(words.holds(Part.KIND_SUMMARISED, phrase) for phrase in named):
        return Part.SUMMARISED
    if parts & ASSISTING or (Part.GENERATED not in parts and _is_helped(start, end, sentence)):
        return Part.ASSISTED
    # "we used AI for this article" claims no more than help
    if act.part is Part.USED and not parts & {Part.MADE, Part.GENERATED}:
        return Part.ASSISTED
    return Part.SUMMARISED if _is_of_others(end, sentence) else Part.MADE


def _is_helped(start: int, end: int, sentence: NoteSentence) -> bool:
    """Whether a word of help stands between maker and deed or right beside them."""
    return any(
        word.part is Part.HELP and start - _BESIDE <= word.start and word.end <= end + _BESIDE
        for word in sentence.words
    )


def _is_of_others(end: int, sentence: NoteSentence) -> bool:
    """Whether it was made of what others wrote, which sums it up: "generated from customer reviews"."""
    return any(
        word.part is Part.OTHERS and end <= word.start <= clause_end(end, sentence) for word in sentence.words
    )


def medium_of(what: Word | None, start: int, end: int, sentence: NoteSentence, words: NoteWords) -> Medium:
    """What was made: a picture, a sound or a film where one is named, else the text."""
    if what is not None and what.part in MEDIA:
        return MEDIA[what.part]
    near = [word for word in sentence.words if start - _BESIDE <= word.start and word.end <= end + _BESIDE]
    if (
        what is not None and what.part is Part.THIS
    ):  # a picture beside this text is another thing; a voice reads it
        own = [word for word in near if word.part in MEDIA and word.end <= what.start and start <= word.start]
        near = [*own, what, *(word for word in near if word.part in (*AGENTS, *MAKING))]
    return next(
        (medium for medium in (_medium_named(word, words) for word in near) if medium != "text"), "text"
    )


def _medium_named(word: Word, words: NoteWords) -> Medium:
    return next((medium for part, medium in MEDIA.items() if words.holds(part, word.phrase)), "text")
