"""What a text says of its own making: a note on AI, a chatbot's talk, an order to one, or none of these.

A small net reads the pieces of its words and of its neighbours'. It is told its concepts
(`copydesk.cleaners.residue.reading.measures`), which are the same for all languages, and what the grammar of notes and
the lists of chatbots' lines make of it. It is learned from blocks as published in 30 languages and from what was
composed for it: ``training/README.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.phrase_gates import Folded
from copydesk.cleaners.lexicon.vendors import texts_naming_tools
from copydesk.cleaners.one_processor import on_one_processor
from copydesk.cleaners.residue.ai_notes import read_notes
from copydesk.cleaners.residue.chatbot_lines import read_chatbot_lines
from copydesk.cleaners.residue.chatbots.line import Kind
from copydesk.cleaners.residue.note_acts import Medium
from copydesk.cleaners.residue.note_words import note_languages
from copydesk.cleaners.residue.prompt_lines import read_prompt
from copydesk.cleaners.residue.reading.measures import (
    MAX_CHARS,
    NAMES,
    Neighbours,
    bare,
    key_sentence,
    measure,
)
from copydesk.cleaners.residue.reading.vocabulary import (
    AGENTS,
    CONCEPTS,
    DEEDS,
    MACHINES,
    NAMING,
    ORDER,
    PERSONA,
    TALK,
    Hit,
    concepts_in,
    vocabulary,
)
from copydesk.cleaners.residue.talk_words import talk_languages
from copydesk.cleaners.types import Label
from copydesk.cleaners.words.pieces import vocabulary as vocabulary_of_pieces
from copydesk.cleaners.words.text_net import TextNet, TextPieces, read_text_net, text_pieces

Role = Literal["generated", "translated", "summarised", "assisted"]
ANSWERS: Mapping[Label, str] = MappingProxyType(
    {Label.AI_DISCLAIMER: "note", Label.CHATBOT_META: "talk", Label.LEAKED_PROMPT: "prompt"}
)
ROLES: tuple[Role, ...] = get_args(Role)
MEDIA: tuple[Medium, ...] = get_args(Medium)
KINDS = ("article", *ANSWERS.values())
QUESTIONS = (KINDS, ROLES, MEDIA)
"""What the net answers, each with one of several names."""
NAMES_OF_ANSWERS = tuple(name for names in QUESTIONS for name in names)
_FIRST = tuple(sum(map(len, QUESTIONS[:at])) for at in range(len(QUESTIONS)))
_GROUNDS = ("self", "subject", "label")
_KINDS: tuple[Kind, ...] = get_args(Kind)
_SIGNALS = TALK | MACHINES | {PERSONA}
_MADE_BY_SOMETHING = frozenset(CONCEPTS.index(name) for name in ("made", "by", "name"))
# characters, set by hand: of an order that names no machine, "make this longer"; and where it may begin
_MAX_ORDER, _ORDER_AT = 200, 12
_FILE = Path(__file__).with_name("net.npz")
MEASURES = (
    *NAMES,
    *(f"note: {name}" for name in (*_GROUNDS, "vetoed", "denial", "share")),
    *(f"line: {name}" for name in (*_KINDS, "sure", "clear", "faint")),
    *(f"prompt: {name}" for name in ("any", "sure", "all")),
)
"""The measures of a text, in their order."""
_NOTHING_FOUND = (0.0,) * (len(MEASURES) - len(NAMES))


class Scan(NamedTuple):
    """What a text may hold if it is read in a language. ``text``: as much of it as was looked at: of a long block the
    end.
    """

    code: str
    text: str
    notes: bool
    lines: bool
    prompt: bool


class TextInContext(NamedTuple):
    """A text and its neighbours; ``mark``: that of Markdown for what the page's tags say it is ("- ", "# ");
    ``scans``: what grammar and lists may find in it, None where that is not known.
    """

    text: str
    language: str
    beside: Neighbours
    mark: str = ""
    scans: Sequence[Scan] | None = None


class Reading(NamedTuple):
    """What a text is: ``odds`` (log-odds) for each of ANSWERS; the role and medium that a note would have."""

    passage: TextInContext
    odds: Mapping[Label, float]
    role: Role
    medium: Medium

    @property
    def label(self) -> Label:
        """What it is most likely, if it is any."""
        return max(self.odds, key=self.odds.__getitem__)

    def key_sentence(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The sentence that says most of machines, as it is written, and its words, each with its concept."""
        return key_sentence(self.passage.text, self.passage.language)

    def evidence(self, label: Label) -> str:
        """Who made what with what, for people: the concepts of the sentence that says most."""
        words = ", ".join(f"{concept} {word!r}" for concept, word in self.key_sentence()[1])
        return f"reads as a {ANSWERS[label]} (log-odds {self.odds[label]:.1f}): {words}"


def signed(folded: Folded, language: str) -> tuple[set[int], set[int]]:
    """The numbers of the texts that may be notes, and of those that may be talk or orders, by a quick look."""
    naming_tools = texts_naming_tools(folded.texts)
    notes, talk = set(naming_tools), set(naming_tools)
    for number, signs in vocabulary(language).signs(folded).items():
        if not signs.isdisjoint(("agent", "machine")):
            notes.add(number)
        if not signs.isdisjoint(("agent", "talk", "order")):
            talk.add(number)
    return notes, talk


def may_be_note(text: str, language: str) -> bool:
    """Whether a text names AI or a tool and says anything of it, or a machine and what it did. Of 317 published notes
    that name one 316 say more than a name.
    """
    there = {hit.concept for hit in concepts_in(text[:MAX_CHARS], language)[1]}
    is_said_of = not there.isdisjoint(AGENTS) and not there <= NAMING
    return is_said_of or not (there.isdisjoint(MACHINES) or there.isdisjoint(DEEDS))


def may_be_talk(text: str, language: str) -> bool:
    """Whether a text names AI or a tool and says anything of it, talks as chatbots do or gives an order."""
    folded, hits = concepts_in(text[:MAX_CHARS], language)
    there = {hit.concept for hit in hits}
    return not (TALK.isdisjoint(there) or there <= NAMING) or _is_order(folded, hits)


def may_be_residue(text: str, language: str) -> bool:
    """Whether a text names a machine or a deed of one, or talks as chatbots do: all others are the article's own."""
    folded, hits = concepts_in(text[:MAX_CHARS], language)
    there = {hit.concept for hit in hits}
    if not there.isdisjoint(_SIGNALS) or there.issuperset(_MADE_BY_SOMETHING):
        return True
    return _is_order(folded, hits)


def _is_order(folded: str, hits: Sequence[Hit]) -> bool:
    first = {hit.concept for hit in hits if hit.start <= _ORDER_AT}
    return PERSONA in first or (ORDER in first and len(folded) <= _MAX_ORDER)


def classify(texts: Sequence[TextInContext], readings: Callable[[], TextNet]) -> list[Reading]:
    """What each text is, by a net that takes a while to load: where there are none it is not called for."""
    if not texts:
        return []
    net, rows = readings(), measures_of(texts)
    with on_one_processor():
        answers = [net.answers(pieces_in(text), row) for text, row in zip(texts, rows, strict=True)]
    return list(map(_reading, texts, answers))


def pieces_in(text: TextInContext) -> TextPieces:
    """The pieces of a text and its neighbours, without marks of HTML and Markdown."""
    before, after = text.beside.before[-MAX_CHARS:], text.beside.after[:MAX_CHARS]
    return text_pieces(bare(text.text), bare(before), bare(after))


def _reading(text: TextInContext, answers: NDArray[np.float32]) -> Reading:
    kinds, roles, media = (
        answers[first : first + len(names)] for first, names in zip(_FIRST, QUESTIONS, strict=True)
    )
    shares = np.exp(kinds - kinds.max())
    odds = np.log(shares / (shares.sum() - shares).clip(min=1e-9)).tolist()
    return Reading(
        text,
        odds={label: odds[KINDS.index(name)] for label, name in ANSWERS.items()},
        role=ROLES[roles.argmax()],
        medium=MEDIA[media.argmax()],
    )


def measures_of(texts: Sequence[TextInContext]) -> NDArray[np.float32]:
    """A row of MEASURES for each text."""
    words = [measure(one.mark + one.text, one.language, one.beside) for one in texts]
    grammar = [_grammar(one) for one in texts]
    return np.concatenate((np.stack(words), np.array(grammar, np.float32)), axis=1)


def _grammar(in_context: TextInContext) -> Sequence[float]:
    """What the grammar of notes, the lists of chatbots' lines and of orders make of a text."""
    text = in_context.text[:MAX_CHARS]
    codes = dict.fromkeys((primary(in_context.language), "en"))
    known = _unknown(text, codes) if in_context.scans is None else in_context.scans
    scans = [one for one in known if one.code in codes]
    notes = [note for one in scans if one.notes for note in read_notes(text, one.code)]
    lines = [line for one in scans if one.lines for line in read_chatbot_lines(text, one.code)]
    prompts = [prompt for one in scans if one.prompt and (prompt := read_prompt(text, one.code)) is not None]
    if not (notes or lines or prompts):
        return _NOTHING_FOUND
    grounds = {note.ground for note in notes if not note.veto}
    vetoed = {note.ground for note in notes if note.veto}
    kinds = {line.kind for line in lines}
    return [
        *[ground in grounds for ground in _GROUNDS],
        not vetoed <= {"denial"},
        "denial" in {note.ground for note in notes},
        max([note.coverage for note in notes if not note.veto], default=0.0),
        *[kind in kinds for kind in _KINDS],
        True in [line.is_sure for line in lines],
        True in [line.is_clear for line in lines],
        True in [line.is_faint for line in lines],
        bool(prompts),
        True in [prompt.is_sure for prompt in prompts],
        True in [prompt.is_all for prompt in prompts],
    ]


def _unknown(text: str, codes: Iterable[str]) -> Iterator[Scan]:
    """What a text may hold in some languages that nobody has looked at."""
    for code in codes:
        talks = code in talk_languages()
        yield Scan(code, text, code in note_languages(), talks, talks)


@cache
def packaged_net() -> TextNet:
    """The net that comes with copydesk. Raises BadData where the file is wrong."""
    return read_net(_FILE)


def read_net(file: Path) -> TextNet:
    """A net from a file. Raises BadData where it cannot be read, or was trained for something else."""
    try:
        # no pickles: a file of weights must not run code
        with np.load(file, allow_pickle=False) as arrays:
            net = read_text_net(arrays, MEASURES, NAMES_OF_ANSWERS, where=file.name)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise BadData(f"{file.name}: the net cannot be read ({error}); install copydesk again") from None
    if len(net.vectors) != vocabulary_of_pieces().get_piece_size():
        raise BadData(f"{file.name}: the net is for other pieces; make it with python -m training.residue")
    return net
