"""What `copydesk clean page.html` and `copydesk --help` take from start to end: ``python -m benchmarks.start``."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks.composed import compose_page

LIMIT, HELP_SECONDS = 1.6, 0.15


class Cost(NamedTuple):
    """Seconds of a command: of the processors by all its processes, and by the clock."""

    processor: float
    wall: float


@click.command()
@click.option(
    "--rounds", type=click.IntRange(min=1), default=15, show_default=True, help="How often each is started."
)
@click.option(
    "--limit", default=LIMIT, show_default=True, help="Exit code 1 where the ratio of medians is above it."
)
@click.option("--help-limit", default=HELP_SECONDS, show_default=True, help="The same of seconds for --help.")
def main(*, rounds: int, limit: float, help_limit: float) -> None:
    """Time whole processes beside an import of trafilatura and beside its command on the same page, in turn. What is
    judged is processor time, beside the import.
    """
    copydesk = str(Path(sys.executable).with_name("copydesk"))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(compose_page(paragraphs=20, seed=1), "utf-8")
        trafilatura = str(Path(sys.executable).with_name("trafilatura"))
        commands = {
            "copydesk clean page.html": (copydesk, "clean", str(page)),
            "copydesk --help": (copydesk, "--help"),
            "import trafilatura": (sys.executable, "-c", "import trafilatura"),
            "trafilatura --with-metadata --json": (trafilatura, "--with-metadata", "--json"),
        }
        costs = in_turn(commands, rounds=rounds, page=page)
    medians = {name: Cost(*map(median, zip(*those, strict=True))) for name, those in costs.items()}
    for name, cost in medians.items():
        least = min(one.processor for one in costs[name])
        click.echo(f"{name}: {cost.processor:.3f} s of processor time, least {least:.3f}; {cost.wall:.3f} s")
    cleaning, help_, peer, command = medians.values()
    share = cleaning.processor / peer.processor
    click.echo(f"ratio of medians {share:.2f}, limit {limit:g}; by the clock {cleaning.wall / peer.wall:.2f}")
    click.echo(
        f"to trafilatura's command {cleaning.processor / command.processor:.2f}; "
        f"by the clock {cleaning.wall / command.wall:.2f}"
    )
    sys.exit(int(share > limit or help_.processor > help_limit))


def in_turn(commands: Mapping[str, Sequence[str]], *, rounds: int, page: Path) -> dict[str, list[Cost]]:
    """What each command takes, each round all of them; a first round fills the disk's cache and
    compiles modules. ``page``: what they have on standard input.

    Raises subprocess.CalledProcessError where one fails: a quick failure is no quick start.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    # packages are compiled as they are installed; a checkout must be able to keep what its first round compiled
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            started, before = time.perf_counter(), _processor()
            with page.open("rb") as given:
                subprocess.run(command, check=True, stdin=given, stdout=subprocess.DEVNULL, env=environment)
            if turn:
                costs[name].append(Cost(_processor() - before, time.perf_counter() - started))
    return costs


def _processor() -> float:
    """Seconds that all processes took which have ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
