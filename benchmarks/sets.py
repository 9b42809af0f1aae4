"""The data sets by name, each page as a Case. Nothing of them is part of the project; see README.md."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

import click

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.platforms.platform_files import is_of_page, packaged
from copydesk.cleaners.types import Page

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

KEPT_LABELS = frozenset(
    [
        "standfirst",
        "heading",
        "paragraph",
        "list_item",
        "quote",
        "table",
        "code",
        "embed",
        "faq",
        "live",
        "correction",
        "dateline",
    ]
)
"""Labels whose text is the article's. Stated apart from ``cleaners``: a measure must not be its own truth."""


class MissingDataError(click.UsageError):
    """There is no such folder or set; the message names the folder searched."""


@dataclass(frozen=True, slots=True)
class GoldBlock:
    """One block of a page as a reader labelled it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A page and what is known of it. ``body`` is set where the page is made from the truth, else ``file`` is read."""

    id: str
    file: Path
    truth: str
    url: str | None = None
    body: str | None = None
    media: str = "text/html"
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    group: str = ""
    page_type: str = "article"
    blocks: tuple[GoldBlock, ...] = ()

    def read(self) -> bytes:
        """Return the page's bytes."""
        return self.body.encode() if self.body is not None else gzip.decompress(self.file.read_bytes())

    def page(self) -> Page:
        """The page as copydesk takes it."""
        return Page(body=self.read(), url=self.url, content_type=self.media)

    @property
    def language(self) -> str:
        """Two-letter language of the true text, by a seeded langdetect; ``und`` where it cannot decide."""
        return _language(self.truth[:3000])


@cache
def _language(text: str) -> str:
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text)).partition("-")[0]
    except LangDetectException:
        return "und"


def load(name: str, data: Path) -> tuple[Case, ...]:
    """All cases of a set. Raises MissingDataError where the set or its folder does not exist."""
    if name not in SETS:
        raise MissingDataError(f"there is no set {name!r}; there are {', '.join(SETS)}")
    if not data.is_dir():
        raise MissingDataError(f"there is no data folder {data}; name one with --data")
    return tuple(SETS[name](data))


def pick(cases: Sequence[Case], sample: int | None, *, seed: int = 0) -> tuple[Case, ...]:
    """Return ``sample`` of the cases, drawn at random but in order; all where none is given."""
    if sample is None or sample >= len(cases):
        return tuple(cases)
    chosen = sorted(random.Random(seed).sample(range(len(cases)), sample))  # noqa: S311 - no secret
    return tuple(cases[place] for place in chosen)


def json_lines(path: Path) -> Iterator[Any]:
    """JSON Lines, gzipped or plain."""
    if not path.exists():
        raise MissingDataError(f"{path} is missing; name the data folder with --data")
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    return (json.loads(line) for line in text.split("\n") if line)


def _wcxb_all(data: Path) -> Iterator[Case]:
    for row in json_lines(data / "wcxb" / "truth.jsonl"):
        yield Case(
            id=row["id"],
            file=data / "wcxb" / "html" / f"{row['id']}.html.gz",
            truth=row["text"],
            url=row["url"],
            title=row["title"],
            authors=(row["author"],) if row["author"] else (),
            published=row["published"],
            group=row["page_type"],
            page_type=row["page_type"],
        )


def _wcxb(data: Path) -> Iterator[Case]:
    return (case for case in _wcxb_all(data) if case.page_type == "article")


def _fundus(data: Path) -> Iterator[Case]:
    for row in json_lines(data / "fundus" / "truth.jsonl"):
        yield Case(
            id=row["file"].removesuffix(".html.gz"),
            file=data / "fundus" / row["file"],
            truth="\n".join(row["paragraphs"]),
            url=row["url"],
            title=row["title"],
            authors=tuple(row["authors"] or ()),
            published=row["published"],
            group=row["country"],
        )


def all_blocks(data: Path) -> Iterator[Case]:
    """Every labelled page, also those without any text to keep."""
    for row in json_lines(data / "blocks" / "pages.jsonl.gz"):
        blocks = tuple(GoldBlock(block["label"], block["text"]) for block in row["blocks"])
        titles = [block.text for block in blocks if block.label == "title"]
        yield Case(
            id=row["id"],
            file=data / row["file"],
            truth="\n".join(block.text for block in blocks if block.label in KEPT_LABELS),
            url=row["url"],
            title=titles[0] if titles else None,
            group=row["source"],
            page_type=row["page_type"],
            blocks=blocks,
        )


def _blocks(data: Path) -> Iterator[Case]:
    return (case for case in all_blocks(data) if case.truth)


def _flattened(data: Path) -> Iterator[Case]:
    """Return the labelled pages as a scraper without tags would save them: visible text, one block a line."""
    for case in _blocks(data):
        lines = (block.text for block in case.blocks if block.label != "hidden")
        yield replace(case, body="\n".join(lines), media="text/plain")


def _wcxb_flattened(data: Path) -> Iterator[Case]:
    """Return the articles of WCXB as flattened by a library of others, so that its cut favours nobody."""
    for case in _wcxb(data):
        yield replace(case, body=flatten(case.read()), media="text/plain")


def flatten(body: bytes) -> str:
    """Return the visible text of a page as lines, without tags. Raises MissingDataError where resiliparse is
    not installed.
    """
    try:
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    except ImportError as error:
        raise MissingDataError("flattening needs resiliparse: pip install -e '.[bench]'") from error
    text = bytes_to_str(body, detect_encoding(body) or "utf-8")
    return str(extract_plain_text(text, list_bullets=False, alt_texts=False))


def _wcxb_markdown(data: Path) -> Iterator[Case]:
    """Return the articles of WCXB in Markdown."""
    for case in _wcxb(data):
        yield replace(case, body=in_markdown(case.read()), media="text/plain")


def in_markdown(body: bytes) -> str:
    """Return a page as those who collect pages for language models keep it: whole, in Markdown, by a library of others.
    Raises MissingDataError where markdownify is not installed.
    """
    try:
        from bs4 import BeautifulSoup
        from markdownify import MarkdownConverter
    except ImportError as error:
        raise MissingDataError("Markdown needs markdownify: pip install -e '.[dev]'") from error
    soup = BeautifulSoup(body, "lxml")
    for element in soup(["script", "style", "noscript", "template"]):
        element.decompose()
    return str(MarkdownConverter().convert_soup(soup))


def _platforms(data: Path) -> Iterator[Case]:
    """Return the articles of the three sets that are on a known publishing platform, each page once."""
    seen: set[Path] = set()
    for case in chain(_blocks(data), _wcxb(data), _fundus(data)):
        if case.file in seen:
            continue
        seen.add(case.file)
        root = parse(case.read().decode("utf-8", "replace"), Options())
        name = next((platform.name for platform in packaged() if is_of_page(platform, root)), None)
        if name:
            yield replace(case, group=name)


SETS: dict[str, Callable[[Path], Iterator[Case]]] = {
    "wcxb": _wcxb,
    "wcxb-all": _wcxb_all,
    "fundus": _fundus,
    "blocks": _blocks,
    "platforms": _platforms,
    "flattened": _flattened,
    "wcxb-flattened": _wcxb_flattened,
    "wcxb-markdown": _wcxb_markdown,
}
FLATTENED = ("flattened", "wcxb-flattened", "wcxb-markdown")


def as_paragraphs(text: str) -> str:
    """Return a page with each line a paragraph, for extractors that know only HTML."""
    return (
        "<html><body>" + "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n")) + "</body></html>"
    )
