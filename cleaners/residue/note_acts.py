"""What a maker is said to have done: in a credit, or the deed that stands nearest."""

from __future__ import annotations

from copydesk.cleaners.residue.note_roles import (
    is_this_made,
)
from copydesk.cleaners.residue.note_sentences import (
    MAKING,
    NoteSentence,
    is_one_clause,
    stand_near,
)
from copydesk.cleaners.residue.note_words import NoteWords, Part, Word, may_be_credit

MODIFIER_FIRST = frozenset({"en", "hi", "tr"})
"""Languages that write a noun before another one, with a space between, to say what kind of it is meant."""
MAKER_FIRST = MODIFIER_FIRST | {"de", "nl", "sv"}
"""The same, and those that write such nouns together, or with a hyphen, which folding makes a space."""
_LEADING = (Part.HELP, Part.USED)
SURE_AGENTS = (Part.AI, Part.TOOL)
_ACTS = (*MAKING, Part.AI_MADE, Part.AI_TRANSLATED, Part.USED)
_MAKING_ANYTHING = frozenset({
    *MAKING, Part.PURPOSE, Part.PURPOSE_TRANSLATED, Part.PURPOSE_SUMMARISED, Part.PURPOSE_ASSISTED,
    Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, Part.AI_MADE, Part.AI_TRANSLATED,
})  # fmt: skip
_CREDITED = (
    Part.KIND_TRANSLATED, Part.KIND_SUMMARISED, Part.KIND, Part.ASSISTED, Part.IMAGE, Part.AUDIO, Part.VIDEO,
)  # fmt: skip
_CREDITED_TO_AI = (Part.KIND_TRANSLATED, Part.IMAGE)
# words of notes, "Text and translation: DeepL"; set by hand: more of them make a sentence
_MAX_CREDIT_WORDS = 3
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
    if not this_made and not any(word.part in _MAKING_ANYTHING for word in sentence.words):
        return None  # what uses AI need not be made by it
    acts = [word for word in sentence.words if word.part in (*_ACTS, *LABEL_ACTS) or word in this_made]
    near = [
        word for word in acts if _is_near(agent, word, sentence) and _is_led_to(agent, word, sentence, words)
    ]
    return min(near, key=lambda act: _distance(agent, act, sentence), default=None)


def _distance(agent: Word, act: Word, sentence: NoteSentence) -> tuple[bool, bool, bool, int]:
    """How far an act is from being the maker's: what is a name rather than a deed, stands in another clause,
    or is assistance comes after the others. Who checked it is often somebody else: "written by AI, edited by
    our staff".
    """
    return (
        act.part in (*LABEL_ACTS, Part.THIS),
        sentence.gap(agent, act) > 0 or not is_one_clause(agent, act, sentence),
        act.part is Part.ASSISTED,
        abs(act.start - agent.start),
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


def _is_near(one: Word, other: Word, sentence: NoteSentence) -> bool:
    start, end = min(one.end, other.end), max(one.start, other.start)
    if any(word.part is Part.HUMAN and start <= word.start and word.end <= end for word in sentence.words):
        return False  # "written by people, edited with AI"
    return stand_near(one, other, sentence)


def _is_led_to(agent: Word, act: Word, sentence: NoteSentence, words: NoteWords) -> bool:
    """Whether a maker behind a deed is named as its maker: "written by AI", not "written about AI"."""
    if not words.by or agent.start <= act.end or act.part in LABEL_ACTS:
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
    if words.code not in MAKER_FIRST or agent.end in sentence.clause_ends:
        return False
    return sentence.covered[agent.end : agent.end + 2] == b"\2\0"
