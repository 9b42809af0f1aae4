"""A chatbot's line, the ids of the cues it is recognised by, and what lines of all kinds ask of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.talk_words import talk_finder
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence

Kind = Literal["turn", "limits", "crumb", "opener", "handed", "offer", "goodbye", "own-work"]

# also the wide one of Chinese and Japanese
COLON = lazy_pattern(r"[:：]")
COLON_AT_END = lazy_pattern(r"[:：]\W*$")
_CLAUSE = lazy_pattern(r"(?<!\d)[,;，、،；–—-]|[,;，、،；–—-](?!\d)")  # "1,000" is a word
# words, set by hand: "…, jokes the old translator"; talk that goes on is longer, or speaks to somebody
_MAX_SPEAKER = 6
_ENDING = 3  # letters of an ending behind a verb of saying


class ChatbotLine(Struct, frozen=True):
    """A chatbot's line: its kind, the sentence, the cues in it, and the confidence in it.

    ``is_sure``: beyond doubt, so that a machine's part in the page may be claimed. ``is_clear``: no line of an
    article, wherever it is. ``is_faint``: people write this, too; it counts only beside another line. ``start`` and
    ``end``: its place in the block's text (characters). ``until``: the end of what belongs to it: the prompt below
    "You said:", the model's own words below "ChatGPT said:".
    """

    kind: Kind
    quote: str
    cues: tuple[Cue, ...]
    is_sure: bool
    start: int = 0
    end: int = 0
    until: int = 0
    is_users: bool = False
    """Whether it is the turn of the one who asks: what is below it is a prompt."""
    is_clear: bool = False
    is_faint: bool = False

    @property
    def leaves_anywhere(self) -> bool:
        """Whether it leaves the text in the middle of it, too."""
        return self.is_sure or self.is_clear

    @property
    def names_rework(self) -> bool:
        """Whether it speaks of a text that was, or may be, made anew, or of what somebody requested."""
        return any(cue.id in (cue_ids.REWORKED, cue_ids.REQUEST, cue_ids.OF_TEXT) for cue in self.cues)


def distinct(part: Sentence, *ids: str) -> list[Cue]:
    """The first cue of each of these ids in a sentence."""
    return [part.firsts[cue_id] for cue_id in ids if cue_id in part.firsts]


def one_of_each(part: Sentence, *wanted: tuple[str, ...]) -> tuple[Cue, ...]:
    """One cue for each of the given sets of ids; empty unless there are all, none inside another."""
    found: list[Cue] = []
    # nearly always
    if True in [part.firsts.keys().isdisjoint(ids) for ids in wanted]:
        return ()
    for ids in wanted:
        cue = next(
            (one for one in part.cues if one.id in ids and not any(overlap(one, other) for other in found)),
            None,
        )
        if cue is None:
            return ()
        found.append(cue)
    return tuple(found)


def overlap(one: Cue, other: Cue) -> bool:
    """Whether two cues share letters."""
    return one.start < other.end and other.start < one.end


def is_followed_by_mark(cue: Cue, part: Sentence, max_chars: int) -> bool:
    """Whether a cue that opens a sentence is a clause of its own: "Sure, …", "Certainly!", not "Sure signs of …"."""
    fold = talk_finder(part.code).fold
    for at, char in enumerate(part.raw[:max_chars]):
        if not char.isalnum() and fold(part.raw[:at]) == cue.phrase:
            return not part.raw[at:].lstrip()[:1].isalnum()
    return fold(part.raw) == cue.phrase


def clauses(part: Sentence) -> list[tuple[int, int]]:
    """Where the clauses of a sentence stand in its folded form (characters)."""
    fold = talk_finder(part.code).fold
    marks = [mark.start() for mark in _CLAUSE.finditer(part.raw)]
    places, length = [0], 0
    for start, end in pairwise((0, *marks, len(part.raw))):
        # folding goes word by word, and clauses part words
        folded = len(fold(part.raw[start:end]))
        length += folded + (folded > 0 and length > 0)
        places.append(length)
    return [(start, end) for start, end in pairwise(places) if start < end]


def is_attributed(part: Sentence) -> bool:
    """Whether a clause of a sentence says who says the rest: "…, the robot says in the novel", "…, wrote the mayor"."""
    if cue_ids.REPORTING not in part.firsts:
        return False
    reporting = [cue for cue in part.cues if cue.id == cue_ids.REPORTING]
    spans = clauses(part)
    is_unspaced = talk_finder(part.code).is_unspaced
    # there the verb ends the sentence, and is one clause with the reported speech
    if talk_finder(part.code).grammar.verb_final and any(
        cue.end >= spans[-1][1] - _ENDING for cue in reporting
    ):
        return True
    return len(spans) > 1 and any(
        start <= cue.start < end
        and not _speaks_itself(start, end, part, reporting)
        and (not is_unspaced or cue.end >= end)
        for start, end in spans
        for cue in reporting
    )


def _speaks_itself(start: int, end: int, part: Sentence, reporting: Sequence[Cue] = ()) -> bool:
    """Whether in a clause the speaker names itself, or speaks to somebody; "m'a écrit" is of somebody else."""
    return any(
        cue.id in (cue_ids.FIRST_PERSON, cue_ids.YOU)
        and start <= cue.start < end
        and not any(overlap(cue, other) for other in reporting)
        for cue in part.cues
    )


def ends_with_speaker(part: Sentence) -> bool:
    """Whether a sentence ends in a few words in which nobody speaks or is spoken to, as of one who says it: "…, quips
    Mara".
    """
    spans = clauses(part)
    if len(spans) < 2 or talk_finder(part.code).is_unspaced:
        return False
    start, end = spans[-1]
    words = talk_finder(part.code).fold(part.raw)[start:end].split()
    return len(words) <= _MAX_SPEAKER and not _speaks_itself(start, end, part)


def is_attributed_behind(at: int, parts: Sequence[Sentence]) -> bool:
    """Whether the next sentence names the speaker of this one: "Shall I read it again?", "asked my grandmother."."""
    beside = parts[at + 1] if at + 1 < len(parts) else None
    return (
        beside is not None
        and beside.size <= _MAX_SPEAKER
        and beside.has(cue_ids.REPORTING)
        and (beside.raw[:1].islower() or not beside.has(cue_ids.FIRST_PERSON))
    )
