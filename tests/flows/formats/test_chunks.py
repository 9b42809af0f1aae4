"""Chunks: parts of texts that together are all of it, below one heading each, and cut no word."""

from __future__ import annotations

import json
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from articles import ARTICLES
from hypothesis import given
from hypothesis import strategies as st
from made_records import full_record
from msgspec.structs import replace

from copydesk import Options, Record, clean
from copydesk.flows.errors import SettingsError
from copydesk.flows.formats.chunks import write_chunks
from copydesk.flows.formats.markdown_tree import headings

SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "pages").glob("*.html"))
SHOWN = """
[]                              0-49    The ferry sails again from Monday, the port said.
What it costs                  51-126   What it costs¶¶Tickets cost what they did.¶¶Bicycles go free.¶Dogs go free.
What it costs > Groups        128-187   Groups¶¶Ten pay for nine. They should write the day before.
What it costs > Groups        189-250   Classes of schools cross for nothing on Tuesdays in November.
The times > In winter         252-297   The times¶¶In winter¶¶06:00→daily¶18:00→daily
"""
PAGE = """<html lang=en><head><title>Ferry resumes</title></head><article><h1>Ferry resumes</h1>
<p>The ferry sails again from Monday, the port said.</p>
<h2>What it costs</h2><p>Tickets cost what they did.</p><ul><li>Bicycles go free.</li><li>Dogs go free.</li></ul>
<h3>Groups</h3><p>Ten pay for nine. They should write the day before.</p>
<p>Classes of schools cross for nothing on Tuesdays in November.</p>
<h2>The times</h2><h3>In winter</h3><table><tr><td>06:00</td><td>daily</td></tr><tr><td>18:00</td><td>daily</td></tr></table>
</article></html>"""


def chunks(record: Record, size: int, overlap: int = 0) -> list[dict[str, Any]]:
    stream = BytesIO()
    write_chunks([record], stream, chunk_size=size, chunk_overlap=overlap)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_chunk_stands_below_its_headings() -> None:
    lines = ["", *map(shown, chunks(clean(PAGE, options=Options(drop=("standfirst",))), 80)), ""]
    assert "\n".join(lines) == SHOWN


def shown(chunk: dict[str, Any]) -> str:
    path, place = " > ".join(chunk["headings"]) or "[]", f"{chunk['start']:3}-{chunk['end']}"
    text = chunk["text"].replace("\n", "¶").replace("\t", "→")
    return f"{path:28}  {place:9} {text}"


def test_what_a_line_holds() -> None:
    record = clean(PAGE, "https://paper.example/ferry")
    first = chunks(record, 80)[0]
    assert {name: value for name, value in first.items() if name not in ("text", "headings", "start", "end")} == {
        "id": f"{record.id}-1", "record_id": record.id, "chunk": 1, "chunks": 5, "url": "https://paper.example/ferry",
        "source": "", "title": "Ferry resumes", "authors": [], "site_name": None, "language": "en",
        "date_published": None, "content_hash": record.content_hash, "duplicate_of": None,
    }  # fmt: skip


MARKS = {"p": "{}", "h2": "## {}", "h3": "### {}", "h4": "#### {}", "li": "- {}", "pre": "```\n{}\n```", "td": "> {}"}  # fmt: skip


def hold(record: Record, size: int, overlap: int) -> None:
    """The laws of chunks, whatever the text."""
    found = chunks(record, size, overlap)
    text = record.text
    assert [one["chunk"] for one in found] == [*range(1, len(found) + 1)]
    covered: set[int] = set()
    for one in found:
        assert text[one["start"] : one["end"]] == one["text"] == one["text"].strip() != ""
        # no word is cut: what stands at either edge is no letter, or ends with wide punctuation
        before, after = text[: one["start"]][-1:], text[one["end"] :][:1]
        assert not (before.isalnum() or after.isalnum()) or one["text"][-1] in "。，、？！」』）；：,"
        assert len(one["text"]) <= size or len(one["text"].split()) == 1 or overlap
        covered |= {*range(one["start"], one["end"])}
    assert {at for at, char in enumerate(text) if not char.isspace()} <= covered
    for one, other in pairwise(found):
        assert one["start"] < other["start"]
        assert one["end"] < other["end"]
        repeated = max(0, one["end"] - other["start"])
        assert repeated <= overlap
        assert not (repeated and one["headings"] != other["headings"])


@given(st.text(max_size=200), st.integers(1, 60))
def test_any_text_is_in_its_chunks(text: str, size: int) -> None:
    found = chunks(replace(full_record(), text=text, markdown=""), size, size // 2)
    covered = {at for one in found for at in range(one["start"], one["end"])}
    assert {at for at, char in enumerate(text) if not char.isspace()} <= covered
    assert all(one["end"] < other["end"] for one, other in pairwise(found))


@given(
    st.sampled_from(sorted(ARTICLES)),
    st.lists(st.sampled_from(sorted(MARKS)), min_size=1, max_size=12),
    st.integers(1, 300),
    st.data(),
)
def test_chunks_are_all_of_the_text(language: str, tags: list[str], size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    paragraphs = ARTICLES[language]
    parts = [paragraphs[at % len(paragraphs)] for at in range(len(tags))]
    texts = [
        part[:20].strip() if tag.startswith("h") else part for tag, part in zip(tags, parts, strict=True)
    ]
    markdown = "\n\n".join(MARKS[tag].format(one) for tag, one in zip(tags, texts, strict=True))
    hold(replace(full_record(), text="\n\n".join(texts), markdown=markdown), size, overlap)


@pytest.mark.slow
def test_chunks_of_sample_pages_hold_all_of_them_and_their_headings() -> None:
    for file in SEEDS[::3]:
        record = clean(file.read_bytes())
        for size, overlap in ((200, 60), (1_500, 0)):
            hold(record, size, overlap)
        marks = [line for line in record.markdown.splitlines() if line.startswith("#")]
        assert len(marks) == len(list(headings(record))), file.name


def test_so_much_cannot_overlap() -> None:
    with pytest.raises(SettingsError, match=r"--chunk-overlap: 60 is more than half of --chunk-size \(100\)"):
        write_chunks([], BytesIO(), chunk_size=100, chunk_overlap=60)
