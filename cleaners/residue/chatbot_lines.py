"""What nobody but a chatbot says around its answer, by listed kinds; each kind has its cues (see docs/cues.md).

No phrase decides alone: an opener counts with what is handed over, an offer with somebody who makes a text. What is
quoted, or said by a named speaker, is the article's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.residue.chatbot_labels import CODE_LANGUAGE, CRUMB, PAIR, interface_labels, turn_of
from copydesk.cleaners.residue.inline_marks import without_inline_marks
from copydesk.cleaners.residue.talk_words import VERB_LAST, talk_finder, talk_sentences
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence, masked, unquoted

Kind = Literal["turn", "limits", "crumb", "opener", "handed", "offer", "goodbye", "own-work"]

_MODEL, _FIRST_PERSON = "cue.chat-as-a-model", "cue.chat-first-person"
_LIMITS = ("cue.chat-knowledge", "cue.chat-cannot", "cue.chat-refusal")
# "I can't open links", "I'm sorry, but I can't help with": people write so in comments
_UNSURE_LIMITS = ("cue.chat-cannot-maybe",)
_UNSURE_ALONE = ("cue.chat-knowledge-maybe", "cue.chat-refusal-maybe")
_NOTICE = "cue.chat-notice"
_OPENER, _CASUAL, _HANDING = "cue.chat-opener", "cue.chat-opener-casual", "cue.chat-handing"
_TEXT, _THING, _OTHER_THING = "cue.chat-text", "cue.chat-thing", "cue.chat-other-thing"
_REWORKED, _REQUEST = "cue.chat-reworked", "cue.chat-request"
_WANT, _WANT_ME, _WANT_THING = "cue.chat-want", "cue.chat-want-me", "cue.chat-want-thing"
_CAN, _MAKE, _I_MAKE = "cue.chat-can", "cue.chat-make", "cue.chat-i-make"
_NEXT, _FREE, _SUIT = "cue.chat-next", "cue.chat-free", "cue.chat-suit"
_HOPE, _MORE = "cue.chat-hope", "cue.chat-more"
_OWN_WORK, _OF_TEXT = "cue.chat-own-work", "cue.chat-of-text"
_SHALL_I = "cue.chat-shall-i"
_AGAINST_OFFERS = ("cue.reader", "cue.chat-contact")
_SPEAKING_AGAINST = ("cue.report", "cue.about")

# of a sentence that hands over or offers; set by hand: longer ones tell something besides
_MAX_WORDS = 45
# words, set by hand: what is told by few cues must be short, or the cues meet by chance
_MAX_TERSE = 14
_MAX_APART = 8  # letters; room for a verb: "als Sprachmodell kann ich"
# each beginning up to here is folded and compared; set by hand, above the longest opener
_MAX_OPENER_CHARS = 80
# sentences and words, set by hand: an article may quote a chatbot's notice
_MAX_NOTICE, _MAX_NOTICE_WORDS = 3, 30
_MAX_HANDED = 3  # sentences of an opener with what it hands over
_MAX_GOODBYE = 5  # sentences of a block that ends in a goodbye
_QUOTED_LINE = re.compile(r"^\s*(?:>|[–—―]\s)")  # marked as a quotation, or a line of dialogue
# marks of Markdown, bullets and pictographs before the first word
_MARKS_BEFORE = re.compile(r"^[^\w\"“”„«»「『'‘‚《(\[{【]+")
_TURN_HEADING = re.compile(r"^\s*#{4,6} ")  # as copied from the chat's page
# also the wide one of Chinese and Japanese
_COLON = re.compile(r"[:：]")
_CLAUSE = re.compile(r"[,;，、،；–—-]")
_LETTER = re.compile(r"[^\W_]")
_COLON_AT_END = re.compile(r"[:：]\W*$")
# also the wide one, and the Arabic one
_QUESTION = re.compile(r"[?？؟]\W*$")


_ALONE = frozenset(
    {
        "cue.chat-turn", CRUMB, PAIR, _NOTICE, _MODEL, *_LIMITS, *_UNSURE_LIMITS, *_UNSURE_ALONE,
        _WANT_ME, _WANT_THING, _NEXT, _FREE, _HOPE, _OWN_WORK, _SHALL_I,
    }
)  # fmt: skip
"""Cues without one of which a line has two of the others."""
LOOKED_FOR = _ALONE | {_OPENER, _HANDING, _REWORKED, _I_MAKE, _WANT, _CAN, _MAKE, _OF_TEXT}
"""Cues without which there is no chatbot's line."""


def may_hold_chatbot_lines(cues: Set[str]) -> bool:
    """Whether a text that may have these cues need be read for a chatbot's lines."""
    if not _ALONE.isdisjoint(cues) or (_WANT in cues and _I_MAKE in cues):
        return True
    if _CAN in cues and _MAKE in cues and not cues.isdisjoint({_WANT, _OPENER, _REWORKED, _OF_TEXT}):
        return True
    return len(cues & {_OPENER, _HANDING, _REWORKED, _I_MAKE}) > 1


def need_be_read(text: str, code: str, cues: Set[str]) -> bool:
    """The same of a text at hand: an opener counts where the text begins with it alone, and prose is full of them."""
    if not may_hold_chatbot_lines(cues):
        return False
    return may_hold_chatbot_lines(cues - {_OPENER}) or _may_open(text, code)


def _may_open(text: str, code: str) -> bool:
    """Whether the first letters of a text, below no turn, may be an opener."""
    cues = talk_finder(code)
    # as `read_chatbot_lines` reads it, up to where its first sentence ends or later
    bare = unquoted(masked(_with_marks_blanked(text)))
    begin = _LETTER.search(bare)
    first = bare[begin.start() :].split("\n", 1)[0] if begin else ""
    return cues.fold(first).startswith(tuple(cues.phrases(_OPENER)))


class ChatbotLine(Struct, frozen=True):
    """A chatbot's line: its kind, the sentence, the cues in it, and whether it is one beyond doubt.

    ``start`` and ``end``: where in the block's text it stands (characters). ``until``: the end of what
    belongs to it: below "You said:" what was said, behind an excuse what the speaker can do instead, behind
    an offer the question that closes it.
    """

    kind: Kind
    quote: str
    cues: tuple[Cue, ...]
    is_sure: bool
    start: int = 0
    end: int = 0
    until: int = 0
    is_users: bool = False
    """Whether it is the turn of the one who asks: what stands below it is a prompt."""


def read_chatbot_lines(text: str, code: str) -> tuple[ChatbotLine, ...]:
    """The lines in a block that only a chatbot says, its cues read in the language ``code``, which must have a file."""
    crumb = _crumb(text, code)
    # labels alone: there is no sentence in them to read on
    if crumb is not None:
        return (replace(crumb, end=len(text), until=len(text)),)
    found, said = _turns(text, code)
    # blanked, not cut: a quotation is not the block's own talk, and places in the text stay
    bare = masked(_with_marks_blanked(said))
    parts = talk_sentences(bare, code)
    places = _places(parts, bare)
    found = [_with_talk(line, parts, places) for line in found]
    opened = _opened(parts)
    if opened is not None:
        line, count = opened
        found.append(_placed(line, text, places[0][0], places[count - 1][1]))
    for at, part in enumerate(parts):
        limits = None if _is_introduced(at, parts) else _limits(part)
        # surest first: each sentence is one line of one kind
        line_ = limits or _offer(part) or _own_work(part) or _goodbye(part, parts)
        if line_ is not None:
            last = _last_of(line_, at, parts)
            found.append(replace(_placed(line_, text, *places[at]), until=places[last][1]))
    return tuple(found)


def _places(parts: Sequence[Sentence], bare: str) -> list[tuple[int, int]]:
    """Where each sentence stands in the text it was read from."""
    found, at = [], 0
    for part in parts:
        at = bare.index(part.raw, at)
        found.append((at, at + len(part.raw)))
        at += len(part.raw)
    return found


def _placed(line: ChatbotLine, text: str, start: int, end: int) -> ChatbotLine:
    """The line with its quote as it stands in the text, quotations in it included."""
    return replace(line, quote=text[start:end], start=start, end=end, until=end)


def _with_talk(
    turn: ChatbotLine, parts: Sequence[Sentence], places: Sequence[tuple[int, int]]
) -> ChatbotLine:
    """The model's turn with what it says of itself before its answer begins: "I just wrote it. Here is what
    you need to do:".
    """
    until = turn.until
    for part, (start, end) in zip(parts, places, strict=True):
        # below the user's turn stands a prompt, which has been taken whole
        if turn.is_users or start < until:
            continue
        is_announcing = part.has(_HANDING) and _COLON_AT_END.search(part.raw) is not None
        if not (part.has(_FIRST_PERSON) or is_announcing):
            break
        until = end
    return replace(turn, until=until)


def _last_of(line: ChatbotLine, at: int, parts: Sequence[Sentence]) -> int:
    """The number of the last sentence that belongs to a line which is sentence ``at``."""
    while at + 1 < len(parts) and _goes_on(line, parts[at + 1]):
        at += 1
    return at


def _goes_on(line: ChatbotLine, part: Sentence) -> bool:
    """Whether a sentence goes on with a line: "However, I can tell you …" after an excuse, the question after
    an offer.
    """
    if line.kind == "limits" and line.is_sure:
        return part.has(_FIRST_PERSON) and part.has(_CAN)
    return line.kind == "offer" and part.size <= _MAX_TERSE and _QUESTION.search(part.raw) is not None


def without_marks(text: str) -> str:
    """The lines of a block without marks of Markdown before them; lines it quotes are left out."""
    lines = (line for line in text.split("\n") if not _QUOTED_LINE.match(line))
    return "\n".join(filter(None, (_MARKS_BEFORE.sub("", line) for line in lines)))


def _with_marks_blanked(text: str) -> str:
    """The same with spaces for what is left out, so that every sentence keeps its place."""
    return "\n".join(
        " " * len(line) if _QUOTED_LINE.match(line) else _MARKS_BEFORE.sub(_blank, line)
        for line in without_inline_marks(text).split("\n")
    )


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _crumb(text: str, code: str) -> ChatbotLine | None:
    """Labels of a chatbot's interface and nothing else, or one of its notices."""
    read = without_marks(text)
    labels = interface_labels(read, code)
    ids = {label.id for label in labels}
    # "Copy code" tells by itself; "Copy", "Edit" only beside a code language, "Retry" not at all
    if CRUMB in ids or {PAIR, CODE_LANGUAGE} <= ids:
        return ChatbotLine("crumb", text, labels, is_sure=False)
    parts = talk_sentences(read, code)
    notices = tuple(cue for part in parts for cue in part.cues if cue.id == _NOTICE)
    is_short = len(parts) <= _MAX_NOTICE and sum(part.size for part in parts) <= _MAX_NOTICE_WORDS
    return ChatbotLine("crumb", text, notices, is_sure=False) if notices and is_short else None


def _turns(text: str, code: str) -> tuple[list[ChatbotLine], str]:
    """The lines that say whose turn it is, each with what was said below it where that is a prompt; and the block with
    spaces for them.

    "You said:" also heads what a council's readers wrote; beside the model's turn, or as the heading that the chat's
    page makes of it, it is beyond doubt.
    """
    found: list[ChatbotLine] = []
    left: list[str] = []
    at = 0
    for line in text.split("\n"):
        turn = turn_of(_MARKS_BEFORE.sub("", line), code)
        is_prompt = turn is None and bool(found) and found[-1].is_users
        if turn is not None:
            cue, said = turn
            is_users = not _names_model(cue)
            # what the user says on the line is prompt; what the model says there is its answer, and is read
            head = len(line) - (0 if is_users else len(said))
            sure = _TURN_HEADING.match(line) is not None
            found.append(ChatbotLine("turn", line, (cue,), sure, at, at + head, at + head, is_users))
            line = " " * head + line[head:]  # noqa: PLW2901
        elif is_prompt:
            found[-1] = replace(found[-1], until=at + len(line))
            line = " " * len(line)  # noqa: PLW2901
        left.append(line)
        at += len(left[-1]) + 1
    # only a chat has a model's turn: it makes a bare "You said:" sure
    is_chat = any(not one.is_users for one in found)
    return [replace(one, is_sure=one.is_sure or is_chat) for one in found], "\n".join(left)


def _names_model(turn: Cue) -> bool:
    return "gpt" in turn.phrase or "copilot" in turn.phrase


def _limits(part: Sentence) -> ChatbotLine | None:
    """What the speaker does not know, cannot or will not do, being a model."""
    sure = _distinct(part, *_LIMITS)
    model = _model_and_person(part)
    is_sure = bool(sure) or _speaks_as_model(model, part.code)
    cues = [*model, *sure] if is_sure else _unsure_limits(part)
    if not cues or _is_reported(part, min(cue.start for cue in cues), is_sure=is_sure):
        return None
    return ChatbotLine("limits", part.raw, tuple(cues), is_sure)


def _model_and_person(part: Sentence) -> list[Cue]:
    """What the speaker calls itself and the first person that stands nearest to it; or the one of the two
    that there is.
    """
    models = [cue for cue in part.cues if cue.id == _MODEL]
    persons = [cue for cue in part.cues if cue.id == _FIRST_PERSON]
    if not models or not persons:
        return [*models[:1], *persons[:1]]
    pairs = [(model, person) for model in models for person in persons]
    return list(min(pairs, key=lambda pair: _apart(*pair)))


def _apart(one: Cue, other: Cue) -> int:
    return max(one.start, other.start) - min(one.end, other.end)


def _speaks_as_model(model: Sequence[Cue], code: str) -> bool:
    """Whether the first person and what it calls itself stand side by side: "as an AI, I …", not "as an AI
    editor, I …".
    """
    if {cue.id for cue in model} != {_MODEL, _FIRST_PERSON}:
        return False
    first, second = sorted(model, key=lambda cue: cue.start)
    # there the verb with the person ends the sentence, far from what the speaker is
    return code in VERB_LAST or second.start - first.end <= _MAX_APART


def _is_introduced(at: int, parts: Sequence[Sentence]) -> bool:
    """Whether a sentence is what another tells of: behind a colon, or beside one that names the tool."""
    others = (*parts[:at], *parts[at + 1 :])
    return any(other.vendors for other in others) or (
        at > 0 and _COLON_AT_END.search(parts[at - 1].raw) is not None
    )


def _unsure_limits(part: Sentence) -> list[Cue]:
    """What people say of themselves as well, where it opens a sentence or goes with a word of texts or requests."""
    alone = _distinct(part, *_UNSURE_ALONE)
    if alone and _opens(alone[0], part):
        return alone
    cues = _distinct(part, *_UNSURE_LIMITS, *_UNSURE_ALONE)
    # "I can't open links" is anybody's; with "the text you sent" there is a task
    others = _distinct(part, _WANT, _REQUEST, _OF_TEXT)
    return [*cues, *others] if cues and len(cues) + len(others) > 1 else []


def _is_reported(part: Sentence, start: int, *, is_sure: bool) -> bool:
    """Whether somebody else says it: a verb of saying before it or in a clause of its own behind it, or the name of a
    speaker, or the mark of a bad example. What is not sure has no word of reports at all.
    """
    for cue in part.cues:
        if cue.id in _SPEAKING_AGAINST and (cue.start < start or not is_sure or _opens_clause(cue, part)):
            return True
    return any(
        # folded as the sentence is: places of cues are counted in that form
        start >= len(talk_finder(part.code).fold(part.raw[: colon.end()]))
        for colon in _COLON.finditer(part.raw)
    )


def _opens_clause(cue: Cue, part: Sentence) -> bool:
    fold = talk_finder(part.code).fold
    return any(fold(clause).startswith(cue.phrase) for clause in _CLAUSE.split(part.raw)[1:])


def _opened(parts: Sequence[Sentence]) -> tuple[ChatbotLine, int] | None:
    """What announces the text that follows: an opener with what is handed over, or the latter alone; and how
    many sentences it is.
    """
    if not parts:
        return None
    opener = parts[0].first(_OPENER)
    if opener is None or opener.start or not _is_set_off(opener, parts[0]):
        return _counted(_handed(parts[0]), 1)
    for number, part in enumerate(parts[:_MAX_HANDED], start=1):
        handing = next((cue for cue in part.cues if cue.id == _HANDING and (number > 1 or cue.start)), None)
        if handing is not None and (number == 1 or not handing.start or part.has(_REQUEST)):
            whole = _whole(number, parts)
            return _counted(_announced(parts[:whole], opener, handing), whole)
    return _answered(parts, opener)


def _counted(line: ChatbotLine | None, count: int) -> tuple[ChatbotLine, int] | None:
    return None if line is None else (line, count)


def _whole(count: int, parts: Sequence[Sentence]) -> int:
    """How many parts the first ``count`` sentences are: a mark of a question within a title ends none."""
    while count < len(parts) and parts[count].raw[:1].islower():
        count += 1
    return count


def _answered(parts: Sequence[Sentence], opener: Cue) -> tuple[ChatbotLine, int] | None:
    """An opener with what was done and a colon, or with the promise to do it: "Done. Trimmed and tidied:"."""
    # a block that goes on after "Done." is a story's, not an announcement
    if len(parts) > _MAX_HANDED:
        return None
    for number, part in enumerate(parts[:2], start=1):
        cues = _done(part) or _promised(part) if part.size <= _MAX_TERSE else ()
        if cues:
            return ChatbotLine("opener", "", (opener, *cues), is_sure=False), number
    return None


def _done(part: Sentence) -> tuple[Cue, ...]:
    return _pair(part, (_REWORKED, _REQUEST)) if _COLON_AT_END.search(part.raw) else ()


def _promised(part: Sentence) -> tuple[Cue, ...]:
    return _pair(part, (_I_MAKE,)) or _pair(part, (_CAN,), (_MAKE,), (_REWORKED, _OF_TEXT, _TEXT))


def _announced(parts: Sequence[Sentence], opener: Cue, handing: Cue) -> ChatbotLine | None:
    """An opener with what the last of these sentences hands over.

    Beyond doubt: a text, and a word of its being asked for or the colon before it. "Okay" and "yes" are anybody's,
    and so is a song.
    """
    last = next(part for part in parts if handing in part.cues)
    what = [cue for cue in _distinct(last, _TEXT, _REWORKED, _REQUEST, _THING) if cue.start >= opener.start]
    ids = {cue.id for cue in what}
    is_asked, has_colon = _REQUEST in ids, _COLON_AT_END.search(parts[-1].raw) is not None
    is_casual = any(cue.id == _CASUAL and not cue.start for cue in parts[0].cues)
    is_anybodys = (is_casual and not ids & {_REQUEST, _REWORKED}) or (last.has(_OTHER_THING) and not is_asked)
    # "Okay, here we go": nothing that was made is named, nor does a colon lead to it
    if is_anybodys or not (ids or has_colon):
        return None
    is_text = bool(ids & {_TEXT, _REWORKED})
    is_sure = is_text and (is_asked or (has_colon and not is_casual))
    return ChatbotLine("opener", "", (opener, handing, *what), is_sure)


def _handed(part: Sentence) -> ChatbotLine | None:
    """The same without an opener: a text made anew, of what somebody else gave."""
    handing = part.first(_HANDING)
    if handing is None or (handing.start and not part.has(_REQUEST)) or part.size > _MAX_WORDS:
        return None
    what = _distinct(part, _TEXT, _REWORKED, _REQUEST)
    ids = {cue.id for cue in what}
    if _REWORKED not in ids or not ids & {_TEXT, _REQUEST}:
        return None
    is_asked = _REQUEST in ids
    if not is_asked and not _COLON_AT_END.search(part.raw):
        return None
    return ChatbotLine("handed", part.raw, (handing, *what), is_asked)


def _is_set_off(opener: Cue, part: Sentence) -> bool:
    """Whether the opener is a clause of its own: "Sure, …", "Certainly!", and not "Sure signs of …"."""
    fold = talk_finder(part.code).fold
    for at, char in enumerate(part.raw[:_MAX_OPENER_CHARS]):
        if not char.isalnum() and fold(part.raw[:at]) == opener.phrase:
            return not part.raw[at:].lstrip()[:1].isalnum()
    return fold(part.raw) == opener.phrase


def _offer(part: Sentence) -> ChatbotLine | None:
    """What the speaker could make next, if somebody wants it."""
    # "contact us", "dear readers": then a person or a firm offers
    if part.size > _MAX_WORDS or part.has(*_AGAINST_OFFERS):
        return None
    cues = (
        # "Would you like me to write a summary?"
        _pair(part, (_WANT_ME,), (_MAKE, _TEXT))
        # "If you want, I can rewrite it."
        or _pair(part, (_WANT,), (_I_MAKE,))
        or _pair(part, (_WANT,), (_CAN,), (_MAKE,))
        # "Ready for your next …": tells by itself
        or _pair(part, (_NEXT,))
        # "Let me know if you want a shorter paragraph."
        or _pair(part, (_WANT_THING,), (_TEXT, _REWORKED, _OF_TEXT))
        # "Feel free to adjust it to your needs."
        or _pair(part, (_FREE,), (_SUIT,))
        or (part.size <= _MAX_TERSE and _terse_offer(part))
    )
    return ChatbotLine("offer", part.raw, cues, is_sure=False) if cues else None


def _terse_offer(part: Sentence) -> tuple[Cue, ...]:
    """An offer that says nothing else: "Happy to make it shorter.", "Shall I also do the away games?"."""
    can, shall = part.first(_CAN), part.first(_SHALL_I)
    cues: tuple[Cue, ...] = ()
    if can is not None and not can.start:
        cues = _pair(part, (_CAN,), (_MAKE,), (_REWORKED, _OF_TEXT))
    if not cues and shall is not None and not shall.start and _QUESTION.search(part.raw):
        cues = _pair(part, (_SHALL_I,), (_MAKE,))
    return cues


def _pair(part: Sentence, *wanted: tuple[str, ...]) -> tuple[Cue, ...]:
    """One cue for each of the given sets of ids; empty unless there are all, none inside another."""
    found: list[Cue] = []
    for ids in wanted:
        cue = next(
            (one for one in part.cues if one.id in ids and not any(_overlap(one, other) for other in found)),
            None,
        )
        if cue is None:
            return ()
        found.append(cue)
    return tuple(found)


def _overlap(one: Cue, other: Cue) -> bool:
    return one.start < other.end and other.start < one.end


def _goodbye(part: Sentence, parts: Sequence[Sentence]) -> ChatbotLine | None:
    """The hope that it helps, with an offer of more."""
    # "I hope this helps!" ends many a letter: only with an offer of more is it a chatbot's
    hope = part.first(_HOPE)
    if hope is None or len(parts) > _MAX_GOODBYE:
        return None
    more = [
        cue
        for one in parts
        for cue in one.cues
        if cue.id == _MORE and not (one is part and _overlap(cue, hope))
    ]
    others = (line for one in parts if one is not part and (line := _offer(one)))
    more = more or [cue for line in others for cue in line.cues]
    return ChatbotLine("goodbye", part.raw, (hope, more[0]), is_sure=False) if more else None


def _own_work(part: Sentence) -> ChatbotLine | None:
    """What the writer did to the text it was asked for."""
    cues = _pair(part, (_OWN_WORK,), (_OF_TEXT, _REQUEST))
    # in the middle of a sentence, "I kept the tone" is told of another occasion
    if not cues or not _opens(cues[0], part):
        return None
    return ChatbotLine("own-work", part.raw, cues, is_sure=False)


def _opens(cue: Cue, part: Sentence) -> bool:
    """Whether a cue opens its sentence, or is one that tells wherever it stands."""
    return not cue.start or cue.phrase in talk_finder(part.code).anywhere(cue.id)


def _distinct(part: Sentence, *ids: str) -> list[Cue]:
    """The first cue of each of these ids in a sentence."""
    return [cue for cue in (part.first(cue_id) for cue_id in ids) if cue is not None]
