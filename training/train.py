"""Trains the models: ``python -m training.train [--data FOLDER] [--folds FOLDER]``.

Without ``--folds`` it writes ``cleaners/keep_html.py`` and ``cleaners/keep_lines.py`` from all pages. With it,
five models a kind are written to the folder, each trained without a fifth of the *sites*: what a benchmark
needs to judge pages the model has never seen. Same data and versions, same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from msgspec import structs

from cleaners.features import NAMES, measure
from cleaners.judge import is_site_menu
from cleaners.types import Block
from training.export import to_module
from training.pages import FOLDS, SETS, Example, Raw, as_html, as_lines, fold_of, read

ROUNDS = 80
PARAMETERS = {
    "objective": "binary",
    "num_leaves": 12,
    "max_depth": 9,
    "learning_rate": 0.2,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
    "max_bin": 63,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbose": -1,
}
MAX_WORDS_WEIGHT = 60  # a block counts by its words, as in the score, but a long one not for ever
INFERRED_WEIGHT = 0.5  # truths of the other sets are inferred and follow other customs
SCRAMBLED_EVERY = 3  # of every third page a copy without class names is learned from
ROOT = Path(__file__).parent.parent

Row = tuple[str, str, np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]


def main() -> None:
    """Reads the data, trains, writes the modules."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--folds", type=Path, help="write models of five folds to this folder instead")
    arguments = parser.parse_args()
    raws = list(read(arguments.data))
    digest = _digest(raws)
    for kind, examples in (("html", _html_examples), ("lines", _line_examples)):
        with ProcessPoolExecutor(2) as pool:
            rows = [row for some in pool.map(partial(_rows, examples), raws, chunksize=8) for row in some]
        if arguments.folds is None:
            _write(ROOT / "cleaners" / f"keep_{kind}.py", rows, kind, digest)
            continue
        arguments.folds.mkdir(parents=True, exist_ok=True)
        for fold in range(FOLDS):
            seen = [row for row in rows if fold_of(row[1]) != fold]
            _write(arguments.folds / f"keep_{kind}_{fold}.py", seen, kind, digest)


def _digest(raws: Sequence[Raw]) -> str:
    total = hashlib.sha256()
    for raw in raws:
        total.update(raw.name.encode())
        total.update(hashlib.sha256(raw.body).digest())
        total.update(raw.truth.encode())
    return total.hexdigest()[:16]


def _html_examples(raw: Raw) -> list[Example]:
    page = as_html(raw)
    if page is None:
        return []
    if int(hashlib.sha256(raw.name.encode()).hexdigest(), 16) % SCRAMBLED_EVERY:
        return [page]
    return [page, replace(page, blocks=tuple(map(_without_words, page.blocks)))]


def _without_words(block: Block) -> Block:
    return structs.replace(block, path=tuple(step._replace(words="") for step in block.path))


def _line_examples(raw: Raw) -> list[Example]:
    return [page for page in (as_lines(raw, gap=0), as_lines(raw, gap=1)) if page is not None]


def _rows(examples: Callable[[Raw], list[Example]], raw: Raw) -> list[Row]:
    rows: list[Row] = []
    for page in examples(raw):
        if not page.blocks:
            continue
        asked = [
            block.index
            for block in page.blocks
            if page.keep[block.index] is not None and not is_site_menu(block)
        ]
        if not asked:
            continue
        measures = np.array(measure(page.blocks, asked), dtype=np.float64)
        truth = np.full((len(asked), 1), float(SETS.index(page.set_name)))
        words = np.minimum(np.expm1(measures[:, NAMES.index("words_log")]) + 3, MAX_WORDS_WEIGHT)
        weight = words * (1.0 if page.set_name == "blocks" else INFERRED_WEIGHT)
        keep = np.array([bool(page.keep[index]) for index in asked])
        rows.append((page.set_name, page.site, np.hstack([measures, truth]), keep, weight))
    return rows


def _write(path: Path, rows: Sequence[Row], kind: str, digest: str) -> None:
    data = lightgbm.Dataset(
        np.concatenate([row[2] for row in rows]),
        np.concatenate([row[3] for row in rows]),
        weight=np.concatenate([row[4] for row in rows]),
        params={"verbose": -1},
    )
    model = lightgbm.train(PARAMETERS, data, ROUNDS)
    sites = len({row[1] for row in rows})
    card = (
        f"{ROUNDS} trees of {PARAMETERS['num_leaves']} leaves over {len(NAMES)} measures, "
        f"learned from {len(rows)} pages of {sites} sites."
    )
    title = f"Whether a block of {'a web page' if kind == 'html' else 'flattened text'} belongs to the article: a learned judgement."
    source = to_module(model.dump_model(), title=title, digest=digest, card=card, constant=(len(NAMES), 0.0))
    path.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
