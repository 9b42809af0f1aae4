"""Whether words of notes bear out a note on AI where the grammar of `ai_notes` reads none.

Nothing is claimed from it: what is borne out leaves the text where the learned reading thinks so, too.
"""

from __future__ import annotations

from enum import Enum, auto

from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.note_acts import SURE_AGENTS, act_of, is_modifier
from copydesk.cleaners.residue.note_grounds import is_told_by_others
from copydesk.cleaners.residue.note_sentences import AGAINST, AGENTS, NoteSentence, parse_sentence
from copydesk.cleaners.residue.note_vetoes import is_announced
from copydesk.cleaners.residue.note_words import DEEDS, NoteWords, Part, note_languages, note_words
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.headlines import primary
from copydesk.cleaners.wording.sentences import masked

_SURE = frozenset({*SURE_AGENTS, Part.AI_MADE, Part.AI_TRANSLATED})
_TELLING = frozenset({*DEEDS, Part.USED})
_NO_NOTE = frozenset({*AGAINST, Part.OTHERS, Part.NOT})
_LITTLE_ELSE, _LITTLE_BESIDE_PAGE = 0.8, 0.65
"""Share of words of notes in a sentence that names a deed and says little else; and in one that names the page.
English prose has 0.32 in the middle (decision 8).
"""
_MAX_WORDS = 60  # as in `ai_notes`: of a hostile sentence no more is looked at


class Support(Enum):
    """How far words of notes bear a note out."""

    FULL = auto()
    """A maker is named; the page names itself as well, or little else is said than a deed."""
    HALF = auto()
    """A maker that is surely AI, and its deed near it."""
    NONE = auto()


def support_of(text: str, language: str) -> Support:
    """How far words of notes bear it out that a text is one; NONE in a language without such words."""
    code = primary(language)
    if code not in note_languages():
        return Support.NONE
    words = note_words(code)
    if not words.may_name_maker(text):
        return Support.NONE
    found = {
        _support_of(parse_sentence(part.strip(), words), words)
        for part in split_sentences(masked(without_line_marks(without_inline_marks(text))))
        if part.strip() and words.may_name_maker(part)
    }
    return next((support for support in (Support.FULL, Support.HALF) if support in found), Support.NONE)


def _support_of(sentence: NoteSentence, words: NoteWords) -> Support:
    parts = {word.part for word in sentence.words}
    if parts.isdisjoint(AGENTS) or not parts.isdisjoint(_NO_NOTE) or len(sentence.words) > _MAX_WORDS:
        return Support.NONE
    if _is_somebodys(sentence, words):
        return Support.NONE
    is_told = any(
        act_of(word, sentence, words) is not None and not is_modifier(word, sentence, words)
        for word in sentence.words
        if word.part in AGENTS
    )
    share = sentence.share(0, len(sentence.folded))
    names_page = Part.THIS in parts and (is_told or share >= _LITTLE_BESIDE_PAGE)
    if names_page or (share >= _LITTLE_ELSE and not parts.isdisjoint(_TELLING)):
        return Support.FULL
    return Support.HALF if is_told and not parts.isdisjoint(_SURE) else Support.NONE


def _is_somebodys(sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether somebody says or asks it, or it tells of somebody: "readers complained that this story …", "he sprayed:
    this text …", "written by a nurse who uses AI".
    """
    if sentence.raw.rstrip().endswith(("?", "？", "؟")):
        return True
    if not words.grammar.relative_articles and not words.who.isdisjoint(sentence.folded.split()):
        return True
    this = next((word for word in sentence.words if word.part is Part.THIS), None)
    if this is None:
        return False
    return is_announced(this.start, sentence, words) or is_told_by_others(this, sentence, words)
