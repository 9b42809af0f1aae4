"""Marks of notes and the notes they lead to, as footnotes of Markdown (``[^1]``): where both are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.marked_block import NOTE, Line, MarkedBlock, Run, Style
from copydesk.cleaners.types import Label, Labelled

_NAME: Final = lazy_pattern(r"[^\W_]{1,6}")
_MAY_BE_NOTE: Final = frozenset({Label.PARAGRAPH, Label.LIST_ITEM, Label.QUOTE})
_NEAR: Final = 4  # elements around the text of a note; set by hand: an id beyond them names all notes


def with_footnotes(
    shown: Sequence[tuple[Labelled, str]], marked: Mapping[int, MarkedBlock]
) -> tuple[Mapping[int, MarkedBlock], Mapping[int, str]]:
    """The marked blocks in which NOTE is the style of footnotes alone, and the names of the notes by the number of the
    block that each begins with.
    """
    # what opens a block is the mark of a note itself
    wanted = {
        name_of(text): one.targets[style.link]
        for one in marked.values()
        for cell in one.cells
        for line in cell
        for at, (text, style) in enumerate(line)
        if style.bits & NOTE and (at or len(one.cells) > 1) and name_of(text)
    }
    if not wanted:
        return marked, {}
    notes = _notes(shown, marked, wanted)
    names = frozenset(notes.values())
    return {number: _rewritten(one, names, wanted) for number, one in marked.items()}, notes


def name_of(text: str) -> str:
    """What a mark of a note calls it; ``""`` where it names several, or none."""
    name = text.strip("[]() ")
    return name if _NAME.fullmatch(name) else ""


def _notes(
    shown: Sequence[tuple[Labelled, str]], marked: Mapping[int, MarkedBlock], wanted: Mapping[str, str]
) -> dict[int, str]:
    by_target = {target: name for name, target in wanted.items() if target}
    notes: dict[str, int] = {}
    for item, _ in shown:
        if item.shape not in _MAY_BE_NOTE:
            continue
        block = item.block
        words = " ".join(step.words for step in block.path[-_NEAR:]).split()
        name = next((by_target[word] for word in words if word in by_target), "")
        name = name or (_opening(marked[block.index]) if block.index in marked else "")
        if name in wanted:
            notes.setdefault(name, block.index)
    return {index: name for name, index in notes.items()}


def _opening(one: MarkedBlock) -> str:
    """The name of the note that a block begins with."""
    (text, style), *_ = one.lines[0] if one.cells[0] else (Run("", Style()),)
    return name_of(text) if style.bits & NOTE and len(one.cells) == 1 else ""


def _rewritten(one: MarkedBlock, names: frozenset[str], wanted: Mapping[str, str]) -> MarkedBlock:
    def restyled(text: str, style: Style, *, is_first: bool) -> Style:
        if not style.bits & NOTE:
            return style
        name, target = name_of(text), one.targets[style.link]
        if name in names and (is_first or not target or wanted[name] == target):
            return Style(style.bits, 0)
        return Style(style.bits & ~NOTE, style.link)

    def line_of(line: Line) -> Line:
        return tuple(
            Run(text, restyled(text, style, is_first=not at)) for at, (text, style) in enumerate(line)
        )

    return replace(one, cells=tuple(tuple(map(line_of, cell)) for cell in one.cells))
