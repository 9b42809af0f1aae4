"""The README's figures: ``python -m benchmarks.readme``, after models by folds are made (docs/figures.md); hours."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks import all_floors, everyday, quality, speed
from benchmarks.runner import data_option

_UNSEEN = "copydesk-unseen-mean"
COMMANDS: tuple[tuple[click.Command, list[str]], ...] = (
    (quality.main, ["wcxb", "fundus", "blocks", "--extractors", f"{_UNSEEN},trafilatura,readability-lxml"]),
    (quality.main, ["flattened", "--extractors", f"{_UNSEEN},long-lines,trafilatura-lines"]),
    (everyday.main, []),
    (speed.main, ["--pages", "934", "--peer", "trafilatura-metadata"]),
    (all_floors.main, ["openweb.pages", "real_residue.unseen"]),
)
"""In the order of the README: a table, an everyday page, speed, residue and false claims."""


@click.command()
@data_option
def main(data: Path) -> None:
    """Print each figure that the README gives, with all that is measured along with it."""
    for command, arguments in COMMANDS:
        command.main([*arguments, "--data", str(data)], standalone_mode=False)


if __name__ == "__main__":
    main()
