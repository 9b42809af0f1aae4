"""What a speaker does not know, cannot or will not do, being a model."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.line import (
    COLON,
    ChatbotLine,
    clauses,
    distinct,
    ends_with_speaker,
    is_attributed,
    overlap,
)
from copydesk.cleaners.residue.talk_words import talk_finder
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence

_LISTED = (
    cue_ids.KNOWLEDGE,
    cue_ids.CANNOT,
    cue_ids.REFUSAL,
    cue_ids.CANNOT_MAYBE,
    cue_ids.KNOWLEDGE_MAYBE,
    cue_ids.REFUSAL_MAYBE,
)
_ALONE = (cue_ids.CANNOT, cue_ids.KNOWLEDGE_MAYBE, cue_ids.REFUSAL, cue_ids.REFUSAL_MAYBE)
# "I'm sorry, but I can't help with that", "I could not open the file": usual at every counter
_FAINT = (cue_ids.CANNOT_MAYBE, cue_ids.REFUSAL_MAYBE)
_SPEAKING_AGAINST = ("cue.report", "cue.about")
_MAX_APART = 8  # letters; room for a verb: "als Sprachmodell kann ich"
# words, set by hand: "I'm sorry, but I can't assist with that request." has nine, in Hindi twelve
_MAX_BARE_EXCUSE = 12
_CLAUSES_OF_KNOWLEDGE = 2  # up to when, and what
_YEAR = lazy_pattern(r"(?:19|20)\d\d")


def limits(part: Sentence) -> ChatbotLine | None:
    """The line that a sentence is in which the speaker tells its limits.

    Beyond doubt: a word that only models have ("my knowledge cutoff"), or what the speaker calls itself beside
    "I", and what it lacks. A robot of a story is an AI, too, and lacks feelings: it must lack what chatbots do.
    What people lack as well ("access to real-time data") is never beyond doubt by itself.
    """
    model = _model_and_person(part)
    listed = distinct(part, *_LISTED)
    if not _speaks_as_model(model, part):
        model = []
    # "As of my last knowledge update, the weir was closed": what follows is what is known
    may_be_reported = not part.has(cue_ids.KNOWLEDGE) or len(clauses(part)) > _CLAUSES_OF_KNOWLEDGE
    is_sure = _is_beyond_doubt(model, listed, part) and not (may_be_reported and ends_with_speaker(part))
    cues = [*model, *listed, *distinct(part, cue_ids.LACK)] if is_sure else list(model) or _unsure(part)
    if not cues or is_attributed(part) or _is_reported(part, cues, is_sure=is_sure):
        return None
    is_faint = not is_sure and all(cue.id in _FAINT for cue in cues[:1])
    return ChatbotLine("limits", part.raw, tuple(cues), is_sure, is_faint=is_faint)


def _is_beyond_doubt(model: Sequence[Cue], listed: Sequence[Cue], part: Sentence) -> bool:
    ids = {cue.id for cue in listed}
    # "My last knowledge update came from my neighbour": a model says until when, or what it lacks
    if cue_ids.KNOWLEDGE in ids and (len(ids) > 1 or _YEAR.search(part.raw) or part.has(cue_ids.LACK)):
        return True
    if cue_ids.KNOWLEDGE_MAYBE in ids and cue_ids.CANNOT in ids:
        return True
    if any(cue.id == cue_ids.MODEL for cue in model):
        return bool(ids or part.vendors) or part.has(cue_ids.LACK)
    return bool(model) and bool(ids)


def _model_and_person(part: Sentence) -> list[Cue]:
    """What the speaker calls itself and the first person that is nearest to it; or the one of the two
    that there is.
    """
    models = [cue for cue in part.cues if cue.id in (cue_ids.MODEL, cue_ids.AN_AI)]
    speakers = [cue for cue in part.cues if cue.id == cue_ids.FIRST_PERSON]
    if not models or not speakers:
        return [*models[:1], *speakers[:1]]
    pairs = [(model, person) for model in models for person in speakers]
    # the nearest two
    return list(min(pairs, key=lambda two: max(cue.start for cue in two) - min(cue.end for cue in two)))


def _speaks_as_model(model: Sequence[Cue], part: Sentence) -> bool:
    """Whether the first person and what it calls itself stand side by side: "as an AI, I …"."""
    if len(model) != 2 or model[0].id == model[1].id:
        return False
    first, second = sorted(model, key=lambda cue: cue.start)
    # there the verb with the person ends the sentence, far from what the speaker is
    return talk_finder(part.code).grammar.verb_final or second.start - first.end <= _MAX_APART


def _unsure(part: Sentence) -> list[Cue]:
    """What people say of themselves as well, where it opens a sentence and is all of it or speaks to somebody, or goes
    with a word of texts or requests.
    """
    others = distinct(part, cue_ids.WANT, cue_ids.REQUEST, cue_ids.OF_TEXT)
    alone = distinct(part, *_ALONE)
    if alone and (others or _is_all_excuse(alone[0], part)):
        return alone
    cues = [cue for cue in part.cues if cue.id in (cue_ids.CANNOT_MAYBE, *_ALONE)]
    if not cues:
        return []
    beside = [cue for cue in (*cues[1:], *others) if not overlap(cue, cues[0])]
    # "I can't open links" is anybody's; with "the text you sent" there is a task
    return [cues[0], *beside] if beside else []


def _is_all_excuse(cue: Cue, part: Sentence) -> bool:
    """Whether a sentence gives no reason and tells no consequence of its own: "I don't have access to live data, so I
    use yesterday's" is somebody's day. What is known to a year is a model's wherever it goes on.
    """
    if cue.id == cue_ids.KNOWLEDGE_MAYBE and _YEAR.search(part.raw):
        return True
    if part.has(cue_ids.YOU) or part.vendors:
        return True
    is_last = all(start < cue.end for start, _ in clauses(part))
    return is_last and part.size <= _MAX_BARE_EXCUSE


def _is_reported(part: Sentence, own: Sequence[Cue], *, is_sure: bool) -> bool:
    """Whether somebody else says it: a verb of saying before it, or the name of a
    speaker, or the mark of a bad example. What is not sure has no word of reports at all.
    """
    start = min(cue.start for cue in own)
    for cue in part.cues:
        # "como modelo de lenguaje" begins with a word that also asks how
        if cue.id not in _SPEAKING_AGAINST or any(overlap(cue, other) for other in own):
            continue
        if cue.start < start or not is_sure:
            return True
    colon = COLON.search(part.raw)  # behind another it is behind the first as well
    # folded as the sentence is: places of cues are counted in that form
    return colon is not None and start >= len(talk_finder(part.code).fold(part.raw[: colon.end()]))
