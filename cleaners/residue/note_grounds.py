"""What makes a sentence a note of this page: what a clause is about, and who says it."""

from __future__ import annotations

from typing import NamedTuple

from copydesk.cleaners.residue.note_acts import LABEL_ACTS, MEDIA
from copydesk.cleaners.residue.note_sentences import (
    Ground,
    NoteSentence,
    clause_end,
    clause_start,
)
from copydesk.cleaners.residue.note_vetoes import MAX_OTHER_BEFORE, is_announced
from copydesk.cleaners.residue.note_words import MAKING, NoteWords, Part, Word

WHATS = (Part.KIND, Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, *MEDIA)
_WHOLE, _ALL = 0.8, 0.9
"""Share of words of notes in a sentence that is a note by itself; in one of active form, or whose maker may
be another. At 0.75 four traps are claimed, and at 0.8 for active ones one.
"""
_MAX_TO_DEED = 12  # letters of other words between what names the page and the deed; composed notes have nine
_MAX_OTHER = 4  # letters: "first", "partly"; set by hand
_MAX_REST_DENSE = 2  # letters of other words behind a note, in scripts where one is a word
_MAX_BEHIND_AUXILIARY = 4  # words before the deed: "wurde mit Hilfe einer KI geschrieben"
_MAX_WORDS_BEFORE = 2  # before the subject; at 1 a published note is lost, at 0 three


class Core(NamedTuple):
    """By what, made how, and what."""

    agent: Word
    act: Word
    what: Word | None

    @property
    def subject_end(self) -> int:
        """Where the word for what was made ends; 0 where there is none."""
        return self.what.end if self.what else 0


def ground_of(core: Core, sentence: NoteSentence, coverage: float, words: NoteWords) -> Ground | None:
    """What makes the sentence a note of this page: it names the page, begins with a word for a text, or is
    nothing else.
    """
    agent, act, what = core
    if is_announced(min(word.start for word in core if word), sentence, words):
        return None
    is_made = _is_made_itself(agent, act, sentence)
    if what is not None and what.part is Part.THIS:
        # "… die door AI zijn gemaakt": the auxiliary is between maker and deed
        is_clause = words.grammar.subordinate_verb_final
        is_one_made = is_made and what.end <= agent.start and not is_clause
        return "self" if not is_one_made and _is_own_clause(core, what, sentence, words) else None
    # "their article was written by AI"
    if is_made or (what and not words.theirs.isdisjoint(sentence.folded[: what.start].split()[-1:])):
        return None
    if _is_subject(core, sentence, words) and _is_all_of_subject(core, sentence, words):
        return "subject"
    return "label" if _is_label(core, sentence, coverage, words) else None


def _is_all_of_subject(core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a sentence says of what it begins with that it was made, and nothing else."""
    first, end = min(core.agent.start, core.act.start), max(core.agent.end, core.act.end)
    is_passive = any(
        word.part is Part.PASSIVE and core.subject_end <= word.start < core.act.start
        for word in sentence.words
    )
    # "texts, which were made by AI, must say so" is a rule on texts
    is_one_clause = clause_end(core.subject_end, sentence) >= first
    return (
        sentence.is_close(0, len(sentence.folded))
        # "the text on the plaque was written by AI" is another's
        and (words.is_unspaced or not sentence.covered[core.subject_end : first].count(0))
        and is_one_clause
        # "the speech was written by AI, and the senator read it aloud" goes on about the speech
        and _is_rest_of_notes(end, sentence, words, is_verbless=words.has_passive and not is_passive)
        and (is_passive or _ends_clause(end, sentence))
    )


def _is_label(core: Core, sentence: NoteSentence, coverage: float, words: NoteWords) -> bool:
    """Whether a sentence is nothing but a maker and what it did."""
    agent, act, _ = core
    start = min(agent.start, act.start)
    if not words.is_unspaced and sentence.covered[:start].count(0):
        return False  # "the song was made by AI" says what was made, and it is not this page
    # "the comments were made by AI"; what is made of them is this page's: "reviews summarised by AI"
    if act.part is not Part.SUMMARISED and any(
        word.part is Part.OTHERS and word.end <= start for word in sentence.words
    ):
        return False
    if words.is_unspaced and not _is_rest_of_notes(max(agent.end, act.end), sentence, words):
        return False
    if core.what is None and _has_unnamed_subject(core, sentence, words):
        return False
    if _is_of_a_program(start, sentence):
        return False
    least = _ALL if _is_active(core, words) else _WHOLE  # "AI has written a novel" is news
    return coverage >= least or _is_elliptic(agent, act, sentence, words)


def _has_unnamed_subject(core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a deed is of what another sentence named, or done to it: "It was written by AI.", "AI wrote it."."""
    agent, act, _ = core
    before = sentence.folded[: act.start].split()
    if agent is not act and len(before) == 1 and before[0] in words.function_words - words.by:
        return True  # "den översattes med AI": a pronoun
    is_active = words.has_passive and agent is not act and act.start - agent.end > 1
    if act.part is Part.USED:
        return False
    return (is_active and agent.start == 0) or any(
        word.part is Part.PASSIVE
        and len(sentence.folded[word.end : act.start].split()) <= _MAX_BEHIND_AUXILIARY
        for word in sentence.words
        if word.end <= act.start
        # what is named may be the page's: "readers' comments were summarised by AI"
        and not any(other.part is not Part.PASSIVE and other.end <= word.start for other in sentence.words)
    )


def _is_rest_of_notes(
    end: int, sentence: NoteSentence, words: NoteWords, *, is_verbless: bool = False
) -> bool:
    """Whether what follows is stated of the note, and not of the world."""
    if (
        is_verbless
        and clause_end(end, sentence) in sentence.breaks
        and sentence.is_close(end, clause_end(end, sentence))
    ):
        return True  # "Illustrations generated with AI; no photographs of real houses"
    if (
        words.is_unspaced
        and not words.grammar.verb_final
        and sentence.covered[end:].count(0) > _MAX_REST_DENSE
    ):
        return False
    return sentence.is_close(end, len(sentence.folded))


def _is_own_clause(core: Core, what: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether the deed is stated of what names the page, and nobody reports it: not "Unlike texts made by AI,
    this article …", not "this article is about texts made by AI", not "some say this article …".
    """
    if what.start > core.act.start:
        return _precedes_page(core, what, sentence)
    if what.start < core.agent.start and is_reported_by_others(what, sentence, words):
        return False
    return _is_deed_of_page(what, core, sentence, words)


def _is_deed_of_page(what: Word, core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a deed behind what names the page is stated of it, and of nothing that is between."""
    first = min(core.agent.start, core.act.start)
    # "the summary above the door was generated by AI": a text beside a thing
    if what.phrase.split()[-1] in words.places and sentence.covered[what.end : first].count(0):
        return False
    between = [word for word in sentence.words if what.end <= word.start < first]
    # a verb of another deed, and then what it was done to: "contains examples", "is about texts"
    objects = [word for word in between if word.part in WHATS and (words.by or word.part not in LABEL_ACTS)]
    if any(
        sentence.covered[what.end : word.start].count(0) or _is_about(what, word, sentence, words)
        for word in objects
    ):
        return False
    is_passive = any(word.part is Part.PASSIVE for word in between)
    # behind an auxiliary come adverbs: "was for our readers in Basel translated"
    is_far = not is_passive and sentence.covered[what.end : first].count(0) > _MAX_TO_DEED
    if is_far or _has_relative_clause(what, core, sentence, words):
        return False
    if not is_passive and _has_object(core, sentence, words):
        return False  # "this page generates images with AI" is a tool
    if (
        not is_passive
        and words.by
        and core.act.start < core.agent.start
        and _has_other_words(what.end, first, sentence)
    ):
        return False
    other_deed = any(word.part in MAKING for word in between)
    return not words.by or not (other_deed and clause_end(what.end, sentence) < first)


def _is_about(what: Word, other: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether what names the page is about another text: "this article is about texts made by AI"."""
    verbs = [
        word for word in sentence.words if word.part is Part.PASSIVE and what.end <= word.start < other.start
    ]
    return bool(verbs) and not words.about.isdisjoint(sentence.folded[verbs[0].end : other.start].split())


def _has_relative_clause(what: Word, core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a relative clause on somebody is between what names the page and maker or deed: "translated by a man
    whose brother made an AI"; one on the page itself, "which was …", does not count.
    """
    at = what.end
    for word in sentence.folded[what.end : max(core.agent.start, core.act.start)].split(" ")[1:]:
        start = at + 1
        at = start + len(word)
        is_opening = not words.grammar.relative_articles or start - 1 in sentence.clause_ends
        if (
            word in words.who
            and is_opening
            and start > 1
            and (
                not sentence.covered[start - 2]
                or any(one.part is Part.HUMAN and one.start < start - 1 <= one.end for one in sentence.words)
            )
        ):
            return True
    return False


def _precedes_page(core: Core, what: Word, sentence: NoteSentence) -> bool:
    """Whether a deed stated before the page is named is the page's: "made by AI, this article …", not "unlike texts
    made by AI, this article …".
    """
    first = min(core.agent.start, core.act.start)
    is_opening = not sentence.covered[:first].count(0) and not any(
        word.part in WHATS and word.end <= first for word in sentence.words
    )
    # "articles made by AI", "AI-written articles", not "AI has written this article"
    is_attribute = (
        core.agent.start < what.start
        and core.act.part is not Part.USED
        and (core.act.start < core.agent.start or bool(sentence.gap(core.act, what)))
    )
    if is_attribute or clause_end(core.act.end, sentence) < what.start:
        return is_opening
    return True


def is_reported_by_others(what: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether words that no note has lead to what names the page: "some think this article …"."""
    before = sentence.folded[: what.start].split()
    if before[-1:] and before[-1] in words.that:
        return bool(
            sentence.covered[: what.start].count(0)
        )  # "it is a myth that …", not "please note that …"
    if words.grammar.verb_final or words.is_unspaced:
        return False
    start = clause_start(what.start, sentence)
    # where the verb is between, what comes before it is of the sentence: "in our paper is this article …"
    if any(word.part is Part.PASSIVE and word.end + 1 == what.start for word in sentence.words):
        return False
    return sentence.covered[start : what.start].count(0) > MAX_OTHER_BEFORE


def _has_object(core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a thing is between a deed and what it was done with, "generates recipes with AI", or right behind it
    where the deed comes last.
    """
    if words.grammar.unmarked_relatives and core.agent.end <= core.act.start:
        return sentence.covered[core.act.end : core.act.end + 1] == b"\0"  # "AIが書いた作文": a noun follows
    if words.is_unspaced and not words.grammar.verb_final and core.agent.end <= core.act.start:
        return sentence.covered[core.act.end : core.act.end + 2] == b"\0\0"
    if core.act.part not in MAKING or core.agent.start < core.act.end:
        return False
    things = [word for word in sentence.words if word.part in WHATS]
    return any(core.act.end <= word.start < core.agent.start for word in things) or (
        sentence.gap(core.act, core.agent) > MAX_OTHER_BEFORE
    )


def _has_other_words(start: int, end: int, sentence: NoteSentence) -> bool:
    """Whether more than a short word is between two places that no note has: "contains examples"."""
    return sentence.covered[start:end].count(0) > _MAX_OTHER


def _is_subject(core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether the sentence begins with what was made, and says what was done to it."""
    _, act, what = core
    return (
        what is not None
        and what.start < act.start
        and act.part not in LABEL_ACTS
        and _opens(what, sentence, words)
    )


def _is_active(core: Core, words: NoteWords) -> bool:
    """Whether the maker may be one who did something, "AI has written …": a language that marks the passive
    by a word says "made by AI" in another order.
    """
    agent, act, _ = core
    # more than a space between: in "AI generated" the two are one attribute
    return words.has_passive and act.start - agent.end > 1 and act.part not in LABEL_ACTS


def _is_made_itself(agent: Word, act: Word, sentence: NoteSentence) -> bool:
    """Whether AI is what was made: "Our AI was created by …"."""
    return (
        agent is not act
        and any(word.part is Part.PASSIVE and agent.end <= word.start < act.start for word in sentence.words)
        and act.part is not Part.USED
    )


def _is_elliptic(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether the sentence begins with what was done and by whom: "Written by AI from the minutes of the meeting"."""
    is_used = any(word.part is Part.USED and word.start == agent.end + 1 for word in sentence.words)
    # "written" has to open the sentence, its maker to stand right behind it; "automatically translated using" is both
    if act.start or not (
        (agent is act and is_used)
        or (act.part in MAKING and agent.start >= act.end and not sentence.gap(act, agent))
    ):
        return False
    after = sentence.folded[agent.end :].split(" ", 2)[1:2]
    # "made with AI for busy dentists", "generated by AI and printed on cheap paper, the book sold well"
    is_led_on = is_used or (
        bool(after)
        and (
            any(word.part in MAKING and word.start == agent.end + 1 for word in sentence.words)
            if agent.end in sentence.clause_ends
            else after[0] in words.by
        )
    )
    if not is_led_on and not sentence.is_close(agent.end, clause_end(agent.end + 1, sentence)):
        return False
    # a function word, as "from"; another word would go on with the name: "by AI pioneers"
    return not after or sentence.covered[agent.end + 1] == 1


def _opens(word: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether next to nothing comes before a word; where what it belongs to comes before it, a name may."""
    most = _MAX_WORDS_BEFORE + (words.grammar.verb_final)
    return len(sentence.folded[: word.start].split()) <= most


def _ends_clause(end: int, sentence: NoteSentence) -> bool:
    """Whether next to nothing follows in the clause: in "images made by AI mislead voters" something is stated
    of them.
    """
    last = clause_end(end, sentence)
    if any(word.part is Part.PASSIVE and end <= word.start < last for word in sentence.words):
        return False  # "texts written by AI have become common"
    return sentence.is_close(end, last)


def _is_of_a_program(start: int, sentence: NoteSentence) -> bool:
    """Whether it is stated of a program before a place: "this software was developed with the help of AI"; what runs
    by itself without an article, "automatically translated", says how.
    """
    return any(
        word.part is Part.AUTOMATION and 0 < word.start < word.end <= start and sentence.covered[0] == 1
        for word in sentence.words
    )


def is_nearly_all(core: Core, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a sentence is a note and next to nothing else."""
    is_all = sentence.share(0, len(sentence.folded)) >= _ALL
    return is_all or _is_elliptic(core.agent, core.act, sentence, words)
