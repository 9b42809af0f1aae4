"""The unit in which disclosures are looked for: a block of a page with tags; of plain text, whose
blocks are lines, the lines of a paragraph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise, starmap
from unicodedata import east_asian_width

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.segment.line_blocks import FULL_SHARE, first_unbroken
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind

# code and tables quote programs; titles and form controls are not sentences of the page
SKIPPED_KINDS = frozenset({Kind.CODE, Kind.TITLE, Kind.CONTROL, Kind.TABLE_ROW})
MAX_CHARS = 1_500
"""Longer paragraphs are read sentence by sentence, longer blocks from their last sentences alone."""
# set by hand, no figure on record
_MAX_LINES = 16  # a flattened page without blank lines is no paragraph
_WRAPPED_FROM = 30  # columns; shorter lines end where a menu's entry or a heading does
# columns; set by hand: no program wraps later, so that a longer line is a paragraph
_WRAPPED_TO = 140
# set by hand: with more, a text has blank lines, but does not part its paragraphs by them
_MOST_LINES_A_GAP = 4
_WITHIN = frozenset(",.;:)]’'–-")  # a line that begins so goes on with the sentence above
# a heading or a row of a table ends a paragraph even without a blank line
_JOINED = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.QUOTE})


class Passage(Struct, frozen=True):
    """Blocks read as one: ``block`` has the text of all ``members``, ``words`` their first words, folded;
    ``ends`` says where in the text each member ends (characters). ``is_piece``: a line between others that ends no
    sentence, as a label or what stood between tags.
    """

    block: Block
    words: Sequence[str]
    members: tuple[Block, ...]
    ends: tuple[int, ...]
    is_piece: bool = False

    @property
    def first(self) -> int:
        """The number of the first block."""
        return self.members[0].index

    @property
    def last(self) -> int:
        """The number of the last block."""
        return self.members[-1].index

    def among(self, spans: Sequence[tuple[int, int]]) -> list[tuple[Block, ...]]:
        """The members in which these parts of the text stand: those that share a part or touch together."""
        starts = (0, *self.ends[:-1])
        hit = [
            any(start < end and begin < stop for begin, end in spans)
            for start, stop in zip(starts, self.ends, strict=True)
        ]
        groups: list[list[Block]] = []
        for at, member in enumerate(self.members):
            if hit[at] and at and hit[at - 1]:
                groups[-1].append(member)
            elif hit[at]:
                groups.append([member])
        return [tuple(group) for group in groups]


def passages(lines: Iterable[tuple[Block, Sequence[str]]]) -> Iterator[Passage]:
    """The passages of plain text, each line with its first words; of a page with tags each block is one."""
    runs: list[list[tuple[Block, Sequence[str]]]] = []
    gaps = 0
    for block, words in lines:
        # a blank line or another kind of line ends a paragraph
        if not runs or not _is_one_paragraph(runs[-1][-1][0], block):
            gaps += bool(runs) and block.gap > 0
            runs.append([])
        runs[-1].append((block, words))
    has_paragraphs = sum(map(len, runs)) <= _MOST_LINES_A_GAP * gaps
    for run in runs:
        yield from _parted(run, is_paragraph=has_paragraphs or _is_wrapped([block for block, _ in run]))


def passage_of(run: Sequence[tuple[Block, Sequence[str]]]) -> Passage:
    """These blocks as one; where a sentence goes on in the next line, the break is a space."""
    if len(run) == 1:
        block, words = run[0]
        return Passage(block, words, (block,), (len(block.text),))
    parts = [run[0][0].text]
    parts += [_break(before, block) + block.text for (before, _), (block, _) in pairwise(run)]
    return Passage(
        block=run[0][0].replace(raw="".join(parts)),
        words=[word for _, words in run for word in words],
        members=tuple(block for block, _ in run),
        # each end is the next one's start: `among` reads places of the text from it
        ends=tuple(accumulate(map(len, parts))),
    )


def _break(before: Block, block: Block) -> str:
    """The separator of two lines once they are one text."""
    if not _goes_on(before, block):
        return "\n"
    # "本文は" + "AI生成です" has no space at the break; Korean is wide, but has spaces between words
    return "" if _is_wide(before.text[-1:]) and _is_wide(block.text[:1]) else " "


def _is_wide(char: str) -> bool:
    """Whether a character is of a script that is written without spaces."""
    # wide or full in Unicode Standard Annex 11; the range is Hangul syllables
    return bool(char) and east_asian_width(char) in "WF" and not "\uac00" <= char <= "\ud7a3"


def _columns(text: str) -> int:
    # programs wrap by columns, and a Han letter takes two
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _is_one_paragraph(before: Block, block: Block) -> bool:
    return (
        block.index == before.index + 1
        and not block.gap
        and before.kind in _JOINED
        and (block.kind is Kind.PARAGRAPH or block.kind is before.kind is Kind.QUOTE)
    )


def _parted(run: Sequence[tuple[Block, Sequence[str]]], *, is_paragraph: bool) -> Iterator[Passage]:
    """A paragraph; a long one sentence by sentence, as far as lines end sentences; and lines that are none, or too long
    to be wrapped, each by itself, with those that go on with it.
    """
    is_wrapped = is_paragraph and not any(_is_too_long_to_be_wrapped(block) for block, _ in run)
    is_short = len(run) <= _MAX_LINES and sum(len(block.raw) for block, _ in run) <= MAX_CHARS
    if len(run) == 1 or (is_wrapped and is_short):
        yield passage_of(run)
        return
    blocks = [block for block, _ in run]
    goes_on = list(starmap(_goes_on, pairwise(blocks))) if is_wrapped else _goes_on_unwrapped(blocks)
    begin = 0
    for at in range(1, len(run) + 1):
        is_full = at - begin == _MAX_LINES
        # within a sentence only where sixteen lines are full: a run that no line ends must be bounded
        if at == len(run) or is_full or not goes_on[at - 1]:
            passage = passage_of(run[begin:at])
            text = passage.block.raw
            is_piece = not is_wrapped and (not ends_sentence(text) or text.endswith((":", "：")))
            yield replace(passage, is_piece=is_piece)
            begin = at


def _is_wrapped(blocks: Sequence[Block]) -> bool:
    """Whether most lines end where the next word has no place."""
    columns = [_columns(block.text) for block in blocks]
    widest = max(columns)
    full = [
        size + _columns(first_unbroken(after.text)) > widest
        for size, after in zip(columns, blocks[1:], strict=False)
    ]
    return sum(full) >= FULL_SHARE * len(full)


def _is_too_long_to_be_wrapped(block: Block) -> bool:
    # an address has no place to be wrapped at
    return _columns(block.raw) > _WRAPPED_TO and (" " in block.text or _is_wide(block.text[-1:]))


def _goes_on_unwrapped(blocks: Sequence[Block]) -> list[bool]:
    """For each line but the last whether its sentence goes on in the next, where each text between tags is a line."""
    amid = [*starmap(_begins_amid, pairwise(blocks)), False]
    return [
        # a link within a sentence is a few words, behind which it goes on
        amid[at] or (amid[at + 1] and _columns(block.text) < _WRAPPED_FROM and _goes_on(before, block))
        for at, (before, block) in enumerate(pairwise(blocks))
    ]


def _begins_amid(before: Block, block: Block) -> bool:
    """Whether a line begins within a sentence, in a small letter or a sign."""
    first = block.text[:1]
    return first.islower() or (first in _WITHIN and not ends_sentence(before.text))


def _goes_on(before: Block, block: Block) -> bool:
    """Whether a sentence goes on in the next line: it has not ended, and the next line begins with a small
    letter or a sign, or the line is as long as wrapped ones are.
    """
    text, first = before.text, block.text[:1]
    if ends_sentence(text):
        return False
    # German nouns and Han have no small letter to begin with: there the width tells
    return first.islower() or first in _WITHIN or _columns(text) >= _WRAPPED_FROM
