"""How well our labels agree with a reader's, block by block: ``python -m benchmarks.labels``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import partial
from itertools import chain
from statistics import fmean
from typing import Any

import click

from benchmarks.arguments import shared
from benchmarks.explained import explained
from benchmarks.floors import Check, compare_with_floors
from benchmarks.intervals import mean
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from benchmarks.sets import KEPT_LABELS, Case, GoldBlock, MissingDataError, all_blocks, pick
from benchmarks.unseen import explain_unseen
from benchmarks.words import words
from copydesk.cleaners.types import Labelled

LEAST_OVERLAP = 0.5
NO_ARTICLES = frozenset({"documentation", "service", "listing", "collection", "forum"})
LEAST_BLOCKS = 20  # of a label, for its share to mean something


@dataclass(frozen=True, slots=True)
class Pair:
    """A reader's label beside ours, for one of the reader's blocks; ``ours`` is empty where nothing of ours fits.

    ``chars``: how long the block is, white space aside.
    """

    gold: str
    ours: str
    chars: int = field(default=1, compare=False)

    @property
    def is_same_side(self) -> bool:
        """Whether both keep the block or both leave it out."""
        return (self.gold in KEPT_LABELS) == (self.ours in KEPT_LABELS)


def align(gold: Sequence[GoldBlock], ours: Sequence[GoldBlock]) -> list[Pair]:
    """Pairs each of the reader's blocks with the label that ours give to most of its words.

    Equal blocks in order are anchors; between two anchors words are matched in order, whatever the cut: a reader's
    cell lies in a row of ours, a reader's line in several blocks of ours. Of a block at least half of the words must
    be found.
    """
    left = [words(block.text) for block in gold]
    right = [words(block.text) for block in ours]
    blocks = SequenceMatcher(None, list(map(tuple, left)), list(map(tuple, right)), autojunk=False)
    labels: list[str] = []
    for tag, i1, i2, j1, j2 in blocks.get_opcodes():
        own = [block.label for block in ours[j1:j2]]
        labels += own if tag == "equal" else _labels_of_words(left[i1:i2], right[j1:j2], own)
    return [
        Pair(block.label, label, len("".join(block.text.split())))
        for block, label in zip(gold, labels, strict=True)
    ]


def _labels_of_words(
    left: Sequence[Sequence[str]], right: Sequence[Sequence[str]], own: Sequence[str]
) -> Iterator[str]:
    """For the words of each of the reader's blocks the label of most, ``""`` where too few are found; ``own``: the
    labels of our blocks.
    """
    owners = [label for block, label in zip(right, own, strict=True) for _ in block]
    matched = SequenceMatcher(None, list(chain(*left)), list(chain(*right)), autojunk=False)
    found: dict[int, str] = {}
    for i, j, size in matched.get_matching_blocks():
        found.update(zip(range(i, i + size), owners[j : j + size], strict=True))
    start = 0
    for block in left:
        counted = Counter(found[at] for at in range(start, start + len(block)) if at in found)
        start += len(block)
        is_found = counted and counted.total() >= LEAST_OVERLAP * len(block)
        yield counted.most_common(1)[0][0] if is_found else ""


def label_page(case: Case) -> list[Pair]:
    """Labels one page and aligns it with its truth."""
    return _aligned(case, explained(case).labelled)


def label_page_unseen(case: Case, *, training: int) -> list[Pair]:
    """The same by a model that has seen no page of the site; ``training``: the seed of its network."""
    from copydesk import Page

    page = Page(body=case.read(), url=case.url, content_type=case.media)
    return _aligned(case, explain_unseen(page, name=case.id, seed=training).labelled)


def _aligned(case: Case, labelled: Sequence[Labelled]) -> list[Pair]:
    ours = [GoldBlock(str(item.label), item.block.text) for item in labelled if item.block.text]
    return align([block for block in case.blocks if words(block.text)], ours)


@click.command()
@click.option("--source", help="Only pages of this source: wcxb, fundus, trafeval, readability.")
@click.option(
    "--unseen", "is_unseen", is_flag=True, help="Judge by models that have seen no page of the site."
)
@click.option("--training", default=0, show_default=True, help="Seed of the networks of --unseen.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option("--check", "is_check", is_flag=True, help="Against floors.toml; exit code 1 below a floor.")
@shared
def main(
    *, source: str | None, is_unseen: bool, training: int, style: str | None, is_check: bool, **given: Any
) -> None:
    """Compare labels with the hand-labelled pages of the blocks set."""
    work = partial(label_page_unseen, training=training) if is_unseen else label_page
    labelled = _labelled_pages(source, work, given)
    pages = [pairs for _, pairs in labelled]
    if is_check:
        sys.exit(check(pages))
    click.echo(summary(pages))
    articles = [pairs for case, pairs in labelled if case.page_type not in NO_ARTICLES and case.truth]
    click.echo(f"characters of the text, F1 a page: {mean([text_f1(page) for page in articles])}", nl=False)
    click.echo(f" over {len(articles)} articles")
    columns = ("reader's label", "blocks", "kept", "agreed", "ours instead")
    click.echo("\n" + (markdown if style else plain)(columns, by_label(pages)))


def check(pages: Sequence[Sequence[Pair]]) -> int:
    """Compare with the floors; 0 where all are kept, 1 where one is not."""
    pairs = list(chain.from_iterable(pages))
    found = [pair for pair in pairs if pair.ours]
    figures = {
        "all": sum(pair.gold == pair.ours for pair in found) / len(found),
        "mean": fmean(agreement_by_label(pairs).values()),
    }
    return compare_with_floors("labels", figures)


def _labelled_pages(
    source: str | None, work: Callable[[Case], list[Pair]], given: dict[str, Any]
) -> list[tuple[Case, list[Pair]]]:
    """Every page that could be labelled, with its truth; the others are named on stderr."""
    try:
        cases = [case for case in all_blocks(given["data"]) if source in {None, case.group}]
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    chosen = pick(tuple(cases), limit=given["limit"], sample=given["sample"], seed=given["seed"])
    tasks = [(case,) for case in chosen]
    results = in_workers(work, tasks, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    faults = [
        f"{case.id}: {result}"
        for case, result in zip(chosen, results, strict=True)
        if isinstance(result, str)
    ]
    if faults:
        click.echo(f"{len(faults)} pages failed, first {faults[0]}", err=True)
    pages = [
        (case, result) for case, result in zip(chosen, results, strict=True) if not isinstance(result, str)
    ]
    if not pages:
        raise click.ClickException("no page could be labelled")
    return pages


def summary(pages: Sequence[Sequence[Pair]]) -> str:
    """Return the figures over all blocks, in words."""
    pairs = list(chain.from_iterable(pages))
    found = [pair for pair in pairs if pair.ours]
    left_out = [pair for pair in found if pair.gold not in KEPT_LABELS and pair.ours not in KEPT_LABELS]
    gold_out = [pair for pair in found if pair.gold not in KEPT_LABELS]
    shares = agreement_by_label(pairs)
    mean = f"{fmean(shares.values()):.3f} over {len(shares)} labels" if shares else "-"
    removed = [share for label, share in shares.items() if label not in KEPT_LABELS]
    mean += f", {fmean(removed):.3f} over the {len(removed)} of what is left out" if removed else ""
    sides = _percent(sum(pair.is_same_side for pair in found), len(found))
    sides += f" (mean of pages {fmean(_agreement(page) for page in pages):.3f})"
    lines = (
        f"{len(pages)} pages, {len(pairs)} blocks, {_percent(len(found), len(pairs))} aligned",
        f"kept or left out as the reader did: {sides}",
        f"same label: all {_same(found)}, left out by the reader {_same(gold_out)}, left out by both {_same(left_out)}",
        f"same label, mean over labels of {LEAST_BLOCKS} blocks or more: {mean}",
    )
    return "\n".join(lines)


def text_f1(page: Sequence[Pair]) -> float:
    """F1 of the characters we keep against those the reader keeps; 1 where neither keeps any."""
    wanted = sum(pair.chars for pair in page if pair.gold in KEPT_LABELS)
    kept = sum(pair.chars for pair in page if pair.ours in KEPT_LABELS)
    both = sum(pair.chars for pair in page if pair.gold in KEPT_LABELS and pair.ours in KEPT_LABELS)
    return 2 * both / (wanted + kept) if wanted + kept else 1.0


def agreement_by_label(pairs: Iterable[Pair]) -> dict[str, float]:
    """Share of blocks given the reader's label, for each label the reader gave often enough; blocks not found
    count against.
    """
    counted: dict[str, Counter[bool]] = {}
    for pair in pairs:
        counted.setdefault(pair.gold, Counter())[pair.gold == pair.ours] += 1
    return {
        gold: counts[True] / counts.total()
        for gold, counts in sorted(counted.items())
        if counts.total() >= LEAST_BLOCKS
    }


def _agreement(page: Sequence[Pair]) -> float:
    found = [pair.is_same_side for pair in page if pair.ours]
    return fmean(found) if found else 0.0


def by_label(pages: Iterable[Sequence[Pair]]) -> list[tuple[str, ...]]:
    """Return a row for each of the reader's labels: how many, how many kept, how many agreed, the usual confusions."""
    ours: dict[str, Counter[str]] = {}
    for pair in chain.from_iterable(pages):
        ours.setdefault(pair.gold, Counter())[pair.ours or "(not found)"] += 1
    rows: list[tuple[str, ...]] = []
    for gold, counts in sorted(
        ours.items(), key=lambda entry: (entry[0] not in KEPT_LABELS, -entry[1].total())
    ):
        total = counts.total()
        kept = sum(count for label, count in counts.items() if label in KEPT_LABELS)
        others = ", ".join(f"{label} {count}" for label, count in counts.most_common(4) if label != gold)
        rows.append((gold, str(total), _percent(kept, total), _percent(counts[gold], total), others))
    return rows


def _same(pairs: Sequence[Pair]) -> str:
    return _percent(sum(pair.gold == pair.ours for pair in pairs), len(pairs))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


CHECK = Check(lambda data: tuple(all_blocks(data)), label_page, check)

if __name__ == "__main__":
    main()
