"""Judgements that have seen no page of a site, made by ``python -m training.train`` and ``training.text_kinds`` with
``--folds build/folds``.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import numpy as np

from copydesk.cleaners.judge.judgement import Judge
from copydesk.cleaners.judge.network import Network, read
from copydesk.cleaners.wording.text_kinds import TextClassifier, read_text_classifier
from training.pages import fold_of

FOLDS_FOLDER = Path("build/folds")


def fold_path(folder: Path, kind: str, fold: int, seed: int = 0) -> Path:
    """Where the network for a kind of page is that has not seen a fold; those of other seeds are in folders below."""
    return (folder / f"seed-{seed}" if seed else folder) / f"labels_{kind}_{fold}.npz"


def judge_of(site: str, *, seed: int = 0) -> Judge:
    """The judge trained without the fold ``site`` is in; ``seed``: of the networks, of which the wordings have one.

    Raises FileNotFoundError where the folds are not made.
    """
    return judge_without(fold_of(site), seed=seed)


def judge_without(fold: int, *, seed: int = 0, folder: Path = FOLDS_FOLDER) -> Judge:
    """The judge trained without that fold, from the files in ``folder``; the rest as above."""
    html, lines = (fold_path(folder, kind, fold, seed) for kind in ("html", "lines"))
    return Judge(partial(read_fold, html), partial(read_fold, lines), partial(_text_classifier, folder, fold))


@cache
def read_fold(path: Path) -> Network:
    """The network of one fold. Raises FileNotFoundError where it is not made."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: make it with python -m training.train --folds {FOLDS_FOLDER}")
    with np.load(path, allow_pickle=False) as arrays:
        return read(arrays, where=path.name)


@cache
def _text_classifier(folder: Path, fold: int) -> TextClassifier:
    path = folder / f"text_kinds_{fold}.npz"
    if not path.exists():
        raise FileNotFoundError(f"{path}: make it with python -m training.text_kinds --folds {folder}")
    return read_text_classifier(path)
