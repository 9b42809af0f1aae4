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
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from benchmarks.sets import KEPT_LABELS, Case
from benchmarks.unseen import explain_unseen
from benchmarks.words import compare_texts, without_leading, words
from copydesk.cleaners.types import PARTS, Labelled, Verdict
from training.pages import FOLDS, fold_of, holds, labelled_truth, site_of

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


@dataclass(frozen=True, slots=True)
class Overruled:
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


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What rules did on one page: blocks, and by rule the F1 with it less that without, where they differ."""

    overruled: tuple[Overruled, ...]
    gains: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """What one rule did: blocks and their words by change and whether it was right; F1 gained, a page each."""

    rule: str
    blocks: Counter[tuple[str, bool]]
    words: Counter[tuple[str, bool]]
    gains: tuple[float, ...]

    @property
    def better(self) -> int:
        """Pages that have a higher F1 with the rule."""
        return sum(gain > 0 for gain in self.gains)

    @property
    def worse(self) -> int:
        """Pages that have a lower F1 with the rule."""
        return sum(gain < 0 for gain in self.gains)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells below COLUMNS."""
        counts = (str(self.blocks[change, side]) for change in CHANGES for side in (True, False))
        pages = (str(self.better), str(self.worse), f"{sum(self.gains):+.3f}")
        return (self.rule, *counts, str(self.words["removed", False]), *pages)

    @property
    def table(self) -> Iterator[str]:
        """The lines of its table in the data file."""
        yield f'[rules."{self.rule}"]'
        for change in CHANGES:
            counts = {
                f"{what}{side}": counter[change, side == "right"]
                for what, counter in (("", self.blocks), ("words_", self.words))
                for side in ("right", "wrong")
            }
            if any(counts.values()):
                yield f"{change} = {{ {', '.join(f'{name} = {count}' for name, count in counts.items())} }}"
        yield f"pages = {{ better = {self.better}, worse = {self.worse}, f1 = {sum(self.gains):.3f} }}"


def page_record(case: Case) -> PageRecord:
    """What rules did on one page, judged by a model that has not seen its site."""
    from copydesk import Page

    page = Page(body=case.read(), url=case.url, content_type=case.media)
    labelled = explain_unseen(page, name=case.id).labelled
    found = (
        one
        for item, truth in zip(labelled, truths_of(case, labelled), strict=True)
        if truth is not None
        for one in overruled(case.id, item, truth)
    )
    return PageRecord(tuple(found), gains(labelled, partial(_f1, case)))


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


def _f1(case: Case, text: str) -> float:
    titled = (without_leading(one, case.title) for one in (case.truth, text))
    truth, found = titled
    return compare_texts(truth=truth, found=found).f1


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


def records_of(pages: Sequence[PageRecord]) -> list[RuleRecord]:
    """What each rule did, by its id."""
    blocks: dict[str, Counter[tuple[str, bool]]] = {}
    lengths: dict[str, Counter[tuple[str, bool]]] = {}
    for one in (one for page in pages for one in page.overruled):
        blocks.setdefault(one.rule, Counter())[one.change, one.is_right] += 1
        lengths.setdefault(one.rule, Counter())[one.change, one.is_right] += len(one.text.split())
    rules = sorted({*blocks, *(rule for page in pages for rule in page.gains)})
    return [
        RuleRecord(
            rule,
            blocks.get(rule, Counter()),
            lengths.get(rule, Counter()),
            tuple(page.gains[rule] for page in pages if rule in page.gains),
        )
        for rule in rules
    ]


def figures_as_toml(records: Sequence[RuleRecord], pages: Mapping[str, int], known: Sequence[str]) -> str:
    """The data file: what was measured when and on what, the rules never met among those known, and each record."""
    met = {record.rule for record in records}
    lines = [
        "# Made by `python -m benchmarks.rule_record --write`; docs/rules.md explains the figures.",
        f"measured = {datetime.now(UTC).date()}",
        f"pages = {{ {', '.join(f'{name} = {count}' for name, count in pages.items())} }}",
        "never_met = [",
        *(f'    "{rule}",' for rule in known if rule not in met),
        "]",
    ]
    for record in records:
        lines += ["", *record.table]
    return "\n".join([*lines, ""])


def known_rules() -> list[str]:
    """The rules that overrule the learned judgement, in the order they run."""
    from copydesk.flows.commands.rules import all_rules

    return [rule.id for rule in all_rules(()) if not rule.id.startswith("learned.")]


@click.command()
@click.argument("names", nargs=-1, metavar="[SET]...", type=click.Choice(SETS))
@click.option("--show", metavar="RULE", help="List what a rule, or a family (worded.), got wrong.")
@click.option("--folds", help=f"Only these folds of sites, parted by commas, of {FOLDS}.")
@click.option(
    "--write", "is_written", is_flag=True, help=f"Write {FIGURES.name}, which copydesk rules --figures shows."
)
@click.option("--markdown", "style", flag_value="markdown", help="The table as Markdown.")
@shared
def main(
    names: tuple[str, ...], *, show: str | None, is_written: bool, style: str | None, **given: Any
) -> None:
    """Clean every article of blocks, wcxb and fundus and count how often each rule helped and hurt."""
    chosen = _chosen(names or SETS, given)
    tasks = [(case,) for cases in chosen.values() for case in cases]
    results = in_workers(page_record, tasks, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    for (case,), result in zip(tasks, results, strict=True):
        if isinstance(result, str):
            click.echo(f"{case.id}: {result}", err=True)
    pages = [result for result in results if isinstance(result, PageRecord)]
    records = records_of(pages)
    click.echo((markdown if style else plain)(COLUMNS, [record.row for record in records]))
    if show:
        found = [one for page in pages for one in page.overruled if one.rule.startswith(show)]
        click.echo("\n".join(_lines(found)))
    if is_written:
        counts = {name: len(cases) for name, cases in chosen.items()}
        FIGURES.write_text(figures_as_toml(records, counts, known_rules()), "utf-8")


def _chosen(names: Sequence[str], given: Mapping[str, Any]) -> dict[str, list[Case]]:
    """The pages of each set that no set before it has."""
    where = {key: given[key] for key in ("data", "limit", "sample", "seed")}
    folds = range(FOLDS) if given["folds"] is None else [int(fold) for fold in given["folds"].split(",")]
    seen: set[Path] = set()
    chosen = {}
    for name in names:
        mine = [
            case
            for case in cases_of(name, **where)
            if case.file not in seen and fold_of(site_of(case.url, case.id)) in folds
        ]
        seen.update(case.file for case in mine)
        chosen[name] = mine
    return chosen


def _lines(overruled: Sequence[Overruled]) -> Iterator[str]:
    for one in sorted(overruled, key=lambda one: one.rule):
        if not one.is_right:
            yield f"{one.rule} {one.change} {one.page} {one.text[:200]!r} ({one.evidence}; before: {one.before})"


if __name__ == "__main__":
    main()
