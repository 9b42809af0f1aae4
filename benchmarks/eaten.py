"""The record of each rule on real pages: ``python -m benchmarks.eaten``.

A rule helps where it overrules the learned judgement and the truth agrees with it, and hurts where the
learned judgement was right. Pages are judged by models that have not seen their site. The truth is the
reader's label on ``blocks``, and what the true text holds on ``wcxb`` and ``fundus``: there a block that
careful readers count differently (a caption, a standfirst) may speak against a rule that is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from benchmarks.sets import KEPT_LABELS, Case
from benchmarks.unseen import explain_unseen
from copydesk.cleaners.types import Labelled

SETS = ("blocks", "wcxb", "fundus")
COLUMNS = (
    "rule",
    "removed rightly",
    "wrongly",
    "words",
    "kept rightly",
    "wrongly",
    "named rightly",
    "wrongly",
)


@dataclass(frozen=True, slots=True)
class Overruled:
    """A block of which a rule said something else than the learned judgement.

    ``change`` is ``removed``, ``kept`` or ``named`` (of what is left out anyway); ``is_right``: whether the
    truth agrees. ``learned``: the learned judgement's evidence.
    """

    page: str
    rule: str
    change: str
    is_right: bool
    evidence: str
    learned: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """What one rule did, in blocks; ``words``: of the blocks it removed wrongly."""

    rule: str
    counts: Counter[tuple[str, bool]]
    words: int

    @property
    def row(self) -> tuple[str, ...]:
        """The cells below COLUMNS."""
        removed, kept, named = (
            (str(self.counts[change, True]), str(self.counts[change, False]))
            for change in ("removed", "kept", "named")
        )
        return (self.rule, *removed, str(self.words), *kept, *named)


def overruled_on(case: Case) -> list[Overruled]:
    """Every block of a page of which a rule overruled the learned judgement and the truth is known."""
    from copydesk import Page

    page = Page(body=case.read(), url=case.url, content_type=case.media)
    labelled = explain_unseen(page, name=case.id).labelled
    found = (
        overruled(case.id, item, truth)
        for item, truth in zip(labelled, _truths(case, labelled), strict=True)
        if truth is not None and item.verdicts[0].rule.startswith("learned.")
    )
    return [one for one in found if one is not None]


def _truths(case: Case, labelled: Sequence[Labelled]) -> Sequence[str | bool | None]:
    """The reader's label of each block, or whether the true text holds it; None where that is not known."""
    from training.pages import holds, labelled_truth

    blocks = [item.block for item in labelled]
    if case.blocks:
        return labelled_truth([(gold.label, gold.text) for gold in case.blocks], blocks)
    return holds(case.truth, blocks)


def overruled(page: str, item: Labelled, truth: str | bool) -> Overruled | None:
    """What a rule said of a block, or None where it left the learned judgement as it was or the truth cannot
    tell who is right.

    ``truth``: the reader's label, or whether the block belongs to the article.
    """
    first, last = item.verdicts[0], item.verdict
    was_kept, is_kept = first.label in KEPT_LABELS, item.is_kept
    belongs = truth if isinstance(truth, bool) else truth in KEPT_LABELS
    if was_kept != is_kept:
        change, is_right = "kept" if is_kept else "removed", is_kept == belongs
    elif not is_kept and not belongs and isinstance(truth, str) and truth in (first.label, last.label):
        change, is_right = "named", last.label == truth
    else:
        return None
    if first.label == last.label:
        return None
    return Overruled(page, last.rule, change, is_right, last.evidence, first.evidence, item.block.text)


def records_of(overruled: Sequence[Overruled]) -> list[Record]:
    """What each rule did, by its id."""
    return [
        Record(
            rule,
            Counter((one.change, one.is_right) for one in mine),
            sum(len(one.text.split()) for one in mine if one.change == "removed" and not one.is_right),
        )
        for rule in sorted({one.rule for one in overruled})
        for mine in [[one for one in overruled if one.rule == rule]]
    ]


@click.command()
@click.argument("names", nargs=-1, metavar="[SET]...", type=click.Choice(SETS))
@click.option("--show", metavar="RULE", help="List what a rule, or a family (worded.), got wrong.")
@click.option("--markdown", "style", flag_value="markdown", help="The table as Markdown.")
@shared
def main(names: tuple[str, ...], *, show: str | None, style: str | None, **given: Any) -> None:
    """Clean every article of blocks, wcxb and fundus and count how often each rule helped and hurt."""
    where = {key: given[key] for key in ("data", "limit", "sample", "seed")}
    cases = [case for name in names or SETS for case in cases_of(name, **where)]
    results = in_workers(
        overruled_on,
        [(case,) for case in cases],
        jobs=given["jobs"],
        timeout_seconds=given["timeout_seconds"],
    )
    found = []
    for case, result in zip(cases, results, strict=True):
        if isinstance(result, str):
            click.echo(f"{case.id}: {result}", err=True)
        else:
            found += result
    click.echo((markdown if style else plain)(COLUMNS, [record.row for record in records_of(found)]))
    if show:
        click.echo("\n".join(_lines([one for one in found if one.rule.startswith(show)])))


def _lines(overruled: Sequence[Overruled]) -> Iterator[str]:
    for one in sorted(overruled, key=lambda one: one.rule):
        if not one.is_right:
            yield f"{one.rule} {one.change} {one.page} {one.text[:200]!r} ({one.evidence}; learned: {one.learned})"


if __name__ == "__main__":
    main()
