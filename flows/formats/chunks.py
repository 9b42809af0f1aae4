"""Parts of texts for retrieval, a JSON object a line: each below one heading, with its place in the text.

Sizes are in characters: what a word is differs by script, and what a token is by model.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import BinaryIO

import regex
from msgspec import Struct

from copydesk.cleaners.schema import Record, encode_value
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.flows.errors import SettingsError
from copydesk.flows.formats.format_registry import StreamFormat
from copydesk.flows.formats.markdown_tree import Heading, headings

CHUNK_SIZE = 1_500
"""Characters: some 250 words of English, fewer tokens than the 512 that many models for embeddings read."""
# behind a space; in scripts without spaces behind punctuation (but the full stop that is used in numbers)
_WORD_BEGINS = regex.compile(
    r"(?V1)(?<=\s)(?=\S)|(?<=[[\p{EA=W}\p{EA=F}]&&[\p{Po}\p{Pe}\p{Pf}]--[．﹒]])(?=[\w\p{Ps}\p{Pi}])"
)
_TAIL = 12  # characters before a word that show whether a sentence ends there


class Chunk(Struct, frozen=True, kw_only=True):
    """A line: ``text[start:end]`` of a record, the headings above it from the outermost on, and what indexes filter by.

    Every key is always there, so that readers which guess types meet no new ones later.
    """

    id: str
    record_id: str
    # its number, from 1, and how many the record has
    chunk: int
    chunks: int
    headings: tuple[str, ...]
    start: int
    end: int
    text: str
    title: str | None
    url: str | None
    source: str
    authors: tuple[str, ...]
    site_name: str | None
    language: str
    date_published: str | None
    content_hash: str | None
    duplicate_of: str | None


class Section(Struct, frozen=True):
    """A part of a text without a heading but at its beginning, and the headings above it."""

    start: int
    end: int
    path: tuple[str, ...]


def write_chunks(
    records: Iterable[Record], stream: BinaryIO, *, chunk_size: int = CHUNK_SIZE, chunk_overlap: int = 0
) -> None:
    """Writes the chunks of each record, in order. Raises SettingsError where so much cannot overlap."""
    if chunk_overlap > chunk_size // 2:
        raise SettingsError(
            f"--chunk-overlap: {chunk_overlap:,} is more than half of --chunk-size ({chunk_size:,})"
        )
    for record in records:
        spans = [
            (section, *span)
            for section in sections(record)
            for span in chunk_spans(record.text, section, size=chunk_size, overlap=chunk_overlap)
        ]
        for number, (section, start, end) in enumerate(spans, start=1):
            chunk = Chunk(
                id=f"{record.id}-{number}",
                record_id=record.id,
                chunk=number,
                chunks=len(spans),
                headings=section.path,
                start=start,
                end=end,
                text=record.text[start:end],
                title=record.title,
                url=record.url,
                source=record.source.name,
                authors=tuple(author.name for author in record.authors),
                site_name=record.site_name,
                language=record.language,
                date_published=record.date_published,
                content_hash=record.content_hash,
                duplicate_of=record.duplicate_of,
            )
            stream.write(encode_value(chunk) + b"\n")


def sections(record: Record) -> Iterator[Section]:
    """The sections of a record's text, which together are all of it."""
    open_headings: list[Heading] = []
    start = 0
    found = list(headings(record))
    for number, heading in enumerate(found):
        # of a heading that directly follows another both stand above the section
        is_after_another = number and not record.text[found[number - 1].end : heading.start].strip()
        if record.text[start : heading.start].strip() and not is_after_another:
            yield Section(start, heading.start, tuple(one.text for one in open_headings))
            start = heading.start
        open_headings = [one for one in open_headings if one.rank < heading.rank]
        open_headings.append(heading)
    yield Section(start, len(record.text), tuple(one.text for one in open_headings))


def chunk_spans(text: str, section: Section, *, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Beginning and end of the chunks of a section: of at most ``size`` characters, unless a word is longer, each
    repeating at most ``overlap`` of the one before it; no word is cut.

    A chunk ends with a block, else with a sentence, where one ends in its second half.
    """
    part = text[section.start : section.end]
    first = section.start + len(part) - len(part.lstrip())
    if first == section.end:
        return
    begins = [first]
    begins += (one.start() for one in _WORD_BEGINS.finditer(text, first, section.end) if one.start() > first)
    # of each word, with the punctuation behind it
    ends = [
        start + len(text[start:following].rstrip()) for start, following in pairwise((*begins, section.end))
    ]
    at = done = 0  # the words that the chunk begins with, and that the last one ended before
    while done < len(begins):
        # at least one word that no chunk has
        most = max(done + 1, bisect_right(ends, begins[at] + size))
        if most < len(begins):
            least = max(done + 1, bisect_left(ends, begins[at] + size // 2) + 1)
            most = _best(text, begins, least, most)
        yield begins[at], ends[most - 1]
        at = max(at + 1, bisect_left(begins, ends[most - 1] - overlap)) if overlap else most
        at, done = min(at, most), most


def _best(text: str, begins: list[int], least: int, most: int) -> int:
    """Of the words from ``least`` to ``most`` the last that begins a block, else a sentence, else the last."""
    candidates = range(most, least - 1, -1)
    blocks = (number for number in candidates if text[begins[number] - 1] == "\n")
    before = ((number, text[max(0, begins[number] - _TAIL) : begins[number]]) for number in candidates)
    sentences = (number for number, tail in before if ends_with_terminal(tail))
    return next(blocks, None) or next(sentences, most)


CHUNKS = StreamFormat(
    summary="parts of texts for retrieval, by headings and size, a line each",
    articles_only=True,
    settings=("chunk_size", "chunk_overlap"),
    write=write_chunks,
)
