"""What nobody but a chatbot says around its answer, by listed kinds; each has its cues (docs/chatbot_lines.md).

No phrase decides alone: an opener counts with what is handed over, an offer with somebody who makes a text. What is
quoted, or attributed to a named speaker, is the article's. The kinds stand in ``chatbots``.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from msgspec.structs import replace

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.around_answers import goodbye, offer, opened, own_work
from copydesk.cleaners.residue.chatbots.interface import crumb, turns, with_marks_blanked, with_talk
from copydesk.cleaners.residue.chatbots.limits import limits
from copydesk.cleaners.residue.chatbots.line import ChatbotLine, is_attributed_behind
from copydesk.cleaners.residue.talk_words import talk_finder, talk_sentences
from copydesk.cleaners.wording.sentences import Sentence, mask_quotations, remove_quotations

_LETTER = lazy_pattern(r"[^\W_]")


def may_hold_chatbot_lines(cues: Set[str]) -> bool:
    """Whether a text that may have these cues need be read for a chatbot's lines."""
    if not cue_ids.ALONE.isdisjoint(cues) or (cue_ids.WANT in cues and cue_ids.I_MAKE in cues):
        return True
    if (
        cue_ids.CAN in cues
        and cue_ids.MAKE in cues
        and not cues.isdisjoint({cue_ids.WANT, cue_ids.OPENER, cue_ids.REWORKED, cue_ids.OF_TEXT})
    ):
        return True
    return len(cues & {cue_ids.OPENER, cue_ids.HANDING, cue_ids.REWORKED, cue_ids.I_MAKE}) > 1


def need_be_read(text: str, code: str, cues: Set[str]) -> bool:
    """The same of a text at hand: an opener counts where the text begins with it alone, and prose is full of them."""
    if not may_hold_chatbot_lines(cues):
        return False
    return may_hold_chatbot_lines(cues - {cue_ids.OPENER}) or _may_open(text, code)


def _may_open(text: str, code: str) -> bool:
    """Whether the first letters of a text, below no turn, may be an opener."""
    cues = talk_finder(code)
    # as `read_chatbot_lines` reads it, up to where its first sentence ends or later
    bare = remove_quotations(mask_quotations(with_marks_blanked(text)))
    begin = _LETTER.search(bare)
    first = bare[begin.start() :].split("\n", 1)[0] if begin else ""
    return cues.fold(first).startswith(tuple(cues.phrases(cue_ids.OPENER)))


def read_chatbot_lines(text: str, code: str) -> tuple[ChatbotLine, ...]:
    """The lines in a block that only a chatbot says, its cues read in the language ``code``, which must have a file."""
    labels = crumb(text, code)
    # labels alone: there is no sentence in them to read on
    if labels is not None:
        return (replace(labels, end=len(text), until=len(text)),)
    found, rest = turns(text, code)
    # blanked, not cut: a quotation is not the block's own talk, and places in the text stay
    bare = mask_quotations(with_marks_blanked(rest))
    parts = talk_sentences(bare, code)
    places = _places(parts, bare)
    found = [with_talk(line, parts, places) for line in found]
    announced = opened(parts)
    if announced is not None:
        line, count = announced
        found.append(_placed(line, text, places[0][0], places[count - 1][1]))
    for at in range(len(parts)):
        line_ = _line(at, parts)
        if line_ is not None:
            found.append(_placed(line_, text, *places[at]))
    return tuple(found)


def _line(at: int, parts: Sequence[Sentence]) -> ChatbotLine | None:
    """The line that a sentence is, surest first: each is one line of one kind."""
    part = parts[at]
    if is_attributed_behind(at, parts):
        return None
    return limits(part) or offer(part) or own_work(part) or goodbye(part, parts)


def _places(parts: Sequence[Sentence], bare: str) -> list[tuple[int, int]]:
    """Where each sentence is in the text it was read from."""
    found, at = [], 0
    for part in parts:
        # sentences are read with their quotations blanked once more, and of doubled marks that leaves others
        at = max(at, bare.find(part.raw, at))
        found.append((at, at + len(part.raw)))
        at += len(part.raw)
    return found


def _placed(line: ChatbotLine, text: str, start: int, end: int) -> ChatbotLine:
    """The line with its quote as written in the text, quotations in it included."""
    return replace(line, quote=text[start:end], start=start, end=end, until=end)
