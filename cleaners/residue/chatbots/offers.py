"""What a chatbot offers below its answer, hopes of it, and tells of its work on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.line import (
    ChatbotLine,
    is_attributed,
    one_of_each,
    overlap,
)
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence

# words, set by hand: longer sentences tell something besides
_MAX_WORDS = 45
# words, set by hand: what is told by few cues must be short, or the cues meet by chance
_MAX_TERSE = 14
_MAX_GOODBYE = 5  # sentences of a block that ends in a goodbye
# "contact us", "dear readers": then a person or a firm offers
_AGAINST = ("cue.reader", "cue.chat-contact")
# also the wide one, and the Arabic one
_QUESTION = re.compile(r"[?？؟]\W*$")


def offer(part: Sentence) -> ChatbotLine | None:
    """What the speaker could make next, if somebody wants it."""
    if part.size > _MAX_WORDS or part.has(*_AGAINST) or is_attributed(part):
        return None
    cues = _of_text(part) or _to_make(part)
    return ChatbotLine("offer", part.raw, cues, is_sure=False) if cues else None


def _of_text(part: Sentence) -> tuple[Cue, ...]:
    """What tells by itself, since it names the text or the next answer."""
    return (
        # "Ready for your next …"
        one_of_each(part, (cue_ids.NEXT,))
        # "Let me know if you want a shorter paragraph."
        or one_of_each(
            part,
            (cue_ids.WANT_THING,),
            (cue_ids.REWORKED, cue_ids.OF_TEXT)
            if part.has(cue_ids.PERSONAL)
            else (cue_ids.TEXT, cue_ids.REWORKED, cue_ids.OF_TEXT),
        )
        # "Feel free to adjust it to your needs."
        or one_of_each(part, (cue_ids.FREE,), (cue_ids.SUIT,))
    )


def _to_make(part: Sentence) -> tuple[Cue, ...]:
    return (
        # "Would you like me to write a summary?"
        one_of_each(part, (cue_ids.WANT_ME,), (cue_ids.MAKE, cue_ids.TEXT))
        # "If you want, I can rewrite it."
        or one_of_each(part, (cue_ids.WANT,), (cue_ids.I_MAKE,))
        or one_of_each(part, (cue_ids.WANT,), (cue_ids.CAN,), (cue_ids.MAKE,))
        or (_terse_offer(part) if part.size <= _MAX_TERSE else ())
    )


def _terse_offer(part: Sentence) -> tuple[Cue, ...]:
    """An offer that says nothing else: "Happy to make it shorter.", "Shall I also do the away games?"."""
    can, shall = part.first(cue_ids.CAN), part.first(cue_ids.SHALL_I)
    cues: tuple[Cue, ...] = ()
    if can is not None and not can.start:
        cues = one_of_each(part, (cue_ids.CAN,), (cue_ids.MAKE,), (cue_ids.REWORKED, cue_ids.OF_TEXT))
    if not cues and shall is not None and not shall.start and _QUESTION.search(part.raw):
        cues = one_of_each(part, (cue_ids.SHALL_I,), (cue_ids.MAKE,))
    return cues


def goodbye(part: Sentence, parts: Sequence[Sentence]) -> ChatbotLine | None:
    """The hope that it helps, with an offer of more."""
    # "I hope this helps!" ends many a letter: only with an offer of more is it a chatbot's
    hope = part.first(cue_ids.HOPE)
    if hope is None or len(parts) > _MAX_GOODBYE:
        return None
    more = [
        cue
        for one in parts
        for cue in one.cues
        if cue.id == cue_ids.MORE and not (one is part and overlap(cue, hope))
    ]
    others = (line for one in parts if one is not part and (line := offer(one)))
    more = more or [cue for line in others for cue in line.cues]
    return ChatbotLine("goodbye", part.raw, (hope, more[0]), is_sure=False) if more else None


def own_work(part: Sentence) -> ChatbotLine | None:
    """What the writer did to the text it was asked for."""
    cues = one_of_each(part, (cue_ids.OWN_WORK,), (cue_ids.OF_TEXT, cue_ids.REQUEST))
    if not cues or is_attributed(part):
        return None
    return ChatbotLine("own-work", part.raw, cues, is_sure=False)
