"""The pages one learns from: blocks with the truth about each, and the site they come from.

Three sets, by folder below the data folder: ``blocks`` (labelled by hand, block by block), ``wcxb`` and
``fundus`` (a page's true text, from which the truth of a block is inferred). Pages of ``wcxb`` that are no articles
are a set of their own: other customs decide what their main content is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from copydesk.cleaners import text_forms
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.decode.repair import repair
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.judge.judgement import judged_places
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment import marked_lines
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.segment.inline_asides import find_hints, set_asides_last
from copydesk.cleaners.segment.line_blocks import segment_lines
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Page

LABELLED, OTHER_KINDS = "blocks", "other_kinds"
SETS = (LABELLED, "wcxb", "fundus", OTHER_KINDS)
FOLDS = 5
_TOKEN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]|\w+")
_SHINGLE = 3
_SHINGLE_SHARE = 0.6  # share of a block's shingles that the truth must hold
_FOUND_INSIDE_LETTERS = 8
_HOLDS_LETTERS = 20
_MENU_CHARS, _FEWEST_IN_BAR = 30, 3
_MARKED_AS = dict.fromkeys((Kind.TITLE, Kind.CONTROL, Kind.CAPTION), Kind.PARAGRAPH)
"""What Markdown has no mark for."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A page of a set as it lies on disk: its text of truth, and labels where it has them."""

    name: str
    set_name: str
    site: str
    body: bytes
    truth: str
    labels: tuple[tuple[str, str], ...] = ()  # (label, text) of each labelled block


@dataclass(frozen=True, slots=True)
class Example:
    """A page cut into blocks, with the truth about each: ``labels[i]`` and ``keep[i]`` are None where it is
    not known.
    """

    name: str
    set_name: str
    site: str
    blocks: tuple[Block, ...]
    labels: tuple[Label | None, ...]
    keep: tuple[bool | None, ...]


def read(data: Path) -> Iterator[Raw]:
    """Every page of the three sets that is an article (of ``blocks``: every page)."""
    for row in _lines(data / "blocks" / "pages.jsonl.gz"):
        labels = tuple((block["label"], block["text"]) for block in row["blocks"])
        truth = "\n".join(text for label, text in labels if Label(label) in KEPT)
        yield Raw(
            row["id"], LABELLED, site_of(row["url"], row["id"]), _body(data / row["file"]), truth, labels
        )
    for row in _lines(data / "wcxb" / "truth.jsonl"):
        if row["page_type"] == "article":
            yield _wcxb(data, row, "wcxb")
    for row in _lines(data / "fundus" / "truth.jsonl"):
        body = _body(data / "fundus" / row["file"])
        yield Raw(row["file"], "fundus", site_of(row["url"], row["file"]), body, "\n".join(row["paragraphs"]))


def read_other_kinds(data: Path) -> Iterator[Raw]:
    """Every page of which the main content is known though it is no article: products, forums, listings, services."""
    for row in _lines(data / "wcxb" / "truth.jsonl"):
        if row["page_type"] != "article":
            yield _wcxb(data, row, OTHER_KINDS)


def _wcxb(data: Path, row: Mapping[str, Any], set_name: str) -> Raw:
    body = _body(data / "wcxb" / "html" / f"{row['id']}.html.gz")
    return Raw(row["id"], set_name, site_of(row["url"], row["id"]), body, row["text"])


def read_unlabelled(data: Path) -> Iterator[Raw]:
    """Every page of the open web, of which no truth is known."""
    for row in _lines(data / "openweb" / "pages.jsonl"):
        body = _body(data / "openweb" / "html" / f"{row['id']}.html.gz")
        yield Raw(row["id"], "openweb", site_of(row["url"], row["id"]), body, "")


def site_of(url: str | None, name: str) -> str:
    """The last two parts of the host: pages of one site are never on both sides of a fold."""
    host = urlsplit(url or "").hostname or name
    return ".".join(host.split(".")[-2:])


def fold_of(site: str, folds: int = FOLDS) -> int:
    """Which fold a site is in: by digest, so that a new page moves no other."""
    return int.from_bytes(hashlib.sha256(site.encode()).digest()[:4], "big") % folds


def as_html(raw: Raw) -> Example | None:
    """The page with its tags, or None where it cannot be read or has no text."""
    try:
        root = parse(repair(decode(Page(body=raw.body))).text, Options())
        set_asides_last(root, find_hints(root))
        blocks = segment(root, Options())[0].blocks
    except BadPage:
        return None
    judged = tuple([blocks[at] for at in judged_places(PageTable(tuple(blocks)))])
    return _with_truth(raw, judged) if judged else None


@dataclass(frozen=True, slots=True)
class Form:
    """How a page is flattened, as the tools that do it differ.

    ``style`` writes the texts of the blocks. ``has_head_title``: whether the head's title is the first line; in what
    browsers give (``innerText``) it is not. ``has_marks``: whether headings and entries of lists have the marks of
    Markdown. ``bar``: what stands between the links of a menu on one line; None where each has a line.
    """

    style: Callable[[Sequence[str]], str]
    has_head_title: bool = False
    has_marks: bool = False
    bar: str | None = None


def as_lines(raw: Raw, form: Form) -> Example | None:
    """The page flattened; cells of a row are glued."""
    page = as_html(raw)
    if page is None:
        return None
    shown = [
        block
        for block in page.blocks
        if not block.is_hidden and (form.has_head_title or block.kind is not Kind.TITLE)
    ]
    texts = [*_with_bars(shown, form)] if form.bar else [_text(block, form) for block in shown]
    blocks = segment_lines(form.style(texts), Options())
    return _with_truth(raw, blocks) if blocks else None


def as_markdown(raw: Raw, *, has_head_title: bool, has_hidden: bool) -> Example | None:
    """The page as a tool makes Markdown of it, which copydesk reads as lines with marks. Tools differ in whether they
    write the head's title, and text that is not shown.
    """
    page = as_html(raw)
    if page is None:
        return None
    written = [
        (block.replace(kind=_MARKED_AS.get(block.kind, block.kind), is_hidden=False), label, is_kept)
        for block, label, is_kept in zip(page.blocks, page.labels, page.keep, strict=True)
        if (has_head_title or block.kind is not Kind.TITLE) and (has_hidden or not block.is_hidden)
    ]
    if not written:
        return None
    blocks, labels, keep = zip(*written, strict=True)
    numbered = tuple(block.replace(index=index) for index, block in enumerate(marked_lines.as_lines(blocks)))
    return replace(page, blocks=numbered, labels=labels, keep=keep)


def _text(block: Block, form: Form) -> str:
    if block.table is not None:
        return text_forms.row(block).replace("\t", "")
    text = text_forms.prose(block.raw)
    if form.has_marks and block.kind is Kind.HEADING:
        return f"{'#' * max(1, block.level)} {text}"
    return f"* {text}" if form.has_marks and block.kind is Kind.LIST_ITEM else text


def _with_bars(blocks: Sequence[Block], form: Form) -> Iterator[str]:
    """The texts, several short links in a row as one."""
    for is_link, run in groupby(blocks, _is_short_link):
        links = [*run]
        if is_link and form.bar and len(links) >= _FEWEST_IN_BAR:
            yield form.bar.join([text_forms.prose(block.raw) for block in links])
        else:
            yield from (_text(block, form) for block in links)


def _is_short_link(block: Block) -> bool:
    return len(block.raw) <= _MENU_CHARS and block.link_chars * 2 > len(block.raw)


def joined(texts: Sequence[str]) -> str:
    """One block a line."""
    return "\n".join(texts)


def spaced(texts: Sequence[str]) -> str:
    """One block a paragraph, with blank lines between."""
    return "\n\n".join(texts)


def wrapped(texts: Sequence[str]) -> str:
    """Paragraphs wrapped at 80 columns, with blank lines between."""
    return "\n\n".join(textwrap.fill(text, 80) for text in texts)


def _with_truth(raw: Raw, blocks: Sequence[Block]) -> Example:
    labels: tuple[Label | None, ...] = (
        labelled_truth(raw.labels, blocks) if raw.labels else (None,) * len(blocks)
    )
    keep: tuple[bool | None, ...]
    if raw.set_name == LABELLED:
        keep = tuple(None if label is None else label in KEPT for label in labels)
    else:
        keep = holds(raw.truth, blocks)
        # the text is the truth, and labels are what a network says (`training.taught`)
        labels = tuple(
            label if label and (label in KEPT) == is_kept else None
            for label, is_kept in zip(labels, keep, strict=True)
        )
    numbered = tuple(block.replace(index=index) for index, block in enumerate(blocks))
    return Example(raw.name, raw.set_name, raw.site, numbered, labels, keep)


def labelled_truth(labels: Sequence[tuple[str, str]], blocks: Sequence[Block]) -> tuple[Label | None, ...]:
    """The labels given to the same text, in order; a block cut otherwise takes the label of what holds it."""
    gold = [(text_forms.letters(text), Label(label)) for label, text in labels]
    places: dict[str, list[int]] = defaultdict(list)
    for place, (text, _) in enumerate(gold):
        places[text].append(place)
    at = 0
    truth: list[Label | None] = []
    for block in blocks:
        text = text_forms.letters(block.raw)
        same = places.get(text, [])
        if same:
            at = next((place for place in same if place >= at), same[0])
            truth.append(gold[at][1])
        else:
            truth.append(_holder(text, gold))
    return tuple(truth)


def _holder(text: str, gold: Sequence[tuple[str, Label]]) -> Label | None:
    if len(text) < _FOUND_INSIDE_LETTERS:
        return None
    for other, label in gold:
        if text in other or (len(other) > _HOLDS_LETTERS and other in text):
            return label
    return None


def holds(truth: str, blocks: Sequence[Block]) -> tuple[bool, ...]:
    """Whether the true text holds most of a block's three-word shingles; short ones must be a line of it."""
    tokens = _tokens(truth)
    shingles = set(zip(*(tokens[i:] for i in range(_SHINGLE)), strict=False))
    lines = {" ".join(_tokens(line)) for line in truth.split("\n")}
    found = []
    for block in blocks:
        words = _tokens(block.raw)
        if len(words) <= _SHINGLE:
            found.append(" ".join(words) in lines)
            continue
        own = list(zip(*(words[i:] for i in range(_SHINGLE)), strict=False))
        found.append(sum(shingle in shingles for shingle in own) > _SHINGLE_SHARE * len(own))
    return tuple(found)


def _tokens(text: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(text)]


def _body(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in text.split(b"\n"):
        if line.strip():
            yield json.loads(line)
