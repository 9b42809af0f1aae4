"""Judgements that have seen no page of a site, made by ``python -m training.train`` and ``training.wordings`` with
``--folds build/folds``.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import numpy as np

from copydesk.cleaners.judge.judgement import Judge
from copydesk.cleaners.judge.network import Network, read
from copydesk.cleaners.wording.classifier import Wordings, read_wordings
from training.pages import fold_of

FOLDS_FOLDER = Path("build/folds")


def judge_of(site: str) -> Judge:
    """The judge trained without the fold ``site`` is in. Raises FileNotFoundError where the folds are not made."""
    fold = fold_of(site)
    html, lines = (FOLDS_FOLDER / f"labels_{kind}_{fold}.npz" for kind in ("html", "lines"))
    return Judge(partial(read_fold, html), partial(read_fold, lines), partial(_wordings, fold))


@cache
def read_fold(path: Path) -> Network:
    """The network of one fold. Raises FileNotFoundError where it is not made."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: make it with python -m training.train --folds {FOLDS_FOLDER}")
    with np.load(path, allow_pickle=False) as arrays:
        return read(arrays, where=path.name)


@cache
def _wordings(fold: int) -> Wordings:
    path = FOLDS_FOLDER / f"wordings_{fold}.npz"
    if not path.exists():
        raise FileNotFoundError(f"{path}: make it with python -m training.wordings --folds {FOLDS_FOLDER}")
    with np.load(path, allow_pickle=False) as arrays:
        return read_wordings(arrays, where=path.name)
