"""Precision and recall by the probability from which blocks are kept: ``python -m benchmarks.favor [--svg FILE]``.

Each page is judged by a network that has seen no page of its site, its blocks are kept from each of some probabilities
on, and the text is scored as ``benchmarks.quality`` does. ``--favor precision`` takes one that gives the best precision
for two points of recall at most, ``--favor recall`` the other way round: of those within a thousandth of the best the
one nearest to the usual probability, for the rest cost more than they give.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import click
from msgspec.structs import replace

from benchmarks.arguments import cases_of, shared
from benchmarks.chart import Series, share_chart
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from benchmarks.scoring import score_text
from benchmarks.sets import Case
from copydesk.cleaners.judge.judgement import FAVOR, KEEP_AT, PACKAGED, Favored
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.types import Favor, Options, Page
from training.folds import judge_of
from training.pages import site_of

SETS = ("blocks", "fundus", "wcxb")
KEEP_FROM = (0.02, 0.04, 0.06, 0.08, 0.12, 0.18, KEEP_AT, 0.4, 0.55, 0.65, 0.75, 0.85, 0.93)
MOST_LOST = 0.02
"""Of recall for precision, and the other way round."""
DIGITS = 3
"""What differs by one in the last of them is no better."""


class Text(NamedTuple):
    """How the text of a page is by one probability: precision, recall, F1, and whether the confidence was right."""

    precision: float
    recall: float
    f1: float
    confidence: float | None


def texts_of(case: Case) -> list[Text]:
    """A page's texts by each of ``KEEP_FROM``."""
    body = case.read()
    page = Page(body=body, url=case.url, content_type=case.media)
    judge = replace(PACKAGED, html=judge_of(site_of(case.url, case.id)).html)
    found = []
    for least in KEEP_FROM:
        at_least = replace(judge, favor=Favored(precision=least, recall=least))
        record = clean_page(page, Options(favor="precision"), judge=at_least)
        score = score_text(case, record.text)
        found.append(Text(score.precision, score.recall, score.f1, record.confidence))
    return found


@click.command()
@click.option("--svg", type=click.Path(path_type=Path), help="Draw the curves there.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@shared
def main(*, svg: Path | None, style: str | None, **given: Any) -> None:
    """Score the texts of blocks, fundus and wcxb by the probability from which a block is kept."""
    where = {key: given[key] for key in ("data", "limit", "sample", "seed")}
    tasks = [(case,) for name in SETS for case in cases_of(name, **where)]
    timeout = given["timeout_seconds"] * len(KEEP_FROM)
    results = in_workers(texts_of, tasks, jobs=given["jobs"], timeout_seconds=timeout)
    pages = [one for one in results if not isinstance(one, str)]
    click.echo(f"{len(pages)} pages, {len(results) - len(pages)} faults")
    curve = [_mean([page[at] for page in pages]) for at in range(len(KEEP_FROM))]
    rows = [
        (f"{least:.2f}", *(f"{value:.3f}" for value in texts), _confidence([page[at] for page in pages]))
        for at, (least, texts) in enumerate(zip(KEEP_FROM, curve, strict=True))
    ]
    table = markdown if style else plain
    click.echo(table(("kept from", "precision", "recall", "F1", "confidence, F1 of these"), rows))
    for name, least in chosen(curve).items():
        click.echo(f"--favor {name}: {least}, in use {FAVOR.threshold(name)}")
    if svg is not None:
        svg.write_text(drawn(curve), "utf-8")


def _mean(texts: Sequence[Text]) -> tuple[float, float, float]:
    precision, recall, f1 = (fmean(values) for values in zip(*(text[:3] for text in texts), strict=True))
    return precision, recall, f1


def _confidence(texts: Sequence[Text]) -> str:
    """The mean confidence of the texts that have one, and their mean F1."""
    known = [(text.confidence, text.f1) for text in texts if text.confidence is not None]
    return ", ".join(f"{fmean(values):.3f}" for values in zip(*known, strict=True))


def chosen(curve: Sequence[tuple[float, float, float]]) -> dict[Favor, float]:
    """The probability for each of ``--favor``'s values, by the rule above."""
    usual = KEEP_FROM.index(KEEP_AT)
    return {
        "precision": _best(curve, 0, range(usual, len(KEEP_FROM))),
        "recall": _best(curve, 1, range(usual, -1, -1)),
    }


def _best(curve: Sequence[tuple[float, float, float]], wanted: int, places: Sequence[int]) -> float:
    """The probability at one of ``places``, the usual one first; ``wanted``: 0 for precision, 1 for recall."""
    least = curve[places[0]][1 - wanted] - MOST_LOST
    found = {at: round(curve[at][wanted], DIGITS) for at in places if curve[at][1 - wanted] >= least}
    # half a digit more: sums of decimals are not exact
    enough = max(found.values()) - 1.5 * 10.0**-DIGITS
    return KEEP_FROM[next(at for at, value in found.items() if value >= enough)]


def drawn(curve: Sequence[tuple[float, float, float]]) -> str:
    """The chart: precision, recall and F1 by the probability from which a block is kept."""
    lines = zip(("precision", "recall", "F1"), zip(*curve, strict=True), strict=True)
    series = [
        Series(name, tuple(zip(KEEP_FROM, values, strict=True)), is_ours=name == "F1")
        for name, values in lines
    ]
    return share_chart(series, across="probability from which a block is kept", up="share of words")


if __name__ == "__main__":
    main()
