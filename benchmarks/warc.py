"""Pages a second from a WARC file to records, beside trafilatura fed by warcio in the same run:
``python -m benchmarks.warc``.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median

import click
from msgspec.structs import replace

from benchmarks.pages import pages_for_timing
from benchmarks.runner import data_option
from benchmarks.scoring import ratio
from benchmarks.sets import Case, load
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Unreadable, read_pages

OURS, TEXT, METADATA = "copydesk", "trafilatura", "trafilatura-metadata"
"""The peer twice: its text alone, and with the metadata that a record has as well."""
COMPARED = ("status", "reason", "text", "markdown", "title", "removed", "provenance", "authors", "language")
"""Fields of a record that must not depend on whether its page came from a folder or a WARC file."""


@click.command()
@data_option
@click.option("--pages", "count", default=200, show_default=True, help="How many pages; a fifth warms up.")
@click.option(
    "--same", is_flag=True, help="Instead: do all pages of wcxb give the same records as from their folder?"
)
def main(*, data: Path, count: int, same: bool) -> None:
    """Time reading and cleaning a WARC file made of known pages, page by page in turn with the peer."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "pages.warc.gz"
        cases, origin = (load("wcxb-all", data), "") if same else pages_for_timing(data, count=count)
        write_warc(archive, cases)
        if same:
            sys.exit(bool(show_differences(cases, archive)))
        click.echo(f"{origin} in a WARC file of {archive.stat().st_size / 1e6:.1f} MB, processor time")
        show_times(archive)


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


def show_times(archive: Path) -> None:
    """Print what each takes."""
    times = _in_turn(
        {
            OURS: _cleaned(archive),
            TEXT: _texts(archive, has_metadata=False),
            METADATA: _texts(archive, has_metadata=True),
        }
    )
    for name, seconds in times.items():
        click.echo(
            f"{name}: {len(seconds) / sum(seconds):.1f} pages/s,"
            f" median {1000 * median(seconds):.1f} ms, most {1000 * max(seconds):.0f} ms"
        )
    for peer in (TEXT, METADATA):
        click.echo(f"{OURS} is {ratio(times[peer], times[OURS])} times as fast as {peer}")
    reading = _in_turn({OURS: read_pages([str(archive)]), "warcio": _answers(archive)})
    for name, seconds in reading.items():
        click.echo(f"reading alone, {name}: {1000 * fmean(seconds):.2f} ms a page")


def _in_turn(runs: Mapping[str, Iterator[object]]) -> dict[str, list[float]]:
    """The processor time of each page in each run, in seconds: page by page in turn, the first fifth left out
    as warming up.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    names, pages = list(runs), 0
    while all([_timed(runs[name], times[name]) for name in names]):  # noqa: C419 - all of them are to be timed
        names.append(names.pop(0))
        pages += 1
    return {name: seconds[pages // 5 : pages] for name, seconds in times.items()}


def _timed(run: Iterator[object], times: list[float]) -> bool:
    """One step of a run and its processor time in seconds; False at the end."""
    started = time.process_time()
    is_more = next(run, None) is not None
    times.append(time.process_time() - started)
    return is_more


def _cleaned(archive: Path) -> Iterator[Record]:
    return (clean_page(_page(item)) for item in read_pages([str(archive)]))


def _texts(archive: Path, *, has_metadata: bool) -> Iterator[object]:
    from trafilatura import bare_extraction, extract

    for url, body in _answers(archive):
        call = bare_extraction(body, url=url, with_metadata=True) if has_metadata else extract(body, url=url)
        yield call or "nothing"


def _answers(archive: Path) -> Iterator[tuple[str, bytes]]:
    from warcio.archiveiterator import ArchiveIterator

    with archive.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                url = record.rec_headers.get_header("WARC-Target-URI")
                yield url, record.content_stream().read()


def _page(item: Page | Unreadable) -> Page:
    assert isinstance(item, Page), item
    return item


def show_differences(cases: Sequence[Case], archive: Path) -> int:
    """Print which pages give other records from the archive than from their folder; returns how many."""
    folder = {item.source.name: item for item in read_pages([str(cases[0].file.parent)])}
    count = 0
    for case, item in zip(cases, read_pages([str(archive)]), strict=True):
        of_archive, of_folder = _page(item), _page(folder[case.file.name])
        # the address is the one thing that a folder does not hold
        records = clean_page(of_archive), clean_page(replace(of_folder, url=of_archive.url))
        fields = [name for name in COMPARED if len({str(getattr(one, name)) for one in records}) > 1]
        if fields:
            count += 1
            click.echo(f"{case.id}: {', '.join(fields)}")
    click.echo(f"{len(cases)} pages, {count} with another record from the WARC file than from the folder")
    return count


if __name__ == "__main__":
    main()
