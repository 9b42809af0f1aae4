"""Pages a second from a WARC file to records, beside trafilatura fed by warcio: ``python -m benchmarks.warc``."""

from __future__ import annotations

import io
import logging
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import TypeVar

import click

from benchmarks.arguments import cases_of, data_option
from benchmarks.intervals import ratio
from benchmarks.pages import pages_for_timing
from benchmarks.sets import Case
from cleaners.pipeline import clean_page
from cleaners.schema import Record
from cleaners.types import Page
from flows.sources import Unreadable, read_pages

OURS, PEER = "copydesk", "trafilatura"
COMPARED = ("status", "reason", "text", "markdown", "title", "removed", "provenance", "authors", "language")
"""Fields of a record that must not depend on whether its page came from a folder or a WARC file."""

T = TypeVar("T")


@click.command()
@data_option
@click.option(
    "--pages",
    "count",
    type=click.IntRange(min=5),
    default=200,
    show_default=True,
    help="How many pages; a fifth warms up.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
@click.option("--at-least", type=float, help="Exit code 1 where copydesk is not so many times as fast.")
@click.option(
    "--same", is_flag=True, help="Instead: do all pages of wcxb give the same records as from their folder?"
)
def main(*, data: Path, count: int, seed: int, at_least: float | None, same: bool) -> None:
    """Time reading and cleaning a WARC file made of known pages, page by page in turn with the peer."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "pages.warc.gz"
        if same:
            cases = cases_of("wcxb-all", data=data, limit=None, sample=None, seed=seed)
            write_warc(archive, cases)
            sys.exit(1 if show_differences(cases, archive) else 0)
        cases_to_time, origin = pages_for_timing(data, count=count, seed=seed)
        write_warc(archive, cases_to_time)
        click.echo(f"{origin} in a WARC file of {archive.stat().st_size / 1e6:.1f} MB, processor time")
        faster = show_times(archive)
    if at_least is not None and faster < at_least:
        sys.exit(1)


def write_warc(path: Path, cases: Iterable[Case]) -> None:
    """Write the pages as answers of a server, each a gzip member of its own, as news archives do."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for case in cases:
            answer = StatusAndHeaders("200 OK", [("Content-Type", case.media)], protocol="HTTP/1.1")
            address = case.url or f"http://localhost/{case.id}"
            body = case.read()
            record = writer.create_warc_record(
                address, "response", io.BytesIO(body), http_headers=answer, length=len(body)
            )
            writer.write_record(record)


def show_times(archive: Path) -> float:
    """Print what each takes; returns how many times as fast copydesk is."""
    times: dict[str, list[float]] = {OURS: [], PEER: []}
    runs = {OURS: _cleaned(archive), PEER: _extracted(archive)}
    turn = 0
    while all(_timed(runs[name], times[name]) for name in ((OURS, PEER) if turn % 2 else (PEER, OURS))):
        turn += 1
    for name, seconds in times.items():
        times[name] = seconds[turn // 5 : turn]  # the first fifth warms up
        click.echo(
            f"{name}: {len(times[name]) / sum(times[name]):.1f} pages/s,"
            f" median {1000 * median(times[name]):.1f} ms, most {1000 * max(times[name]):.0f} ms"
        )
    faster = ratio(times[PEER], times[OURS])
    click.echo(f"{OURS} is {faster} times as fast as {PEER}, from the archive to the record or the text")
    reading: list[float] = []
    pages = read_pages([str(archive)])
    while _timed(pages, reading):
        pass
    click.echo(f"of which reading: {1000 * fmean(reading):.2f} ms a page, {1 / fmean(reading):.0f} pages/s")
    return faster.value


def _timed(run: Iterator[object], times: list[float]) -> bool:
    """One step of a run and its processor time in seconds; False at the end."""
    started = time.process_time()
    is_more = next(run, None) is not None
    times.append(time.process_time() - started)
    return is_more


def _cleaned(archive: Path) -> Iterator[Record]:
    return (clean_page(_page(item)) for item in read_pages([str(archive)]))


def _extracted(archive: Path) -> Iterator[str]:
    from trafilatura import extract
    from warcio.archiveiterator import ArchiveIterator

    with archive.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                url = record.rec_headers.get_header("WARC-Target-URI")
                yield extract(record.content_stream().read(), url=url) or ""


def _page(item: Page | Unreadable) -> Page:
    assert isinstance(item, Page), item
    return item


def show_differences(cases: Sequence[Case], archive: Path) -> int:
    """Print which pages give other records from the archive than from their folder; returns how many."""
    folder = {item.source.name: item for item in read_pages([str(cases[0].file.parent)])}
    count = 0
    for case, item in zip(cases, read_pages([str(archive)]), strict=True):
        page = _page(folder[case.file.name])
        ours, theirs = clean_page(_page(item)), clean_page(_with_address(page, item))
        fields = [name for name in COMPARED if getattr(ours, name) != getattr(theirs, name)]
        if fields:
            count += 1
            click.echo(f"{case.id}: {', '.join(fields)}")
    click.echo(f"{len(cases)} pages, {count} with another record from the WARC file than from the folder")
    return count


def _with_address(page: Page, item: Page | Unreadable) -> Page:
    """The folder's page under the address it has in the archive: that is the one thing a folder cannot say."""
    from msgspec.structs import replace

    return replace(page, url=_page(item).url)


if __name__ == "__main__":
    main()
