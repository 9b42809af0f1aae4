"""The links of kept blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from copydesk.cleaners.record.addresses import link_address
from copydesk.cleaners.record.inline import Run, cells, lines, links_in
from copydesk.cleaners.schema import Link
from copydesk.cleaners.types import Block, Kind, Labelled


def links_of(labelled: Sequence[Labelled], *, base: str | None) -> tuple[Link, ...]:
    """Where the links of the kept blocks lead, in the page's order; a link around several blocks once for each.

    Links that lead nowhere but into a script, and those without any text, are left out.
    """
    return tuple(
        link
        for item in labelled
        if item.is_kept and item.block.marks and item.block.link_chars
        for link in _links(item.block, base)
    )


def _links(block: Block, base: str | None) -> Iterator[Link]:
    marks = links_in(block)
    for number, text in _texts(block).items():
        mark = marks[number - 1]
        url = link_address(mark.href, base=base)
        if url:
            yield Link(url=url, text=text, rel=" ".join(mark.rel.lower().split()) or None)


def _texts(block: Block) -> dict[int, str]:
    """The text of each link of a block, as one line."""
    shown = [line for cell in cells(block) for line in cell] if block.kind is Kind.TABLE_ROW else lines(block)
    found: dict[int, str] = {}
    for line in shown:
        for number, runs in groupby(line, key=lambda run: run.style.link):
            if number:
                found[number] = " ".join(filter(None, (found.get(number), _plain(runs))))
    return found


def _plain(runs: Iterator[Run]) -> str:
    return "".join(run.text for run in runs).strip()
