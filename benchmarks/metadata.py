"""Titles, authors and dates against the truth: ``python -m benchmarks.metadata [SET]...``.

The sites of a set are parted in two by a hash of their domain: one half is looked at when rules are made, the other is
only counted.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

import click

from benchmarks.runner import Run, run_all, shared
from benchmarks.scoring import table
from benchmarks.sets import Case, load, pick
from benchmarks.words import compare, words
from copydesk.cleaners.sites import domain_of

WITH_METADATA = ("copydesk", "trafilatura-metadata", "newspaper4k")
COLUMNS = (
    "extractor", "sites", "title exact", "authors F1", "author words F1", "authors wrong", "date same day", "date wrong",
)  # fmt: skip
HALVES = ("looked at", "held out")
_BETWEEN_NAMES = re.compile(r"\s*(?:[,;&|]|\band\b)\s*")


def is_same_title(truth: str, found: str | None) -> bool:
    """Whether two titles have the same words in the same order; punctuation and case do not count."""
    return words(truth) == words(found or "")


def names(authors: Sequence[str]) -> set[str]:
    """Single names, folded: accents, case and full stops do not count; ``A, B and C`` are three."""
    parts = (part for author in authors for part in _BETWEEN_NAMES.split(author))
    return {folded for part in parts if (folded := " ".join(_plain_words(part)))}


def _plain_words(text: str) -> list[str]:
    apart = unicodedata.normalize("NFD", text)
    return words("".join(char for char in apart if not unicodedata.combining(char)))


def is_same_day(truth: str, found: str | None) -> bool:
    """Whether two dates name the same day, as written or, where both have a zone, in UTC."""
    if not found:
        return False
    if truth[:10] == found[:10]:
        return True
    wanted, got = _instant(truth), _instant(found)
    return wanted is not None and got is not None and wanted.date() == got.date()


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def half_of(case: Case) -> str:
    """The half of the sites that the page's site is in; a page without an address counts as a site."""
    digest = hashlib.sha256(domain_of(case.url or "").encode() or case.id.encode()).digest()
    return HALVES[digest[0] % 2]


def figures(pairs: Sequence[tuple[Case, Run]]) -> tuple[str, ...]:
    """Shares over the pages whose truth has the field; a field the truth lacks judges nobody."""
    titled = [is_same_title(case.title, run.found.title) for case, run in pairs if case.title]
    written = [(case.authors, run.found.authors) for case, run in pairs if case.authors]
    dated = [(case.published, run.found.published) for case, run in pairs if case.published]
    by_name = [compare(truth=names(truth), found=names(found)).f1 for truth, found in written]
    by_word = [
        compare(truth=_plain_words(" ".join(truth)), found=_plain_words(" ".join(found))).f1
        for truth, found in written
    ]
    misnamed = [not names(found) <= names(truth) for truth, found in written]
    same_day = [is_same_day(truth, found) for truth, found in dated]
    wrong = [bool(found) and not is_same_day(truth, found) for truth, found in dated]
    return tuple(
        f"{fmean(values):.3f} ({len(values)})" if values else "-"
        for values in (titled, by_name, by_word, misnamed, same_day, wrong)
    )


@click.command()
@click.argument("sets", nargs=-1, metavar="[SET]...", type=click.Choice(["wcxb", "fundus", "wcxb-flattened"]))
@click.option(
    "--extractors", default=",".join(WITH_METADATA), show_default=True, help="Names parted by commas."
)
@click.option("--missed", is_flag=True, help="List what copydesk has wrong on the sites looked at.")
@shared
def main(sets: tuple[str, ...], *, extractors: str, missed: bool, **given: Any) -> None:
    """Judges titles, authors and dates of publication."""
    chosen = extractors.split(",")
    if unknown := set(chosen) - set(WITH_METADATA):
        raise click.UsageError(f"{min(unknown)!r} finds no metadata; {', '.join(WITH_METADATA)} do")
    for name in sets or ("wcxb", "fundus"):
        cases = pick(load(name, given["data"]), given["sample"], seed=given["seed"])
        runs = run_all(cases, chosen, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
        by_id = {case.id: case for case in cases}
        parts: dict[tuple[str, str], list[tuple[Case, Run]]] = {}
        for case, run in ((by_id[run.case_id], run) for run in runs):
            for half in ("all", half_of(case)):
                parts.setdefault((run.extractor, half), []).append((case, run))
        rows = [(*key, *figures(parts[key])) for key in sorted(parts, key=lambda key: chosen.index(key[0]))]
        click.echo(f"\n{name}\n\n{table(COLUMNS, rows)}")
        if missed:
            click.echo("\n".join(misses(parts["copydesk", HALVES[0]])))


def misses(pairs: Sequence[tuple[Case, Run]]) -> Iterator[str]:
    """Return a line for each value that is not the truth's: field, page, truth, found."""
    for case, run in pairs:
        found = run.found
        if case.title and not is_same_title(case.title, found.title):
            yield f"title\t{case.id}\t{case.title}\t{found.title}"
        if case.authors and names(case.authors) != names(found.authors):
            yield f"authors\t{case.id}\t{case.authors}\t{found.authors}"
        if case.published and not is_same_day(case.published, found.published):
            yield f"date\t{case.id}\t{case.published}\t{found.published}"


if __name__ == "__main__":
    main()
