"""Which disclosures of a passage count, given its place on the page, and whether the passage is nothing else.

The page can only rule out disclosures; it never adds one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.judge.judged_page import SURE_KEEP, JudgedPage
from copydesk.cleaners.lexicon.language_files import primary
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
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.wording.cues import Cue

# without copyright, author_bio and caption, because sites put AI notes there
BOILERPLATE = frozenset(
    map(Label, ("nav", "related", "comment", "comment_form", "ad", "tags", "social", "cookie"))
)
# of the letters of a note, in the text around it: how to report errors, where the original is
_MAX_REST_SHARE = 0.5
_EDGE = 3
"""A line that people write, too, is removed only if at most so many blocks of the article are before or after it. No
figure limits the value: 683 pages of the open web have no such line, and the articles in which published blocks were
tested have three paragraphs.
"""
_QUOTATION = tuple('"“”„«»「」『』')
_MIN_ABOVE = 2  # blocks of an article above a sentence that is amid it; set by hand: a standfirst is one
_MAX_NOTE_CHARS = 400
_TRIPLE_QUOTES = '"' * 3  # in programs, around prompts
_FENCES = ("```", "~~~", _TRIPLE_QUOTES)  # above code
_ENDING_KINDS = ("offer", "goodbye")
_OPENING_KINDS = ("opener", "handed", "turn")


class Disclosure(Struct, frozen=True):
    """The disclosures in a block.

    ``denials``: notes that no AI was used. ``label``: of the block, if it is nothing else; None if it says more.
    ``is_continuation``: whether it only continues the disclosure of a block beside it. ``is_shown``: whether it is an
    example of such a text, which stays. ``reading``: the result of weighing its words with concepts, if that was done.
    ``place``: evidence from its place on the page. ``is_at_edge``: whether a text that is not about AI begins or ends
    with it. ``is_denied``: whether it denies AI by its concepts.
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
    is_at_edge: bool = False
    is_denied: bool = False

    @property
    def discloses(self) -> bool:
        """Whether it discloses anything."""
        return bool(self.notes or self.lines or self.prompt)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Start and end (characters) of the sentences that disclose something."""
        notes = [(note.start, note.end) for note in (*self.notes, *self.denials)]
        # the text below "You said:" belongs to it only if the turn is certain
        return notes + [(line.start, line.until if line.leaves_anywhere else line.end) for line in self.lines]

    def evidence(self) -> str:
        """The words of the disclosures and their parts, for readers."""
        if self.is_continuation:
            return self.place or "continues the residue beside it"
        notes = (f"says so itself: {_listed(note)}" for note in self.notes)
        denials = (f"denies it: {_listed(note)}" for note in self.denials)
        lines = (f"a chatbot's {line.kind}: {_phrases(line.cues)}" for line in self.lines)
        prompt = f"an order to write: {_phrases(self.prompt.cues)}" if self.prompt else ""
        read = ""
        # with log-odds below zero, the grammar or a list removed the block
        if self.label is not None and self.reading is not None and self.reading.odds[self.label] > 0:
            read = self.reading.evidence(self.label)
        return "; ".join(filter(None, (self.place, *notes, *denials, *lines, prompt, read)))


def continued(block: Block, code: str, label: Label, place: str = "") -> Disclosure:
    """The disclosure of a block that only continues that of a block beside it."""
    return Disclosure(block, code, label=label, is_continuation=True, place=place)


def _listed(note: Note) -> str:
    return ", ".join(f"{word.part} {word.phrase!r}" for word in note.core)


def _phrases(cues: Sequence[Cue]) -> str:
    return ", ".join(dict.fromkeys(cue.phrase for cue in cues))


def assess(
    passage: Passage, disclosure: Disclosure, judged: JudgedPage, *, is_about_ai: bool
) -> Disclosure | None:
    """The disclosures that count on this page; None if none does."""
    # on a page about AI, "made with AI" may refer to anything, "this article was" only to the page
    counts = not (is_about_ai or is_boilerplate(passage.members, judged))
    begin, end = edges_of_article(judged, edge=_EDGE)
    is_at_edge = passage.first <= begin or passage.last >= end
    is_shown = bool(disclosure.lines or disclosure.prompt) and _is_example(passage, judged)
    prompt = disclosure.prompt
    if prompt is not None and is_shown:
        prompt = replace(prompt, is_sure=False, is_all=False)
    left = replace(
        disclosure,
        notes=tuple(note for note in disclosure.notes if note.ground == "self" or counts),
        lines=tuple(_relevant_lines(disclosure.lines, counts=counts, is_shown=is_shown)),
        prompt=prompt if counts else None,
        is_shown=is_shown,
    )
    if not (left.discloses or left.denials or is_shown):
        return None
    is_sure = any(line.leaves_anywhere for line in left.lines) or (
        left.prompt is not None and left.prompt.is_sure
    )
    # without any of these, a person may have written the line
    if not (left.notes or left.denials or is_sure or is_at_edge or is_shown):
        return None
    # an uncertain disclosure does not remove a block that the network surely keeps
    if left.notes or is_sure or not any(block.index in judged.sure for block in passage.members):
        left = replace(left, label=_label_of(left, is_at_edge=is_at_edge))
    left = replace(left, lines=tuple(_without_reported(left.lines, passage, judged, is_about_ai=is_about_ai)))
    if _is_list_item(passage) and left.label is None:  # a list item is about its own subject
        left = replace(left, notes=tuple(note for note in left.notes if note.ground == "self"))
    # within a text about AI, a quotation is part of the article
    if passage.block.quote and not is_at_edge and is_about_ai:
        return None
    return left


def is_boilerplate(blocks: Iterable[Block], judged: JudgedPage) -> bool:
    """Whether all these blocks are menus, comments or other parts of the page that are not its own text."""
    return bool(judged.labels) and all(
        judged.labels[block.index] in BOILERPLATE and judged.keep[block.index] < judged.keep_at
        for block in blocks
    )


def _relevant_lines(lines: Sequence[ChatbotLine], *, counts: bool, is_shown: bool) -> Iterator[ChatbotLine]:
    """The lines that count: turns always, interface labels also in an example, faint limits never."""
    for line in lines:
        if line.kind == "turn" or (
            counts and (line.kind == "crumb" or not is_shown) and (line.kind != "limits" or not line.is_faint)
        ):
            yield line


def _without_reported(
    lines: Sequence[ChatbotLine], passage: Passage, judged: JudgedPage, *, is_about_ai: bool
) -> Iterator[ChatbotLine]:
    """The lines, no longer sure if a person may have written them: an opener below text and an offer above text are
    those of a sample letter, and a page about AI reports turns.
    """
    sentences = judged.memoized(_article_sentences)
    is_below = bool(sentences) and sentences[0] < passage.first
    is_above = bool(sentences) and sentences[-1] > passage.last
    for line in lines:
        is_reported = (
            (line.kind in _OPENING_KINDS and is_below)
            or (line.kind in _ENDING_KINDS and is_above)
            or (line.kind == "turn" and is_about_ai)
        )
        yield replace(line, is_sure=line.is_sure and not is_reported)


def _is_example(passage: Passage, judged: JudgedPage) -> bool:
    """Whether a text is an example: in a list, in code, or below a line that announces it."""
    after = (
        judged.page.table.blocks[passage.last + 1].text
        if passage.last + 1 < len(judged.page.table.blocks)
        else ""
    )
    # lists have examples ("Signs of a chatbot: …")
    return _is_list_item(passage) or is_announced(passage.first, judged) or after.startswith(_TRIPLE_QUOTES)


def _is_list_item(passage: Passage) -> bool:
    return bool(passage.block.item) or passage.block.kind is Kind.LIST_ITEM


def is_announced(at: int, judged: JudgedPage) -> bool:
    """Whether the block before announces a quotation or opens a code block. Headings and turns of a chat do not count:
    they announce a section and an answer.
    """
    before = judged.page.table.blocks[at - 1] if at else None
    if before is None or before.kind in (Kind.HEADING, Kind.TITLE):
        return False
    text = before.text
    # "```python" opens a code block, but a bare "```" may close one
    if text.startswith(_FENCES):
        return not text.endswith(_FENCES)
    # "He asked the bot:" announces a quotation; "ChatGPT said:" is a turn, copied with the answer
    return text.endswith((":", "：")) and not any(
        turn_of(text, code) for code in {primary(judged.page.language), "en"} & talk_languages()
    )


def introduces(passage: Passage, judged: JudgedPage) -> bool:
    """Whether a sentence amid an article introduces what follows ("Here is the full text of the statement:"): the
    network is sure of it, or what follows is quoted as a whole. A chatbot hands over its text where that begins.
    """
    article = judged.memoized(article_blocks)
    above = bisect_left(article, passage.first)
    is_amid = above and bisect_right(article, passage.last) < len(article)
    if not is_amid or not passage.block.text.endswith((":", "：")):
        return False
    below = judged.page.table.blocks[passage.last + 1]
    # all of it is a quotation; a text that a chatbot hands over may begin with one
    if below.quote:
        return True
    if below.text.startswith(_QUOTATION) and below.text.rstrip(".").endswith(_QUOTATION):
        return True
    return (
        judged.page.is_html
        and above >= _MIN_ABOVE
        and all(judged.keep[one.index] >= SURE_KEEP for one in passage.members)
        and below.kind is not Kind.LIST_ITEM  # which an offer announces
    )


def _label_of(disclosure: Disclosure, *, is_at_edge: bool) -> Label | None:
    """The label of the block if it is nothing else."""
    # only the end of a longer block was read
    if len(disclosure.block.text) > MAX_CHARS:
        return None
    if disclosure.prompt is not None and not disclosure.lines:
        return Label.LEAKED_PROMPT if disclosure.prompt.is_all else None
    if not (disclosure.notes or disclosure.lines) or not _is_nothing_else(disclosure, is_at_edge=is_at_edge):
        return None
    if disclosure.notes:
        return Label.AI_DISCLAIMER
    # "You said:" with the text below it is a prompt, by itself an interface label
    is_prompt = all(line.is_sure and line.is_users and line.until > line.end for line in disclosure.lines)
    return Label.LEAKED_PROMPT if is_prompt else Label.CHATBOT_META


def _is_nothing_else(disclosure: Disclosure, *, is_at_edge: bool) -> bool:
    """Whether a text begins with its disclosure and has little else.

    A short block at the beginning or end of an article that begins with a note is all about it: where the original is,
    how to report errors.
    """
    text = disclosure.block.text
    before, rest = _other_letters(disclosure)
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
    """Whether other text may come before the disclosure: a chatbot offers help after its answer, and interface labels
    are above a turn.
    """
    if disclosure.notes:
        return False
    is_turn = any(line.kind == "turn" and line.leaves_anywhere for line in disclosure.lines)
    return is_turn or all(line.kind in _ENDING_KINDS for line in disclosure.lines)


def _other_letters(disclosure: Disclosure) -> tuple[int, int]:
    """Letters of other sentences: before the disclosure, and anywhere else."""
    # Markdown marks become spaces, so that the spans still fit
    spans, text = disclosure.spans, without_inline_marks(disclosure.block.text)
    before = rest = at = 0
    for part in split_sentences(text):
        # after the last sentence, because a text may repeat one
        at = text.index(part, at)
        letters = [place for place in range(at, at + len(part)) if text[place].isalnum()]
        outside = [place for place in letters if not any(start <= place < end for start, end in spans)]
        at += len(part)
        # a sentence that adds little belongs to the note
        if not outside or (disclosure.code in note_languages() and adds_little(part, disclosure.code)):
            continue
        # other words in the sentence of a disclosure never count as before it
        if len(outside) == len(letters) and all(at <= start for start, _ in spans):
            before += len(outside)
        else:
            rest += len(outside)
    return before, rest


def edges_of_article(judged: JudgedPage, *, edge: int) -> tuple[float, float]:
    """The block up to which at most ``edge`` blocks of the article are before, and from which as few are after; all
    blocks where the article has no more.
    """
    article = judged.memoized(article_blocks)
    return (article[edge], article[-edge - 1]) if len(article) > edge else (inf, -inf)


def begins_or_ends_text(first: int, last: int, judged: JudgedPage, leaving: Set[int]) -> bool:
    """Whether no block of the article that ends a sentence is before ``first``, or none after ``last``; those that are
    ``leaving`` do not count.
    """
    sentences = judged.memoized(_article_sentences)
    begins = next((at for at in sentences if at not in leaving), None)
    ends = next((at for at in reversed(sentences) if at not in leaving), None)
    return begins is None or ends is None or first <= begins or last >= ends


def _article_sentences(judged: JudgedPage) -> tuple[int, ...]:
    """The blocks of the article that end a sentence, unlike headlines and datelines."""
    kinds, sentences = judged.page.table.kinds, judged.page.table.sentences
    return tuple(
        [at for at in judged.memoized(article_blocks) if at in sentences and kinds[at] is not Kind.HEADING]
    )


def article_blocks(judged: JudgedPage) -> tuple[int, ...]:
    """The sorted numbers of the blocks that the network keeps."""
    keep_at = judged.keep_at
    return tuple([number for number, keep in enumerate(judged.keep) if keep >= keep_at])


def page_is_about_ai(judged: JudgedPage, read: Set[int]) -> bool:
    """Whether the article mentions AI outside the blocks ``read``, which disclose something."""
    page = judged.page
    # menus ("AI", "Tech") do not make AI the subject
    own = [
        (block.raw, words)
        for block, words, keep in zip(page.table.blocks, page.words, judged.keep, strict=True)
        if block.index not in read and keep >= judged.keep_at
    ]
    texts = [*(text for text, _ in own), page.declared_title]
    rows = [*(words for _, words in own), folded_words(page.declared_title)]
    code = primary(page.language)
    vocabulary = note_words(code if code in note_languages() else "en")
    # a cheap prefilter with false positives
    candidates = vocabulary.texts_naming_makers(Folded(texts, rows))
    return any(vocabulary.names_ai(texts[at][:MAX_CHARS]) for at in sorted(candidates))
