"""What the blocks of a page admit of its making: notes on AI, chatbots' lines, leaked prompts; and whether it is this page they speak of.

What a block says is read from its words alone (`ai_notes`, `chatbot_lines`, `prompt_lines`). The page may keep it from
counting, and never makes it count: words of readers and of other articles, menus, and, for what does not name the page
itself, a page that speaks of AI.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import chatbot_lines, prompt_lines
from copydesk.cleaners.ai_notes import Note, read_notes, says_little
from copydesk.cleaners.chatbot_lines import ChatbotLine, may_hold_chatbot_lines, read_chatbot_lines
from copydesk.cleaners.cues import NATIVE_SHARE, Cue, codes_for, native_words
from copydesk.cleaners.element_kinds import KINDS, kinds_of
from copydesk.cleaners.headline import primary
from copydesk.cleaners.judge import KEEP_AT
from copydesk.cleaners.lexicon import folded_words, languages
from copydesk.cleaners.note_words import note_languages, note_words
from copydesk.cleaners.phrases import PHRASE_CHARS
from copydesk.cleaners.prompt_lines import PromptLine, may_hold_prompt, read_prompt
from copydesk.cleaners.rules.rule import Context
from copydesk.cleaners.sentence_ends import ends_sentence, split_sentences
from copydesk.cleaners.talk import talk_gate, talk_languages
from copydesk.cleaners.types import Block, Kind, Label

MAX_CHARS = 1_500
"""Longer blocks are read from their last sentences alone."""
_TAIL_SENTENCES = 2
_MIN_FOOTER_CHARS = 25  # notes on a site's footer are sentences
_MIN_FOREIGN_WORDS = 8
_MIN_CHARS = 4  # "AI生成"
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.CONTROL, Kind.TABLE_ROW})
_ANOTHERS = frozenset({KINDS.index("comment"), KINDS.index("related")})
_OF_OTHERS = frozenset(
    {
        Label.NAV,
        Label.RELATED,
        Label.COMMENT,
        Label.COMMENT_FORM,
        Label.AD,
        Label.TAGS,
        Label.SOCIAL,
        Label.COOKIE,
    }
)
_LOOKED_FOR = chatbot_lines.LOOKED_FOR | prompt_lines.LOOKED_FOR
_SPEAKING_OF_AI = 1  # other blocks that name AI, from which a page is taken to speak of it
_MAX_REST_SHARE = (
    0.5  # of a note's letters, in what goes on after it: what to do about errors, where the original is
)
_EDGE = 3  # blocks
_MAX_NOTE_CHARS = 400
_OPENING, _CLOSING = ("opener", "handed"), ("offer", "goodbye")
_QUOTE_EDGE = 1  # blocks: notes are set as quotations above or below a text, where nobody quotes
_MAX_READ = 40  # blocks; a page has one or two, a hostile one thousands


class Admission(Struct, frozen=True):
    """What one block admits. ``label``: what the block is where it is nothing else; None where it says more.

    ``notes``, ``lines``, ``prompt``: what it says. ``denials``: that no AI had a part.
    """

    block: Block
    code: str
    notes: tuple[Note, ...] = ()
    denials: tuple[Note, ...] = ()
    lines: tuple[ChatbotLine, ...] = ()
    prompt: PromptLine | None = None
    label: Label | None = None

    def told(self) -> str:
        """Which words played which part, for people."""
        notes = (f"says so itself: {_listed(note)}" for note in self.notes)
        denials = (f"denies it: {_listed(note)}" for note in self.denials)
        lines = (f"a chatbot's {line.kind}: {_phrases(line.cues)}" for line in self.lines)
        prompt = f"an order to write: {_phrases(self.prompt.cues)}" if self.prompt else ""
        return "; ".join(filter(None, (*notes, *denials, *lines, prompt)))


def _listed(note: Note) -> str:
    return ", ".join(f"{word.part} {word.phrase!r}" for word in note.core)


def _phrases(cues: Sequence[Cue]) -> str:
    return ", ".join(dict.fromkeys(cue.phrase for cue in cues))


def admissions(context: Context) -> Mapping[int, Admission]:
    """What blocks admit, by their number."""
    return context.once_for_all(_admissions)


def _admissions(context: Context) -> dict[int, Admission]:
    read = {}
    told = 0
    for block, words in _readable(context):
        said = _read(block, words, context.language)
        if said is not None:
            read[block.index] = said
            told += bool(said.notes or said.lines or said.prompt)
            if told == _MAX_READ:
                break
    if not read:
        return {}
    speaks = _speaks_of_ai(context, read)
    found = {at: _weighed(said, context, speaks=speaks) for at, said in read.items()}
    return _together({at: said for at, said in found.items() if said is not None})


def _together(found: dict[int, Admission]) -> dict[int, Admission]:
    """What announces an answer and, in another block, what offers more are beyond doubt together: each alone a person may write."""
    opened = {at for at, said in found.items() for line in said.lines if line.kind in _OPENING}
    closed = {at for at, said in found.items() for line in said.lines if line.kind in _CLOSING}
    if not any(one != other for one in opened for other in closed):
        return found
    both = opened | closed
    return {
        at: replace(
            said, lines=tuple(replace(line, is_sure=line.is_sure or at in both) for line in said.lines)
        )
        for at, said in found.items()
    }


def _readable(context: Context) -> Iterator[tuple[Block, Sequence[str]]]:
    """The blocks of the page's own voice, with their first words."""
    for block, words in zip(context.blocks, context.words, strict=True):
        if block.kind in _NEVER or block.is_hidden or len(block.raw) < _MIN_CHARS:
            continue
        if block.quote and not _is_set_as_quotation(block, context):
            continue
        if block.link_chars * 2 > len(block.raw) or _is_menu(block, context) or _is_anothers(block, context):
            continue
        yield block, words


def _is_set_as_quotation(block: Block, context: Context) -> bool:
    """Whether a quotation may be a note of the page's own: it stands above or below the text, and no line announces it."""
    before = context.blocks[block.index - 1].raw if block.index else ""
    return _is_at_edge(block.index, context, _QUOTE_EDGE) and not before.rstrip().endswith((":", "："))


def _is_amid_comments(at: int, context: Context) -> bool:
    beside = [context.learned[one].label for one in (at - 1, at + 1) if 0 <= one < len(context.learned)]
    return bool(beside) and all(label is Label.COMMENT for label in beside)


def _is_menu(block: Block, context: Context) -> bool:
    """Whether a block is a few words beside the text: an entry of a menu, a card's title."""
    if not context.learned or context.keep[block.index] >= KEEP_AT:
        return False
    is_words = len(block.raw) < _MIN_FOOTER_CHARS or not ends_sentence(block.raw)
    return is_words and context.learned[block.index].label in _OF_OTHERS


def _is_anothers(block: Block, context: Context) -> bool:
    """Whether a block is a reader's comment or speaks of another article: what it admits, this page does not."""
    if not context.learned:
        return False
    if context.is_html and _is_amid_comments(block.index, context):
        return True
    return context.keep[block.index] < KEEP_AT and any(
        not _ANOTHERS.isdisjoint(kinds_of(step.words)) for step in block.path if step.words
    )


def read_admission(block: Block, language: str) -> Admission | None:
    """What a block says of its own making, whatever stands around it; None where it says nothing."""
    return _read(block, folded_words(block.raw), language)


def _read(block: Block, words: Sequence[str], language: str) -> Admission | None:
    """The same with the block's ``words``, folded; of a long block the end is read."""
    text = block.text
    if len(text) > MAX_CHARS:
        text = " ".join(list(split_sentences(text))[-_TAIL_SENTENCES:])[-MAX_CHARS:]
    if len(text) != len(block.text) or len(text) > PHRASE_CHARS:
        words = folded_words(text)
    distinct = frozenset(words)
    for code in _codes(text, words, language):
        cues = _talked(text, distinct, words, code)
        notes = read_notes(text, code) if _may_hold_notes(text, distinct, code) else ()
        lines = read_chatbot_lines(text, code) if may_hold_chatbot_lines(cues) else ()
        prompt = read_prompt(text, code) if may_hold_prompt(cues) else None
        if notes or lines or prompt:
            return Admission(
                block,
                code,
                notes=tuple(note for note in notes if not note.veto),
                denials=tuple(note for note in notes if note.veto.startswith("not")),
                lines=lines,
                prompt=prompt,
            )
    return None


def _talked(text: str, distinct: Set[str], words: Sequence[str], code: str) -> frozenset[str]:
    """The cues of talk that may be in a text."""
    if code not in talk_languages():
        return frozenset()
    return talk_gate(code, _LOOKED_FOR).present(text, distinct, " ".join(words))


def _may_hold_notes(text: str, words: Set[str], code: str) -> bool:
    return code in note_languages() and note_words(code).may_name_maker(text, words)


def _codes(text: str, words: Sequence[str], language: str) -> tuple[str, ...]:
    """The languages to read a block in; it is looked at closely only where few of its words are frequent ones of the page's."""
    code = primary(language)
    if code in languages() and (
        (len(words) < _MIN_FOREIGN_WORDS and text.isascii())
        or sum(word in native_words(code) for word in words) > NATIVE_SHARE * len(words)
    ):
        return (code, "en") if code != "en" else ("en",)
    return codes_for(text, language)


def _speaks_of_ai(context: Context, read: Mapping[int, Admission]) -> bool:
    """Whether the page's own text names AI beside what it admits."""
    named = 0
    for block, words, keep in zip(context.blocks, context.words, context.keep, strict=True):
        if block.index in read or keep < KEEP_AT:
            continue
        if _names_ai(block.raw, words, context.language):
            named += 1
            if named == _SPEAKING_OF_AI:
                return True
    return bool(context.title) and _names_ai(context.title, folded_words(context.title), context.language)


def _names_ai(text: str, words: Sequence[str], language: str) -> bool:
    code = primary(language)
    code = code if code in note_languages() else "en"  # as blocks are read
    return _may_hold_notes(text, frozenset(words), code) and note_words(code).names_ai(text[:MAX_CHARS])


def _weighed(said: Admission, context: Context, *, speaks: bool) -> Admission | None:
    """What the page leaves of it."""
    at = said.block.index
    is_others = (
        bool(context.learned) and context.learned[at].label in _OF_OTHERS and context.keep[at] < KEEP_AT
    )
    notes = tuple(note for note in said.notes if note.ground == "self" or not (speaks or is_others))
    lines = (
        said.lines if not (speaks or is_others) else tuple(line for line in said.lines if line.kind == "turn")
    )
    prompt = said.prompt if not (speaks or is_others) else None
    if not (notes or lines or prompt or said.denials):
        return None
    # what a speaker does not know a person may not know either
    lines = tuple(line for line in lines if line.is_sure or line.kind != "limits")
    if not (notes or lines or prompt or said.denials):
        return None
    is_sure = bool(notes) or any(line.is_sure for line in lines) or (prompt is not None and prompt.is_sure)
    if not is_sure and not notes and not said.denials and not _is_at_edge(at, context):
        return None
    weighed = replace(said, notes=notes, lines=lines, prompt=prompt)
    return replace(weighed, label=_label(weighed, is_at_edge=_is_at_edge(at, context)))


def _label(said: Admission, *, is_at_edge: bool) -> Label | None:
    """What a block is that is nothing but this."""
    if said.prompt is not None and not said.lines:
        return Label.LEAKED_PROMPT if said.prompt.is_all else None
    quotes = [*(note.quote for note in said.notes), *(line.quote for line in said.lines)]
    if not quotes or not _is_nothing_else(said, quotes, is_at_edge=is_at_edge):
        return None
    return Label.AI_DISCLAIMER if said.notes else Label.CHATBOT_META


def _is_nothing_else(said: Admission, quotes: Sequence[str], *, is_at_edge: bool) -> bool:
    """Whether a text begins with what it admits and goes on with it, or with little else.

    At the beginning or the end of an article a short block that opens with a note goes on about it: where the original is,
    whom to tell of errors.
    """
    text = said.block.text
    rest = 0
    begun = False
    for part in split_sentences(text):
        size = sum(map(str.isalnum, part))
        if any(part.strip() in quote or quote in part for quote in quotes):
            begun = True
        elif size and not (said.code in note_languages() and says_little(part, said.code)):
            if not begun:
                return False
            rest += size
    if not begun:
        return False
    if is_at_edge and len(text) <= _MAX_NOTE_CHARS and any(note.ground == "self" for note in said.notes):
        return True
    return rest <= _MAX_REST_SHARE * sum(map(str.isalnum, text))


def _is_at_edge(at: int, context: Context, edge: int = _EDGE) -> bool:
    """Whether at most ``edge`` other blocks of the text stand before or after the block."""
    probable = context.once_for_all(_probable)
    before = bisect_left(probable, at)
    after = len(probable) - bisect_right(probable, at)
    return before <= edge or after <= edge


def _probable(context: Context) -> tuple[int, ...]:
    return tuple(number for number, keep in enumerate(context.keep) if keep >= KEEP_AT)
