"""Sentences that share the words of notes on AI and claim nothing, by how they are built, and true twins of each.

`benchmarks/claim_traps/xx.toml` holds, for each of 14 structures, sentences of which none may make a record claim AI
(``traps``) and notes built alike that must (``notes``); all composed by us. Each is cleaned as a paragraph of an
article. Rules and words may be mended with the `READ` structures in view; the others are counted and not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import tomli

from benchmarks.measures import Measure, Outcome, Share
from benchmarks.residue import composed_articles
from copydesk import clean

FOLDER = Path(__file__).with_name("claim_traps")
READ = ("opinion", "contrast", "subject", "tool", "purpose", "question", "condition")
COUNTED = ("myth", "report", "relative", "quotation", "negation", "advertisement", "history")


class Sentence(NamedTuple):
    """A trap, or a note."""

    language: str
    structure: str
    is_note: bool
    text: str


def sentences() -> Iterator[Sentence]:
    """Every sentence, by language and structure."""
    for file in sorted(FOLDER.glob("*.toml")):
        for structure, pair in tomli.loads(file.read_text("utf-8")).items():
            for kind in ("traps", "notes"):
                for text in pair[kind]:
                    yield Sentence(file.stem, structure, kind == "notes", text)


def outcomes(sentence: Sentence) -> list[Outcome]:
    """Whether the record claims AI, and whether the sentence left the text."""
    language, structure, is_note, text = sentence
    article = composed_articles()[language]
    first, second, third = article["paragraphs"]
    body = "".join(f"<p>{one}</p>" for one in (first, second, text, third))
    record = clean(f"<html lang={language}><article><h1>{article['title']}</h1>{body}</article></html>")
    is_claimed = bool(record.provenance.ai or record.provenance.digital_source_type)
    trap: dict[str, Share] = {"traps_unclaimed": (not is_claimed, 1), "traps_kept": (text in record.text, 1)}
    half = "read" if structure in READ else "counted"
    wrong = [f"{'not claimed' if is_note else 'claimed'}  {language}  {structure}  {text}"]
    is_wrong = half == "read" and is_claimed != is_note
    shares = {"notes_claimed": (is_claimed, 1)} if is_note else trap
    return [Outcome(f"claim_traps.{half}", shares, (language, structure), wrong if is_wrong else ())]


MEASURE = Measure(lambda _, __: list(sentences()), outcomes)
