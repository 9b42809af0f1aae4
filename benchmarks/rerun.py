"""How much of a run a second one over the same pages takes: ``python -m benchmarks.rerun``.

Both are the real command, without a Prefect server.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import click
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.composed import compose_page

LIMIT = 0.05
BOX = "The Harbour Kiosk has the whole paper, the crossword and six letters from readers, every morning at five."
MIXED = "[gate]\nleast_words = 60\n[ingest]\nunique = true\n"
"""Settings under which one of ten mixed pages waits in the quarantine, and one is left out as a copy."""
# set by hand: files so young that their times may not show a change are read (page_memory.GRANULARITY_NS)
_PAUSE_SECONDS = 3


@click.command()
@click.option("--pages", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--paragraphs", type=click.IntRange(min=1), default=4, show_default=True, help="Of a page.")
@click.option("--kind", type=click.Choice(["folder", "warc", "mixed"]), default="folder", show_default=True)
@click.option("--limit", default=LIMIT, show_default=True, help="Exit code 1 where the share is above it.")
def main(*, pages: int, paragraphs: int, kind: str, limit: float) -> None:
    """Ingest composed pages twice, and print the share of the first run that the second takes."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"pages.{kind}"
        _WRITTEN[kind](place, pages, paragraphs)
        if kind == "mixed":
            (Path(folder) / "copydesk.toml").write_text(MIXED, "utf-8")
        time.sleep(_PAUSE_SECONDS)
        first, second = (seconds_of_run(place, Path(folder)) for _ in range(2))
    share = second / first
    click.echo(f"{pages:,} pages, {kind}: first run {first:.1f} s, second {second:.1f} s: {share:.1%}")
    sys.exit(int(share > limit))


def seconds_of_run(place: Path, folder: Path) -> float:
    """Wall-clock seconds of one command. Raises subprocess.CalledProcessError where it fails."""
    # of its own: nobody has named a server there
    home = {"PREFECT_HOME": str(folder / "home"), "PREFECT_API_URL": ""}
    started = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", "copydesk", "ingest", str(place), "--output", str(folder / "out")],
        check=True,
        cwd=folder,
        env=os.environ | home,
        stderr=subprocess.PIPE,
        text=True,
    )
    took = time.perf_counter() - started
    click.echo(ended.stderr)
    return took


def _folder(place: Path, pages: int, paragraphs: int) -> None:
    place.mkdir()
    for number in range(pages):
        (place / f"{number:05}.html").write_text(compose_page(paragraphs=paragraphs, seed=number), "utf-8")


def _mixed(place: Path, pages: int, paragraphs: int) -> None:
    """Of a site all of whose pages have a box; of ten, the ninth is short and the tenth repeats the eighth."""
    place.mkdir()
    for number in range(pages):
        is_short, is_copy = number % 10 == 8, number % 10 == 9
        page = compose_page(paragraphs=1 if is_short else paragraphs, seed=number - 2 * is_copy)
        address = f'<link rel="canonical" href="https://news.example.org/{number}"></head>'
        page = page.replace("</head>", address).replace("</article>", f"<p>{BOX}</p></article>")
        (place / f"{number:05}.html").write_text(page, "utf-8")


def _warc(place: Path, pages: int, paragraphs: int) -> None:
    with place.open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        for number in range(pages):
            page = compose_page(paragraphs=paragraphs, seed=number).encode()
            answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"https://example.org/{number}",
                "response",
                io.BytesIO(page),
                http_headers=answer,
                length=len(page),
            )
            writer.write_record(record)


_WRITTEN: Mapping[str, Callable[[Path, int, int], None]] = MappingProxyType(
    {"folder": _folder, "warc": _warc, "mixed": _mixed}
)


if __name__ == "__main__":
    main()
