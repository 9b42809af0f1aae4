"""Learns how good a text is likely to be: ``python -m training.confidence [--data FOLDER] [--svg FILE]``.

Writes ``cleaners/confidence/calibration.toml`` from pages that networks judged which had seen no page of their site
(``python -m training.train --folds build/folds``): articles of all sets, and with ``pages="all"`` what is none; the
same flattened, and articles alone. What is learned is the F1 of the text as ``benchmarks.quality`` counts it, by a
logistic regression of shares over straight lines between quantiles of each measure. How good that is it prints for
pages of sites left out of both learnings, and draws. Same data and versions, same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.scoring import score_text, table
from benchmarks.sets import DEFAULT_DATA, Case, flatten, load
from copydesk.cleaners.confidence.calibration import Calibration, Curve, expected_f1
from copydesk.cleaners.confidence.measures import MEASURED, Measures, Medium
from copydesk.cleaners.judge.judgement import PACKAGED
from copydesk.cleaners.options import Options
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.types import Page
from training.chart import Series, share_chart
from training.folds import judge_of
from training.pages import FOLDS, OTHER_KINDS, fold_of, site_of

FILE = Path(__file__).parent.parent / "cleaners" / "confidence" / "calibration.toml"
SETS = ("blocks", "fundus", "wcxb-all")
QUANTILES = (0.02, 0.25, 0.5, 0.75, 0.9, 0.98)
STRENGTH = (
    3.0  # of the prior that nothing matters; 1 to 10 find the same pages, above it is less well calibrated
)
BINS = 10
ALONE = "alone"
"""The set of articles without a page around them."""
GOOD = 0.9
"""F1 below which a text is one that somebody should look at."""
COLUMNS = ("pages of", "pages", "F1", "confidence", "ECE", f"F1 < {GOOD}", "in the tenth", "tenth below")
ROUNDS = 1000
_MOST_STEPS, _ENOUGH = 100, 1e-10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A page with a text: its set, what is measured, and the F1 of the text."""

    set_name: str
    site: str
    page_type: str
    measures: Measures
    f1: float


def examples(data: Path, medium: Medium) -> Iterator[Example]:
    """Every page of the sets that has a text."""
    for set_name in SETS:
        for case in load(set_name, data):
            for name, one in [(set_name, case)] if medium == "html" else _flattened(set_name, case):
                if (found := look(name, one)) is not None:
                    yield found


def _flattened(set_name: str, case: Case) -> Iterator[tuple[str, Case]]:
    """A page as lines, and of articles what is given below their headline and nothing else."""
    yield set_name, changed(case, body=flatten(case.read()), media="text/plain")
    if case.page_type == "article" and case.truth:
        alone = "\n\n".join(filter(None, (case.title, case.truth)))
        yield ALONE, changed(case, body=alone, media="text/plain", truth=alone)


def look(set_name: str, case: Case) -> Example | None:
    """One page, judged by networks that have not seen its site; None where it has no text."""
    site = site_of(case.url, case.id)
    is_other = set_name == "wcxb-all" and case.page_type != "article"
    options = Options(pages="all" if is_other else "articles")
    # wordings as they are packaged: they decide on few blocks, and no fold of theirs is needed
    fold = judge_of(site)
    judge = replace(PACKAGED, html=fold.html, lines=fold.lines)
    page = Page(body=case.read(), url=case.url, content_type=case.media)
    explanation = explain(page, options, judge=judge)
    if explanation.measures is None:
        return None
    name = OTHER_KINDS if is_other else set_name.removesuffix("-all")
    f1 = score_text(case, explanation.record.text).f1
    return Example(name, site, case.page_type, explanation.measures, f1)


def learn(pages: Sequence[Example]) -> Calibration:
    """The calibration of some pages of one medium."""
    names = MEASURED[pages[0].measures.medium]
    values = {name: np.array([page.measures.values[name] for page in pages]) for name in names}
    knots = {name: _knots(name, some) for name, some in values.items()}
    columns = [_ramp(values[name], *ends) for name in names for ends in pairwise(knots[name])]
    slopes = _regression(np.array(columns).T, np.array([page.f1 for page in pages]))
    base, rises = slopes[0], iter(slopes[1:])
    curves = {}
    for name, at in knots.items():
        adds = np.cumsum([0.0, *(next(rises) for _ in pairwise(at))])
        # the average page adds nothing: what a curve has is for or against this one
        mean = float(np.interp(values[name], at, adds).mean())
        base += mean
        curves[name] = Curve(
            at=tuple(map(_round, at)),
            adds=tuple(round(float(one) - mean, 3) for one in adds),
            usual=_round(np.median(values[name])),
        )
    return Calibration(round(float(base), 3), curves)


def _knots(name: str, values: Floats) -> tuple[float, ...]:
    if values.min() == values.max():
        raise ValueError(f"{name} is the same of all texts: there is nothing to learn from it")
    found = tuple(dict.fromkeys(map(_round, np.quantile(values, QUANTILES))))
    # of a measure that is nearly always the same
    return found if len(found) > 1 else (_round(values.min()), _round(values.max()))


def _ramp(values: Floats, below: float, above: float) -> Floats:
    """0 up to ``below``, 1 from ``above``, and a straight line between."""
    ramp: Floats = np.clip((values - below) / (above - below), 0.0, 1.0)
    return ramp


def _regression(columns: Floats, shares: Floats) -> Floats:
    """Intercept and slopes of the logistic regression of shares, by Newton's method; a step that goes too far is
    halved.
    """
    inputs = np.column_stack([np.ones(len(columns)), columns])
    prior = np.full(inputs.shape[1], STRENGTH)
    prior[0] = 1e-9
    slopes = np.zeros(inputs.shape[1])

    def loss(at: Floats) -> float:
        odds = inputs @ at
        return float((np.logaddexp(0, odds) - shares * odds).sum() + (prior * at * at).sum() / 2)

    for _ in range(_MOST_STEPS):
        chances = 1 / (1 + np.exp(-(inputs @ slopes)))
        gradient = inputs.T @ (chances - shares) + prior * slopes
        curvature = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + np.diag(prior)
        step = np.linalg.solve(curvature, gradient)
        while loss(slopes - step) > loss(slopes) and np.abs(step).max() > _ENOUGH:
            step = step / 2
        slopes = slopes - step
        if np.abs(step).max() <= _ENOUGH:
            break
    return slopes


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def unseen(pages: Sequence[Example]) -> Floats:
    """The confidence of each page by a calibration of the other folds' pages."""
    found = np.zeros(len(pages))
    for fold in range(FOLDS):
        calibration = learn([page for page in pages if fold_of(page.site) != fold])
        for at, page in enumerate(pages):
            if fold_of(page.site) == fold:
                found[at] = expected_f1(page.measures, calibration)
    return found


def calibration_error(confidence: Floats, f1: Floats) -> float:
    """The expected calibration error over bins of equally many pages: the mean distance of confidence and F1."""
    return float(
        sum(len(some) * abs(confidence[some].mean() - f1[some].mean()) for some in _bins(confidence))
        / len(f1)
    )


def _bins(confidence: Floats) -> list[NDArray[np.intp]]:
    return [some for some in np.array_split(np.argsort(confidence, kind="stable"), BINS) if len(some)]


def found_in_tenth(confidence: Floats, f1: Floats) -> float:
    """The share of the pages whose F1 is below ``GOOD`` that the tenth with the least confidence has."""
    tenth = np.argsort(confidence, kind="stable")[: len(f1) // 10]
    return float((f1[tenth] < GOOD).sum() / max(1, (f1 < GOOD).sum()))


def interval(confidence: Floats, f1: Floats) -> tuple[float, float]:
    """What holds 95 % of that share over bootstrap repetitions of the pages."""
    chance = np.random.default_rng(0)
    found = []
    for _ in range(ROUNDS):
        some = chance.integers(len(f1), size=len(f1))
        found.append(found_in_tenth(confidence[some], f1[some]))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def report(pages: Sequence[Example], confidence: Floats) -> str:
    """A table: all pages, the sets, and the kinds of pages that are no article."""
    kinds = sorted({page.page_type for page in pages if page.set_name == OTHER_KINDS})
    groups = {
        "all": [True] * len(pages),
        "articles": [page.set_name != OTHER_KINDS for page in pages],
        **(
            {"pages": [page.set_name != ALONE for page in pages]}
            if any(p.set_name == ALONE for p in pages)
            else {}
        ),
        **{name: [page.set_name == name for page in pages] for name in sorted({p.set_name for p in pages})},
        **{
            kind: [page.page_type == kind and page.set_name == OTHER_KINDS for page in pages]
            for kind in kinds
        },
    }
    f1 = np.array([page.f1 for page in pages])
    rows = [
        (name, *_row(confidence[np.array(members)], f1[np.array(members)]))
        for name, members in groups.items()
    ]
    return table(COLUMNS, rows)


def _row(confidence: Floats, f1: Floats) -> tuple[str, ...]:
    low, high = interval(confidence, f1)
    return (
        str(len(f1)),
        f"{f1.mean():.3f}",
        f"{confidence.mean():.3f}",
        f"{calibration_error(confidence, f1):.3f}",
        str(int((f1 < GOOD).sum())),
        f"{found_in_tenth(confidence, f1):.0%} [{low:.0%}, {high:.0%}]",
        f"{np.quantile(confidence, 0.1):.2f}",
    )


def drawn(learned: Mapping[Medium, tuple[Floats, Floats]]) -> str:
    """The reliability diagram: mean F1 by mean confidence, a tenth of the pages of a medium a point."""
    lines = {
        medium: [(float(confidence[some].mean()), float(f1[some].mean())) for some in _bins(confidence)]
        for medium, (confidence, f1) in learned.items()
    }
    least = min(min(point) for points in lines.values() for point in points)
    ideal = Series("as it should be", ((least, least), (1.0, 1.0)))
    ours = [Series(medium, points, is_ours=True) for medium, points in lines.items()]
    return share_chart([*ours, ideal], across="confidence", up="F1 of the text")


def to_toml(learned: Mapping[Medium, tuple[Calibration, Sequence[Example]]]) -> str:
    """The calibration file."""
    lines = [
        "# Written by `python -m training.confidence`; not to be edited by hand.",
        "# A measure adds to the log-odds what `adds` has at its value in `at`, with straight lines between.",
    ]
    for medium, (calibration, pages) in learned.items():
        sites = len({page.site for page in pages})
        lines += [
            "",
            f"# Learned from {len(pages)} texts of {sites} sites, judged by networks that had seen none of the site.",
            f"[{medium}]",
            f"base = {calibration.base!r}",
            "",
            f"[{medium}.measures]",
            *(
                f"{name} = {{ at = {json.dumps(curve.at)}, adds = {json.dumps(curve.adds)}, usual = {curve.usual!r} }}"
                for name, curve in calibration.curves.items()
            ),
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Reads the data, learns, writes the calibration and prints how good it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--svg", type=Path, help="draw the reliability diagram there")
    arguments = parser.parse_args()
    learned, judged = {}, {}
    for medium in MEASURED:
        pages = list(examples(arguments.data, medium))
        learned[medium] = learn(pages), pages
        confidence = unseen(pages)
        judged[medium] = confidence, np.array([page.f1 for page in pages])
        print(f"{medium}\n{report(pages, confidence)}", flush=True)
    FILE.write_text(to_toml(learned), "utf-8")
    if arguments.svg is not None:
        arguments.svg.write_text(drawn(judged), "utf-8")


if __name__ == "__main__":
    main()
