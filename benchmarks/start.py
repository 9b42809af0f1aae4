"""What `copydesk clean page.html` and `copydesk --help` take from start to end: ``python -m benchmarks.start``."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import click

from benchmarks.composed import compose_page

ROUNDS = 15


@click.command()
def main() -> None:
    """Time whole processes beside an import of trafilatura and its command on the same page, in turn: medians of
    processor time. An exit code of 1: cleaning takes 1.6 times as long as the import, or --help 0.15 seconds.
    """
    ours, theirs = (str(Path(sys.executable).with_name(name)) for name in ("copydesk", "trafilatura"))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(compose_page(paragraphs=20, seed=1), "utf-8")
        commands = {
            "copydesk clean page.html": (ours, "clean", str(page)),
            "copydesk --help": (ours, "--help"),
            "import trafilatura": (sys.executable, "-c", "import trafilatura"),
            "trafilatura --with-metadata --json": (theirs, "--with-metadata", "--json"),
        }
        medians = {name: median(times) for name, times in in_turn(commands, page=page).items()}
    for name, seconds in medians.items():
        click.echo(f"{name}: {seconds:.3f} s of processor time")
    cleaning, help_, peer, command = medians.values()
    click.echo(
        f"cleaning is {cleaning / peer:.2f} times the import, {cleaning / command:.2f} times its command"
    )
    sys.exit(cleaning > 1.6 * peer or help_ > 0.15)


def in_turn(commands: Mapping[str, Sequence[str]], *, page: Path) -> dict[str, list[float]]:
    """The processor time of each command, each round all of them; a first round fills the disk's cache and
    compiles modules. ``page``: what they have on standard input.

    Raises subprocess.CalledProcessError where one fails: a quick failure is no quick start.
    """
    times: dict[str, list[float]] = {name: [] for name in commands}
    # packages are compiled as they are installed; a checkout must be able to keep what its first round compiled
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            with page.open("rb") as given:
                subprocess.run(command, check=True, stdin=given, stdout=subprocess.DEVNULL, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if turn:
                times[name].append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return times


if __name__ == "__main__":
    main()
