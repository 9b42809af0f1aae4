"""How well our labels agree with a reader's, block by block: ``python -m benchmarks.labels``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import partial
from itertools import chain
from statistics import fmean
from typing import Any

import click

from benchmarks.cleaning import explained, explained_unseen
from benchmarks.measures import Measure, Outcome, Share, counted
from benchmarks.runner import done, shared
from benchmarks.scoring import mean, table
from benchmarks.sets import KEPT_LABELS, Case, GoldBlock, all_blocks, pick
from benchmarks.words import words

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
    pairs = zip(gold, labels, strict=True)
    return [Pair(block.label, label, len("".join(block.text.split()))) for block, label in pairs]


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
        labels = Counter(found[at] for at in range(start, start + len(block)) if at in found)
        start += len(block)
        yield labels.most_common(1)[0][0] if labels and labels.total() >= LEAST_OVERLAP * len(block) else ""


def label_page(case: Case, *, seed: int | None = None) -> list[Pair]:
    """Labels one page and aligns it with its truth; with a seed by models of it that have seen no page of the site."""
    found = explained(case) if seed is None else explained_unseen(case, seed=seed)
    ours = [GoldBlock(str(item.label), item.block.text) for item in found.labelled if item.block.text]
    return align([block for block in case.blocks if words(block.text)], ours)


@click.command()
@click.option(
    "--unseen", "training", type=int, help="Judge by models of this seed that have not seen the site."
)
@shared
def main(*, training: int | None, **given: Any) -> None:
    """Compare labels with the hand-labelled pages of the blocks set."""
    cases = pick(tuple(all_blocks(given["data"])), given["sample"], seed=given["seed"])
    labelled = done(partial(label_page, seed=training), cases, given)
    pages = [pairs for _, pairs in labelled]
    click.echo(summary(pages))
    articles = [pairs for case, pairs in labelled if case.page_type not in NO_ARTICLES and case.truth]
    click.echo(f"characters of the text, F1 a page: {mean([text_f1(page) for page in articles])}", nl=False)
    click.echo(f" over {len(articles)} articles\n")
    click.echo(table(("reader's label", "blocks", "kept", "agreed", "ours instead"), by_label(pages)))


def summary(pages: Sequence[Sequence[Pair]]) -> str:
    """Return the figures over all blocks, in words."""
    pairs = list(chain.from_iterable(pages))
    found = [pair for pair in pairs if pair.ours]
    sides = [(pair, pair.gold in KEPT_LABELS, pair.ours in KEPT_LABELS) for pair in found]
    gold_out = [pair for pair, is_wanted, _ in sides if not is_wanted]
    left_out = [pair for pair, is_wanted, is_kept in sides if not is_wanted and not is_kept]
    shares = agreement_by_label(pairs)
    removed = [share for label, share in shares.items() if label not in KEPT_LABELS]
    kept_alike = sum(is_wanted == is_kept for _, is_wanted, is_kept in sides)
    return "\n".join(
        (
            f"{len(pages)} pages, {len(pairs)} blocks, {_percent(len(found), len(pairs))} aligned",
            f"kept or left out as the reader did: {_percent(kept_alike, len(found))}",
            f"same label: all {_same(found)}, left out by the reader {_same(gold_out)}, left out by both {_same(left_out)}",
            f"same label, mean over labels of {LEAST_BLOCKS} blocks or more: {_mean(shares.values())}",
            f"the same of what is left out: {_mean(removed)}",
        )
    )


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
    by_gold: dict[str, list[bool]] = {}
    for pair in pairs:
        by_gold.setdefault(pair.gold, []).append(pair.gold == pair.ours)
    return {gold: fmean(same) for gold, same in sorted(by_gold.items()) if len(same) >= LEAST_BLOCKS}


def by_label(pages: Iterable[Sequence[Pair]]) -> Iterator[tuple[str, ...]]:
    """Return a row for each of the reader's labels: how many, how many kept, how many agreed, the usual confusions."""
    ours: dict[str, Counter[str]] = {}
    for pair in chain.from_iterable(pages):
        ours.setdefault(pair.gold, Counter())[pair.ours or "(not found)"] += 1
    for gold, found in sorted(
        ours.items(), key=lambda entry: (entry[0] not in KEPT_LABELS, -entry[1].total())
    ):
        total, kept = found.total(), sum(found[label] for label in KEPT_LABELS)
        others = ", ".join(f"{label} {count}" for label, count in found.most_common(4) if label != gold)
        yield gold, str(total), _percent(kept, total), _percent(found[gold], total), others


def _same(pairs: Sequence[Pair]) -> str:
    return _percent(sum(pair.gold == pair.ours for pair in pairs), len(pairs))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _mean(shares: Iterable[float]) -> str:
    some = list(shares)
    return f"{fmean(some):.3f} over {len(some)} labels" if some else "-"


def _outcomes(case: Case) -> list[Outcome]:
    pairs = label_page(case)
    shares = {"all": counted(pair.gold == pair.ours for pair in pairs if pair.ours)}
    for gold in {pair.gold for pair in pairs}:
        shares[f"as {gold}"] = counted(pair.ours == gold for pair in pairs if pair.gold == gold)
    return [Outcome("labels", shares)]


def _with_mean(figures: dict[str, Share]) -> dict[str, Share]:
    """In place of the figures of each label their mean, of those the reader gave often enough."""
    shares = [good / of for name, (good, of) in figures.items() if name != "all" and of >= LEAST_BLOCKS]
    return {"all": figures["all"], "mean": (sum(shares), len(shares))}


MEASURE = Measure(lambda data, sample: pick(tuple(all_blocks(data)), sample), _outcomes, derived=_with_mean)

if __name__ == "__main__":
    main()
