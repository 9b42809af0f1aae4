"""Notes on the use of AI, read as a small grammar: *what* (this text, its translation, a picture), *made
how*, *by what*.

A note is a sentence in which the three stand close together, with nearly nothing but words of notes between them. What
says that somebody said so, that it is not so, or that it may be so, keeps a sentence from being one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lru_of_short import lru_of_short
from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.note_acts import LABEL_ACTS, SURE_AGENTS, act_of, is_modifier
from copydesk.cleaners.residue.note_grounds import WHATS, Core, ground_of, is_nearly_all, is_said
from copydesk.cleaners.residue.note_roles import ASSISTING, MEDIA, Medium, medium_of, role_of, telling_word
from copydesk.cleaners.residue.note_sentences import (
    AGAINST,
    AGENTS,
    Ground,
    NoteSentence,
    is_one_clause,
    parse_sentence,
    stand_near,
)
from copydesk.cleaners.residue.note_vetoes import veto_of
from copydesk.cleaners.residue.note_words import MAKING, NoteWords, Part, Word, note_words
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.sentences import masked

GIVEN_NAMES = frozenset({"claude", "jasper"})
"""Names of tools that people have as well."""
_RETOLD = (Part.TRANSLATED, Part.SUMMARISED)
_ENUMERATED = re.compile(r"[,;،؛、，；]")
_INSERTION = re.compile(r"(?<=\w),\s*([^,;:()]{4,80}),\s+|(?<=\w)\s*\(([^()]{4,80})\)(?=\s+\w)")
_WRAPPED = re.compile(r"\n\s*(?=[^\W\d_A-Z])")  # a line break within a sentence
_MAX_NESTED = 2  # insertions within insertions; a hostile sentence has thousands
_MAX_WORDS = 60  # words of notes in a sentence; a hostile one has hundreds, and each pair is looked at


class Note(Struct, frozen=True):
    """A sentence, or one of several clauses, that says what part a machine had in the page, or that it had none.

    ``start`` and ``end``: where in the text the ``quote`` stands (characters); in the quote a line break is a space.
    """

    ground: Ground
    quote: str
    start: int
    end: int
    core: tuple[Word, ...]
    act: Part
    agent: Part
    medium: Medium
    coverage: float
    veto: str


@lru_of_short(maxsize=256)
def read_notes(text: str, code: str) -> tuple[Note, ...]:
    """The notes in a text, in order, in a language there is a file for; those that are vetoed say why."""
    words = note_words(code)
    bare = _bare(text)
    found: list[Note] = []
    at = 0
    for part in split_sentences(bare):
        # from the last sentence on: the same one may stand twice in a text
        at = bare.index(part, at)
        if part.strip() and words.may_name_maker(part):
            behind = at  # clauses of one sentence may say the same
            for note in _read(part.strip(), words):
                found.append(_placed(note, text, bare, behind))
                behind = found[-1].end if len(note.quote) < len(part.strip()) else at
        at += len(part)
    return tuple(found)


def _bare(text: str) -> str:
    """A text without its marks and quotations, each of its characters where it was."""
    return masked(without_line_marks(without_inline_marks(_WRAPPED.sub(_as_spaces, text))))


def _as_spaces(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _placed(note: Note, text: str, bare: str, at: int) -> Note:
    """The note with its quote as it stands in the text, from ``at`` on."""
    start = bare.index(note.quote, at)
    end = start + len(note.quote)
    quote = text[start:end]
    return replace(note, quote=" ".join(quote.split()) if "\n" in quote else quote, start=start, end=end)


def _read(raw: str, words: NoteWords) -> tuple[Note, ...]:
    """What a sentence says; of one that names several makers, each clause by itself where each says its own."""
    told = _without_insertions(raw, words)
    if told != raw:
        # of the page alone: "the picture, which is passed around, was made by AI" tells of a picture
        notes = [note for note in _of_sentence(told, words) if note.ground == "self"]
        if notes:
            return tuple(_as_written(notes, told, raw))
    return _of_sentence(raw, words)


def _as_written(notes: Iterable[Note], told: str, raw: str) -> Iterator[Note]:
    """The notes of a sentence, read without what is set in between, quoted with it."""
    at = 0  # clauses of one sentence may say the same
    for note in notes:
        at = told.index(note.quote, at)
        quote = raw[at : at + len(note.quote)]
        at += len(quote)
        yield replace(note, quote=quote, end=len(quote))


def _of_sentence(raw: str, words: NoteWords) -> tuple[Note, ...]:
    """The same, word by word as it is."""
    sentence = parse_sentence(raw, words)
    agents = [word for word in sentence.words if word.part in AGENTS]
    if not agents or len(sentence.words) > _MAX_WORDS:
        return ()
    # a denial or a report goes for all clauses: read one by one, the others would lose it
    if len(agents) > 1 and not any(word.part in (*AGAINST, Part.NOT) for word in sentence.words):
        clauses = (parse_sentence(clause.strip(), words) for clause in _ENUMERATED.split(raw))
        notes = [note for clause in clauses if (note := _best(clause, words)) is not None]
        # where one clause alone is a note, the sentence as a whole says more of it
        if len(notes) > 1 and not any(note.veto for note in notes):
            return tuple(notes)
    note = _best(sentence, words) or _denial(agents, sentence)
    return () if note is None else (note,)


def _without_insertions(raw: str, words: NoteWords) -> str:
    """A sentence without what is set in between and names no maker: "this article (first published in Dutch) was …",
    "this guide, which you can print for free, was …".
    """

    def bare(match: re.Match[str]) -> str:
        inside = match.group(1) or match.group(2)
        is_clause = match.group(1) is not None
        opens = words.fold(inside).split()[:1]
        if (is_clause and (not opens or opens[0] not in words.who)) or words.may_name_maker(inside):
            return match.group()
        return _as_spaces(match)  # so that places hold

    if not words.who:
        return raw
    for _ in range(_MAX_NESTED):
        raw = _INSERTION.sub(bare, raw)
    return raw


def _denial(agents: Sequence[Word], sentence: NoteSentence) -> Note | None:
    """That AI had no part, where people are named as makers: "This page was written by people, without the
    help of AI".
    """
    this = next((word for word in sentence.words if word.part is Part.THIS), None)
    acts = [word for word in sentence.words if word.part in MAKING]
    for agent in agents:
        negation = next((word for word in sentence.words if _negates(word, agent, sentence)), None)
        if negation is not None and this is not None and acts:
            return Note(
                ground="denial",
                quote=sentence.raw,
                start=0,
                end=len(sentence.raw),
                core=tuple(sorted({this, acts[0], negation, agent}, key=lambda word: word.start)),
                act=acts[0].part,
                agent=agent.part,
                medium="text",
                coverage=sentence.share(0, len(sentence.folded)),
                veto=f"not: {negation.phrase}",
            )
    return None


def _negates(word: Word, agent: Word, sentence: NoteSentence) -> bool:
    return (
        word.part is Part.NOT and is_one_clause(word, agent, sentence) and stand_near(word, agent, sentence)
    )


def _best(sentence: NoteSentence, words: NoteWords) -> Note | None:
    """The note about that maker of which most is said."""
    agents = [word for word in sentence.words if word.part in AGENTS]
    notes = [note for agent in agents if (note := _about(agent, sentence, words)) is not None]
    # what names the page says more than a label, and a sure maker more than a person's name
    return max(
        notes,
        key=lambda note: (note.ground != "label", note.agent in SURE_AGENTS, note.coverage),
        default=None,
    )


def _about(agent: Word, sentence: NoteSentence, words: NoteWords) -> Note | None:
    act = None if is_modifier(agent, sentence, words) else act_of(agent, sentence, words)
    if act is None:
        return None
    start, end = min(agent.start, act.start), max(agent.end, act.end)
    what = _what_of(start, end, sentence)
    if what is not None:
        start, end = min(_part_start(what, sentence), start), max(end, what.end)
    coverage = sentence.share(0, len(sentence.folded))
    core = Core(agent, act, what)
    ground = ground_of(core, sentence, coverage, words)
    if ground is None:
        return None
    role = role_of(start, end, act, sentence, words)
    medium = medium_of(what, start, end, sentence, words)
    if medium != "text" and role is Part.ASSISTED and act.part not in ASSISTING:
        role = Part.MADE  # a picture made with the help of AI is generated, one retouched with it is not
    if not _may_be_maker(core, role, ground, sentence, words) or not _may_make(agent, act, medium):
        return None
    told = {agent, telling_word(role, act, start, end, sentence)} | ({what} if what else set())
    return Note(
        ground=ground,
        quote=sentence.raw,
        start=0,
        end=len(sentence.raw),
        core=tuple(sorted(told, key=lambda word: word.start)),
        act=role,
        agent=agent.part,
        medium=medium,
        coverage=coverage,
        veto=veto_of(ground, end, sentence, is_said=is_said(what, act, sentence)),
    )


def _may_be_maker(core: Core, role: Part, ground: Ground, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a word may mean a machine here: a name that is also a person's, a company that makes many things and what
    runs by itself need more than AI does.
    """
    agent, act, _ = core
    is_all = is_nearly_all(core, sentence, words)
    # "written by Claude" may be a person's work, "generated by Claude" is not
    if agent.part is Part.NAMESAKE:
        is_retold = any(word.part in LABEL_ACTS for word in sentence.words)
        is_tool = agent.phrase not in GIVEN_NAMES and (is_retold or ground == "self")
        is_deed = act.part is Part.GENERATED or is_tool
        return is_deed and (ground == "self" or is_all)
    if agent.part is Part.AUTOMATION and act.part is Part.USED:
        return False  # who uses a machine need not write with it
    # "made by Google" may be a phone; "translated by Google" is a machine's work
    if agent.part is Part.COMPANY:
        return role is Part.TRANSLATED and act.part is Part.TRANSLATED
    if agent.part in (Part.AUTOMATION, Part.AI_MADE, Part.AI_TRANSLATED) and ground != "self":
        if ground == "subject":
            return role is Part.TRANSLATED
        return is_all and (role in _RETOLD or act.start == 0)
    return True


def _may_make(agent: Word, act: Word, medium: Medium) -> bool:
    """Whether what is named makes such a thing: any machine makes recordings and pictures, and says nothing
    of AI by it.
    """
    return medium == "text" or agent.part is not Part.AUTOMATION or act.part is Part.GENERATED


def _what_of(start: int, end: int, sentence: NoteSentence) -> Word | None:
    def near(word: Word) -> bool:
        lo, hi = (word.end, start) if word.end <= start else (end, word.start)
        return lo >= hi or sentence.is_close(lo, hi)

    # first what names the page: in "this article is a translation by AI" the note is of the article
    this = [word for word in sentence.words if word.part is Part.THIS and near(word)]
    if this:
        return this[0]
    others = [word for word in sentence.words if word.part in WHATS and near(word)]
    return others[0] if others else None


def _part_start(what: Word, sentence: NoteSentence) -> int:
    """Where what a note speaks of begins: in "the summary of this article" with the summary."""
    parts = [word for word in sentence.words if word.part in (*LABEL_ACTS, *MEDIA) and word.end <= what.start]
    near = [word.start for word in parts if not sentence.gap(word, what)]
    return min((what.start, *near)) if what.part is Part.THIS else what.start
