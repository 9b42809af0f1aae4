"""What would leave the texts of real pages as recurring on its site, and a reader's labels of it:
``python -m benchmarks.recurring``.

The sets have few pages of any site. So beside what leaves by the rule as it is, it shows what would leave were two
articles enough: the blocks that a real site has more than once, of which the true texts of WCXB and Fundus show
whether they are the article's.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.arguments import data_option
from benchmarks.open_pages import read_pages
from benchmarks.runner import in_workers
from benchmarks.sets import Case, MissingDataError, all_blocks, load
from benchmarks.words import words
from copydesk.cleaners.recurring import site_blocks as recurring
from copydesk.cleaners.recurring.site_blocks import Sightings, blocks_of, without_recurring
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import bare, domain_of

SETS_WITH_TRUTH = ("wcxb", "fundus")


@dataclass(frozen=True, slots=True)
class Moved:
    """A block that would leave a text. ``is_true``: whether the true text has it; None where there is none."""

    site: str
    evidence: str
    text: str
    is_true: bool | None


def pages_of_sites(data: Path, *, least: int) -> dict[str, list[Case]]:
    """The pages of all sets by their sites, of sites that have so many; each address once."""
    cases: dict[str, Case] = {}
    for case in (
        *(case for name in SETS_WITH_TRUTH for case in load(name, data)),
        *all_blocks(data),
        *read_pages(data),
    ):
        if case.url:
            cases.setdefault(case.url, case)
    sites: defaultdict[str, list[Case]] = defaultdict(list)
    for url, case in cases.items():
        sites[domain_of(url)].append(case)
    return {site: of_site for site, of_site in sorted(sites.items()) if len(of_site) >= least}


def cleaned(case: Case) -> Record:
    """The record of a page."""
    from copydesk import clean

    return clean(case.read(), url=case.url)


def sightings_of(site: str, records: Sequence[Record]) -> Sightings:
    """How many articles of a site hold each block; pages of the same headline are one."""
    holding: defaultdict[bytes, set[str]] = defaultdict(set)
    for record in records:
        for block in blocks_of(record.text):
            holding[block].add(_headline(record))
    pages = len({_headline(record) for record in records})
    return Sightings(site, pages, {block: len(those) for block, those in holding.items()})


def moved(cases: Sequence[Case], records: Sequence[Record], sightings: Sightings) -> Iterator[Moved]:
    """What leaves the texts of a site."""
    for case, record in zip(cases, records, strict=True):
        for removed in without_recurring(record, sightings).removed:
            if removed.label == "recurring":
                is_true = _holds(case.truth, removed.text) if case.truth else None
                yield Moved(sightings.site, removed.evidence, removed.text, is_true)


def _headline(record: Record) -> str:
    return bare(record.title or "") or record.id


def _holds(truth: str, text: str) -> bool:
    return " ".join(words(text)) in " ".join(words(truth))


def with_two_enough(sightings: Sightings) -> Sightings:
    """What is known of a site, as if whatever two articles hold were on all of many pages."""
    return Sightings(
        sightings.site,
        recurring.MIN_PAGES_OF_SITE,
        {
            block: recurring.MIN_PAGES_OF_SITE if count > 1 else 0
            for block, count in sightings.holding.items()
        },
    )


@click.command()
@data_option
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--show", is_flag=True, help="Print what would leave.")
def main(data: Path, jobs: int, *, show: bool) -> None:
    """Count what recurs on real sites, and what of it is the article's."""
    try:
        sites = pages_of_sites(data, least=2)
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    tasks = [(case,) for cases in sites.values() for case in cases]
    found = in_workers(cleaned, tasks, jobs=jobs, timeout_seconds=20)
    faults = [outcome for outcome in found if isinstance(outcome, str)]
    records = {
        case.url: record for (case,), record in zip(tasks, found, strict=True) if not isinstance(record, str)
    }
    as_it_is, two = _both(sites, records)
    largest = max(len(cases) for cases in sites.values())
    click.echo(f"{len(tasks)} pages of {len(sites)} sites that have two or more; the largest has {largest}")
    click.echo(f"as it is: {_in_words(as_it_is)}")
    click.echo(f"were two articles enough: {_in_words(two)}")
    for one in two if show else ():
        click.echo(f"{one.site}\t{one.is_true}\t{one.text[:200]!r}")
    if faults:
        click.echo(f"{len(faults)} pages failed: {faults[0]}", err=True)
        sys.exit(1)


def _both(
    sites: Mapping[str, Sequence[Case]], records: Mapping[str | None, Record]
) -> tuple[list[Moved], list[Moved]]:
    as_it_is: list[Moved] = []
    two: list[Moved] = []
    for site, of_site in sites.items():
        usable = [case for case in of_site if case.url in records and records[case.url].text]
        texts = [records[case.url] for case in usable]
        sightings = sightings_of(site, texts)
        as_it_is += moved(usable, texts, sightings)
        two += moved(usable, texts, with_two_enough(sightings))
    return as_it_is, two


def _in_words(found: Sequence[Moved]) -> str:
    count = Counter(one.is_true for one in found)
    return (
        f"{len(found)} blocks leave: {count[True]} are of true texts, {count[False]} are not, "
        f"of {count[None]} unknown"
    )


if __name__ == "__main__":
    main()
