"""The deed that a sentence names a maker for: the nearest one."""

from __future__ import annotations

from copydesk.cleaners.residue.note_sentences import NoteSentence, is_one_clause
from copydesk.cleaners.residue.note_words import DEEDS, MAKING, NoteWords, Part, Word

_LEADING = (Part.HELP, Part.USED)
SURE_AGENTS = (Part.AI, Part.TOOL)
_ACTS = (*MAKING, Part.AI_MADE, Part.AI_TRANSLATED, Part.USED)
_MAX_BETWEEN = 4
"""Letters of other words between a maker and a deed; of composed notes none has more without a word of
help beside it."""
_MAX_BETWEEN_DENSE = 1  # the same in Han
LABEL_ACTS = (Part.KIND_TRANSLATED, Part.KIND_SUMMARISED)


def act_of(agent: Word, sentence: NoteSentence, words: NoteWords) -> Word | None:
    """What a maker is named for: the act that is nearest."""
    # "AI-generated" names maker and deed in one
    if agent.part in (Part.AI_MADE, Part.AI_TRANSLATED):
        return agent
    return _nearest_act(agent, sentence, words)


def _nearest_act(agent: Word, sentence: NoteSentence, words: NoteWords) -> Word | None:
    """The act nearest to a maker, with little between them, of a sentence in which something is made."""
    if not any(word.part in DEEDS for word in sentence.words):
        return None  # what uses AI need not be made by it
    acts = [word for word in sentence.words if word.part in (*_ACTS, *LABEL_ACTS)]
    near = [
        word
        for word in acts
        if _is_near(agent, word, sentence, words) and _is_led_to(agent, word, sentence, words)
    ]
    # "created by an automated system using data": what it was led to from is the deed, not what it used
    led = [act for act in near if act.part in MAKING and _is_right_before(act, agent, sentence, words)]
    return min(led or near, key=lambda act: _distance(agent, act, sentence), default=None)


def _is_right_before(act: Word, agent: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a deed leads to a maker by nothing but words for it: "by", "with"."""
    between = sentence.folded[act.end : agent.start].split() if act.end <= agent.start else []
    return bool(between) and words.by.issuperset(between)


def _distance(agent: Word, act: Word, sentence: NoteSentence) -> tuple[bool, bool, bool, int]:
    """How far an act is from being the maker's: what is a name rather than a deed, stands in another clause,
    or is assistance comes after the others. Who checked it is often somebody else: "written by AI, edited by
    our staff".
    """
    return (
        act.part in LABEL_ACTS,
        sentence.gap(agent, act) > 0 or not is_one_clause(agent, act, sentence),
        act.part is Part.ASSISTED,
        max(act.start, agent.start) - min(act.end, agent.end),
    )


def _is_near(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a maker and a deed stand close: what stands between makes another maker ("written by a nurse who uses
    AI"), unless words of making lead to the maker ("written by our colleague with the help of AI").
    """
    start, end = min(agent.end, act.end), max(agent.start, act.start)
    if any(word.part is Part.HUMAN and start <= word.start and word.end <= end for word in sentence.words):
        return False  # "written by people, edited with AI"
    most = _MAX_BETWEEN_DENSE if words.is_unspaced else _MAX_BETWEEN
    if sentence.gap(agent, act) <= most:
        return True
    return _has_lead(agent, act, sentence, words)


def _lead(agent: Word, act: Word, sentence: NoteSentence) -> list[str]:
    """The words of notes that stand before a maker, from its deed on where that stands before it; one word more, as in
    "by a clever AI", may stand between.
    """
    start = act.end if act.end <= agent.start else 0
    last = sentence.folded.rfind(" ", 0, max(agent.start - 1, 0)) if agent.start > 1 else 0
    before = sentence.covered[start : max(last, start)]
    return sentence.folded[start + before.rfind(0) + 1 : agent.start].split()


def _has_lead(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a maker is led to by a word that names it one, "by", "with the help of"; where such words stand behind
    what they belong to, right behind it.
    """
    lead = _lead(agent, act, sentence)
    if not words.by.isdisjoint(lead):
        return True
    # help is for the deed wherever it stands: "written with the help of Robin by Example Labs"
    start = act.end if act.end <= agent.start else agent.start - len(" ".join(lead)) - 1
    return any(
        word.part is Part.HELP
        and (start <= word.start < agent.start or agent.end <= word.start <= agent.end + 1)
        for word in sentence.words
    )


def _leads_elsewhere(agent: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a maker is what something was made for, or is about: "written for AI", "unlike AI"."""
    if words.grammar.verb_final:
        after = sentence.folded[agent.end :].lstrip()
        return any(after.startswith(phrase) for phrase in words.about)
    if words.is_unspaced:
        before = sentence.folded[: agent.start].rstrip()
        if before and not sentence.covered[len(before) - 1]:
            return True  # another deed is done to it: "to train a language model"
        return any(before.endswith(phrase) for phrase in words.about)
    # an article may stand between: "for an AI"
    before_ = sentence.folded[: agent.start].split()[-2:]
    if len(before_) == 2 and before_[1] not in words.about and sentence.covered[agent.start - 2] != 1:
        return False
    return not words.about.isdisjoint(before_)


def _is_of_another(act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether who used AI is somebody else than who made this: "written by a nurse who uses AI"."""
    if act.part is not Part.USED or not any(word.part in MAKING for word in sentence.words):
        return False
    side = act.end + 1 if words.grammar.verb_final else act.start - 2
    if side >= act.end and act.end in sentence.clause_ends:
        return False
    return 0 < side < len(sentence.covered) and (
        not sentence.covered[side]
        or any(word.part is Part.HUMAN and word.start <= side < word.end for word in sentence.words)
    )


def _is_led_to(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a maker is named as the deed's maker: "written by AI", not "written about AI"."""
    if act.part in LABEL_ACTS:
        return True
    is_used = act.part is Part.USED  # "we relied on AI": there the word belongs to the deed
    if (not is_used and _leads_elsewhere(agent, sentence, words)) or _is_of_another(act, sentence, words):
        return False
    if not words.by or agent.start <= act.end:
        return True
    helps = [
        word for word in sentence.words if word.part in _LEADING and act.start <= word.start < agent.start
    ]
    if any(word.part is Part.NOT for word in sentence.words) and any(
        word.part is Part.HUMAN and word.start < act.start for word in sentence.words
    ):
        return True  # "no human wrote this; an AI did"
    between = sentence.folded[: act.start].split()[-2:] + sentence.folded[act.end : agent.start].split()
    # deeds and helps may hold the word themselves: "powered by", "with the help of"
    inside = [*act.phrase.split(), *(part for word in helps for part in word.phrase.split())]
    return agent.start <= act.end + 1 or bool(helps) or not words.by.isdisjoint((*between, *inside))


def is_modifier(agent: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a word for a maker only says what kind of a person or thing is meant: "by an AI expert"."""
    if not words.grammar.noun_compounds or agent.end in sentence.clause_ends:
        return False
    return sentence.covered[agent.end : agent.end + 2] == b"\2\0"
