"""What a maker is said to have done: in a credit, or the deed that stands nearest."""

from __future__ import annotations

from copydesk.cleaners.residue.note_roles import is_this_made
from copydesk.cleaners.residue.note_sentences import NoteSentence, is_one_clause, stand_near
from copydesk.cleaners.residue.note_words import DEEDS, MAKING, NoteWords, Part, Word, may_be_credit

_LEADING = (Part.HELP, Part.USED)
SURE_AGENTS = (Part.AI, Part.TOOL)
_ACTS = (*MAKING, Part.AI_MADE, Part.AI_TRANSLATED, Part.USED)
_CREDITED = (
    Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, Part.KIND, Part.ASSISTED, Part.IMAGE, Part.AUDIO, Part.VIDEO,
)  # fmt: skip
_CREDITED_TO_AI = (Part.KIND_TRANSLATED, Part.IMAGE)
# words of notes, "Text and translation: DeepL"; set by hand: more of them make a sentence
_MAX_CREDIT_WORDS = 3
_MAX_BETWEEN = 4
"""Letters of other words between a maker and a deed; of composed notes none has more without a word of
help beside it."""
_MAX_BETWEEN_DENSE = 1  # the same in Han
LABEL_ACTS = (Part.KIND_TRANSLATED, Part.KIND_SUMMARISED)


def act_of(agent: Word, sentence: NoteSentence, words: NoteWords) -> Word | None:
    """What a maker is named for: in a credit, or the act that is nearest."""
    # "AI-generated" names maker and deed in one
    if agent.part in (Part.AI_MADE, Part.AI_TRANSLATED):
        return agent
    return _credited(agent, sentence) or _nearest_act(agent, sentence, words)


def _nearest_act(agent: Word, sentence: NoteSentence, words: NoteWords) -> Word | None:
    """The act nearest to a maker, with little between them, of a sentence in which something is made."""
    this_made = [word for word in sentence.words if is_this_made(word, words)]
    if not this_made and not any(word.part in DEEDS for word in sentence.words):
        return None  # what uses AI need not be made by it
    acts = [word for word in sentence.words if word.part in (*_ACTS, *LABEL_ACTS) or word in this_made]
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
        act.part in (*LABEL_ACTS, Part.THIS),
        sentence.gap(agent, act) > 0 or not is_one_clause(agent, act, sentence),
        act.part is Part.ASSISTED,
        max(act.start, agent.start) - min(act.end, agent.end),
    )


def _credited(agent: Word, sentence: NoteSentence) -> Word | None:
    """What a tool is named for in a credit that is nothing else: "Text: ChatGPT", "Proofreading (DeepL
    Write)"; AI for a picture or a translation alone: "Podcast: AI" is what it is about.
    """
    if (
        agent.part not in SURE_AGENTS
        or len(sentence.words) > _MAX_CREDIT_WORDS
        or not may_be_credit(sentence.raw)
    ):
        return None
    # all of it: one word of something else, and the colon may introduce a topic
    if sentence.share(0, len(sentence.folded)) < 1.0:
        return None
    credited = _CREDITED if agent.part is Part.TOOL else _CREDITED_TO_AI
    return next((word for word in sentence.words if word.part in credited and word.end < agent.start), None)


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
    return stand_near(agent, act, sentence) and _has_lead(agent, act, sentence, words)


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


def _is_made(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether AI is what was made, told by its mark or place: "AIを作った", "开发人工智能"."""
    if act.part not in MAKING:
        return False
    if particles := words.grammar.object_particles:
        between = sentence.folded[agent.end : act.start].strip()
        return between in particles or (agent.end + 1 == act.start and agent.phrase.endswith(particles))
    return words.is_unspaced and not words.grammar.verb_final and act.end == agent.start


def _is_of_another(act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether who used AI is somebody else than who made this: "written by a nurse who uses AI"."""
    if act.part is not Part.USED or not any(word.part in MAKING for word in sentence.words):
        return False
    side = act.end + 1 if words.grammar.verb_final else act.start - 2
    if not words.grammar.verb_final and (who := _relative(act, sentence, words)) is not None:
        side = who
    if side >= act.end and act.end in sentence.clause_ends:
        return False
    return 0 < side < len(sentence.covered) and (
        not sentence.covered[side]
        or any(word.part is Part.HUMAN and word.start <= side < word.end for word in sentence.words)
    )


def _relative(act: Word, sentence: NoteSentence, words: NoteWords) -> int | None:
    """Where the word ends whose relative clause a deed stands in, with nothing else between."""
    before = sentence.folded[: act.start].split()
    if not before or before[-1] not in words.who:
        return None
    return act.start - 1 - len(before[-1]) - 2


def _is_led_to(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a maker is named as the deed's maker: "written by AI", not "written about AI"."""
    if act.part in LABEL_ACTS:
        return True
    is_used = act.part is Part.USED  # "we relied on AI": there the word belongs to the deed
    if (not is_used and _leads_elsewhere(agent, sentence, words)) or _is_of_another(act, sentence, words):
        return False
    if not words.by:
        return not _is_made(agent, act, sentence, words)
    if agent.start <= act.end:
        return not _is_passive_about(agent, act, sentence) or _has_lead(agent, act, sentence, words)
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


def _is_passive_about(agent: Word, act: Word, sentence: NoteSentence) -> bool:
    """Whether the deed was done to something, and a maker before it has to be led to: "was by AI written"."""
    if agent.part is Part.AUTOMATION or act.part is Part.USED or act.start - agent.end <= 1:
        return False
    this = next((word for word in sentence.words if word.part is Part.THIS and word.end <= act.start), None)
    passive = [word for word in sentence.words if word.part is Part.PASSIVE and word.end <= act.start]
    if this is None or not passive:
        return False
    return agent.start > passive[0].end > this.end or agent.end < passive[0].start < this.start


def is_modifier(agent: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a word for a maker only says what kind of a person or thing is meant: "by an AI expert"."""
    if words.grammar.compounds == "none" or agent.end in sentence.clause_ends:
        return False
    return sentence.covered[agent.end : agent.end + 2] == b"\2\0"
