"""What chatbots write around an answer: openers that announce it, offers and hopes below it, notes on their work."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.line import (
    COLON,
    COLON_AT_END,
    ChatbotLine,
    distinct,
    ends_with_speaker,
    is_attributed,
    is_followed_by_mark,
    one_of_each,
    overlap,
)
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence

# words, set by hand: longer sentences tell something besides
_MAX_WORDS = 45
_MAX_HANDED = 3  # sentences of an opener with what it hands over
# each beginning up to here is folded and compared; set by hand, above the longest opener
_MAX_OPENER_CHARS = 80
# words, set by hand: what few cues show must be short, or the cues meet by chance
_MAX_TERSE = 14
_MAX_GOODBYE = 5  # sentences of a block that ends in a goodbye
# "contact us", "dear readers": then a person or a firm offers
_AGAINST = ("cue.reader", "cue.chat-contact")
# also the wide one, and the Arabic one
_QUESTION = lazy_pattern(r"[?？؟]\W*$")


def opened(parts: Sequence[Sentence]) -> tuple[ChatbotLine, int] | None:
    """What announces the text that follows: an opener with what is handed over, or the latter alone; and how
    many sentences it is.
    """
    if not parts or any(map(is_attributed, parts[:_MAX_HANDED])):
        return None
    opener = parts[0].first(cue_ids.OPENER)
    if opener is None or opener.start or not is_followed_by_mark(opener, parts[0], _MAX_OPENER_CHARS):
        handed = _handed(parts[0])
        return None if handed is None else (handed, 1)
    for number, part in enumerate(parts[:_MAX_HANDED], start=1):
        handing = next(
            (cue for cue in part.cues if cue.id == cue_ids.HANDING and (number > 1 or cue.start)), None
        )
        if handing is not None and (number == 1 or not handing.start or part.has(cue_ids.REQUEST)):
            whole = _whole(number, parts)
            announced = _announced(parts[:whole], opener, handing)
            return None if announced is None else (announced, whole)
    return None


def _whole(count: int, parts: Sequence[Sentence]) -> int:
    """How many parts the first ``count`` sentences are: a mark of a question within a title ends none."""
    while count < len(parts) and parts[count].raw[:1].islower():
        count += 1
    return count


def _announced(parts: Sequence[Sentence], opener: Cue, handing: Cue) -> ChatbotLine | None:
    """An opener with what the last of these sentences hands over.

    Beyond doubt: a text made anew or requested, where people hand no such text to each other. "Okay" and
    "yes" are anybody's, and so is a song.
    """
    last = next(part for part in parts if handing in part.cues)
    what = [
        cue
        for cue in distinct(last, cue_ids.TEXT, cue_ids.REWORKED, cue_ids.REQUEST, cue_ids.THING)
        if cue.start >= opener.start
    ]
    ids = {cue.id for cue in what}
    is_requested, has_colon = cue_ids.REQUEST in ids, COLON_AT_END.search(parts[-1].raw) is not None
    is_casual = any(cue.id == cue_ids.CASUAL and not cue.start for cue in parts[0].cues)
    is_anybodys = (is_casual and not ids & {cue_ids.REQUEST, cue_ids.REWORKED}) or (
        last.has(cue_ids.OTHER_THING) and not is_requested
    )
    # "Okay, here we go": nothing that was made is named, nor does a colon lead to it
    if is_anybodys or not (ids or has_colon):
        return None
    is_clear = bool(ids & {cue_ids.TEXT, cue_ids.REWORKED}) and (
        is_requested or (has_colon and not is_casual)
    )
    is_clear = is_clear and not _is_to_readers(last)
    # "Good question! Here are three tips you can use: water less, …": who tells them at once announces nothing
    if not (is_clear or has_colon) and COLON.search(parts[-1].raw):
        return None
    is_sure = is_clear and bool(ids & {cue_ids.REQUEST, cue_ids.REWORKED}) and not last.has(cue_ids.PERSONAL)
    # "Of course. Here is the article my father wrote:" opens a memoir as well
    is_faint = not ids & {cue_ids.REQUEST, cue_ids.REWORKED} and last.has(cue_ids.PERSONAL)
    cues = (opener, handing, *what)
    return ChatbotLine("opener", "", cues, is_sure, is_clear=is_clear and not is_faint, is_faint=is_faint)


def _is_to_readers(part: Sentence) -> bool:
    """Whether it is addressed to readers, or reported by somebody: "…, dear readers, …", "…, the editor's note ran"."""
    return part.has("cue.reader") or (COLON_AT_END.search(part.raw) is None and ends_with_speaker(part))


def _handed(part: Sentence) -> ChatbotLine | None:
    """The same without an opener: a text made anew, of what somebody else gave."""
    handing = part.first(cue_ids.HANDING)
    if handing is None or (handing.start and not part.has(cue_ids.REQUEST)) or part.size > _MAX_WORDS:
        return None
    what = distinct(part, cue_ids.TEXT, cue_ids.REWORKED, cue_ids.REQUEST)
    ids = {cue.id for cue in what}
    if cue_ids.REWORKED not in ids or not ids & {cue_ids.TEXT, cue_ids.REQUEST}:
        return None
    is_requested = cue_ids.REQUEST in ids
    if not is_requested and not COLON_AT_END.search(part.raw):
        return None
    is_clear = is_requested and not _is_to_readers(part)
    is_sure = is_clear and not part.has(cue_ids.PERSONAL)
    return ChatbotLine("handed", part.raw, (handing, *what), is_sure, is_clear=is_clear)


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
    """What the writer did to the text that was requested."""
    cues = one_of_each(part, (cue_ids.OWN_WORK,), (cue_ids.OF_TEXT, cue_ids.REQUEST))
    if not cues or is_attributed(part):
        return None
    return ChatbotLine("own-work", part.raw, cues, is_sure=False)
