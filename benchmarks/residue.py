"""Is what machines and sites left in an article taken out, and what only looks like it left in.

Each labelled block is set into a short article of its language, below its headline and between the neighbours it was
labelled with, as a paragraph without any class: at the start or the end where it has no neighbour there.

A dateline is part of the text by the contract and is not by the labels of the set: kept or removed, it counts as
right, and its label is what is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import tomli
from msgspec import Struct, convert

from benchmarks.measures import Measure, Outcome, Share
from benchmarks.sets import KEPT_LABELS, json_lines
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.types import Page

SETS = ("ai_residue", "boilerplate")
DATELINE = "dateline"
_SAME = {"tags": "nav"}  # the set has one label for what the contract distinguishes
ARTICLES = Path(__file__).resolve().parents[1] / "tests" / "articles.toml"


class Item(Struct, frozen=True, rename={"before": "context_before", "after": "context_after"}):
    """A labelled block with its neighbours (``""`` is the start or end of the text) and what it says. ``form``: how it
    was written; ``half``: whether it may be read (``open``) or is only counted (``closed``); ``span``: its sentence
    that is residue, where the rest of it is not.
    """

    id: str
    language: str
    text: str
    before: str
    after: str
    label: str
    vendor: str | None = None
    model: str | None = None
    role: str | None = None
    medium: str | None = None
    form: str = "plain"
    half: str = "open"
    source: str | None = None
    span: str | None = None

    @property
    def is_body(self) -> bool:
        """Whether the block belongs to the article; all of these are traps."""
        return self.label == "body"

    @property
    def code(self) -> str:
        """Its language without the script."""
        return self.language.partition("-")[0]


class Setting(NamedTuple):
    """A block of a set, set into an article as ``html`` or ``text``."""

    set_name: str
    item: Item
    media: str


def read_items(name: str, data: Path) -> list[Item]:
    """All items of a set. Raises MissingDataError where there is none."""
    return [convert(row, Item) for row in json_lines(data / "labelled" / f"{name}.jsonl")]


def set_in(item: Item, article: Mapping[str, Any]) -> list[str]:
    """The paragraphs of the article the item is in, itself among them."""
    first, second, third = article["paragraphs"]
    before = [first, second, item.before] if item.before else []
    after = [item.after, third] if item.after else []
    if not before:
        return [item.text, *after, first, second]
    return [*before, item.text, *after] if after else [*before, third, item.text]


def as_html(title: str, paragraphs: Iterable[str]) -> str:
    """A page of paragraphs without any class."""
    return html_page(title, (f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in paragraphs))


def html_page(title: str, elements: Iterable[str]) -> str:
    """A page with these elements, given as HTML, as its article."""
    head = f"<head><title>{escape(title)}</title></head>"
    article = f"<article><h1>{escape(title)}</h1>{''.join(elements)}</article>"
    return f"<!DOCTYPE html><html>{head}<body>{article}</body></html>"


def as_lines(title: str, paragraphs: Iterable[str]) -> str:
    """The same as flattened text."""
    return "\n\n".join((title, *paragraphs))


SETTINGS: dict[str, Callable[[str, Iterable[str]], str]] = {"html": as_html, "text": as_lines}


def outcomes(case: Setting) -> list[Outcome]:
    """F1 of removing what is not the article's, as hits and what was removed or should be; shares of traps kept, of
    labels that are the reader's, of notes whose vendor and role are in one of the uses admitted.
    """
    name, item, media = case
    article = composed_articles()[item.language]
    explanation = explain(Page(body=SETTINGS[media](article["title"], set_in(item, article)), media=media))
    uses = [(use.role, use.vendor) for use in explanation.record.provenance.ai]
    label, rule = _verdict(
        item, ((one.block.text, str(one.label), one.verdict.rule) for one in explanation.labelled)
    )
    is_kept = label in KEPT_LABELS
    # any label of the text will do for the article's blocks
    is_exact = is_kept if item.is_body else _SAME.get(label, label) == item.label
    is_removed = not is_kept or item.label == DATELINE
    shares: dict[str, Share] = {
        "f1": (2 * (is_removed and not item.is_body), is_removed + (not item.is_body)),
        "exact": (is_exact, 1),
    }
    is_wrong = not is_exact
    if item.is_body:
        shares["traps_kept"] = is_kept, 1
    else:
        shares["exact_residue"] = is_exact, 1
    if item.label == "ai_disclaimer":
        # the set names no role for pictures and sounds: any will do
        vendors = {_folded(vendor) for role, vendor in uses if item.role in (None, role)}
        shares["use_exact"] = _folded(item.vendor) in vendors, 1
        is_wrong |= _folded(item.vendor) not in vendors
    # half of the items may be read to learn from; the others are only counted
    is_shown = is_wrong and sha256(item.id.encode()).digest()[0] % 2 == 0
    wrong = f"{item.id} {item.language} {item.label} → {label} by {rule} {uses} {item.text!r}"
    groups = (item.language, item.label)
    return [Outcome(f"residue.{name}.{media}", shares, groups, (wrong,) if is_shown else ())]


def _folded(name: str | None) -> str | None:
    return name.casefold() if name else None


def _verdict(item: Item, blocks: Iterable[tuple[str, str, str]]) -> tuple[str, str]:
    """Label and rule of the block that holds the item, of texts, labels and rules in order."""
    wanted = _letters(item.text)
    for text, label, rule in blocks:
        found = _letters(text)
        if wanted and (wanted in found or (found and found in wanted and 2 * len(found) > len(wanted))):
            return label, rule
    return "nothing", ""


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum()) or "".join(text.split())


@cache
def composed_articles() -> Mapping[str, Any]:
    """The articles that blocks are set into, by language."""
    return tomli.loads(ARTICLES.read_text("utf-8"))


def _cases(data: Path, _: int | None) -> list[Setting]:
    return [
        Setting(name, item, media) for name in SETS for item in read_items(name, data) for media in SETTINGS
    ]


MEASURE = Measure(_cases, outcomes)
