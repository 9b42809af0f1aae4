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
from copydesk.cleaners.chatbot_labels import interface_labels, turn_of
from copydesk.cleaners.chatbot_lines import ChatbotLine, may_hold_chatbot_lines, read_chatbot_lines
from copydesk.cleaners.cues import NATIVE_SHARE, Cue, codes_for, native_words
from copydesk.cleaners.element_kinds import KINDS, kinds_of
from copydesk.cleaners.headline import primary
from copydesk.cleaners.inline_marks import without_inline_marks
from copydesk.cleaners.judge import KEEP_AT
from copydesk.cleaners.lexicon import folded_words, languages
from copydesk.cleaners.note_words import note_languages, note_words
from copydesk.cleaners.phrases import PHRASE_CHARS
from copydesk.cleaners.prompt_lines import PromptLine, may_hold_prompt, read_prompt
from copydesk.cleaners.rules.passages import MAX_CHARS, Passage, passage_of, passages
from copydesk.cleaners.rules.rule import Context
from copydesk.cleaners.sentence_ends import ends_sentence, split_sentences
from copydesk.cleaners.talk import talk_gate, talk_languages
from copydesk.cleaners.types import Block, Kind, Label

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
_MAX_LABEL_CHARS = 40
_FENCES = ("```", "~~~", '"""')  # above and below what is shown as it was written
_MAX_READ = 40  # blocks; a page has one or two, a hostile one thousands


class Admission(Struct, frozen=True):
    """What one block admits. ``label``: what the block is where it is nothing else; None where it says more.

    ``notes``, ``lines``, ``prompt``: what it says. ``denials``: that no AI had a part. ``goes_on``: whether it is a line of plain text that
    goes on with what the line before it says, where all of that is told. ``is_shown``: whether it is shown as an example of what
    it says, and so stays in the text.
    """

    block: Block
    code: str
    notes: tuple[Note, ...] = ()
    denials: tuple[Note, ...] = ()
    lines: tuple[ChatbotLine, ...] = ()
    prompt: PromptLine | None = None
    label: Label | None = None
    goes_on: bool = False
    is_shown: bool = False

    @property
    def says_so(self) -> bool:
        """Whether it admits anything."""
        return bool(self.notes or self.lines or self.prompt)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where in the text stand the sentences that say it, with what belongs to them (characters)."""
        notes = [(note.start, note.end) for note in (*self.notes, *self.denials)]
        return notes + [
            (line.start, line.until if line.is_sure or line.kind != "turn" else line.end)
            for line in self.lines
        ]

    def told(self) -> str:
        """Which words played which part, for people."""
        if self.goes_on:
            return "goes on with what stands beside it"
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
    read: list[tuple[Passage, Admission]] = []
    told = 0
    for passage in _readable(context):
        said = _read(passage.block, passage.words, context.language)
        if said is not None:
            read.append((passage, said))
            told += said.says_so
            if told == _MAX_READ:
                break
    if not read:
        return {}
    speaks = _speaks_of_ai(
        context, {block.index: said for passage, said in read for block in passage.members}
    )
    read = _together(read)
    found: dict[int, Admission] = {}
    for passage, said in read:
        found |= _weighed_passage(passage, said, context, speaks=speaks)
    return found | _crumbs_beside(found, context)


def _together(read: Sequence[tuple[Passage, Admission]]) -> list[tuple[Passage, Admission]]:
    """What announces an answer and, in another block, what offers more are beyond doubt together: each alone a person may write.
    So is whose turn it is, where the model has one.
    """
    lines = [(at, line) for at, (_, said) in enumerate(read) for line in said.lines]
    opened = {at for at, line in lines if line.kind in _OPENING}
    closed = {at for at, line in lines if line.kind in _CLOSING}
    both = opened | closed if any(one != other for one in opened for other in closed) else set()
    is_chat = any(line.kind == "turn" and not line.is_users for _, line in lines)
    return [
        (
            passage,
            replace(
                said, lines=tuple(_sure(line, is_sure=at in both, is_chat=is_chat) for line in said.lines)
            ),
        )
        for at, (passage, said) in enumerate(read)
    ]


def _sure(line: ChatbotLine, *, is_sure: bool, is_chat: bool) -> ChatbotLine:
    return replace(line, is_sure=line.is_sure or is_sure or (is_chat and line.kind == "turn"))


def _weighed_passage(
    passage: Passage, said: Admission, context: Context, *, speaks: bool
) -> dict[int, Admission]:
    """What the page leaves of a passage, by block: all of it where it is nothing else, or those lines of it that are."""
    weighed = _weighed(passage, said, context, speaks=speaks)
    if weighed is None:
        return {}
    if weighed.label is not None or len(passage.members) == 1:
        return _dealt(passage, weighed)
    found = {passage.first: replace(weighed, block=passage.members[0])}
    for group in passage.among(weighed.spans):
        part = passage_of([(block, context.words[block.index]) for block in group])
        part_said = _read(part.block, part.words, context.language)
        if part_said is None or len(group) == len(passage.members):
            continue
        part_weighed = _weighed(part, part_said, context, speaks=speaks)
        if part_weighed is not None and part_weighed.label is not None:
            found = _without(part_weighed, found) | _dealt(part, part_weighed)
    return found


def _without(part: Admission, found: Mapping[int, Admission]) -> dict[int, Admission]:
    """The same without what a part of the passage says by itself."""
    quotes = {note.quote for note in (*part.notes, *part.denials)} | {line.quote for line in part.lines}
    return {
        at: replace(
            said,
            notes=tuple(note for note in said.notes if note.quote not in quotes),
            denials=tuple(note for note in said.denials if note.quote not in quotes),
            lines=tuple(line for line in said.lines if line.quote not in quotes),
        )
        for at, said in found.items()
    }


def _dealt(passage: Passage, said: Admission) -> dict[int, Admission]:
    """The admission on the first of a passage's blocks; the others go on with it."""
    first, *others = passage.members
    found = {first.index: replace(said, block=first)}
    if said.label is not None:
        found |= {
            block.index: Admission(block, said.code, label=said.label, goes_on=True) for block in others
        }
    return found


def _crumbs_beside(found: Mapping[int, Admission], context: Context) -> dict[int, Admission]:
    """The labels of an interface that stand in a row with one that is surely a chatbot's."""
    beside: dict[int, Admission] = {}
    for at, said in found.items():
        if said.label is not Label.CHATBOT_META or any(line.kind != "crumb" for line in said.lines):
            continue
        for step in (-1, 1):
            other = at + step
            while 0 <= other < len(context.blocks) and _is_label(context.blocks[other], said.code):
                if other not in found:
                    beside[other] = Admission(
                        context.blocks[other], said.code, label=Label.CHATBOT_META, goes_on=True
                    )
                other += step
    return beside


def _is_label(block: Block, code: str) -> bool:
    return (
        block.kind not in _NEVER
        and len(block.raw) <= _MAX_LABEL_CHARS
        and bool(interface_labels(block.text, code))
    )


def _readable(context: Context) -> Iterator[Passage]:
    """The passages of the page's own voice."""
    blocks = zip(context.blocks, context.words, strict=True)
    for passage in passages(blocks, is_html=context.is_html):
        block = passage.block
        if block.kind in _NEVER or block.is_hidden or len(block.raw) < _MIN_CHARS:
            continue
        if block.quote and not _is_set_as_quotation(block, context):
            continue
        if _is_link(block) or _is_menu(passage, context) or _is_anothers(block, context):
            continue
        yield passage


def _is_link(block: Block) -> bool:
    """Whether a block is more of links than of words; what stands beside a long link may be a sentence."""
    beside = len(block.raw) - block.link_chars
    return beside < min(block.link_chars, _MIN_FOOTER_CHARS)


def _is_set_as_quotation(block: Block, context: Context) -> bool:
    """Whether a quotation may be a note of the page's own: no line announces it."""
    return not _is_announced(block.index, context)


def _is_amid_comments(at: int, context: Context) -> bool:
    beside = [context.learned[one].label for one in (at - 1, at + 1) if 0 <= one < len(context.learned)]
    return bool(beside) and all(label is Label.COMMENT for label in beside)


def _is_menu(passage: Passage, context: Context) -> bool:
    """Whether a passage is a few words beside the text: an entry of a menu, a card's title."""
    if not context.learned or any(context.keep[block.index] >= KEEP_AT for block in passage.members):
        return False
    raw = passage.block.raw
    is_words = len(raw) < _MIN_FOOTER_CHARS or not ends_sentence(raw)
    return is_words and context.learned[passage.first].label in _OF_OTHERS


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


def _weighed(passage: Passage, said: Admission, context: Context, *, speaks: bool) -> Admission | None:
    """What the page leaves of it."""
    counts = not (speaks or _is_of_others(passage, context))
    is_at_edge = _is_at_edge(passage, context)
    is_shown = bool(said.lines or said.prompt) and _is_shown(passage, context)
    weighed = replace(
        said,
        notes=tuple(note for note in said.notes if note.ground == "self" or counts),
        lines=tuple(_counting(said.lines, counts=counts, is_shown=is_shown)),
        prompt=_prompt(said.prompt, is_shown=is_shown) if counts else None,
        is_shown=is_shown,
    )
    if not (weighed.says_so or weighed.denials or is_shown):
        return None
    is_sure = any(line.is_sure for line in weighed.lines) or (
        weighed.prompt is not None and weighed.prompt.is_sure
    )
    if not (weighed.notes or weighed.denials or is_sure or is_at_edge or is_shown):
        return None
    weighed = replace(weighed, label=_label(weighed, is_at_edge=is_at_edge))
    if _is_item(passage) and weighed.label is None:  # an entry of a list speaks of its own subject
        weighed = replace(weighed, notes=tuple(note for note in weighed.notes if note.ground == "self"))
    if passage.block.quote and not is_at_edge and (speaks or not _is_own_quotation(weighed)):
        return None
    return weighed


def _is_own_quotation(said: Admission) -> bool:
    """Whether a quotation amid the text is the page's own: it holds a note that names the page, and nothing else."""
    return said.label is Label.AI_DISCLAIMER and any(note.ground == "self" for note in said.notes)


def _is_of_others(passage: Passage, context: Context) -> bool:
    """Whether it stands in a part of the page that is no text of its own."""
    return bool(context.learned) and all(
        context.learned[block.index].label in _OF_OTHERS and context.keep[block.index] < KEEP_AT
        for block in passage.members
    )


def _counting(lines: Sequence[ChatbotLine], *, counts: bool, is_shown: bool) -> Iterator[ChatbotLine]:
    """The lines that count where they stand: anywhere whose turn it is; where they are shown as an example, labels of the
    interface besides; and what a speaker does not know only beyond doubt, since a person may not know it either.
    """
    for line in lines:
        if line.kind == "turn" or (
            counts and (line.kind == "crumb" or not is_shown) and (line.is_sure or line.kind != "limits")
        ):
            yield line


def _prompt(prompt: PromptLine | None, *, is_shown: bool) -> PromptLine | None:
    """The prompt, as no more than a doubt where it is shown as an example."""
    return replace(prompt, is_sure=False, is_all=False) if prompt is not None and is_shown else prompt


def _is_shown(passage: Passage, context: Context) -> bool:
    """Whether a text is shown as an example: in a list, in a listing, or below a line that announces it."""
    after = context.blocks[passage.last + 1].text if passage.last + 1 < len(context.blocks) else ""
    return _is_item(passage) or _is_announced(passage.first, context) or after.startswith(_FENCES)


def _is_item(passage: Passage) -> bool:
    return bool(passage.block.item) or passage.block.kind is Kind.LIST_ITEM


def _is_announced(at: int, context: Context) -> bool:
    """Whether the block before says that somebody else's words follow, or opens a listing. A heading heads its section, and
    whose turn it is a chat.
    """
    before = context.blocks[at - 1] if at else None
    if before is None or before.kind in (Kind.HEADING, Kind.TITLE):
        return False
    text = before.text
    if text.startswith(_FENCES):
        return not text.endswith(_FENCES)
    return text.endswith((":", "：")) and not any(
        turn_of(text, code) for code in {primary(context.language), "en"} & talk_languages()
    )


def _label(said: Admission, *, is_at_edge: bool) -> Label | None:
    """What a block is that is nothing but this."""
    if len(said.block.text) > MAX_CHARS:
        return None
    if said.prompt is not None and not said.lines:
        return Label.LEAKED_PROMPT if said.prompt.is_all else None
    if not (said.notes or said.lines) or not _is_nothing_else(said, is_at_edge=is_at_edge):
        return None
    if said.notes:
        return Label.AI_DISCLAIMER
    is_prompt = all(line.is_sure and line.is_users and line.until > line.end for line in said.lines)
    return Label.LEAKED_PROMPT if is_prompt else Label.CHATBOT_META


def _is_nothing_else(said: Admission, *, is_at_edge: bool) -> bool:
    """Whether a text begins with what it admits and goes on with it, or with little else.

    At the beginning or the end of an article a short block that opens with a note goes on about it: where the original is,
    whom to tell of errors.
    """
    text = said.block.text
    before, rest = _beside(said)
    if before and not (_may_close(said) and is_at_edge):
        return False
    if is_at_edge and len(text) <= _MAX_NOTE_CHARS and any(note.ground == "self" for note in said.notes):
        return True
    return before + rest <= _MAX_REST_SHARE * sum(map(str.isalnum, text))


def _may_close(said: Admission) -> bool:
    """Whether what is said may be the end of a block: what a chatbot offers stands below its answer, and an
    interface's words above whose turn it is.
    """
    if said.notes:
        return False
    is_turn = any(line.kind == "turn" and line.is_sure for line in said.lines)
    return is_turn or all(line.kind in _CLOSING for line in said.lines)


def _beside(said: Admission) -> tuple[int, int]:
    """Letters before and behind what a block admits that are of something else."""
    spans, text = said.spans, without_inline_marks(said.block.text)
    before = rest = at = 0
    for part in split_sentences(text):
        at = text.index(part, at)
        inside = [place for place in range(at, at + len(part)) if text[place].isalnum()]
        outside = [place for place in inside if not any(start <= place < end for start, end in spans)]
        at += len(part)
        if not outside or (said.code in note_languages() and says_little(part, said.code)):
            continue
        if len(outside) == len(inside) and all(at <= start for start, _ in spans):
            before += len(outside)
        else:
            rest += len(outside)
    return before, rest


def _is_at_edge(passage: Passage, context: Context, edge: int = _EDGE) -> bool:
    """Whether at most ``edge`` other blocks of the text stand before or after."""
    probable = context.once_for_all(_probable)
    before = bisect_left(probable, passage.first)
    after = len(probable) - bisect_right(probable, passage.last)
    return before <= edge or after <= edge


def _probable(context: Context) -> tuple[int, ...]:
    return tuple(number for number, keep in enumerate(context.keep) if keep >= KEEP_AT)
