"""Makes ``cleaners/language/byte_model.npz`` from the model that comes with py3langid:
``python -m training.language_model``.

py3langid (Lui & Baldwin 2012, retrained by Barbaresi for 139 languages; BSD) unpacks its model for 0.8
seconds into 76 MB. The same naive Bayes model with the n-grams as a tree of bytes, and what each gains above
its language's floor in steps of 1/20, loads in 25 milliseconds; languages of which no page is told are left
out.
"""

from __future__ import annotations

import sys
from collections import deque
from importlib.metadata import version

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from copydesk.cleaners.language.byte_model import BYTES, FILE, NONE, STEP
from copydesk.cleaners.language.codes import canonical, is_told

PY3LANGID = "0.4.0"
"""The version whose model the committed table was made from."""


def main() -> None:
    """Reads the model, writes the table."""
    if version("py3langid") != PY3LANGID:
        sys.exit(
            f"py3langid is {version('py3langid')}; the table is of {PY3LANGID}: change PY3LANGID, and look at the figures"
        )
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    told = [place for place, code in enumerate(model.nb_classes) if is_told(canonical(code))]
    weights = np.asarray(model.nb_ptc, np.float32)[:, told]
    floors = weights.min(axis=0)
    states = _states(model)
    grown = [state for gram, state in states.items() if gram]
    parents = [states[gram[:-1]] for gram in states if gram]
    last = [gram[-1] for gram in states if gram]
    np.savez(
        FILE,
        languages=np.array([canonical(model.nb_classes[place]) for place in told]),
        branches=np.array(parents, np.uint32) * BYTES + np.array(last, np.uint32),
        states=np.array(grown, np.uint32),
        shorter=_shorter(states),
        rows=np.array([NONE if row < 0 else row for row in model.tk_output], np.uint32),
        steps=np.rint((weights - floors) / STEP).astype(np.uint8),
        floors=floors,
        priors=np.asarray(model.nb_pc, np.float32)[told],
    )
    print(f"{FILE.name}: {len(weights)} n-grams, {len(told)} languages and ways of writing them")


def _states(model: LanguageIdentifier) -> dict[bytes, int]:
    """The strings the model's automaton tells apart, shortest first, and the state of each."""
    following = np.asarray(model.tk_nextmove).reshape(-1, BYTES)
    seen = {0: b""}
    waiting = deque([0])
    while waiting:
        state = waiting.popleft()
        for byte, after in enumerate(following[model.tk_row[state]].tolist()):
            if after not in seen:
                seen[after] = seen[state] + bytes([byte])
                waiting.append(after)
    return {gram: state for state, gram in seen.items()}


def _shorter(states: dict[bytes, int]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """For each state that of its longest proper ending which is one too (Aho & Corasick 1975)."""
    found = np.zeros(len(states), np.uint32)
    for gram, state in states.items():
        endings = (gram[start:] for start in range(1, len(gram) + 1))
        found[state] = next(states[ending] for ending in endings if ending in states) if gram else 0
    return found


if __name__ == "__main__":
    main()
