"""Whether a change leaves every record as it was: ``python -m benchmarks.same_records write before.json``,
the change, ``compare before.json``.

All pages of the data folder are cleaned, each as HTML and as flattened text. The file holds a digest of each
field of each record, so that the comparison names the fields that differ; of ``processing``, what a rule's
every edit changes is left out.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
from lxml import etree, html
from msgspec.structs import replace

from benchmarks.runner import data_option, in_workers, jobs_option
from benchmarks.sets import Case, MissingDataError, json_lines
from copydesk.cleaners.pipeline.cleaning import clean_page

Digests = dict[str, str]
"""Field of the record to a digest of its value; ``fault`` to the reason where there is no record."""

NOT_COMPARED = ("copydesk", "rules", "options", "duration_ms")
"""Fields of ``processing`` that change with any edit, or from run to run."""
FORMS = ("html", "text")
_TRUTHS = ("wcxb/truth.jsonl", "fundus/truth.jsonl", "blocks/pages.jsonl.gz", "openweb/pages.jsonl")
_SILENT = ("script", "style", "template", "noscript", "svg")
_SHOWN = 20


class Difference(NamedTuple):
    """A page whose record is another; ``fields`` are those that differ."""

    page: str
    fields: tuple[str, ...]


@click.group()
def main() -> None:
    """Compare the records of all pages of the data folder before and after a change."""


def _measured(command: Any) -> Any:
    sample = click.option("--sample", type=click.IntRange(min=1), help="Only every page in so many.")
    file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    return file(data_option(sample(jobs_option(command))))


@main.command()
@_measured
def write(*, file: Path, data: Path, **how: Any) -> None:
    """Write the digests of all records to FILE."""
    if not file.parent.is_dir():
        raise click.UsageError(f"there is no folder {file.parent} to write {file.name} to")
    digests = _clean_all(data, **how)
    file.write_text(json.dumps(digests, indent=0, sort_keys=True), "utf-8")
    click.echo(f"{len(digests):,} records; digests in {file}")


@main.command()
@_measured
def compare(*, file: Path, data: Path, **how: Any) -> None:
    """Clean all pages again and list those whose records are not as FILE has them; exit code 1 where there are any."""
    try:
        before: dict[str, Digests] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{file} holds no digests ({error}); make it with: write {file}") from error
    after = _clean_all(data, **how)
    if how["sample"]:  # the other pages of FILE were not cleaned
        before = {page: before[page] for page in after.keys() & before.keys()}
    different = differences(before, after)
    for page, fields in different[:_SHOWN]:
        click.echo(f"{page}: {', '.join(fields)}")
    often = Counter(field for one in different for field in one.fields).most_common()
    click.echo(
        f"{len(different):,} of {len(after):,} records differ"
        + "".join(f"; {field} {n}" for field, n in often)
    )
    sys.exit(1 if different else 0)


def differences(before: Mapping[str, Digests], after: Mapping[str, Digests]) -> list[Difference]:
    """The pages that are on one side only (field ``page``), or whose digests differ in a field."""
    found = []
    for page in sorted({*before, *after}):
        old, new = before.get(page), after.get(page)
        if old is None or new is None:
            found.append(Difference(page, ("page",)))
        elif old != new:
            fields = sorted(field for field in {*old, *new} if old.get(field) != new.get(field))
            found.append(Difference(page, tuple(fields)))
    return found


def digests_of(record: Mapping[str, Any]) -> Digests:
    """A digest of 8 hex digits of each field of a record (as JSON has it), apart from what is not compared."""
    kept = {**record, "processing": {k: v for k, v in record["processing"].items() if k not in NOT_COMPARED}}
    return {
        field: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]
        for field, value in kept.items()
    }


def _clean_all(data: Path, *, sample: int | None, jobs: int) -> dict[str, Digests]:
    tasks = [(case, form) for case in [*read_cases(data)][:: sample or 1] for form in FORMS]
    found = in_workers(clean_case, tasks, jobs=jobs, timeout_seconds=60.0)
    return {
        f"{case.id} {form}": {"fault": one} if isinstance(one, str) else one
        for (case, form), one in zip(tasks, found, strict=True)
    }


def read_cases(data: Path) -> Iterator[Case]:
    """Every page below the data folder, with the URL its set gives it. Raises MissingDataError where there is none."""
    urls = dict(_urls(data))
    paths = sorted(data.rglob("*.html.gz"))
    if not paths:
        raise MissingDataError(f"there is no page (*.html.gz) in {data}; name the data folder with --data")
    for path in paths:
        name = path.relative_to(data).as_posix().removesuffix(".html.gz")
        yield Case(id=name, file=path, truth="", url=urls.get(name))


def _urls(data: Path) -> Iterator[tuple[str, str | None]]:
    """The name of each page of a set and its URL."""
    for truths in _TRUTHS:
        if not (data / truths).exists():
            continue
        folder = Path(truths).parent
        for row in json_lines(data / truths):
            place = row.get("file") or f"html/{row['id']}.html.gz"
            name = place if (data / place).exists() else (folder / place).as_posix()
            yield name.removesuffix(".html.gz"), row["url"]


def clean_case(case: Case, form: str) -> Digests:
    """The digests of a page's record, cleaned as HTML or, where ``form`` is ``text``, as flattened text."""
    page = case.page()
    if form == "text":
        page = replace(page, body=flattened(case.read()).encode(), content_type="text/plain")
    return digests_of(msgspec.to_builtins(clean_page(page)))


def flattened(body: bytes) -> str:
    """The texts of a page's elements, one a line, as a scraper without tags would save them; ``""`` of what
    is no page.
    """
    parser = html.HTMLParser(remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(body, parser=parser)
    except (ValueError, etree.ParserError):
        return ""
    etree.strip_elements(root, *_SILENT, with_tail=False)
    return "\n".join(filter(None, (" ".join(str(text).split()) for text in root.itertext())))


if __name__ == "__main__":
    main()
