"""Is the provenance of small pages right, and their text: ``python -m benchmarks.provenance``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import click

from benchmarks.arguments import data_option
from benchmarks.floors import Check, compare_with_floors
from benchmarks.report import markdown, plain
from benchmarks.sets import MissingDataError
from copydesk.cleaners.schema import Provenance, Record

FLAGS = ("sponsored", "press_release", "machine_translated")
CLAIMS = ("ai", "ai_media", "digital_source_type", *FLAGS)
USAGE = ("ai_training", "search", "tdm_reserved")


@dataclass(frozen=True, slots=True)
class Answer:
    """One field of one page: what it should be and what the record has."""

    page: str
    field: str
    wanted: object
    found: object

    @property
    def is_right(self) -> bool:
        """Whether both are alike."""
        return self.wanted == self.found


def read_docs(data: Path) -> list[dict[str, Any]]:
    """All pages with what is expected of them. Raises MissingDataError where there are none."""
    file = data / "labelled" / "provenance_docs.jsonl"
    if not file.exists():
        raise MissingDataError(f"{file} is missing; name the data folder with --data")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


def record_of_doc(row: Mapping[str, Any]) -> Record:
    """The record of a page with its headers."""
    from copydesk import Page, clean_page

    media = "html" if row["media_type"] == "text/html" else "text"
    headers = {name.lower(): value for name, value in row["headers"].items()}
    return clean_page(Page(body=row["input"], headers=headers, media=media))


def strings(row: Mapping[str, Any], record: Record) -> Iterator[Answer]:
    """Whether each string that must be kept is in the text, and each that must not is gone."""
    text = _squeezed(record.text)
    for wanted in row["expected"]["kept_contains"]:
        yield Answer(row["id"], "kept", wanted, wanted if _squeezed(wanted) in text else None)
    for wanted in row["expected"]["removed_contains"]:
        yield Answer(row["id"], "removed", wanted, wanted if _squeezed(wanted) not in text else None)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def fields(row: Mapping[str, Any], record: Record) -> Iterator[Answer]:
    """Each field of the provenance that the page has or might have."""
    wanted, found = row["expected"]["provenance"], record.provenance
    pairs: dict[str, tuple[object, object]] = {
        "digital_source_type": (wanted["digital_source_type"], found.digital_source_type),
        "ai": (_uses(wanted["ai"]), _found_uses(found, is_text=True)),
        "ai_media": (len(wanted["ai_media"]), len(_found_uses(found, is_text=False))),
        "license": _license(wanted["licence"], record.license),
        "content_credentials": (wanted["content_credentials"], found.content_credentials),
        "syndication.agency": (wanted["syndication"]["wire"], found.syndication.agency),
        "syndication.original_publisher": (
            wanted["syndication"]["original_publisher"],
            found.syndication.original_publisher,
        ),
        "syndication.original_url": (
            wanted["syndication"]["original_url"],
            found.syndication.original_url,
        ),
    }
    pairs |= {name: (wanted[name], bool(getattr(found, name))) for name in FLAGS}
    pairs |= {f"usage.{name}": (wanted["usage"][name], getattr(found.usage, name)) for name in USAGE}
    pairs |= dict(_sources(wanted["derived_from"], found))
    for name, (left, right) in pairs.items():
        yield Answer(row["id"], name, left, right)


def _uses(uses: Iterable[Mapping[str, str | None]]) -> object:
    return sorted(str((use["role"], use["vendor"], use["model"])) for use in uses)


def _found_uses(found: Provenance, *, is_text: bool) -> list[str]:
    return sorted(
        str((use.role, use.vendor, use.model)) for use in found.ai if (use.medium == "text") == is_text
    )


def _license(wanted: str | None, found: str | None) -> tuple[str | None, str | None]:
    """``CC`` matches any licence of the family."""
    if wanted == "CC" and found and ("creativecommons" in found or found.startswith("CC")):
        return wanted, "CC"
    return wanted, found


def _sources(
    wanted: Sequence[Mapping[str, Any]], found: Provenance
) -> Iterator[tuple[str, tuple[object, object]]]:
    yield "derived_from", (len(wanted), len(found.derived_from))
    for number, source in enumerate(wanted):
        mine = found.derived_from[number] if number < len(found.derived_from) else None
        for theirs, ours in (
            ("publisher", "publisher"),
            ("title", "title"),
            ("url", "url"),
            ("published", "date_published"),
            ("language", "language"),
        ):
            yield (
                f"derived_from.{ours}",
                (source[theirs], getattr(mine, ours) if mine is not None else None),
            )


def answers_of(row: Mapping[str, Any]) -> list[Answer]:
    """All checks of a page."""
    record = record_of_doc(row)
    return [*strings(row, record), *fields(row, record)]


def figures(answers: Sequence[Answer]) -> dict[str, float]:
    """Shares of strings kept, of strings removed, of fields right; ``no_false_claims``: of the claims of AI,
    machines and money that a page gives no reason for, those not made.
    """
    flags_of = {
        "kept": [one.is_right for one in answers if one.field == "kept"],
        "removed": [one.is_right for one in answers if one.field == "removed"],
        "fields": [one.is_right for one in answers if one.field not in ("kept", "removed")],
        "no_false_claims": [not one.found for one in answers if one.field in CLAIMS and not one.wanted],
    }
    return {name: sum(flags) / len(flags) for name, flags in flags_of.items()}


@click.command()
@data_option
@click.option("--missed", "is_missed", is_flag=True, help="List what was read wrongly.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option("--check", "is_check", is_flag=True, help="Against floors.toml; exit code 1 below a floor.")
def main(*, data: Path, is_missed: bool, style: str | None, is_check: bool) -> None:
    """Clean every labelled page and compare text and provenance with what is expected."""
    try:
        answers = [answer for row in read_docs(data) for answer in answers_of(row)]
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    if is_check:
        sys.exit(check(answers))
    found = figures(answers)
    click.echo(", ".join(f"{name} {value:.3f}" for name, value in found.items()))
    click.echo("\n" + (markdown if style else plain)(("field", "right", "of"), _by_field(answers)))
    if is_missed:
        for one in answers:
            if not one.is_right:
                click.echo(f"{one.page} {one.field}: wanted {one.wanted!r}, found {one.found!r}")


def _by_field(answers: Sequence[Answer]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys(one.field for one in answers):
        mine = [one for one in answers if one.field == name]
        yield name, str(sum(one.is_right for one in mine)), str(len(mine))


def check(answers: Sequence[Answer]) -> int:
    """Compare with the floors; 0 where all are kept, 1 where one is not."""
    return compare_with_floors("provenance", figures(answers))


CHECK = Check(read_docs, answers_of, lambda answers: check([*chain.from_iterable(answers)]))

if __name__ == "__main__":
    main()
