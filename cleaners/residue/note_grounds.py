"""What makes a sentence a note of this page: what a clause is about, and who says it."""

from __future__ import annotations

from typing import NamedTuple

from copydesk.cleaners.residue.note_acts import LABEL_ACTS, MEDIA
from copydesk.cleaners.residue.note_sentences import Ground, NoteSentence
from copydesk.cleaners.residue.note_vetoes import MAX_OTHER_BEFORE, has_relative, is_announced
from copydesk.cleaners.residue.note_words import MAKING, Part, Word

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


def ground_of(core: Core, sentence: NoteSentence) -> Ground | None:
    """What makes the sentence a note of this page: it names the page, begins with a word for a text, or is
    nothing else.
    """
    agent, act, what = core
    if is_announced(min(word.start for word in core if word), sentence):
        return None
    is_made = _is_made_itself(agent, act, sentence)
    if what is not None and what.part is Part.THIS:
        # "… die door AI zijn gemaakt": the auxiliary is between maker and deed
        is_clause = sentence.language.grammar.subordinate_verb_final
        is_one_made = is_made and what.end <= agent.start and not is_clause
        return "self" if not is_one_made and _is_own_clause(core, what, sentence) else None
    # "their article was written by AI"
    if is_made or (
        what and not sentence.language.theirs.isdisjoint(sentence.folded[: what.start].split()[-1:])
    ):
        return None
    if _is_subject(core, sentence) and _is_all_of_subject(core, sentence):
        return "subject"
    return "label" if not _is_rule(core, sentence) and _is_label(core, sentence) else None


def _is_rule(core: Core, sentence: NoteSentence) -> bool:
    """Whether more is said of what a relative clause tells apart: "Texte, die mit KI erstellt wurden, sollten …"."""
    agent, act, what = core
    first, end = min(agent.start, act.start), max(agent.end, act.end)
    goes_on = sentence.clause_end(end) < len(sentence.folded)
    return goes_on and what is not None and has_relative(what.end, first, sentence)


def _is_all_of_subject(core: Core, sentence: NoteSentence) -> bool:
    """Whether a sentence says of what it begins with that it was made, and nothing else."""
    first, end = min(core.agent.start, core.act.start), max(core.agent.end, core.act.end)
    is_passive = bool(sentence.having(Part.PASSIVE, start=core.subject_end, end=core.act.start))
    # "texts, which were made by AI, must say so" is a rule on texts
    is_one_clause = sentence.clause_end(core.subject_end) >= first
    return (
        sentence.is_close()
        # "the text on the plaque was written by AI" is another's
        and (sentence.language.is_unspaced or not sentence.others(core.subject_end, first))
        and is_one_clause
        # "the speech was written by AI, and the senator read it aloud" goes on about the speech
        and _is_rest_of_notes(end, sentence, is_verbless=sentence.language.has_passive and not is_passive)
        and (is_passive or _ends_clause(end, sentence))
    )


def _is_label(core: Core, sentence: NoteSentence) -> bool:
    """Whether a sentence is nothing but a maker and what it did."""
    agent, act, _ = core
    start = min(agent.start, act.start)
    if not sentence.language.is_unspaced and sentence.others(0, start):
        return False  # "the song was made by AI" says what was made, and it is not this page
    # "the comments were made by AI"; what is made of them is this page's: "reviews summarised by AI"
    if act.part is not Part.SUMMARISED and sentence.having(Part.OTHERS, end=start):
        return False
    if sentence.language.is_unspaced and not _is_rest_of_notes(max(agent.end, act.end), sentence):
        return False
    if core.what is None and _has_unnamed_subject(core, sentence):
        return False
    # "this software was developed with the help of AI"; what runs by itself without an article, "automatically
    # translated", says how
    if sentence.covered[0] == 1 and sentence.having(Part.AUTOMATION, start=1, end=start):
        return False
    # "AI has written …" is news; a language that marks the passive by a word says "made by AI" in another order. More
    # than a space between: in "AI generated" the two are one attribute
    has_gap = act.start - agent.end > 1 and act.part not in LABEL_ACTS
    least = _ALL if sentence.language.has_passive and has_gap else _WHOLE
    return sentence.share() >= least or _is_elliptic(agent, act, sentence)


def _has_unnamed_subject(core: Core, sentence: NoteSentence) -> bool:
    """Whether a deed is of what another sentence named, or done to it: "It was written by AI.", "AI wrote it."."""
    agent, act, _ = core
    before = sentence.folded[: act.start].split()
    if (
        agent is not act
        and len(before) == 1
        and before[0] in sentence.language.function_words - sentence.language.by
    ):
        return True  # "den översattes med AI": a pronoun
    is_active = sentence.language.has_passive and agent is not act and act.start - agent.end > 1
    if act.part is Part.USED:
        return False
    return (is_active and agent.start == 0) or any(
        len(sentence.folded[word.end : act.start].split()) <= _MAX_BEHIND_AUXILIARY
        for word in sentence.having(Part.PASSIVE, end=act.start)
        # what is named may be the page's: "readers' comments were summarised by AI"
        if all(other.part is Part.PASSIVE for other in sentence.words if other.end <= word.start)
    )


def _is_rest_of_notes(end: int, sentence: NoteSentence, *, is_verbless: bool = False) -> bool:
    """Whether what follows is stated of the note, and not of the world."""
    if (
        is_verbless
        and sentence.clause_end(end) in sentence.breaks
        and sentence.is_close(end, sentence.clause_end(end))
    ):
        return True  # "Illustrations generated with AI; no photographs of real houses"
    if (
        sentence.language.is_unspaced
        and not sentence.language.grammar.verb_final
        and sentence.others(end) > _MAX_REST_DENSE
    ):
        return False
    return sentence.is_close(end)


def _is_own_clause(core: Core, what: Word, sentence: NoteSentence) -> bool:
    """Whether the deed is stated of what names the page, and nobody reports it: not "Unlike texts made by AI,
    this article …", not "this article is about texts made by AI", not "some say this article …".
    """
    if what.start > core.act.start:
        return _precedes_page(core, what, sentence)
    if what.start < core.agent.start and is_reported_by_others(what, sentence):
        return False
    return _is_deed_of_page(what, core, sentence)


def _is_deed_of_page(what: Word, core: Core, sentence: NoteSentence) -> bool:
    """Whether a deed behind what names the page is stated of it, and of nothing that is between."""
    first = min(core.agent.start, core.act.start)
    # "the summary above the door was generated by AI": a text beside a thing
    if what.phrase.split()[-1] in sentence.language.places and sentence.others(what.end, first):
        return False
    # a verb of another deed, and then what it was done to: "contains examples", "is about texts"
    things = sentence.having(*WHATS, start=what.end, end=first)
    objects = [word for word in things if sentence.language.by or word.part not in LABEL_ACTS]
    if any(sentence.others(what.end, word.start) or _is_about(what, word, sentence) for word in objects):
        return False
    is_passive = bool(sentence.having(Part.PASSIVE, start=what.end, end=first))
    # behind an auxiliary come adverbs: "was for our readers in Basel translated"
    is_far = not is_passive and sentence.others(what.end, first) > _MAX_TO_DEED
    # "this page generates images with AI"
    is_tool = not is_passive and _has_object(core, sentence)
    if is_far or is_tool or _has_relative_clause(what, core, sentence):
        return False
    if not sentence.language.by:
        return True
    is_deed_first = core.act.start < core.agent.start
    if not is_passive and is_deed_first and sentence.others(what.end, first) > _MAX_OTHER:
        return False  # more than a short word that no note has: "contains examples"
    # not where another deed is before it, in a clause of its own
    has_other_deed = bool(sentence.having(*MAKING, start=what.end, end=first))
    return not has_other_deed or sentence.clause_end(what.end) >= first


def _is_about(what: Word, other: Word, sentence: NoteSentence) -> bool:
    """Whether what names the page is about another text: "this article is about texts made by AI"."""
    verbs = sentence.having(Part.PASSIVE, start=what.end, end=other.start)
    return bool(verbs) and not sentence.language.about.isdisjoint(
        sentence.folded[verbs[0].end : other.start].split()
    )


def _has_relative_clause(what: Word, core: Core, sentence: NoteSentence) -> bool:
    """Whether a relative clause on somebody is between what names the page and maker or deed: "translated by a man
    whose brother made an AI"; one on the page itself, "which was …", does not count.
    """
    at = what.end
    for word in sentence.folded[what.end : max(core.agent.start, core.act.start)].split(" ")[1:]:
        start = at + 1
        at = start + len(word)
        is_opening = not sentence.language.grammar.relative_articles or start - 1 in sentence.clause_ends
        if (
            word in sentence.language.who
            and is_opening
            and start > 1
            and (
                not sentence.covered[start - 2]
                or any(one.start < start - 1 <= one.end for one in sentence.having(Part.HUMAN))
            )
        ):
            return True
    return False


def _precedes_page(core: Core, what: Word, sentence: NoteSentence) -> bool:
    """Whether a deed stated before the page is named is the page's: "made by AI, this article …", not "unlike texts
    made by AI, this article …".
    """
    first = min(core.agent.start, core.act.start)
    is_opening = not sentence.others(0, first) and not sentence.having(*WHATS, end=first)
    # "articles made by AI", "AI-written articles", not "AI has written this article"
    is_attribute = (
        core.agent.start < what.start
        and core.act.part is not Part.USED
        and (core.act.start < core.agent.start or bool(sentence.gap(core.act, what)))
    )
    if is_attribute or sentence.clause_end(core.act.end) < what.start:
        return is_opening
    return True


def is_reported_by_others(what: Word, sentence: NoteSentence) -> bool:
    """Whether words that no note has lead to what names the page: "some think this article …"."""
    before = sentence.folded[: what.start].split()
    if before[-1:] and before[-1] in sentence.language.that:
        return bool(sentence.others(0, what.start))  # "it is a myth that …", not "please note that …"
    if sentence.language.grammar.verb_final or sentence.language.is_unspaced:
        return False
    start = sentence.clause_start(what.start)
    # where the verb is between, what comes before it is of the sentence: "in our paper is this article …"
    if any(word.end + 1 == what.start for word in sentence.having(Part.PASSIVE)):
        return False
    return sentence.others(start, what.start) > MAX_OTHER_BEFORE


def _has_object(core: Core, sentence: NoteSentence) -> bool:
    """Whether a thing is between a deed and what it was done with, "generates recipes with AI", or right behind it
    where the deed comes last.
    """
    if sentence.language.grammar.unmarked_relatives and core.agent.end <= core.act.start:
        return sentence.covered[core.act.end : core.act.end + 1] == b"\0"  # "AIが書いた作文": a noun follows
    if (
        sentence.language.is_unspaced
        and not sentence.language.grammar.verb_final
        and core.agent.end <= core.act.start
    ):
        return sentence.covered[core.act.end : core.act.end + 2] == b"\0\0"
    if core.act.part not in MAKING or core.agent.start < core.act.end:
        return False
    things = sentence.having(*WHATS, start=core.act.end, end=core.agent.start)
    return bool(things) or sentence.gap(core.act, core.agent) > MAX_OTHER_BEFORE


def _is_subject(core: Core, sentence: NoteSentence) -> bool:
    """Whether the sentence begins with what was made, and says what was done to it."""
    _, act, what = core
    return (
        what is not None and what.start < act.start and act.part not in LABEL_ACTS and _opens(what, sentence)
    )


def _is_made_itself(agent: Word, act: Word, sentence: NoteSentence) -> bool:
    """Whether AI is what was made: "Our AI was created by …"."""
    between = sentence.having(Part.PASSIVE, start=agent.end, end=act.start)
    return agent is not act and act.part is not Part.USED and bool(between)


def _is_elliptic(agent: Word, act: Word, sentence: NoteSentence) -> bool:
    """Whether the sentence begins with what was done and by whom: "Written by AI from the minutes of the meeting"."""
    is_used = bool(sentence.having_right_behind(agent, Part.USED))
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
            bool(sentence.having_right_behind(agent, *MAKING))
            if agent.end in sentence.clause_ends
            else after[0] in sentence.language.by
        )
    )
    if not is_led_on and not sentence.is_close(agent.end, sentence.clause_end(agent.end + 1)):
        return False
    # a function word, as "from"; another word would go on with the name: "by AI pioneers"
    return not after or sentence.covered[agent.end + 1] == 1


def _opens(word: Word, sentence: NoteSentence) -> bool:
    """Whether next to nothing comes before a word; where what it belongs to comes before it, a name may."""
    most = _MAX_WORDS_BEFORE + sentence.language.grammar.verb_final
    return len(sentence.folded[: word.start].split()) <= most


def _ends_clause(end: int, sentence: NoteSentence) -> bool:
    """Whether next to nothing follows in the clause: in "images made by AI mislead voters" something is stated
    of them.
    """
    last = sentence.clause_end(end)
    if sentence.having(Part.PASSIVE, start=end, end=last):
        return False  # "texts written by AI have become common"
    return sentence.is_close(end, last)


def is_nearly_all(core: Core, sentence: NoteSentence) -> bool:
    """Whether a sentence is a note and next to nothing else."""
    return sentence.share() >= _ALL or _is_elliptic(core.agent, core.act, sentence)
