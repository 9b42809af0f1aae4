"""Fits which line of flattened text is the headline: ``python -m training.headline_odds [--data FOLDER]``.

The pages of WCXB, Fundus and the labelled ones of which the title is known are flattened, each text of an element a
line, and by a library of others; their lines are judged by the packaged networks, which know some of them. Prints the
weights of ``copydesk.cleaners.wording.text_headline``, and how those fitted on four fifths of the sites fare on the
last.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.metadata import is_same_title
from benchmarks.same_records import flattened
from benchmarks.sets import Case, flatten, load
from copydesk.cleaners.judge.judgement import PACKAGED, bylines, judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import find_phrases, language_sample
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.line_blocks import segment_lines
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.wording.text_headline import (
    SIGNS,
    WEIGHTS,
    JudgedLines,
    candidates,
    headline_probabilities,
)
from training.pages import FOLDS, fold_of, site_of

ROOT = Path(__file__).parent.parent
_SETS = ("wcxb", "fundus", "blocks")
_RIDGE = 0.5  # of the sum of squared weights, against the mean over pages: set by hand


class TitledPage(NamedTuple):
    """The signs of each line that may be the headline, which of them are, and the fold of its site."""

    signs: np.ndarray
    is_title: np.ndarray
    fold: int


def main() -> None:
    """Reads the data, fits, prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    data: Path = parser.parse_args().data
    cases = [case for name in _SETS for case in load(name, data) if case.title]
    with ProcessPoolExecutor(2) as pool:
        found = chain.from_iterable(pool.map(titled_pages, cases, chunksize=8))
        pages = [page for page in found if len(page.signs)]
    for sign, weight in zip(SIGNS, weights_of(pages), strict=True):
        print(f'    "{sign}": {weight:.1f},')
    packaged = np.array(list(WEIGHTS.values()))
    alone = np.array([float(sign == SIGNS[0]) for sign in SIGNS])
    held_out = [weights_of([page for page in pages if page.fold != fold]) for fold in range(FOLDS)]
    print(f"{len(pages)} pages, of {sum(bool(page.is_title.any()) for page in pages)} a line is the headline")
    print(f"found by probability alone: {sum(_is_found(page, alone) for page in pages)}")
    print(f"by weights fitted on other sites: {sum(_is_found(page, held_out[page.fold]) for page in pages)}")
    print(f"by those of the package: {sum(_is_found(page, packaged) for page in pages)}")


def titled_pages(case: Case) -> list[TitledPage]:
    """A page, flattened in two ways."""
    return [_titled_page(case, text) for text in (flattened(case.read()), flatten(case.read()))]


def _titled_page(case: Case, text: str) -> TitledPage:
    blocks = segment_lines(text, Options())
    language = detect(language_sample(blocks), None).language
    phrased = find_phrases(blocks, language)
    opinions = judge_blocks(PageTable(blocks), phrased, PACKAGED.lines())
    likely = headline_probabilities(blocks, opinions.headline, language)
    lines = candidates(JudgedLines(blocks, phrased.words, opinions.keep, likely, bylines(opinions)))
    signs = np.array([line.signs for line in lines]).reshape(-1, len(SIGNS))
    is_title = np.array([is_same_title(case.title or "", blocks[line.block].text) for line in lines])
    return TitledPage(signs, is_title, fold_of(site_of(case.url, case.id)))


def weights_of(pages: Sequence[TitledPage]) -> np.ndarray:
    """The log-odds of each sign: of all lines of a page the headline is likeliest (a conditional logit)."""
    from scipy.optimize import minimize  # of the extra [train]; the rest is tested without it

    known = [page for page in pages if page.is_title.any()]

    def loss(weights: np.ndarray) -> float:
        scores = [page.signs @ weights for page in known]
        missed = (
            np.logaddexp.reduce(score) - np.logaddexp.reduce(score[page.is_title])
            for score, page in zip(scores, known, strict=True)
        )
        return float(sum(missed) / len(known) + _RIDGE * weights @ weights / len(known))

    return np.asarray(minimize(loss, np.zeros(len(SIGNS)), method="L-BFGS-B").x)


def _is_found(page: TitledPage, weights: np.ndarray) -> bool:
    return bool(page.is_title[np.argmax(page.signs @ weights)])


if __name__ == "__main__":
    main()
