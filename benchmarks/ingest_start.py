"""How long ``copydesk ingest`` takes for ten pages, and for none: ``python -m benchmarks.ingest_start``.

Without a Prefect server, and on one that is configured and already runs.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks.composed import compose_page
from copydesk.flows.run.prefect_server import private_server

PAGES = 10
LIMIT_NOTHING, LIMIT_PAGES = 4.0, 6.0


class Cost(NamedTuple):
    """Seconds of one command: by the clock, and of all its processes together."""

    wall: float
    processor: float


@click.command()
@click.option(
    "--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="How often each is run."
)
@click.option("--check", is_flag=True, help="Exit code 1 where a median without a server is above its limit.")
def main(*, rounds: int, check: bool) -> None:
    """Run the command in turn over ten composed pages: first new ones, then the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pages").mkdir()
        for number in range(PAGES):
            page = compose_page(paragraphs=4, seed=number)
            (folder / "pages" / f"{number}.html").write_text(page, "utf-8")
        # a home of its own, whatever server the user has
        os.environ["PREFECT_HOME"] = str(folder / "home")
        os.environ.pop("PREFECT_API_URL", None)
        plain = _costs(folder, rounds, {})
        with private_server() as url:
            served = _costs(folder, rounds, {"PREFECT_API_URL": url})
    for where, costs in (("without a server", plain), ("on a server", served)):
        for what, those in costs.items():
            wall, processor = (median(values) for values in zip(*those, strict=True))
            click.echo(f"{where}, {what}: median {wall:.1f} s, processor {processor:.1f} s")
    nothing, ten = (median(cost.wall for cost in plain[what]) for what in _WHAT)
    sys.exit(int(check and (nothing > LIMIT_NOTHING or ten > LIMIT_PAGES)))


_WHAT = ("nothing to do", f"{PAGES} pages")


def _costs(folder: Path, rounds: int, more: Mapping[str, str]) -> dict[str, list[Cost]]:
    """Of each round; a first one fills the disk's cache."""
    costs: dict[str, list[Cost]] = {what: [] for what in _WHAT}
    nothing, ten = _WHAT
    for turn in range(rounds + 1):
        shutil.rmtree(folder / "out", ignore_errors=True)
        for what in (ten, nothing):
            cost = _cost(folder, more)
            if turn:
                costs[what].append(cost)
    return costs


def _cost(folder: Path, more: Mapping[str, str]) -> Cost:
    """Of one command. Raises click.ClickException where it fails."""
    command = [str(Path(sys.executable).with_name("copydesk")), "ingest", "pages", "--output", "out"]
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        command, check=False, cwd=folder, env=os.environ | dict(more), capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        raise click.ClickException(ended.stderr)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - started, processor)


if __name__ == "__main__":
    main()
