"""The record of each rule on real pages: ``python -m benchmarks.rule_record``.

A rule helps where it overrules a verdict and the truth agrees with it, and hurts where the verdict before was
right. Pages are judged by models that have not seen their site. The truth is the reader's label on ``blocks``,
and what the true text holds on ``wcxb`` and ``fundus``: there a block that careful readers count differently (a
caption, a standfirst) may speak against a rule that is right. A page that two sets share is counted once, with
its labels.

Without a rule each block has the verdict it has without it; another rule that would then apply is not
run, so that the figure is the most a rule can be worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks.cleaning import explained_unseen
from benchmarks.runner import done, shared
from benchmarks.scoring import score_text, table
from benchmarks.sets import KEPT_LABELS, Case, load, pick
from benchmarks.words import words
from copydesk.cleaners.types import PARTS, Labelled, Verdict
from copydesk.flows.commands.rules import all_rules
from training.pages import holds, labelled_truth

SETS = ("blocks", "wcxb", "fundus")
FIGURES = Path(__file__).parents[1] / "cleaners" / "rules" / "figures.toml"
CHANGES = ("removed", "kept", "named")
COLUMNS = (
    "rule",
    *(f"{change} {side}" for change in CHANGES for side in ("rightly", "wrongly")),
    "words removed wrongly",
    "pages better",
    "worse",
    "sum of F1",
)


class Overruled(NamedTuple):
    """A block on which a rule gave another verdict than the one that held.

    ``change`` is ``removed``, ``kept`` or ``named`` (of what stays out, or in); ``is_right``: whether the truth
    agrees. ``before``: the evidence of the verdict that held.
    """

    page: str
    rule: str
    change: str
    is_right: bool
    evidence: str
    before: str
    text: str


class PageRecord(NamedTuple):
    """What rules did on one page: blocks, and by rule the F1 with it less that without, where they differ."""

    overruled: Sequence[Overruled]
    gains: Mapping[str, float]


@dataclass
class RuleRecord:
    """What one rule did: blocks and their words by change and whether it was right; F1 gained, a page each."""

    blocks: Counter[tuple[str, bool]] = field(default_factory=Counter)
    words: Counter[tuple[str, bool]] = field(default_factory=Counter)
    gains: list[float] = field(default_factory=list)

    @property
    def pages(self) -> tuple[int, int, float]:
        """Pages that have a higher F1 with the rule, pages that have a lower one, and the sum of both."""
        return sum(gain > 0 for gain in self.gains), sum(gain < 0 for gain in self.gains), sum(self.gains)

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells below COLUMNS."""
        counts = (str(self.blocks[change, side]) for change in CHANGES for side in (True, False))
        better, worse, gained = self.pages
        return (*counts, str(self.words["removed", False]), str(better), str(worse), f"{gained:+.3f}")


def page_record(case: Case) -> PageRecord:
    """What rules did on one page, judged by a model that has not seen its site."""
    labelled = explained_unseen(case).labelled
    truths = zip(labelled, truths_of(case, labelled), strict=True)
    found = [one for item, truth in truths if truth is not None for one in overruled(case.id, item, truth)]
    return PageRecord(found, gains(labelled, lambda text: score_text(case, text).f1))


def truths_of(case: Case, labelled: Sequence[Labelled]) -> Sequence[str | bool | None]:
    """The reader's label of each block, or whether the true text holds it; None where that is not known."""
    blocks = [item.block for item in labelled]
    if case.blocks:
        return labelled_truth([(gold.label, gold.text) for gold in case.blocks], blocks)
    title = tuple(words(case.title or ""))
    earlier: set[tuple[str, ...]] = set()
    truths: list[bool | None] = []
    for block, is_held in zip(blocks, holds(case.truth, blocks), strict=True):
        text = tuple(words(block.text))
        # a true text shows neither which of two copies it has nor whether the first line is its title
        is_known = bool(text) and not (is_held and (text in earlier or text == title))
        truths.append(is_held if is_known else None)
        earlier.add(text)
    return truths


def overruled(page: str, item: Labelled, truth: str | bool) -> Iterator[Overruled]:
    """The verdicts of rules on a block one after the other, where the truth shows which is right.

    ``truth``: the reader's label, or whether the block belongs to the article.
    """
    for before, after in zip(item.verdicts, item.verdicts[1:], strict=False):
        decided = _decided(before, after, truth)
        if decided is not None:
            change, is_right = decided
            text = item.block.text
            yield Overruled(page, after.rule, change, is_right, after.evidence, before.evidence, text)


def _decided(before: Verdict, after: Verdict, truth: str | bool) -> tuple[str, bool] | None:
    was_kept, is_kept = before.label in KEPT_LABELS, after.label in KEPT_LABELS
    belongs = truth if isinstance(truth, bool) else truth in KEPT_LABELS
    if was_kept != is_kept:
        return "kept" if is_kept else "removed", is_kept == belongs
    # the reader has no names for parts of a page
    if after.label in PARTS:
        return None
    # labels are compared only where one of the two is the reader's
    if before.label != after.label and isinstance(truth, str) and truth in (before.label, after.label):
        return "named", after.label == truth
    return None


def gains(labelled: Sequence[Labelled], score: Callable[[str], float]) -> dict[str, float]:
    """By rule the score of a page's text less the score without the rule, where the text is another."""
    rules = {verdict.rule for item in labelled for verdict in item.verdicts[1:]}
    whole = _text(labelled, without=None)
    others = {rule: _text(labelled, without=rule) for rule in rules}
    changed = {rule: text for rule, text in others.items() if text != whole}
    with_all = score(whole) if changed else 0.0
    return {rule: with_all - score(text) for rule, text in changed.items()}


def _text(labelled: Sequence[Labelled], *, without: str | None) -> str:
    """The text of what the verdicts keep where one rule is silent."""
    return "\n".join(
        item.block.text
        for item in labelled
        if next(one for one in reversed(item.verdicts) if one.rule != without).label in KEPT_LABELS
    )


def records_of(pages: Sequence[PageRecord]) -> dict[str, RuleRecord]:
    """What each rule did, by its id."""
    records: dict[str, RuleRecord] = {}
    for page in pages:
        for one in page.overruled:
            record = records.setdefault(one.rule, RuleRecord())
            record.blocks[one.change, one.is_right] += 1
            record.words[one.change, one.is_right] += len(one.text.split())
        for rule, gain in page.gains.items():
            records.setdefault(rule, RuleRecord()).gains.append(gain)
    return dict(sorted(records.items()))


def figures_as_toml(records: Mapping[str, RuleRecord], pages: Mapping[str, int], known: Sequence[str]) -> str:
    """The data file: what was measured when and on what, the rules never met among those known, and each record."""
    lines = [
        "# Made by `python -m benchmarks.rule_record --write`; docs/rules.md explains the figures.",
        f"measured = {datetime.now(UTC).date()}",
        f"pages = {{ {', '.join(f'{name} = {count}' for name, count in pages.items())} }}",
        "never_met = [",
        *(f'    "{rule}",' for rule in known if rule not in records),
        "]",
    ]
    for rule, record in records.items():
        lines += ["", f'[rules."{rule}"]']
        for change in CHANGES:
            counts = {
                f"{what}{'right' if side else 'wrong'}": counter[change, side]
                for what, counter in (("", record.blocks), ("words_", record.words))
                for side in (True, False)
            }
            if any(counts.values()):
                lines.append(
                    f"{change} = {{ {', '.join(f'{name} = {one}' for name, one in counts.items())} }}"
                )
        better, worse, gained = record.pages
        lines.append(f"pages = {{ better = {better}, worse = {worse}, f1 = {gained:.3f} }}")
    return "\n".join([*lines, ""])


@click.command()
@click.option("--show", metavar="RULE", help="List what a rule, or a family (worded.), got wrong.")
@click.option(
    "--write", "is_written", is_flag=True, help=f"Write {FIGURES.name}, which copydesk rules --figures shows."
)
@shared
def main(*, show: str | None, is_written: bool, **given: Any) -> None:
    """Clean every article of blocks, wcxb and fundus and count how often each rule helped and hurt."""
    chosen = _chosen(given)
    cases = [*chain.from_iterable(chosen.values())]
    pages = [page for _, page in done(page_record, cases, given)]
    if is_written and len(pages) < len(cases):
        raise click.ClickException(f"{len(cases) - len(pages)} pages failed: {FIGURES.name} stays as it is")
    records = records_of(pages)
    click.echo(table(COLUMNS, ((rule, *record.cells) for rule, record in records.items())))
    for one in sorted(one for page in pages for one in page.overruled):
        if show and one.rule.startswith(show) and not one.is_right:
            why = f"{one.evidence}; before: {one.before}"
            click.echo(f"{one.rule} {one.change} {one.page} {one.text[:200]!r} ({why})")
    if is_written:
        known = [rule.id for rule in all_rules(()) if not rule.id.startswith("learned.")]
        counts = {name: len(cases) for name, cases in chosen.items()}
        FIGURES.write_text(figures_as_toml(records, counts, known), "utf-8")


def _chosen(given: Mapping[str, Any]) -> dict[str, list[Case]]:
    """The pages of each set that no set before it has."""
    seen: set[Path] = set()
    chosen = {}
    for name in SETS:
        cases = pick(load(name, given["data"]), given["sample"], seed=given["seed"])
        chosen[name] = [case for case in cases if case.file not in seen]
        seen.update(case.file for case in cases)
    return chosen


if __name__ == "__main__":
    main()
