"""How far the labels of the reader agree with each other: ``python -m benchmarks.reader``.

The same text on two pages of a site is nearly always the same thing. Where it has two labels, no labeller can have
both: what is left over is the most any of them can reach.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from pathlib import Path
from statistics import fmean

import click

from benchmarks.arguments import data_option
from benchmarks.labels import LEAST_BLOCKS
from benchmarks.report import plain
from benchmarks.sets import KEPT_LABELS, Case, all_blocks
from copydesk.cleaners.sites import domain_of

_MOST_PAIRS = 10  # of one text
_LEAST_PAIRS = 3  # of a label, for its share to mean anything


@click.command()
@data_option
def main(*, data: Path) -> None:
    """Compare the reader's labels of the same removed text on different pages of a site."""
    cases = list(all_blocks(data))
    pairs = [pair for pair in repeated(cases) if not KEPT_LABELS.intersection(pair)]
    shares = agreement(pairs)
    counts = Counter(block.label for case in cases for block in case.blocks if block.label not in KEPT_LABELS)
    known = {label: count for label, count in counts.items() if label in shares}
    click.echo(
        f"{len(pairs)} pairs, the same label in {100 * fmean(one == other for one, other in pairs):.1f} %;"
        f" weighed as labels are frequent: {_weighed(shares, known):.3f};"
        f" mean over labels of {LEAST_BLOCKS} blocks or more:"
        f" {fmean(shares[label] for label, count in known.items() if count >= LEAST_BLOCKS):.3f}"
        f" ({len(known)} of {len(counts)} labels, {100 * sum(known.values()) / counts.total():.0f} % of the blocks)\n"
    )
    rows = [(label, str(counts[label]), f"{100 * share:.0f} %") for label, share in shares.items()]
    click.echo(plain(("label", "blocks", "same label elsewhere"), sorted(rows, key=lambda row: -int(row[1]))))


def repeated(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    """The two labels of each text that is on two pages of a site, at most _MOST_PAIRS a text."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for case in cases:
        for block in case.blocks:
            key = (domain_of(case.url or case.id), "".join(block.text.split()).casefold())
            found[key].setdefault(case.id, block.label)
    for labels in found.values():
        yield from islice(combinations(labels.values(), 2), _MOST_PAIRS)


def agreement(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """For each label with enough pairs, how often the other one of the pair is the same."""
    counted: dict[str, Counter[bool]] = defaultdict(Counter)
    for one, other in pairs:
        counted[one][one == other] += 1
        counted[other][one == other] += 1
    return {
        label: counts[True] / counts.total()
        for label, counts in counted.items()
        if counts.total() >= _LEAST_PAIRS
    }


def _weighed(shares: dict[str, float], counts: dict[str, int]) -> float:
    return sum(shares[label] * count for label, count in counts.items()) / sum(counts.values())


if __name__ == "__main__":
    main()
