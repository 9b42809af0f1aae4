"""How long blocks of each label are, as a reader labelled them: ``python -m benchmarks.lengths heading=140``.

Limits of rules are held against it: of the blocks a rule is meant for, how many are longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from benchmarks.arguments import data_option
from benchmarks.report import plain
from benchmarks.sets import Case, MissingDataError, all_blocks

SHARES = (0.5, 0.95, 0.99)
COLUMNS = ("label", "blocks", *(f"{share:.0%} up to" for share in SHARES), "longest", "limit", "longer")


@click.command()
@click.argument("limits", nargs=-1, metavar="[LABEL=CHARS]...")
@data_option
def main(limits: Sequence[str], data: Path) -> None:
    """Characters of the labelled blocks, label by label, and how many are longer than a limit."""
    try:
        lengths = lengths_of(all_blocks(data))
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    click.echo(plain(COLUMNS, rows(lengths, _read(limits, lengths))))


def _read(limits: Sequence[str], known: Iterable[str]) -> dict[str, int]:
    pairs = [limit.partition("=") for limit in limits]
    for label, _, chars in pairs:
        if label not in known or not chars.isdecimal():
            raise click.UsageError(
                f"{label}={chars}: expected a label and characters; labels are {', '.join(sorted(known))}"
            )
    return {label: int(chars) for label, _, chars in pairs}


def lengths_of(cases: Iterable[Case]) -> dict[str, list[int]]:
    """The lengths of all blocks in characters, ascending, by their label."""
    found: dict[str, list[int]] = {}
    for case in cases:
        for block in case.blocks:
            found.setdefault(block.label, []).append(len(block.text))
    return {label: sorted(lengths) for label, lengths in found.items()}


def rows(lengths: Mapping[str, Sequence[int]], limits: Mapping[str, int]) -> list[tuple[str, ...]]:
    """The cells below COLUMNS; of limits, where some are given, those labels alone."""
    return [
        (
            label,
            str(len(chars)),
            *(str(chars[min(len(chars) - 1, int(share * len(chars)))]) for share in SHARES),
            str(chars[-1]),
            str(limits.get(label, "")),
            str(sum(one > limits[label] for one in chars)) if label in limits else "",
        )
        for label, chars in sorted(lengths.items())
        if not limits or label in limits
    ]


if __name__ == "__main__":
    main()
