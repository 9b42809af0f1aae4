"""Orders to a writer of texts: prompts that stayed in the page.

People order texts from people, too: homework, competitions, style guides. So an order counts with demands of several
kinds, and beyond doubt only with one that nobody makes of a person.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.interface import without_marks
from copydesk.cleaners.residue.chatbots.line import is_attributed
from copydesk.cleaners.residue.talk_words import talk_finder, talk_sentences
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence, remove_quotations

_GAP = "·"  # for a quotation, in a sentence that goes on behind it
_HEAVY = ("write-order", "persona", "again", "only", "ai-talk")
_LIGHT = ("length", "tone", "format", "in-language", "given", "forbid", "ask", "object", "order", "role")
_WEIGHTS = {f"cue.prompt-{name}": weight for weight, names in ((2, _HEAVY), (1, _LIGHT)) for name in names}
"""How much a kind of cue says, once a block: what is addressed to people as well, one."""
_SENTENCE_HEADS = frozenset(
    {"cue.prompt-write-order", "cue.prompt-order", "cue.prompt-persona", "cue.prompt-again"}
)
_ORDERING = _SENTENCE_HEADS | {"cue.prompt-forbid"}
_DISTINCT = frozenset(
    f"cue.prompt-{name}"
    for name in ("write-order", "only", "ai-talk", "given", "again", "ask", "field", "role")
)
"""Of which one is in whatever is no advice to people who write."""
_MACHINE = "cue.prompt-machine"
"""What is demanded of a machine alone: homework, too, asks to play a journalist and to hand in the fair copy only."""
_WRITE_ORDER, _ORDER, _OBJECT = "cue.prompt-write-order", "cue.prompt-order", "cue.prompt-object"
_PERSONA, _ROLE = "cue.prompt-persona", "cue.prompt-role"
_ONLY, _FIELD = "cue.prompt-only", "cue.prompt-field"
# of 147,000 blocks of real pages, nearly all older than chatbots, 11 are recognised, none beyond doubt
_UNSURE, _SURE = 3, 5
_OF_WRITERS = frozenset(
    {"cue.prompt-given", "cue.prompt-again", "cue.prompt-ai-talk", _FIELD, _PERSONA, "cue.prompt-tone"}
)
_WRITERS = frozenset({_WRITE_ORDER, _PERSONA, _ONLY, _FIELD, "cue.prompt-again"})
"""Without one of which an order may be for anybody."""
# kinds of cues, set by hand: two, an order and a length, are in homework as well
_LEAST_KINDS = 3
# of the sentences, set by hand: with less, an article that cites a prompt's words would be one
_LEAST_SHARE = 0.5
# also the wide one of Chinese and Japanese, and "title = …"
_COLON = lazy_pattern(r"[:：=]")
# fields that add weight, set by hand: a form has many, and is no prompt by their number
_FIELDS = 3
_ALL = 0.7  # of a block's letters
# set by hand: longer blocks are articles, and weights of so many sentences add up by chance
_MAX_SENTENCES = 15
# sentences: "Respond only with the answer, the quiz master told us"; what is given may be a report
_MAX_ATTRIBUTED = 2
_MAX_INTRODUCTORY = 2  # sentences; a quoted headline parts one


LOOKED_FOR = frozenset({*_WEIGHTS, _FIELD})
"""The cues of prompts, of which one has several."""


def may_hold_prompt(cues: Set[str], text: str) -> bool:
    """Whether a text that may have these cues need be read for a prompt: they weigh enough, whatever is found
    of them.
    """
    if _FIELD in cues and _COLON.search(text) is None:
        cues = cues - {_FIELD}
    if cues.isdisjoint(_SENTENCE_HEADS) and _FIELD not in cues:
        return False
    weight = _most(cues)
    is_order = not cues.isdisjoint(_DISTINCT) or (_PERSONA in cues and weight > _UNSURE)
    return is_order and weight >= _UNSURE + cues.isdisjoint(_WRITERS)


def _most(cues: Set[str]) -> int:
    """The most that a text can weigh in which nothing but these cues is: of two orders one counts, objects
    beside one.
    """
    order = max([_WEIGHTS[one] for one in (_WRITE_ORDER, _ORDER) if one in cues], default=0)
    others = cues & _WEIGHTS.keys() - {_WRITE_ORDER, _ORDER, _OBJECT}
    objects = _WEIGHTS[_OBJECT] if order and _OBJECT in cues else 0
    return order + objects + sum(map(_WEIGHTS.__getitem__, others)) + _FIELDS * (_FIELD in cues)


class PromptLine(Struct, frozen=True):
    """A prompt: the block, the cues by which it is recognised, and whether it is one beyond doubt, and all of the
    block. The quote is the block, or of a longer one the sentences that order.
    """

    quote: str
    cues: tuple[Cue, ...]
    is_sure: bool
    is_all: bool = True


def read_prompt(text: str, code: str) -> PromptLine | None:
    """The prompt that a block is, its cues read in the language ``code``, which must have a file; None for others."""
    parts = talk_sentences(remove_quotations(without_marks(text), _GAP), code)
    if not parts or len(parts) > _MAX_SENTENCES:
        return None
    cues = [*_first_of_each(parts), *_fields(parts)]
    # of the cues found, where the gate before could only tell what may be there
    weight = _weight(cues)
    if _share(parts) < _LEAST_SHARE or not _is_order(cues, weight) or weight < _least(parts, cues):
        return None
    # a letter or a story, and nothing that is requested of writers of texts alone
    asks_writers = any(cue.id in _OF_WRITERS for cue in cues)
    is_homework = not asks_writers and any(part.has(cue_ids.PERSONAL) for part in parts)
    if is_homework or (len(parts) <= _MAX_ATTRIBUTED and any(map(is_attributed, parts))):
        return None
    matching = [part.raw for part in parts if _has_prompt_cue(part)]
    is_all = _letters(matching) >= _ALL * _letters([part.raw for part in parts[_count_introductory(parts) :]])
    quote = text if is_all else " ".join(matching)
    return PromptLine(quote, tuple(cues), is_sure=_is_sure(parts, cues, weight), is_all=is_all)


def orders_alone(text: str, code: str) -> bool:
    """Whether every sentence of a block orders, forbids or gives a part to play, as the paragraphs of a longer prompt
    do.
    """
    parts = talk_sentences(remove_quotations(without_marks(text), _GAP), code)
    return bool(parts) and len(parts) <= _MAX_SENTENCES and all(map(_orders, parts))


def _orders(part: Sentence) -> bool:
    # there the verb that orders ends the sentence
    if talk_finder(part.code).grammar.verb_final:
        return part.has(*_ORDERING, _ONLY)
    return any(cue.id in _ORDERING and not cue.start for cue in part.cues)


def _letters(parts: Sequence[str]) -> int:
    return sum(sum(map(str.isalnum, part)) for part in parts)


def _weight(cues: Sequence[Cue]) -> int:
    fields = sum(cue.id == _FIELD for cue in cues)
    return min(fields, _FIELDS) + sum(_WEIGHTS[cue.id] for cue in cues if cue.id != _FIELD)


def _is_order(cues: Sequence[Cue], weight: int) -> bool:
    """Whether there is somebody to write, and a text."""
    ids = {cue.id for cue in cues}
    is_headed = bool(ids & _SENTENCE_HEADS) or sum(cue.id == _FIELD for cue in cues) > 1
    return is_headed and (bool(ids & _DISTINCT) or (_PERSONA in ids and weight > _UNSURE))


def _least(parts: Sequence[Sentence], cues: Sequence[Cue]) -> int:
    """The weight required: one more for each thing that speaks against a prompt."""
    is_plain = not _WRITERS.intersection(cue.id for cue in cues)
    return _UNSURE + is_plain + (not _opens(parts[0], cues))


def _is_sure(parts: Sequence[Sentence], cues: Sequence[Cue], weight: int) -> bool:
    ids = {cue.id for cue in cues}
    is_inhuman = any(part.has(_MACHINE) for part in parts)
    return _WRITE_ORDER in ids and is_inhuman and weight >= _SURE and len(ids) >= _LEAST_KINDS


def _first_of_each(parts: Sequence[Sentence]) -> list[Cue]:
    """The first cue of each kind, none inside another; an order counts where it opens a sentence, or in words that are
    none elsewhere.
    """
    found: dict[str, Cue] = {}
    for part in parts:
        taken: list[Cue] = []
        for cue_id in _WEIGHTS:
            if cue_id in found or cue_id not in part.firsts:
                continue
            cue = next((one for one in part.cues if one.id == cue_id and _counts(one, part, taken)), None)
            if cue is not None:
                found[cue_id] = cue
                taken.append(cue)
    # "write" is an order, too: one sentence would count twice
    if _WRITE_ORDER in found:
        found.pop(_ORDER, None)
    elif _ORDER not in found:
        found.pop(_OBJECT, None)
    return list(found.values())


def _counts(cue: Cue, part: Sentence, taken: Sequence[Cue]) -> bool:
    # "User" and "system" open many a sentence; before a part to play they are the role of a message
    if cue.id == _ROLE and not any(one.id == _PERSONA and one.start == cue.end + 1 for one in part.cues):
        return False
    is_free = not any(
        cue.start < other.end and other.start < cue.end and {cue.id, other.id} != {_ONLY, _WRITE_ORDER}
        for other in taken
    )
    return is_free and (cue.id not in _SENTENCE_HEADS or _heads(cue, part))


def _opens(first: Sentence, cues: Sequence[Cue]) -> bool:
    """Whether the block begins with an order, a part to play, or a field."""
    anywhere = talk_finder(first.code).phrases_anywhere
    begin = {cue.id for cue in first.cues if not cue.start or cue.phrase in anywhere(cue.id)}
    has_field = first.has(_FIELD) and any(cue.id == _FIELD for cue in cues)
    return has_field or bool(begin & {*_SENTENCE_HEADS, _ONLY})


def _heads(cue: Cue, part: Sentence) -> bool:
    """Whether an order opens its sentence; one that can only be for a writer may open a clause."""
    # the same form within a clause tells of a deed, and orders none
    finder = talk_finder(part.code)
    if finder.grammar.converb_orders and finder.fold(part.raw)[cue.end : cue.end + 1] not in ("", " "):
        return False
    return (
        not cue.start
        # the role of a message alone comes before: "system: You write for …"
        or any(one.id == _ROLE and not one.start and cue.start == one.end + 1 for one in part.cues)
        or cue.id == _WRITE_ORDER
        or cue.phrase in finder.phrases_anywhere(cue.id)
    )


def _fields(parts: Sequence[Sentence]) -> list[Cue]:
    """Names of fields with a colon behind them, the longest of those that begin at one place."""
    found: list[Cue] = []
    for part in parts:
        ends = -1
        for cue in part.cues:
            if cue.id == _FIELD and cue.start > ends and _has_colon(cue, part):
                found.append(cue)
                ends = cue.end
    return found


def _has_colon(cue: Cue, part: Sentence) -> bool:
    fold = talk_finder(part.code).fold
    return any(f" {fold(before)}".endswith(f" {cue.phrase}") for before in _COLON.split(part.raw)[:-1])


def _share(parts: Sequence[Sentence]) -> float:
    """The share of a block's sentences that have a word of prompts; one or two that say first what the text
    is to be made from ("… published '…' on 2 March.") are not counted.
    """
    return sum(map(_has_prompt_cue, parts)) / (len(parts) - _count_introductory(parts))


def _has_prompt_cue(part: Sentence) -> bool:
    return part.has(*_WEIGHTS, _FIELD)


def _count_introductory(parts: Sequence[Sentence]) -> int:
    """How many sentences say first what the text is to be made from: those before the first with a word of
    prompts, if few.
    """
    return next((at for at in range(min(len(parts), _MAX_INTRODUCTORY + 1)) if _has_prompt_cue(parts[at])), 0)
