"""What speaks against a note on AI: a negation of it, who reports it, what leaves it open, what leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.note_sentences import AGENTS, Ground, NoteSentence
from copydesk.cleaners.residue.note_words import MAKING, Part, Word

MAX_OTHER_BEFORE = 3  # letters: "all"; "think" has five. No composed note has more
_LED_IN = 0.6
"""Share of words of notes before a colon from which it leads a note in: of seven published notes behind one six have
1.0 and one none, three lines of articles 0, 0.1 and 0.5 (the open half of `real_residue`); composed ones such as "we
believe in transparency: this text …" have 0.7.
"""
_COLON = lazy_pattern(r"[:：]")
_MAX_COLONS = 4  # before a note that are looked at; a hostile sentence has thousands


def is_announced(start: int, sentence: NoteSentence) -> bool:
    """Whether a colon that no note has leads to a place: "on the wall somebody has sprayed: this text …", not "please
    note: this text …".
    """
    colons = [colon.start() for colon in _COLON.finditer(sentence.raw)]
    for at in islice(reversed(colons), _MAX_COLONS):
        led = len(sentence.language.fold(sentence.raw[:at]))
        if led <= start:
            return sentence.share(0, led) < _LED_IN
    return False


def veto_of(ground: Ground, end: int, sentence: NoteSentence) -> str:
    """What speaks against a note: a negation of it, who reports it, what leaves it open."""
    until = _until(ground, end, sentence)
    # in the order of the sentence: the first that speaks against it is the one shown
    for word in sentence.words:
        # behind it a negation is of something else: "written by AI and not checked"
        if (
            word.part is Part.NOT
            and word.start < end
            and not (_denies_people(word, sentence) or _is_aside(word, sentence))
        ):
            return f"not: {word.phrase}"
        if word.part is Part.NOT and ground == "label" and sentence.language.grammar.verb_final:
            return f"not: {word.phrase}"  # "posting pictures made by AI is forbidden", with the verb last
        if word.start < until.get(word.part, 0):
            return f"{word.part}: {word.phrase}"
    if sentence.raw.rstrip().endswith(("?", "？", "؟")):
        return "a question"
    return ""


def _until(ground: Ground, end: int, sentence: NoteSentence) -> Mapping[Part, int]:
    """Up to where words that speak against a note are of it."""
    # where the verb comes last, or nothing distinguishes a deed from an attribute, "is said to" and "may be" follow it
    if not sentence.language.has_passive:
        is_page = ground in ("self", "subject")
        return {
            Part.REPORTED: len(sentence.folded),
            Part.OPEN: sentence.clause_end(end) if is_page else len(sentence.folded),
        }
    # "texts made by AI should be labelled": of such a subject all of the clause speaks; "the text was made by AI and
    # may be wrong" has said it before
    is_said = bool(sentence.having(Part.PASSIVE, end=end)) and not has_relative(0, end, sentence)
    return {
        Part.REPORTED: end if ground == "self" else len(sentence.folded),
        Part.OPEN: sentence.clause_end(end) if ground == "subject" and not is_said else end,
    }


def has_relative(start: int, end: int, sentence: NoteSentence) -> bool:
    """Whether a word that opens a relative clause is between two places; where articles do, behind a comma."""
    if sentence.language.grammar.relative_articles:
        clause = sentence.clause_start(end)
        opening = sentence.folded[clause:end].split()[:1] if sentence.folded[:clause].strip() else []
    else:
        opening = sentence.folded[start:end].split()
    return not sentence.language.who.isdisjoint(opening)


def _is_aside(negation: Word, sentence: NoteSentence) -> bool:
    """Whether a negation is in a clause before the note that says nothing of it: "English is not my first language,
    so this text was translated by AI", not "it is not true that …".
    """
    if sentence.language.is_unspaced:
        return False
    start, end = sentence.clause_start(negation.start), sentence.clause_end(negation.end)
    said = (*AGENTS, *MAKING, Part.THIS, Part.HUMAN, Part.USED)
    if end == len(sentence.folded) or sentence.having(*said, start=start, end=end):
        return False
    following = sentence.folded[end:].split()[:1]
    # a clause of next to nothing leads to the next one: "not true, this text …"
    return sentence.language.that.isdisjoint(following) and sentence.others(start, end) > MAX_OTHER_BEFORE


def _denies_people(negation: Word, sentence: NoteSentence) -> bool:
    """Whether a negation is of people, as in "not by a human, but by AI", and AI is named after them."""
    people = next(iter(sentence.having(Part.HUMAN, start=negation.end)), None)
    # near: in "not all is known; people and AI …" the negation is not of people
    if people is None or not sentence.is_close(negation.end, people.start):
        return False
    before = sentence.having(*AGENTS, start=negation.end, end=people.start)
    return not before and bool(sentence.having(*AGENTS, start=people.end))
