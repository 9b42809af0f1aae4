"""A kept block with the links and emphasis of its text, read once for ``markdown`` and ``links``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from copydesk.cleaners.record.addresses import in_markdown, link_address, written_address
from copydesk.cleaners.record.inline import Line, cells, lines
from copydesk.cleaners.schema import Link
from copydesk.cleaners.types import Block, Kind


class MarkedBlock(Struct, frozen=True):
    """``cells``: of a table row, each its lines; of any other block one, with the block's lines. ``addresses``: where
    its links lead as it may stand in Markdown, by their numbers, the first None. ``links``: as a record has them.
    """

    cells: tuple[tuple[Line, ...], ...]
    addresses: tuple[str | None, ...]
    links: tuple[Link, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of a block that is no table row."""
        return self.cells[0]


def marked_block(block: Block, *, base: str | None) -> MarkedBlock:
    """What marks the text of a block; ``base``: what relative addresses start from.

    Links that lead nowhere but into a script, and those without any text, are no links of the record.
    """
    found = cells(block) if block.kind is Kind.TABLE_ROW else (lines(block),)
    marks = [mark for _, mark in block.marks if mark is not None and mark.tag == "a"]
    urls = [link_address(mark.href, base=base) for mark in marks]
    texts = _texts(found, len(marks)) if marks else ()
    links = tuple(
        Link(url=url, text=text, rel=" ".join(mark.rel.lower().split()) or None)
        for mark, url, text in zip(marks, urls, texts, strict=True)
        if url and text
    )
    written = (_written(mark.href, url, base) for mark, url in zip(marks, urls, strict=True))
    return MarkedBlock(found, (None, *written), links)


def written_link(href: str, *, base: str | None) -> str | None:
    """Where a link leads as it may stand in Markdown; None where no link is made."""
    return _written(href, link_address(href, base=base), base)


def _written(href: str, url: str | None, base: str | None) -> str | None:
    if url is not None:
        return in_markdown(url)
    # a relative address where nobody knows of what; not a place on this page or a button
    is_relative = base is None and href.strip()[:1] not in ("", "#") and href[:7].lower() != "mailto:"
    return written_address(href, base=None) if is_relative else None


def _texts(found: Sequence[Sequence[Line]], count: int) -> Iterator[str]:
    """The text of each link, as one line."""
    texts = [""] * (count + 1)
    for line in (line for cell in found for line in cell):
        before = 0
        for text, (_, link) in line:
            # a link that goes over lines is one
            texts[link] += text if link == before or not texts[link] else " " + text
            before = link
    return (text.strip() for text in texts[1:])
