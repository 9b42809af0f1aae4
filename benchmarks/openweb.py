"""What must not happen on pages without a truth, and how often it does: ``python -m benchmarks.openweb``.

Five parts: ``pages`` (real pages written before chatbots existed), ``prose`` (real sentences as pages),
``real_residue`` (real disclosures, chatbots' lines and traps in short articles), ``clean_text`` (copydesk's
own texts, cleaned again) and ``truths`` (true bodies of articles as plain text).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks import clean_text, open_pages, prose, real_residue
from benchmarks.arguments import data_option
from benchmarks.floors import Check, compare_with_floors
from benchmarks.incidents import Incident, Report, write_json
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from benchmarks.sets import MissingDataError, pick

FAULT = "fault"
CHECK_PROSE = 25
CHECK_TEXTS = 150
SHOWN_KINDS = (
    FAULT,
    "partial",
    "rejected",
    "claim",
    "note",
    "taken",
    "named",
    "sentence",
    "sentence-claim",
    "residue-kept",
    "disclaimer-unclaimed",
    "body-lost",
    "trap-claim",
    "article-lost",
    "neighbour-lost",
    "clean_text-line",
    "clean_text-title",
    "clean_text-altered",
    "truths-line",
    "truths-altered",
)


class Part(NamedTuple):
    """One part of the measure: its cases, ``sample`` of each set or all of them; what is done with each; what
    is made of the results.
    """

    cases: Callable[[Path, int | None], Sequence[Any]]
    measure: Callable[[Any], Any]
    report: Callable[[Sequence[Any], int], Report]
    check_sample: int | None = None


PARTS: dict[str, Part] = {
    "pages": Part(
        lambda data, sample: pick(open_pages.read_pages(data), sample=sample),
        open_pages.see_page,
        lambda found, faults: open_pages.report(found, faults=faults),
    ),
    "prose": Part(
        lambda data, sample: prose.read_prose(data, sample=sample),
        prose.read_back,
        lambda found, _: prose.report(found),
        CHECK_PROSE,
    ),
    "real_residue": Part(
        lambda data, _: real_residue.read_blocks(data),
        real_residue.set_block,
        lambda found, _: real_residue.report(found),
    ),
    "clean_text": Part(
        lambda data, sample: clean_text.read_articles(data, sample=sample),
        clean_text.clean_again,
        lambda found, _: clean_text.report(found, of="clean_text"),
        CHECK_TEXTS,
    ),
    "truths": Part(
        lambda data, sample: clean_text.read_truths(data, sample=sample),
        clean_text.clean_truth,
        lambda found, _: clean_text.report(found, of="truths"),
        CHECK_TEXTS,
    ),
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@data_option
@click.option(
    "--sample", type=click.IntRange(min=1), help="Only N pages of each set or language, the same each time."
)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option(
    "--timeout", "timeout_seconds", default=30.0, show_default=True, help="Seconds a page may take."
)
@click.option("--show", "shown", type=click.Choice(SHOWN_KINDS), multiple=True, help="List these cases.")
@click.option(
    "--json", "file", type=click.Path(path_type=Path), help="Write all figures and cases to a file."
)
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Fewer sentences and texts, against floors.toml; exit code 1 below a floor or where a page crashes.",
)
def main(*, parts: tuple[str, ...], is_check: bool, **given: Any) -> None:
    """Clean real pages, real sentences, real residue and clean text, and count what must not happen.

    PARTS: all of them unless some are named.
    """
    try:
        cases = {
            name: PARTS[name].cases(
                given["data"], given["sample"] or (PARTS[name].check_sample if is_check else None)
            )
            for name in parts or PARTS
        }
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    reports = measure(cases, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    if given["file"] is not None:
        write_json(given["file"], reports)
    if not is_check:
        table = markdown if given["style"] else plain
        click.echo("\n\n".join(table(report.head, report.rows) for report in reports))
    for report in reports:
        for one in report.incidents:
            if one.kind in (FAULT, *given["shown"]):
                click.echo(one)
    if is_check:
        has_fault = any(one.kind == FAULT for report in reports for one in report.incidents)
        sys.exit(max(*map(_compare, reports), has_fault))


def measure(cases: Mapping[str, Sequence[Any]], *, jobs: int, timeout_seconds: float) -> list[Report]:
    """The report of each part, of its cases; all parts share one pool of processes."""
    tasks = [(name, case) for name, chosen in cases.items() for case in chosen]
    results = in_workers(_measure, tasks, jobs=jobs, timeout_seconds=timeout_seconds)
    found = list(zip(tasks, results, strict=True))
    return [_report(name, [(case, result) for (of, case), result in found if of == name]) for name in cases]


def _measure(name: str, case: Any) -> Any:
    return PARTS[name].measure(case)


def _report(name: str, found: Sequence[tuple[Any, Any]]) -> Report:
    faults = [
        Incident(FAULT, f"{name} {case.id}", {"fault": result})
        for case, result in found
        if isinstance(result, str)
    ]
    report = PARTS[name].report([result for _, result in found if not isinstance(result, str)], len(faults))
    return replace(report, incidents=(*faults, *report.incidents))


def _compare(report: Report) -> int:
    """Compare a part with its floors; 0 where all are kept, 1 where one is not."""
    return max(compare_with_floors(name, figures) for name, figures in report.figures.items())


def _check(part: Part) -> Check:
    return Check(
        lambda data: part.cases(data, part.check_sample),
        part.measure,
        lambda results: _compare(part.report(results, 0)),
    )


CHECKS = {f"openweb.{name}": _check(part) for name, part in PARTS.items()}

if __name__ == "__main__":
    main()
