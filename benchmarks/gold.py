"""Are whole articles read without a fault, line by line and field by field.

The set ``gold`` has flattened articles as a scraper left them (``ID.txt``) and beside each a reader's answers
about every line and of the record (``ID.json``). There is no figure to reach: each line and each field is right
or a fault. How cells of a table part is not checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measures import Measure, Outcome, counted
from benchmarks.provenance import SOURCE, SYNDICATION
from benchmarks.sets import KEPT_LABELS, MissingDataError
from copydesk.cleaners.pipeline.assembly import Explanation
from copydesk.cleaners.schema import Provenance, Record
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Labelled

_LABEL_OF_KIND = {"table_row": "table"}


@dataclass(frozen=True, slots=True)
class Article:
    """A flattened article and a reader's answers about it."""

    file: Path
    gold: Mapping[str, Any]

    @property
    def lines(self) -> dict[int, str]:
        """Its lines with anything in them, by number from 1."""
        lines = self.file.read_text("utf-8").split("\n")
        return {number: line for number, line in enumerate(lines, start=1) if line.strip()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was expected of a line or field, and what was found."""

    file: str
    subject: str
    expected: object
    found: object

    @property
    def is_right(self) -> bool:
        """Whether it is as expected; of labels a reader may allow several."""
        if isinstance(self.expected, frozenset):
            return self.found in self.expected
        return self.found == self.expected

    def __str__(self) -> str:
        if isinstance(self.expected, frozenset):
            wanted, found = " or ".join(sorted(self.expected)), self.found
        else:
            wanted, found = repr(self.expected), repr(self.found)
        return f"{self.file}, {self.subject}: expected {wanted}, found {found}"


def read_gold(data: Path) -> list[Article]:
    """Every article of the set. Raises MissingDataError where there is none, or one half of one."""
    folder = data / "gold"
    found = [
        Article(file.with_suffix(".txt"), json.loads(file.read_text("utf-8")))
        for file in sorted(folder.glob("*.json"))
    ]
    lost = [article.file for article in found if not article.file.exists()]
    if lost or not found:
        raise MissingDataError(f"{lost[0] if lost else folder} is missing; name the data folder with --data")
    return found


def answers(article: Article) -> list[Answer]:
    """What became of every line and field of an article."""
    from copydesk import Page, explain

    explanation = explain(Page(body=article.file.read_bytes(), content_type="text/plain; charset=utf-8"))
    compared = (
        *_lines(article, explanation),
        *_fields(article.gold, explanation.record),
        *_provenance(article, explanation.record.provenance),
    )
    return [Answer(article.file.name, name, expected, found) for name, expected, found in compared]


_Compared = tuple[str, object, object]


def _lines(article: Article, explanation: Explanation) -> Iterator[_Compared]:
    """The label of every line, and the text as the lines of the body make it."""
    lines, wanted = article.lines, _wanted_labels(article.gold)
    found = _found_labels(lines, explanation.labelled)
    for number in sorted(lines.keys() | wanted.keys()):
        yield (
            f"line {number}",
            wanted.get(number, frozenset({"a label in the gold"})),
            found.get(number, "nothing"),
        )
    body = [letters(lines.get(number, "")) for number in article.gold["body_lines"]]
    text = [letters(line) for line in explanation.record.text.split("\n") if line.strip()]
    yield "lines of text", len(body), len(text)
    for number, expected, line in zip(article.gold["body_lines"], body, text, strict=False):
        yield f"text of line {number}", expected, line


def _wanted_labels(gold: Mapping[str, Any]) -> dict[int, frozenset[str]]:
    """The labels a reader allows each line."""
    wanted = dict.fromkeys(gold["body_lines"], KEPT_LABELS)
    for kind, numbers in gold["body_kinds"].items():
        wanted |= dict.fromkeys(numbers, frozenset({_LABEL_OF_KIND.get(kind, kind)}))
    for gone in gold["removed"]:
        labels = frozenset(filter(None, (gone["label"], gone.get("alternative"))))
        wanted |= dict.fromkeys(gone["lines"], labels)
    return wanted


def _found_labels(lines: Mapping[int, str], labelled: Sequence[Labelled]) -> dict[int, str]:
    """The label of the block each line is in; where a line was cut, all labels of its parts."""
    owners = [str(item.label) for item in labelled for _ in letters(item.block.raw)]
    found: dict[int, str] = {}
    at = 0
    for number, line in lines.items():
        end = at + len(letters(line))
        found[number] = " and ".join(dict.fromkeys(owners[at:end]))
        at = end
    return found


def _fields(gold: Mapping[str, Any], record: Record) -> Iterator[_Compared]:
    yield "title", gold["title"], record.title
    yield "language", gold["language"], record.language
    yield "authors", gold["authors"], [author.name for author in record.authors]
    yield "site_name", gold["publisher"], record.site_name
    yield "date_published", gold["published"], record.date_published
    dateline = gold.get("dateline")
    if dateline:
        yield "text of the dateline", True, letters(dateline["text"]) in letters(record.text)
        yield "origin of date_published", "text:dateline", record.field_origins.get("date_published")
    captions = [one["text"] for one in gold.get("captions", ())]
    yield "captions", captions, [image.caption for image in record.images if image.caption]
    yield "license", gold["provenance"]["licence"], record.license


def _provenance(article: Article, found: Provenance) -> Iterator[_Compared]:
    wanted = article.gold["provenance"]
    for name in ("digital_source_type", "sponsored", "press_release", "machine_translated"):
        yield name, wanted[name], getattr(found, name)
    uses = [(use["role"], use["medium"], use["vendor"], use["model"]) for use in wanted["ai"]]
    yield "ai", uses, [(use.role, use.medium, use.vendor, use.model) for use in found.ai]
    sources = [tuple(source[name] for name in SOURCE) for source in wanted["derived_from"]]
    mine = [tuple(getattr(source, name) for name in SOURCE.values()) for source in found.derived_from]
    yield "derived_from", sources, mine
    for theirs, ours in SYNDICATION.items():
        yield f"syndication.{ours}", wanted["syndication"][theirs], getattr(found.syndication, ours)
    for name, value in wanted["usage"].items():
        yield f"usage.{name}", value, getattr(found.usage, name)
    yield from _evidence(article, found)


def _evidence(article: Article, found: Provenance) -> Iterator[_Compared]:
    """Whether each line a claim rests on is quoted for it; a headline is found by its label."""
    titles = frozenset(article.gold["title_lines"])
    for field in ("ai", "derived_from"):
        quotes = [letters(one.quote) for one in found.evidence if one.field == field]
        claims = article.gold["provenance"][field]
        for number in sorted({number for claim in claims for number in claim["lines"]} - titles):
            line = letters(article.lines[number])
            is_quoted = any(quote in line or line in quote for quote in quotes)
            yield f"evidence of {field} from line {number}", True, is_quoted


def _outcomes(article: Article) -> list[Outcome]:
    found = answers(article)
    return [
        Outcome(
            "gold",
            {"right": counted(one.is_right for one in found)},
            (),
            [str(one) for one in found if not one.is_right],
        )
    ]


MEASURE = Measure(lambda data, _: read_gold(data), _outcomes)
