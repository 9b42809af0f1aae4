"""How long `copydesk clean page.html` takes to start and end: ``python -m benchmarks.start``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import click

from benchmarks.composed import compose_page

LIMIT = 1.6


@click.command()
@click.option(
    "--rounds", type=click.IntRange(min=1), default=15, show_default=True, help="How often each is started."
)
@click.option(
    "--limit", default=LIMIT, show_default=True, help="Exit code 1 where the ratio of medians is above it."
)
def main(*, rounds: int, limit: float) -> None:
    """Time the whole process against an import of trafilatura, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(compose_page(paragraphs=20, seed=1), "utf-8")
        commands = {
            "copydesk clean page.html": (str(Path(sys.executable).with_name("copydesk")), "clean", str(page)),
            "import trafilatura": (sys.executable, "-c", "import trafilatura"),
        }
        times = in_turn(commands, rounds=rounds)
    for name, seconds in times.items():
        click.echo(f"{name}: median {median(seconds):.3f} s, least {min(seconds):.3f} s")
    ours, peer = (median(seconds) for seconds in times.values())
    click.echo(f"ratio of medians {ours / peer:.2f}, limit {limit:g}")
    sys.exit(int(ours / peer > limit))


def in_turn(commands: Mapping[str, Sequence[str]], *, rounds: int) -> dict[str, list[float]]:
    """Wall-clock seconds of each command, each round all of them; a first round fills the disk's cache.

    Raises subprocess.CalledProcessError where one fails: a quick failure is no quick start.
    """
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if turn:
                times[name].append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
