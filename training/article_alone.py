"""Fits when a plain text is nothing but an article:
``python -m training.article_alone [--data FOLDER] [--folds FOLDER]``.

Every page of the sets is flattened, and its article alone written out with and without its headline; each
text is judged by the network that has not seen its site (of those folds that are there:
``training.train --folds``). Prints the two numbers of ``copydesk.cleaners.judge.judged_page`` and how texts of
both kinds fare with them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from copydesk.cleaners.judge.judged_page import MIDDLE, SLOPE, surest_removal
from copydesk.cleaners.judge.judgement import judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import find_phrases, language_sample
from copydesk.cleaners.segment.page_table import PageTable
from training.bare_articles import bare_articles
from training.folds import FOLDS_FOLDER, read_fold
from training.pages import Example, Form, Raw, as_html, as_lines, fold_of, joined, read, spaced
from training.train import ROOT

_STYLES = (joined, spaced)


def main() -> None:
    """Reads the data, fits, prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--folds", type=Path, default=FOLDS_FOLDER, help="where the networks of folds are")
    arguments = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(partial(signs_of, folds=arguments.folds), read(arguments.data), chunksize=8)
        rows = np.array(list(chain.from_iterable(found)))
    signs, is_alone = rows[:, :1], rows[:, 1] > 0
    fitted = LogisticRegression(C=100.0, class_weight="balanced").fit(signs, is_alone)
    slope = float(fitted.coef_[0, 0])
    print(f"MIDDLE, SLOPE = {-float(fitted.intercept_[0]) / slope:.1f}, {slope:.1f}")
    share = 1.0 / (1.0 + np.exp(-SLOPE * (signs[:, 0] - MIDDLE)))
    for name, chosen in (("articles alone", is_alone), ("flattened pages", ~is_alone)):
        print(f"{name}: {chosen.sum()}, taken for articles alone {np.mean(share[chosen] >= 0.5):.3f}")


def signs_of(raw: Raw, *, folds: Path) -> list[tuple[float, bool]]:
    """The surest removal of each text made from a page, and whether the text is an article alone."""
    path = folds / f"labels_lines_{fold_of(raw.site)}.npz"
    page = as_html(raw)
    if page is None or not any(page.keep) or not path.exists():
        return []
    flattened = (as_lines(raw, Form(style)) for style in _STYLES)
    return [
        *((_surest(text, path), False) for text in flattened if text is not None and not all(text.keep)),
        *((_surest(text, path), True) for text in _alone(page)),
    ]


def _alone(page: Example) -> Iterator[Example]:
    return (text for text in bare_articles(page) if text.blocks)


def _surest(text: Example, path: Path) -> float:
    language = detect(language_sample(text.blocks), None).language
    phrased = find_phrases(text.blocks, language)
    return surest_removal(judge_blocks(PageTable(text.blocks), phrased, read_fold(path)))


if __name__ == "__main__":
    main()
