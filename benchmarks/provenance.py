"""Is the provenance of small pages right, and their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measures import Measure, Outcome, counted
from benchmarks.sets import json_lines
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.schema import Provenance, Record
from copydesk.cleaners.types import Page

FLAGS = ("sponsored", "press_release", "machine_translated")
CLAIMS = ("ai", "ai_media", "digital_source_type", *FLAGS)
USAGE = ("ai_training", "search", "tdm_reserved")
SYNDICATION = {"wire": "agency", "original_publisher": "original_publisher", "original_url": "original_url"}
SOURCE = {name: name for name in ("publisher", "title", "url", "language")} | {"published": "date_published"}
"""Names of fields in the sets, and in a record."""


class Answer(NamedTuple):
    """One field of one page: what it should be and what the record has."""

    field: str
    wanted: object
    found: object


def outcomes(row: Mapping[str, Any]) -> list[Outcome]:
    """Shares of strings kept, of strings removed, of fields right; ``no_false_claims``: of the claims of AI, machines
    and money that a page gives no reason for, those not made.
    """
    media = "html" if row["media_type"] == "text/html" else "text"
    headers = {name.lower(): value for name, value in row["headers"].items()}
    record = clean_page(Page(body=row["input"], headers=headers, media=media))
    text = _squeezed(record.text)
    kept = [Answer("kept", one, _squeezed(one) in text) for one in row["expected"]["kept_contains"]]
    gone = [Answer("removed", one, _squeezed(one) not in text) for one in row["expected"]["removed_contains"]]
    answers = list(fields(row["expected"]["provenance"], record))
    shares = {
        "kept": counted(bool(one.found) for one in kept),
        "removed": counted(bool(one.found) for one in gone),
        "fields": counted(one.wanted == one.found for one in answers),
        "no_false_claims": counted(
            not one.found for one in answers if one.field in CLAIMS and not one.wanted
        ),
    }
    wrong = [
        *(one for one in (*kept, *gone) if not one.found),
        *(one for one in answers if one.wanted != one.found),
    ]
    lines = [f"{row['id']} {one.field}: wanted {one.wanted!r}, found {one.found!r}" for one in wrong]
    return [Outcome("provenance", shares, (), lines)]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def fields(wanted: Mapping[str, Any], record: Record) -> Iterator[Answer]:
    """Each field of the provenance that the page has or might have."""
    found = record.provenance
    for name in ("digital_source_type", "content_credentials"):
        yield Answer(name, wanted[name], getattr(found, name))
    uses = sorted(str((use["role"], use["vendor"], use["model"])) for use in wanted["ai"])
    yield Answer("ai", uses, _uses(found, is_text=True))
    yield Answer("ai_media", len(wanted["ai_media"]), len(_uses(found, is_text=False)))
    yield Answer("license", *_license(wanted["licence"], record.license))
    for theirs, ours in SYNDICATION.items():
        yield Answer(f"syndication.{ours}", wanted["syndication"][theirs], getattr(found.syndication, ours))
    for name in FLAGS:
        yield Answer(name, wanted[name], bool(getattr(found, name)))
    for name in USAGE:
        yield Answer(f"usage.{name}", wanted["usage"][name], getattr(found.usage, name))
    yield from _sources(wanted["derived_from"], found)


def _uses(found: Provenance, *, is_text: bool) -> list[str]:
    uses = (use for use in found.ai if (use.medium == "text") == is_text)
    return sorted(str((use.role, use.vendor, use.model)) for use in uses)


def _license(wanted: str | None, found: str | None) -> tuple[str | None, str | None]:
    """``CC`` matches any licence of the family."""
    if wanted == "CC" and found and ("creativecommons" in found or found.startswith("CC")):
        return wanted, "CC"
    return wanted, found


def _sources(wanted: Sequence[Mapping[str, Any]], found: Provenance) -> Iterable[Answer]:
    yield Answer("derived_from", len(wanted), len(found.derived_from))
    for number, source in enumerate(wanted):
        mine = found.derived_from[number] if number < len(found.derived_from) else None
        for theirs, ours in SOURCE.items():
            yield Answer(f"derived_from.{ours}", source[theirs], getattr(mine, ours, None))


def _cases(data: Path, _: int | None) -> list[dict[str, Any]]:
    return list(json_lines(data / "labelled" / "provenance_docs.jsonl"))


MEASURE = Measure(_cases, outcomes)
