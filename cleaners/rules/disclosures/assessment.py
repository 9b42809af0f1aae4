"""What counts of the disclosures in a passage where it is on the page, and whether the passage is nothing else.

The page may keep it from counting, and never makes it count.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.phrase_gates import Folded
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue.ai_notes import Note
from copydesk.cleaners.residue.chatbots.interface import turn_of
from copydesk.cleaners.residue.chatbots.line import ChatbotLine
from copydesk.cleaners.residue.inline_marks import without_inline_marks
from copydesk.cleaners.residue.note_sentences import adds_little
from copydesk.cleaners.residue.note_words import note_languages, note_words
from copydesk.cleaners.residue.prompt_lines import PromptLine
from copydesk.cleaners.residue.reading.residue_reading import Reading
from copydesk.cleaners.residue.talk_words import talk_languages
from copydesk.cleaners.rules.disclosures.passages import MAX_CHARS, Passage
from copydesk.cleaners.sentence_ends import ends_sentence, split_sentences
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.headlines import primary

# copyright, bio and caption are not among them: sites put their notes on AI there, too
OF_OTHERS = frozenset(
    map(Label, ("nav", "related", "comment", "comment_form", "ad", "tags", "social", "cookie"))
)
# what other values do to notes and traps: `python -m benchmarks.note_limits _MAX_REST_SHARE`
# of a note's letters, in what goes on after it: what to do about errors, where the original is
_MAX_REST_SHARE = 0.5
_EDGE = 3
"""Other blocks of the text before or behind, beyond which a line that a person may write as well stays. No
figure bounds it from above: on 683 pages of the open web there is no such line, and published blocks
are set into articles of three paragraphs.
"""
_MAX_NOTE_CHARS = 400  # what other values do: `python -m benchmarks.note_limits _MAX_NOTE_CHARS`
_GIVEN = '"' * 3  # in a program, around what an order is given
_FENCES = ("```", "~~~", _GIVEN)  # above what is shown as it was written
_CLOSING = ("offer", "goodbye")
_ANNOUNCING = ("opener", "handed", "turn")


class Disclosure(Struct, frozen=True):
    """What one block discloses. ``label``: what the block is where it is nothing else; None where it says more.

    ``notes``, ``lines``, ``prompt``: what it says. ``denials``: that no AI had a part. ``is_continuation``: whether
    it is a line of plain text that goes on with what the line before it says, where all of that is known.
    ``is_shown``: whether it is shown as an example of what it says, and so stays in the text. ``reading``: what the
    weighing of its words makes of it, where there was one.
    """

    block: Block
    code: str
    notes: tuple[Note, ...] = ()
    denials: tuple[Note, ...] = ()
    lines: tuple[ChatbotLine, ...] = ()
    prompt: PromptLine | None = None
    label: Label | None = None
    is_continuation: bool = False
    is_shown: bool = False
    reading: Reading | None = None
    place: str = ""

    @property
    def discloses(self) -> bool:
        """Whether it discloses anything."""
        return bool(self.notes or self.lines or self.prompt)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where in the text stand the sentences that say it, with what belongs to them (characters)."""
        notes = [(note.start, note.end) for note in (*self.notes, *self.denials)]
        # what was said below "You said:" goes with it only where the turn is beyond doubt
        return notes + [(line.start, line.until if line.leaves_anywhere else line.end) for line in self.lines]

    def evidence(self) -> str:
        """Which words played which part, for people."""
        if self.is_continuation:
            return self.place or "continues the residue beside it"
        notes = (f"says so itself: {_listed(note)}" for note in self.notes)
        denials = (f"denies it: {_listed(note)}" for note in self.denials)
        lines = (f"a chatbot's {line.kind}: {_phrases(line.cues)}" for line in self.lines)
        prompt = f"an order to write: {_phrases(self.prompt.cues)}" if self.prompt else ""
        read = ""
        # log-odds below zero speak for the article: the grammar or a list took the block out
        if self.label is not None and self.reading is not None and self.reading.odds[self.label] > 0:
            read = self.reading.evidence(self.label)
        return "; ".join(filter(None, (self.place, *notes, *denials, *lines, prompt, read)))


def _listed(note: Note) -> str:
    return ", ".join(f"{word.part} {word.phrase!r}" for word in note.core)


def _phrases(cues: Sequence[Cue]) -> str:
    return ", ".join(dict.fromkeys(cue.phrase for cue in cues))


def assess(
    passage: Passage, disclosure: Disclosure, judged: JudgedPage, *, is_about_ai: bool
) -> Disclosure | None:
    """What the page leaves of it."""
    # on a page about AI "made with AI" may be of anything; "this article was" is of the page
    counts = not (is_about_ai or _is_of_others(passage, judged))
    is_at_edge = _is_at_edge(passage, judged)
    is_shown = bool(disclosure.lines or disclosure.prompt) and _is_shown(passage, judged)
    left = replace(
        disclosure,
        notes=tuple(note for note in disclosure.notes if note.ground == "self" or counts),
        lines=tuple(_relevant_lines(disclosure.lines, counts=counts, is_shown=is_shown)),
        prompt=_prompt(disclosure.prompt, is_shown=is_shown) if counts else None,
        is_shown=is_shown,
    )
    if not (left.discloses or left.denials or is_shown):
        return None
    is_sure = any(line.leaves_anywhere for line in left.lines) or (
        left.prompt is not None and left.prompt.is_sure
    )
    # only its place at the edge distinguishes such a line from one that a person wrote
    if not (left.notes or left.denials or is_sure or is_at_edge or is_shown):
        return None
    # a mere doubt must not take out what the network surely keeps
    if left.notes or is_sure or not any(judged.is_sure_of(block) for block in passage.members):
        left = replace(left, label=_label(left, is_at_edge=is_at_edge))
    left = replace(left, lines=tuple(_with_claims(left.lines, passage, judged, is_about_ai=is_about_ai)))
    if _is_item(passage) and left.label is None:  # an entry of a list speaks of its own subject
        left = replace(left, notes=tuple(note for note in left.notes if note.ground == "self"))
    # amid a text on AI a quotation is somebody's
    if passage.block.quote and not is_at_edge and is_about_ai:
        return None
    return left


def _is_of_others(passage: Passage, judged: JudgedPage) -> bool:
    """Whether it is in a part of the page that is no text of its own."""
    # all: one line of a passage that is kept makes it the page's own
    return bool(judged.learned) and all(
        judged.learned[block.index].label in OF_OTHERS and judged.keep[block.index] < judged.keep_at
        for block in passage.members
    )


def _relevant_lines(lines: Sequence[ChatbotLine], *, counts: bool, is_shown: bool) -> Iterator[ChatbotLine]:
    """Turns count anywhere; in an example also interface labels; faint limits never."""
    for line in lines:
        if line.kind == "turn" or (
            counts and (line.kind == "crumb" or not is_shown) and (line.kind != "limits" or not line.is_faint)
        ):
            yield line


def _with_claims(
    lines: Sequence[ChatbotLine], passage: Passage, judged: JudgedPage, *, is_about_ai: bool
) -> Iterator[ChatbotLine]:
    """No longer sure where a person may write the line: an opener below text or an offer above text is a sample
    letter; a turn on a page about AI is retold.
    """
    sentences = judged.memoized(_sentences)
    is_below, is_above = (
        bool(sentences) and sentences[0] < passage.first,
        bool(sentences) and sentences[-1] > passage.last,
    )
    for line in lines:
        is_reported = (
            (line.kind in _ANNOUNCING and is_below)
            or (line.kind in _CLOSING and is_above)
            or (line.kind == "turn" and is_about_ai)
        )
        yield replace(line, is_sure=line.is_sure and not is_reported)


def _prompt(prompt: PromptLine | None, *, is_shown: bool) -> PromptLine | None:
    """The prompt, as no more than a doubt where it is shown as an example."""
    return replace(prompt, is_sure=False, is_all=False) if prompt is not None and is_shown else prompt


def _is_shown(passage: Passage, judged: JudgedPage) -> bool:
    """Whether a text is shown as an example: in a list, in a listing, or below a line that announces it."""
    after = judged.page.blocks[passage.last + 1].text if passage.last + 1 < len(judged.page.blocks) else ""
    # lists of examples ("Signs of a chatbot: …") hold what they warn of
    return _is_item(passage) or is_announced(passage.first, judged) or after.startswith(_GIVEN)


def _is_item(passage: Passage) -> bool:
    return bool(passage.block.item) or passage.block.kind is Kind.LIST_ITEM


def is_announced(at: int, judged: JudgedPage) -> bool:
    """Whether the block before says that somebody else's words follow, or opens a listing. A heading announces
    its section, and a turn label a chat: neither counts.
    """
    before = judged.page.blocks[at - 1] if at else None
    if before is None or before.kind in (Kind.HEADING, Kind.TITLE):
        return False
    text = before.text
    # "```python" opens a listing; a bare "```" may as well close one, and says nothing
    if text.startswith(_FENCES):
        return not text.endswith(_FENCES)
    # "He asked the bot:" announces; "ChatGPT said:" is whose turn it is, copied with the answer
    return text.endswith((":", "：")) and not any(
        turn_of(text, code) for code in {primary(judged.page.language), "en"} & talk_languages()
    )


def _label(disclosure: Disclosure, *, is_at_edge: bool) -> Label | None:
    """What a block is that is nothing but this."""
    # only the end of so long a block was read: nothing is known of the rest
    if len(disclosure.block.text) > MAX_CHARS:
        return None
    if disclosure.prompt is not None and not disclosure.lines:
        return Label.LEAKED_PROMPT if disclosure.prompt.is_all else None
    if not (disclosure.notes or disclosure.lines) or not _is_nothing_else(disclosure, is_at_edge=is_at_edge):
        return None
    if disclosure.notes:
        return Label.AI_DISCLAIMER
    # "You said:" with what was said below it is the order itself; without it only a label
    is_prompt = all(line.is_sure and line.is_users and line.until > line.end for line in disclosure.lines)
    return Label.LEAKED_PROMPT if is_prompt else Label.CHATBOT_META


def _is_nothing_else(disclosure: Disclosure, *, is_at_edge: bool) -> bool:
    """Whether a text begins with its disclosure and goes on with it, or with little else.

    At the beginning or the end of an article a short block that opens with a note goes on about it: where the
    original is, whom to tell of errors.
    """
    text = disclosure.block.text
    before, rest = _beside(disclosure)
    if before and not (_may_close(disclosure) and is_at_edge):
        return False
    if (
        is_at_edge
        and len(text) <= _MAX_NOTE_CHARS
        and any(note.ground in ("self", "subject") for note in disclosure.notes)
    ):
        return True
    return before + rest <= _MAX_REST_SHARE * sum(map(str.isalnum, text))


def _may_close(disclosure: Disclosure) -> bool:
    """Whether what is said may be the end of a block: what a chatbot offers is below its answer, and an
    interface's words above whose turn it is.
    """
    if disclosure.notes:
        return False
    is_turn = any(line.kind == "turn" and line.leaves_anywhere for line in disclosure.lines)
    return is_turn or all(line.kind in _CLOSING for line in disclosure.lines)


def _beside(disclosure: Disclosure) -> tuple[int, int]:
    """Letters before and behind a disclosure that are of something else."""
    # marks of Markdown are blanked, not cut out: the places of the spans still hold
    spans, text = disclosure.spans, without_inline_marks(disclosure.block.text)
    before = rest = at = 0
    for part in split_sentences(text):
        # from the last end on: the same sentence may stand there twice
        at = text.index(part, at)
        inside = [place for place in range(at, at + len(part)) if text[place].isalnum()]
        outside = [place for place in inside if not any(start <= place < end for start, end in spans)]
        at += len(part)
        # a sentence that says next to nothing of its own (see `adds_little`) belongs to the note
        if not outside or (disclosure.code in note_languages() and adds_little(part, disclosure.code)):
            continue
        # words that share a sentence with a note are rest, even where they stand before it
        if len(outside) == len(inside) and all(at <= start for start, _ in spans):
            before += len(outside)
        else:
            rest += len(outside)
    return before, rest


def _is_at_edge(passage: Passage, judged: JudgedPage, edge: int = _EDGE) -> bool:
    return are_at_edge(passage.first, passage.last, judged, edge=edge)


def are_at_edge(first: int, last: int, judged: JudgedPage, *, edge: int = _EDGE) -> bool:
    """Whether at most ``edge`` other blocks of the text stand before or after these blocks."""
    # sorted numbers, made once a page: a search by halves for each passage
    probable = judged.memoized(_probable)
    before = bisect_left(probable, first)
    after = len(probable) - bisect_right(probable, last)
    return before <= edge or after <= edge


def _sentences(judged: JudgedPage) -> tuple[int, ...]:
    """The probable blocks that say something: a headline or a dateline above an answer is no text above it."""
    blocks = judged.page.blocks
    return tuple(
        at
        for at in judged.memoized(_probable)
        if blocks[at].kind is not Kind.HEADING and ends_sentence(blocks[at].text)
    )


def _probable(judged: JudgedPage) -> tuple[int, ...]:
    return tuple(number for number, keep in enumerate(judged.keep) if keep >= judged.keep_at)


def page_is_about_ai(judged: JudgedPage, read: Set[int]) -> bool:
    """Whether the page's own text names AI beside its disclosures."""
    page = judged.page
    # its own notes name AI, and so do menus ("AI", "Tech"): neither makes AI the subject
    own = [
        (block.raw, words)
        for block, words, keep in zip(page.blocks, page.words, judged.keep, strict=True)
        if block.index not in read and keep >= judged.keep_at
    ]
    texts = [*(text for text, _ in own), page.declared_title]
    rows = [*(words for _, words in own), folded_words(page.declared_title)]
    code = primary(page.language)
    named = note_words(code if code in note_languages() else "en")  # as blocks are read
    # the gate is quick and too generous; `names_ai` reads what has passed it
    passed = named.texts_naming_makers(Folded(texts, rows))
    return any(named.names_ai(texts[at][:MAX_CHARS]) for at in sorted(passed))
