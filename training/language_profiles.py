"""Makes ``cleaners/language/profiles.npz`` from the profiles that come with langdetect:
``python -m training.language_profiles``.

langdetect draws n-grams of a text at random and multiplies their probabilities. The same probabilities, as
sums over all n-grams, need no chance: here they are turned into a table one can look up in a thirtieth of the
time.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from langdetect import PROFILES_DIRECTORY
from numpy.typing import NDArray

from copydesk.cleaners.language.profiles import FILE, key_of

SMOOTHING = 0.5 / 10_000
"""Probability of an n-gram a profile lacks: langdetect's ALPHA_DEFAULT over its BASE_FREQ."""
LANGDETECT = "1.0.9"
"""The version whose profiles the committed table was made from."""


def main() -> None:
    """Reads all profiles, writes the table."""
    if version("langdetect") != LANGDETECT:
        sys.exit(
            f"langdetect is {version('langdetect')}; the table is of {LANGDETECT}: change LANGDETECT, and look at the figures"
        )
    files = sorted(file for file in Path(PROFILES_DIRECTORY).iterdir() if not file.name.startswith("__"))
    parts = [_read(file) for file in files]
    keys = np.concatenate([keys for keys, _ in parts])
    shares = np.concatenate([shares for _, shares in parts])
    whose = np.repeat(np.arange(len(parts)), [len(keys) for keys, _ in parts])
    gains = np.log1p(shares / SMOOTHING)
    order = np.lexsort((whose, keys))
    known, starts = np.unique(keys[order], return_index=True)
    np.savez(
        FILE,
        languages=np.array([file.name for file in files]),
        keys=known,
        starts=np.append(starts, len(keys)).astype(np.int32),
        whose=whose[order].astype(np.uint8),
        gains=gains[order].astype(np.float16),
        # what an n-gram of one to three letters gains on average in a text of the language, by the profile itself
        usual=(np.bincount(whose, weights=shares * gains) / 3).astype(np.float32),
    )
    print(f"{FILE.name}: {len(known)} n-grams of {len(files)} languages")


def _read(file: Path) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """A language's n-grams of one to three letters, and the share of each among those of its length."""
    profile = json.loads(file.read_text("utf-8"))
    counts = {gram: count for gram, count in profile["freq"].items() if 1 <= len(gram) <= 3}
    totals = np.array(profile["n_words"], np.float64)[[len(gram) - 1 for gram in counts]]
    keys = np.array([key_of(gram) for gram in counts], np.uint64)
    return keys, np.array(list(counts.values()), np.float64) / totals


if __name__ == "__main__":
    main()
