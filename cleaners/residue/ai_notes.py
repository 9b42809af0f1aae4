"""Notes on the use of AI, read as a small grammar: *what* (this text, its translation, a picture), *made
how*, *by what*.

A note is a sentence in which the three stand close together, with nearly nothing but words of notes between them. What
says that somebody said so, that it is not so, or that it may be so, keeps a sentence from being one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lru_of_short import lru_of_short
from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.note_acts import LABEL_ACTS, MODIFIER_FIRST, SURE_AGENTS, act_of, is_modifier
from copydesk.cleaners.residue.note_roles import (
    ASSISTING,
    MEDIA,
    Medium,
    medium_of,
    role_of,
    telling_word,
)
from copydesk.cleaners.residue.note_sentences import (
    AGAINST,
    AGENTS,
    MAKING,
    Ground,
    NoteSentence,
    clause_end,
    is_one_clause,
    parse_sentence,
    stand_near,
)
from copydesk.cleaners.residue.note_vetoes import veto_of
from copydesk.cleaners.residue.note_words import NoteWords, Part, Word, note_words
from copydesk.cleaners.residue.talk_words import VERB_LAST
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.sentences import masked

GIVEN_NAMES = frozenset({"claude", "jasper"})
"""Names of tools that people have as well."""
_WHATS = (Part.KIND, Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, *MEDIA)
_SURELY_AI = (Part.AI, Part.TOOL, Part.AI_MADE, Part.AI_TRANSLATED)
_RETOLD = (Part.TRANSLATED, Part.SUMMARISED)
_ENUMERATED = re.compile(r"[,;،؛、，；]")
_WRAPPED = re.compile(r"\n\s*(?=[^\W\d_A-Z])")  # a line break within a sentence
_WHOLE, _ALL = 0.8, 0.9
"""Share of words of notes in a sentence that is a note by itself; in one of active form, or whose maker may
be another. At 0.75 four traps are claimed, and at 0.8 for active ones one.
"""
_VERB_LAST_IN_CLAUSES = (
    "de",
    "nl",
)  # "… die door AI zijn gemaakt": there the auxiliary stands between maker and deed
_MAX_OTHER = 6  # letters: "first", "partly"; set by hand
_MAX_WORDS_BEFORE = 2  # before the subject; at 1 a published note is lost, at 0 three
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


class _Core(NamedTuple):
    """By what, made how, and what."""

    agent: Word
    act: Word
    what: Word | None

    @property
    def subject_end(self) -> int:
        """Where the word for what was made ends; 0 where there is none."""
        return self.what.end if self.what else 0


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


def tells_of_making(text: str, code: str) -> bool:
    """Whether a sentence names a machine and what it did beside it, and nothing speaks against it: less than a note."""
    words = note_words(code)
    return any(
        _has_core(parse_sentence(part.strip(), words), words)
        for part in split_sentences(_bare(text))
        if part.strip() and words.may_name_maker(part)
    )


def _bare(text: str) -> str:
    """A text without its marks and quotations, each of its characters where it was."""
    return masked(without_line_marks(without_inline_marks(_WRAPPED.sub(_as_spaces, text))))


def _has_core(sentence: NoteSentence, words: NoteWords) -> bool:
    if len(sentence.words) > _MAX_WORDS or any(
        word.part in (*AGAINST, Part.NOT, Part.OTHERS) for word in sentence.words
    ):
        return False
    return any(
        act_of(word, sentence, words) is not None
        for word in sentence.words
        if word.part in _SURELY_AI and not is_modifier(word, sentence, words)
    )


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
    ground = _ground(_Core(agent, act, what), sentence, coverage, words)
    if ground is None:
        return None
    role = role_of(start, end, act, sentence, words)
    medium = medium_of(what, start, end, sentence, words)
    if medium != "text" and role is Part.ASSISTED and act.part not in ASSISTING:
        role = Part.MADE  # a picture made with the help of AI is generated, one retouched with it is not
    if not _may_be_maker(agent, act, role, ground, sentence) or not _may_make(agent, act, medium):
        return None
    core = {agent, telling_word(role, act, start, end, sentence)} | ({what} if what else set())
    return Note(
        ground=ground,
        quote=sentence.raw,
        start=0,
        end=len(sentence.raw),
        core=tuple(sorted(core, key=lambda word: word.start)),
        act=role,
        agent=agent.part,
        medium=medium,
        coverage=coverage,
        veto=veto_of(ground, end, sentence, is_said=_is_said(what, act, sentence)),
    )


def _ground(core: _Core, sentence: NoteSentence, coverage: float, words: NoteWords) -> Ground | None:
    """What makes the sentence a note of this page: it names the page, begins with a word for a text, or is
    nothing else.
    """
    agent, act, what = core
    is_made = _is_made_itself(agent, act, sentence)
    if what is not None and what.part is Part.THIS:
        is_one_made = is_made and what.end <= agent.start and words.code not in _VERB_LAST_IN_CLAUSES
        return "self" if not is_one_made and _is_own_clause(core, what, sentence, words) else None
    if is_made:
        return None
    if _is_subject(core, sentence, words):
        is_said = any(
            word.part is Part.PASSIVE and core.subject_end <= word.start < act.start
            for word in sentence.words
        )
        # "texts, which were made by AI, must say so" is a rule on texts
        is_one_clause = clause_end(core.subject_end, sentence) >= min(agent.start, act.start)
        if (
            sentence.is_close(0, len(sentence.folded))
            and is_one_clause
            and (is_said or _ends_clause(max(agent.end, act.end), sentence))
        ):
            return "subject"
    least = _ALL if _is_active(core, words) else _WHOLE  # "AI has written a novel" is news
    start = min(agent.start, act.start)
    if not words.is_unspaced and sentence.covered[:start].count(0):
        return None  # "the song was made by AI" says what was made, and it is not this page
    if any(word.part is Part.OTHERS and word.end <= start for word in sentence.words):
        return None  # "the comments were made by AI"
    return "label" if coverage >= least or _is_elliptic(agent, act, sentence) else None


def _is_own_clause(core: _Core, what: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether it is of what names the page that the deed is told, and nobody tells it: not "Unlike texts made by AI,
    this article …", not "this article is about texts made by AI", not "some say that this article …".
    """
    start = min(core.agent.start, core.act.start)
    before = sentence.folded[: what.start].split()
    if before[-1:] and before[-1] in words.that and sentence.covered[: what.start].count(0):
        return False  # "it is a myth that …", not "please note that …"
    if (
        what.start > core.act.start
    ):  # "made by AI, this article …" tells it, "unlike texts made by AI, this …" does not
        return clause_end(core.act.end, sentence) >= what.start or not words.by
    between = [word for word in sentence.words if what.end <= word.start < start]
    # a verb of another deed, and then what it was done to: "contains examples", "is about texts"
    objects = [word for word in between if word.part in _WHATS]
    if words.by and any(sentence.covered[what.end : word.start].count(0) for word in objects):
        return False
    if not words.by:
        return True
    is_said = any(word.part is Part.PASSIVE for word in between)
    if not is_said and core.act.start < core.agent.start and _has_other_words(what.end, start, sentence):
        return False
    other_deed = any(word.part in MAKING for word in between)
    return not (other_deed and clause_end(what.end, sentence) < start)


def _has_other_words(start: int, end: int, sentence: NoteSentence) -> bool:
    """Whether more than a short word stands between two places that no note has: "contains examples"."""
    return sentence.covered[start:end].count(0) > _MAX_OTHER


def _is_subject(core: _Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether the sentence begins with what was made, and says what was done to it."""
    _, act, what = core
    return (
        what is not None
        and what.start < act.start
        and act.part not in LABEL_ACTS
        and _opens(what, sentence, words)
        and not _is_before_a_noun(what, sentence, words)
    )


def _is_before_a_noun(what: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a word for a text only says what kind of a thing is meant: "interview questions"."""
    if words.code not in MODIFIER_FIRST or what.part not in (Part.KIND, *LABEL_ACTS):
        return False
    is_last = what.end >= len(sentence.folded) or what.end in sentence.clause_ends
    return not is_last and sentence.covered[what.end + 1] == 0


def _is_active(core: _Core, words: NoteWords) -> bool:
    """Whether the maker may be one who did something, "AI has written …": a language that marks the passive
    by a word says "made by AI" in another order.
    """
    agent, act, _ = core
    # more than a space between: in "AI generated" the two are one attribute
    return words.has_passive and act.start - agent.end > 1 and act.part not in LABEL_ACTS


def _is_said(what: Word | None, act: Word, sentence: NoteSentence) -> bool:
    """Whether the sentence says of its subject that it was made, and then goes on: "The text was generated by
    AI and must be checked", not "Texts that were generated by AI must be labelled".
    """
    return what is not None and any(
        word.part is Part.PASSIVE and word.start == what.end + 1 and word.end <= act.start
        for word in sentence.words
    )


def _ends_clause(end: int, sentence: NoteSentence) -> bool:
    """Whether next to nothing follows in the clause: in "images made by AI mislead voters" something is said
    of them.
    """
    last = clause_end(end, sentence)
    if any(word.part is Part.PASSIVE and end <= word.start < last for word in sentence.words):
        return False  # "texts written by AI have become common"
    return sentence.is_close(end, last)


def _is_made_itself(agent: Word, act: Word, sentence: NoteSentence) -> bool:
    """Whether AI is what was made: "Our AI was created by …"."""
    return (
        agent is not act
        and any(word.part is Part.PASSIVE and agent.end <= word.start < act.start for word in sentence.words)
        and act.part is not Part.USED
    )


def _is_elliptic(agent: Word, act: Word, sentence: NoteSentence) -> bool:
    """Whether the sentence begins with what was done and by whom: "Written by AI from the minutes of the meeting"."""
    # "written" has to open the sentence, its maker to stand right behind it
    if act.start or act.part not in MAKING or agent.start < act.end or sentence.gap(act, agent):
        return False
    after = sentence.folded[agent.end :].split(" ", 2)[1:2]
    # a function word, as "from"; another word would go on with the name: "by AI pioneers"
    return not after or sentence.covered[agent.end + 1] == 1


def _may_be_maker(agent: Word, act: Word, role: Part, ground: Ground, sentence: NoteSentence) -> bool:
    """Whether a word may mean a machine here: a name that is also a person's, a company that makes many things and what
    runs by itself need more than AI does.
    """
    is_all = sentence.share(0, len(sentence.folded)) >= _ALL or _is_elliptic(agent, act, sentence)
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
    others = [word for word in sentence.words if word.part in _WHATS and near(word)]
    return others[0] if others else None


def _opens(word: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether next to nothing stands before a word; where what it belongs to stands before it, a name may."""
    most = _MAX_WORDS_BEFORE + (words.code in VERB_LAST)
    return len(sentence.folded[: word.start].split()) <= most


def _part_start(what: Word, sentence: NoteSentence) -> int:
    """Where what a note speaks of begins: in "the summary of this article" with the summary."""
    parts = [word for word in sentence.words if word.part in (*LABEL_ACTS, *MEDIA) and word.end <= what.start]
    near = [word.start for word in parts if not sentence.gap(word, what)]
    return min((what.start, *near)) if what.part is Part.THIS else what.start
