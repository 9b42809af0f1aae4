"""Are copies of a text found, and look-alikes kept apart: ``python -m benchmarks.duplicates``.

Copies and look-alikes are made of real pages (``duplicate_pairs``). Thresholds are chosen on half of the sites
(``--choose``); the table is of the others. All texts of a half are put into one index on the disk, in a random order; a
pair counts as called the same where both have one original.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.arguments import data_option
from benchmarks.duplicate_pairs import Pair, is_chosen_on, make_pairs, pages
from benchmarks.sets import MissingDataError
from copydesk.flows.io.databases import batched
from copydesk.flows.library.copies.near_duplicates import settle_copies
from copydesk.flows.library.copies.precedence import Entry
from copydesk.flows.library.copies.signature import Signature, containment, signatures
from copydesk.flows.library.library import Library

RECALL, PRECISION = 0.95, 0.98
CONTAINMENTS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
RATIOS = (0.4, 0.45, 0.5, 0.55)


@click.command()
@data_option
@click.option(
    "--choose", is_flag=True, help="On the other half: recall and precision of each pair of thresholds."
)
@click.option(
    "--check", is_flag=True, help=f"Exit code 1 below a recall of {RECALL} or a precision of {PRECISION}."
)
@click.option("--missed", is_flag=True, help="Show the beginning of pairs that are called wrongly.")
def main(*, data: Path, choose: bool, check: bool, missed: bool) -> None:
    """Puts made copies and look-alikes into an index and counts what it makes of them."""
    try:
        made = list(make_pairs(pages(data)))
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    pairs = [pair for pair in made if is_chosen_on(pair.site) == choose]
    if choose:
        _show_choice(pairs)
        return
    answers = found_same(pairs)
    recall, precision = _show(pairs, answers)
    if missed:
        for pair, is_found in zip(pairs, answers, strict=True):
            if is_found != pair.is_same:
                click.echo(f"{pair.kind}\n  {pair.first[:300]!r}\n  {pair.second[:300]!r}")
    if check and (recall < RECALL or precision < PRECISION):
        raise SystemExit(1)


def _show(pairs: Sequence[Pair], answers: Sequence[bool]) -> tuple[float, float]:
    by_kind: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for pair, is_found in zip(pairs, answers, strict=True):
        by_kind[not pair.is_same, pair.kind].append(is_found)
    for (is_other, kind), found in sorted(by_kind.items()):
        what = "look-alikes called the same" if is_other else "copies found"
        click.echo(f"{kind:26} {sum(found):5} of {len(found):5} {what} ({sum(found) / len(found):.3f})")
    recall, precision = _rates([pair.is_same for pair in pairs], answers)
    click.echo(f"{len(pairs)} pairs: recall {recall:.4f}, precision {precision:.4f}")
    return recall, precision


def _rates(truth: Sequence[bool], answers: Sequence[bool]) -> tuple[float, float]:
    right = sum(same and found for same, found in zip(truth, answers, strict=True))
    return right / max(1, sum(truth)), right / max(1, sum(answers))


def found_same(pairs: Sequence[Pair]) -> list[bool]:
    """Of each pair whether both texts have one original in an index of all texts."""
    entries = dict(enumerate(_entries(pairs)))
    numbers = {entry.text: number for number, entry in entries.items()}
    originals: dict[int, int | None] = {}
    with TemporaryDirectory() as folder, Library.open(Path(folder)) as library:
        for some in batched(entries.items()):
            with library.writing() as connection:
                marks = settle_copies(connection, dict(some))
            originals |= {number: mark.original for number, mark in marks.items()}

    def original(text: str) -> int:
        number = numbers[text]
        found = originals.get(number)
        return number if found is None else found

    return [original(pair.first) == original(pair.second) for pair in pairs]


def _entries(pairs: Iterable[Pair]) -> list[Entry]:
    """Each text once: what copies are made of was fetched before them; they come in any order."""
    times: dict[str, int] = {}
    for place, pair in enumerate(pairs):
        times.setdefault(pair.first, place)
        times.setdefault(pair.second, 1_000_000 + place)
    entries = [
        Entry(status="ok", text=text, content_hash=_digest(text), fetched_at=_moment(time))
        for text, time in times.items()
    ]
    random.Random(0).shuffle(entries)  # noqa: S311 - no secret
    return entries


def _moment(seconds: int) -> str:
    days, left = divmod(seconds, 86_400)
    return f"2026-01-{1 + days:02}T{left // 3600:02}:{left // 60 % 60:02}:{left % 60:02}Z"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _show_choice(pairs: Sequence[Pair]) -> None:
    """What each pair of thresholds would do to pairs held against each other."""
    signed = [signatures([(text, _digest(text)) for text in (pair.first, pair.second)]) for pair in pairs]
    measured = [_measures(*pair) for pair in signed]
    truth = [pair.is_same for pair in pairs]
    click.echo("containment   ratio  recall  precision")
    for least in CONTAINMENTS:
        for ratio in RATIOS:
            answers = [share >= least and lengths >= ratio for share, lengths in measured]
            recall, precision = _rates(truth, answers)
            click.echo(f"{least:11.2f} {ratio:7.2f} {recall:7.4f} {precision:10.4f}")


def _measures(one: Signature, other: Signature) -> tuple[float, float]:
    """Containment, and the shorter text's share of the longer's length."""
    short, long = sorted((one, other), key=lambda each: each.count)
    return (containment(short, long), short.count / long.count) if short.count else (float(one == other), 1.0)


if __name__ == "__main__":
    main()
