"""Notes on the use of AI, read as a small grammar: *what* (this text, its translation, a picture), *made
how*, *by what*.

A note is a sentence in which the three stand close together, with nearly nothing but words of notes between them. What
says that somebody said so, that it is not so, or that it may be so, keeps a sentence from being one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.language.names import language_places
from copydesk.cleaners.lru_of_short import lru_of_short
from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.note_words import NoteWords, Part, Word, may_be_credit, note_words
from copydesk.cleaners.residue.talk_words import VERB_LAST
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.sentences import masked

Medium = Literal["text", "image", "audio", "video"]
Ground = Literal["self", "subject", "label", "denial"]
_AGENTS = (Part.AI, Part.TOOL, Part.NAMESAKE, Part.COMPANY, Part.AI_MADE, Part.AI_TRANSLATED, Part.AUTOMATION)
_SURE_AGENTS = (Part.AI, Part.TOOL)
_MAKING = (Part.GENERATED, Part.MADE, Part.TRANSLATED, Part.SUMMARISED, Part.ASSISTED)
_ACTS = (*_MAKING, Part.AI_MADE, Part.AI_TRANSLATED, Part.USED)
_MAKING_ANYTHING = frozenset({
    *_MAKING, Part.PURPOSE, Part.PURPOSE_TRANSLATED, Part.PURPOSE_SUMMARISED, Part.PURPOSE_ASSISTED,
    Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, Part.AI_MADE, Part.AI_TRANSLATED,
})  # fmt: skip
_CREDITED = (
    Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, Part.KIND, Part.ASSISTED, Part.IMAGE, Part.AUDIO, Part.VIDEO,
)  # fmt: skip
_CREDITED_TO_AI = (Part.KIND_TRANSLATED, Part.IMAGE)
_MAX_CREDIT_WORDS = 3
GIVEN_NAMES = frozenset({"claude", "jasper"})
"""Names of tools that people have as well."""
_PURPOSES = (Part.PURPOSE, Part.PURPOSE_TRANSLATED, Part.PURPOSE_SUMMARISED, Part.PURPOSE_ASSISTED)
_LABEL_ACTS = (Part.KIND_TRANSLATED, Part.KIND_SUMMARISED)
_MEDIA: Mapping[Part, Medium] = {Part.IMAGE: "image", Part.AUDIO: "audio", Part.VIDEO: "video"}
_WHATS = (Part.KIND, Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, *_MEDIA)
_RETELLING = (Part.TRANSLATED, Part.AI_TRANSLATED, Part.KIND_TRANSLATED)
_TRANSLATING = frozenset({Part.TRANSLATED, Part.AI_TRANSLATED, Part.KIND_TRANSLATED, Part.PURPOSE_TRANSLATED})
_SUMMARISING = frozenset({Part.SUMMARISED, Part.KIND_SUMMARISED, Part.PURPOSE_SUMMARISED})
_ASSISTING = frozenset({Part.ASSISTED, Part.PURPOSE_ASSISTED})
_RETOLD = (Part.TRANSLATED, Part.SUMMARISED)
_AGAINST = (Part.REPORTED, Part.OPEN)
# The limits below are measured by `python -m benchmarks.note_limits`: what each does to the composed notes
# and traps of 16 languages, and to the open half of published residue.
_NEAR = 0.5
"""Share of words of notes between what, deed and maker (0 to 1). At 0.3 a trap is claimed, at 0.7 four
published notes are lost.
"""
_GLUED = 2
"""Letters: what Arabic and others write together with a name. At 0 a composed note in Arabic is lost."""
_ENUMERATED = re.compile(r"[,;،؛、，；]")
_CLAUSE = re.compile(r"[,;:،؛、，：；()（）]|\s[–—|-]\s")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,4}\b(?:/[\w./-]*)?")
_WRAPPED = re.compile(r"\n\s*(?=[^\W\d_A-Z])")  # a line break within a sentence
_LITTLE = 0.7
"""Share of such words in a sentence that belongs to the note beside it. At 0.8 a published note stays;
English prose has 0.32 in the middle.
"""
_BESIDE = 12
"""Letters beside the words of a note within which a picture is what was made, and help how. At 8 a note loses
its medium.
"""
_WHOLE, _ALL = 0.8, 0.9
"""Share of words of notes in a sentence that is a note by itself; in one of active form, or whose maker may
be another. At 0.75 four traps are claimed, and at 0.8 for active ones one.
"""
_VERB_LAST_IN_CLAUSES = (
    "de",
    "nl",
)  # "… die door AI zijn gemaakt": there the auxiliary stands between maker and deed
_MODIFIER_FIRST = frozenset({"en", "hi", "tr"})
"""Languages that write a noun before another one, with a space between, to say what kind of it is meant."""
_MAKER_FIRST = _MODIFIER_FIRST | {"de", "nl", "sv"}
"""The same, and those that write such nouns together, or with a hyphen, which folding makes a space."""
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


class _Sentence(NamedTuple):
    raw: str
    folded: str
    words: tuple[Word, ...]
    covered: bytes
    """For each character of ``folded``: 1 a word of notes or a function word, 0 another, 2 a space."""
    clause_ends: tuple[int, ...]
    """Where in ``folded`` its clauses end."""
    says_behind: bool
    """Whether what is said of a deed stands behind it: the verb stands last, or nothing tells the deed from
    an attribute.
    """

    def share(self, start: int, end: int) -> float:
        part = self.covered[start:end]
        letters = len(part) - part.count(2)
        return part.count(1) / letters if letters else 1.0

    def gap(self, one: Word, other: Word) -> int:
        """Letters between two words that are no words of notes."""
        start, end = min(one.end, other.end), max(one.start, other.start)
        return self.covered[start:end].count(0) if start < end else 0


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
        at = bare.index(part, at)
        if part.strip() and words.may_name_maker(part):
            found += (_placed(note, text, bare, at) for note in _read(part.strip(), words))
        at += len(part)
    return tuple(found)


def tells_of_making(text: str, code: str) -> bool:
    """Whether a sentence names a machine and what it did beside it, and nothing speaks against it: less than a note."""
    words = note_words(code)
    return any(
        _has_core(_parsed(part.strip(), words), words)
        for part in split_sentences(_bare(text))
        if part.strip() and words.may_name_maker(part)
    )


def _bare(text: str) -> str:
    """A text without its marks and quotations, each of its characters where it was."""
    return masked(without_line_marks(without_inline_marks(_WRAPPED.sub(_as_spaces, text))))


def _has_core(sentence: _Sentence, words: NoteWords) -> bool:
    if len(sentence.words) > _MAX_WORDS or any(
        word.part in (*_AGAINST, Part.NOT, Part.OTHERS) for word in sentence.words
    ):
        return False
    return any(
        _act_of(word, sentence, words) is not None
        for word in sentence.words
        if word.part in _AGENTS and not _is_modifier(word, sentence, words)
    )


def _as_spaces(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _placed(note: Note, text: str, bare: str, at: int) -> Note:
    """The note with its quote as it stands in the text, from ``at`` on."""
    start = bare.index(note.quote, at)
    end = start + len(note.quote)
    quote = text[start:end]
    return replace(note, quote=" ".join(quote.split()) if "\n" in quote else quote, start=start, end=end)


def says_little(sentence: str, code: str) -> bool:
    """Whether a sentence beside a note belongs to it: nearly all of it is what notes say besides, and nothing
    is done in it but checking ("Checked by our editors; it may contain errors").
    """
    parsed = _parsed(sentence.strip(), note_words(code))
    light = bytearray(parsed.covered)
    for word in parsed.words:
        if word.part in _MAKING:
            light[word.start : word.end] = bytes(word.end - word.start)
    letters = len(light) - light.count(2)
    return light.count(1) >= _LITTLE * letters


def _parsed(raw: str, words: NoteWords) -> _Sentence:
    folded, found = words.words(raw)
    covered = bytearray(len(folded))
    for at, char in enumerate(folded):
        if char in " #" or "\u3040" <= char <= "\u309f":
            covered[at] = 2
    start = 0
    for word in folded.split(" "):
        if word in words.function_words:
            covered[start : start + len(word)] = b"\1" * len(word)
        start += len(word) + 1
    for address in _ADDRESS.findall(raw):  # "translated with www.example.com/translator"
        written = words.fold(address)
        at = folded.find(written)
        covered[at : at + len(written)] = b"\1" * len(written)
    if any(one.part in _RETELLING for one in found):
        for start, end in language_places(folded, words.code):  # "translated from Norwegian"
            covered[start:end] = b"\1" * (end - start)
    for one in found:
        if one.part in _AGAINST:
            continue
        covered[one.start : one.end] = b"\1" * (one.end - one.start)
    return _Sentence(
        raw, folded, found, bytes(covered), tuple(_clause_ends(raw, words)), not words.has_passive
    )


def _read(raw: str, words: NoteWords) -> tuple[Note, ...]:
    """What a sentence says; of one that names several makers, each clause by itself where each says its own."""
    sentence = _parsed(raw, words)
    agents = [word for word in sentence.words if word.part in _AGENTS]
    if not agents or len(sentence.words) > _MAX_WORDS:
        return ()
    if len(agents) > 1 and not any(word.part in (*_AGAINST, Part.NOT) for word in sentence.words):
        clauses = (_parsed(clause.strip(), words) for clause in _ENUMERATED.split(raw))
        notes = [note for clause in clauses if (note := _best(clause, words)) is not None]
        if len(notes) > 1 and not any(note.veto for note in notes):
            return tuple(notes)
    note = _best(sentence, words) or _denial(agents, sentence)
    return () if note is None else (note,)


def _denial(agents: Sequence[Word], sentence: _Sentence) -> Note | None:
    """That AI had no part, where people are named as makers: "This page was written by people, without the
    help of AI".
    """
    this = next((word for word in sentence.words if word.part is Part.THIS), None)
    acts = [word for word in sentence.words if word.part in _MAKING]
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


def _negates(word: Word, agent: Word, sentence: _Sentence) -> bool:
    return (
        word.part is Part.NOT and _is_one_clause(word, agent, sentence) and _stand_near(word, agent, sentence)
    )


def _best(sentence: _Sentence, words: NoteWords) -> Note | None:
    """The note about that maker of which most is said."""
    agents = [word for word in sentence.words if word.part in _AGENTS]
    notes = [note for agent in agents if (note := _about(agent, sentence, words)) is not None]
    return max(
        notes,
        key=lambda note: (note.ground != "label", note.agent in _SURE_AGENTS, note.coverage),
        default=None,
    )


def _about(agent: Word, sentence: _Sentence, words: NoteWords) -> Note | None:
    act = None if _is_modifier(agent, sentence, words) else _act_of(agent, sentence, words)
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
    role = _role_act(start, end, act, sentence, words)
    medium = _medium(what, start, end, sentence, words)
    if medium != "text" and role is Part.ASSISTED and act.part not in _ASSISTING:
        role = Part.MADE  # a picture made with the help of AI is generated, one retouched with it is not
    if not _may_be_maker(agent, act, role, ground, sentence) or not _may_make(agent, act, medium):
        return None
    core = {agent, _telling(role, act, start, end, sentence)} | ({what} if what else set())
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
        veto=_veto(ground, end, sentence, is_said=_is_said(what, act, sentence)),
    )


def _ground(core: _Core, sentence: _Sentence, coverage: float, words: NoteWords) -> Ground | None:
    """What makes the sentence a note of this page: it names the page, begins with a word for a text, or is
    nothing else.
    """
    agent, act, what = core
    is_made = _is_made_itself(agent, act, sentence)
    if what is not None and what.part is Part.THIS:
        return (
            None
            if is_made and what.end <= agent.start and words.code not in _VERB_LAST_IN_CLAUSES
            else "self"
        )
    if is_made:
        return None
    if _is_subject(core, sentence, words):
        is_said = any(
            word.part is Part.PASSIVE and core.subject_end <= word.start < act.start
            for word in sentence.words
        )
        # "texts, which were made by AI, must say so" is a rule on texts
        is_one_clause = _clause_end(core.subject_end, sentence) >= min(agent.start, act.start)
        if (
            coverage >= _NEAR
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


def _is_subject(core: _Core, sentence: _Sentence, words: NoteWords) -> bool:
    """Whether the sentence begins with what was made, and says what was done to it."""
    _, act, what = core
    return (
        what is not None
        and what.start < act.start
        and act.part not in _LABEL_ACTS
        and _opens(what, sentence, words)
        and not _is_before_a_noun(what, sentence, words)
    )


def _is_before_a_noun(what: Word, sentence: _Sentence, words: NoteWords) -> bool:
    """Whether a word for a text only says what kind of a thing is meant: "interview questions"."""
    if words.code not in _MODIFIER_FIRST or what.part not in (Part.KIND, *_LABEL_ACTS):
        return False
    is_last = what.end >= len(sentence.folded) or what.end in sentence.clause_ends
    return not is_last and sentence.covered[what.end + 1] == 0


def _is_active(core: _Core, words: NoteWords) -> bool:
    """Whether the maker may be one who did something, "AI has written …": a language that marks the passive
    by a word says "made by AI" in another order.
    """
    agent, act, _ = core
    return words.has_passive and act.start - agent.end > 1 and act.part not in _LABEL_ACTS


def _is_said(what: Word | None, act: Word, sentence: _Sentence) -> bool:
    """Whether the sentence says of its subject that it was made, and then goes on: "The text was generated by
    AI and must be checked", not "Texts that were generated by AI must be labelled".
    """
    return what is not None and any(
        word.part is Part.PASSIVE and word.start == what.end + 1 and word.end <= act.start
        for word in sentence.words
    )


def _ends_clause(end: int, sentence: _Sentence) -> bool:
    """Whether next to nothing follows in the clause: in "images made by AI mislead voters" something is said
    of them.
    """
    last = _clause_end(end, sentence)
    if any(word.part is Part.PASSIVE and end <= word.start < last for word in sentence.words):
        return False  # "texts written by AI have become common"
    return sentence.share(end, last) >= _NEAR


def _clause_end(at: int, sentence: _Sentence) -> int:
    """Where, in the folded sentence, the clause ends in which a place is."""
    ends = sentence.clause_ends
    next_ = bisect_left(ends, at)
    return ends[next_] if next_ < len(ends) else len(sentence.folded)


def _clause_ends(raw: str, words: NoteWords) -> Iterator[int]:
    length = start = 0
    for clause in _CLAUSE.finditer(raw):
        # folding goes word by word, and clauses part words
        folded = len(words.fold(raw[start : clause.start()]))
        length += folded + (folded > 0 and length > 0)
        start = clause.end()
        yield length


def _is_made_itself(agent: Word, act: Word, sentence: _Sentence) -> bool:
    """Whether AI is what was made: "Our AI was created by …"."""
    return (
        agent is not act
        and any(word.part is Part.PASSIVE and agent.end <= word.start < act.start for word in sentence.words)
        and act.part is not Part.USED
    )


def _is_elliptic(agent: Word, act: Word, sentence: _Sentence) -> bool:
    """Whether the sentence begins with what was done and by whom: "Written by AI from the minutes of the meeting"."""
    if act.start or act.part not in _MAKING or agent.start < act.end or sentence.gap(act, agent):
        return False
    after = sentence.folded[agent.end :].split(" ", 2)[1:2]
    return not after or sentence.covered[agent.end + 1] == 1


def _may_be_maker(agent: Word, act: Word, role: Part, ground: Ground, sentence: _Sentence) -> bool:
    """Whether a word may mean a machine here: a name that is also a person's, a company that makes many things and what
    runs by itself need more than AI does.
    """
    is_all = sentence.share(0, len(sentence.folded)) >= _ALL or _is_elliptic(agent, act, sentence)
    if agent.part is Part.NAMESAKE:
        is_retold = any(word.part in _LABEL_ACTS for word in sentence.words)
        is_tool = agent.phrase not in GIVEN_NAMES and (is_retold or ground == "self")
        is_deed = act.part is Part.GENERATED or is_tool
        return is_deed and (ground == "self" or is_all)
    if agent.part is Part.AUTOMATION and act.part is Part.USED:
        return False  # who uses a machine need not write with it
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


def _act_of(agent: Word, sentence: _Sentence, words: NoteWords) -> Word | None:
    """What a maker is named for: in a credit, or the act that is nearest."""
    if agent.part in (Part.AI_MADE, Part.AI_TRANSLATED):
        return agent
    return _credited(agent, sentence) or _nearest_act(agent, sentence, words)


def _nearest_act(agent: Word, sentence: _Sentence, words: NoteWords) -> Word | None:
    """The act nearest to a maker, with little between them, of a sentence in which something is made."""
    this_made = [word for word in sentence.words if _is_this_made(word, words)]
    if not this_made and not any(word.part in _MAKING_ANYTHING for word in sentence.words):
        return None  # what uses AI need not be made by it
    acts = [word for word in sentence.words if word.part in (*_ACTS, *_LABEL_ACTS) or word in this_made]
    near = [word for word in acts if _is_near(agent, word, sentence)]
    return min(near, key=lambda act: _distance(agent, act, sentence), default=None)


def _distance(agent: Word, act: Word, sentence: _Sentence) -> tuple[bool, bool, bool, int]:
    """How far an act is from being the maker's: what is a name rather than a deed, stands in another clause,
    or is assistance comes after the others. Who checked it is often somebody else: "written by AI, edited by
    our staff".
    """
    return (
        act.part in (*_LABEL_ACTS, Part.THIS),
        sentence.gap(agent, act) > 0 or not _is_one_clause(agent, act, sentence),
        act.part is Part.ASSISTED,
        abs(act.start - agent.start),
    )


def _credited(agent: Word, sentence: _Sentence) -> Word | None:
    """What a tool is named for in a credit that is nothing else: "Text: ChatGPT", "Proofreading (DeepL
    Write)"; AI for a picture or a translation alone: "Podcast: AI" is what it is about.
    """
    if (
        agent.part not in _SURE_AGENTS
        or len(sentence.words) > _MAX_CREDIT_WORDS
        or not may_be_credit(sentence.raw)
    ):
        return None
    if sentence.share(0, len(sentence.folded)) < 1.0:
        return None
    credited = _CREDITED if agent.part is Part.TOOL else _CREDITED_TO_AI
    return next((word for word in sentence.words if word.part in credited and word.end < agent.start), None)


def _is_one_clause(one: Word, other: Word, sentence: _Sentence) -> bool:
    return _clause_end(min(one.end, other.end), sentence) >= max(one.start, other.start)


def _is_this_made(word: Word, words: NoteWords) -> bool:
    """Whether the page names itself as a translation or summary: "this AI summary"."""
    return word.part is Part.THIS and (
        words.holds(Part.KIND_TRANSLATED, word.phrase) or words.holds(Part.KIND_SUMMARISED, word.phrase)
    )


def _is_near(one: Word, other: Word, sentence: _Sentence) -> bool:
    start, end = min(one.end, other.end), max(one.start, other.start)
    if any(word.part is Part.HUMAN and start <= word.start and word.end <= end for word in sentence.words):
        return False  # "written by people, edited with AI"
    return _stand_near(one, other, sentence)


def _stand_near(one: Word, other: Word, sentence: _Sentence) -> bool:
    """Whether there is little but words of notes between two words."""
    start, end = min(one.end, other.end), max(one.start, other.start)
    return sentence.gap(one, other) <= _GLUED or sentence.share(start, end) >= _NEAR


def _what_of(start: int, end: int, sentence: _Sentence) -> Word | None:
    def near(word: Word) -> bool:
        lo, hi = (word.end, start) if word.end <= start else (end, word.start)
        return lo >= hi or sentence.share(lo, hi) >= _NEAR

    this = [word for word in sentence.words if word.part is Part.THIS and near(word)]
    if this:
        return this[0]
    others = [word for word in sentence.words if word.part in _WHATS and near(word)]
    return others[0] if others else None


def _opens(word: Word, sentence: _Sentence, words: NoteWords) -> bool:
    """Whether next to nothing stands before a word; where what it belongs to stands before it, a name may."""
    most = _MAX_WORDS_BEFORE + (words.code in VERB_LAST)
    return len(sentence.folded[: word.start].split()) <= most


def _is_modifier(agent: Word, sentence: _Sentence, words: NoteWords) -> bool:
    """Whether a word for a maker only says what kind of a person or thing is meant: "by an AI expert"."""
    if words.code not in _MAKER_FIRST or agent.end in sentence.clause_ends:
        return False
    return sentence.covered[agent.end : agent.end + 2] == b"\2\0"


def _part_start(what: Word, sentence: _Sentence) -> int:
    """Where what a note speaks of begins: in "the summary of this article" with the summary."""
    parts = [
        word for word in sentence.words if word.part in (*_LABEL_ACTS, *_MEDIA) and word.end <= what.start
    ]
    near = [word.start for word in parts if not sentence.gap(word, what)]
    return min((what.start, *near)) if what.part is Part.THIS else what.start


def _telling(role: Part, act: Word, start: int, end: int, sentence: _Sentence) -> Word:
    """The word that says what was done, of several near the maker."""
    said = (word for word in sentence.words if word.part is role and start <= word.start and word.end <= end)
    return act if act.part is role else next(said, act)


def _role_act(start: int, end: int, act: Word, sentence: _Sentence, words: NoteWords) -> Part:
    """What was done, by the words between maker and deed: what says more than "made" counts before it."""
    within = [
        word
        for word in sentence.words
        if (start <= word.start and word.end <= end) or (act.part is Part.USED and word.part in _PURPOSES)
    ]
    parts = {word.part for word in within}
    named = [word.phrase for word in within if word.part is Part.THIS]
    if parts & _TRANSLATING or any(words.holds(Part.KIND_TRANSLATED, phrase) for phrase in named):
        return Part.TRANSLATED
    if parts & _SUMMARISING or any(words.holds(Part.KIND_SUMMARISED, phrase) for phrase in named):
        return Part.SUMMARISED
    if parts & _ASSISTING or (Part.GENERATED not in parts and _is_helped(start, end, sentence)):
        return Part.ASSISTED
    if act.part is Part.USED and not parts & {Part.MADE, Part.GENERATED}:
        return Part.ASSISTED
    return Part.SUMMARISED if _is_of_others(end, sentence) else Part.MADE


def _is_helped(start: int, end: int, sentence: _Sentence) -> bool:
    """Whether a word of help stands between maker and deed or right beside them."""
    return any(
        word.part is Part.HELP and start - _BESIDE <= word.start and word.end <= end + _BESIDE
        for word in sentence.words
    )


def _is_of_others(end: int, sentence: _Sentence) -> bool:
    """Whether it was made of what others wrote, which sums it up: "generated from customer reviews"."""
    return any(
        word.part is Part.OTHERS and end <= word.start <= _clause_end(end, sentence)
        for word in sentence.words
    )


def _medium(what: Word | None, start: int, end: int, sentence: _Sentence, words: NoteWords) -> Medium:
    """What was made: a picture, a sound or a film where one is named, else the text."""
    if what is not None and what.part in _MEDIA:
        return _MEDIA[what.part]
    near = [word for word in sentence.words if start - _BESIDE <= word.start and word.end <= end + _BESIDE]
    if (
        what is not None and what.part is Part.THIS
    ):  # a picture beside this text is another thing; a voice reads it
        own = [
            word for word in near if word.part in _MEDIA and word.end <= what.start and start <= word.start
        ]
        near = [*own, what, *(word for word in near if word.part in (*_AGENTS, *_MAKING))]
    return next(
        (medium for medium in (_medium_named(word, words) for word in near) if medium != "text"), "text"
    )


def _medium_named(word: Word, words: NoteWords) -> Medium:
    return next((medium for part, medium in _MEDIA.items() if words.holds(part, word.phrase)), "text")


def _veto(ground: Ground, end: int, sentence: _Sentence, *, is_said: bool) -> str:
    """What speaks against a note: a negation of it, who reports it, what leaves it open."""
    until = _until(ground, end, sentence, is_said=is_said)
    for word in sentence.words:
        if word.part is Part.NOT and word.start < end and not _denies_people(word, sentence):
            return f"not: {word.phrase}"
        if word.start < until.get(word.part, 0):
            return f"{word.part}: {word.phrase}"
    if sentence.raw.rstrip().endswith(("?", "？", "؟")):
        return "a question"
    return ""


def _until(ground: Ground, end: int, sentence: _Sentence, *, is_said: bool) -> Mapping[Part, int]:
    """Up to where words that speak against a note are of it."""
    if sentence.says_behind:
        is_page = ground in ("self", "subject")
        return {
            Part.REPORTED: len(sentence.folded),
            Part.OPEN: _clause_end(end, sentence) if is_page else len(sentence.folded),
        }
    is_subject = ground == "subject" and not is_said
    return {
        Part.REPORTED: end if ground == "self" else len(sentence.folded),
        Part.OPEN: _clause_end(end, sentence) if is_subject else end,
    }


def _denies_people(negation: Word, sentence: _Sentence) -> bool:
    """Whether a negation is of people, as in "not by a human, but by AI", and AI is named after them."""
    people = next(
        (word for word in sentence.words if word.part is Part.HUMAN and word.start >= negation.end), None
    )
    if people is None or not _stand_near(negation, people, sentence):
        return False
    agents = [word for word in sentence.words if word.part in _AGENTS]
    return not any(negation.end <= agent.start < people.start for agent in agents) and any(
        agent.start >= people.end for agent in agents
    )
