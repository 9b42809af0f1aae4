"""The public door: ``from copydesk import clean``. Names are loaded when first used, Prefect never."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cleaners import clean as clean
    from cleaners import clean_page as clean_page
    from cleaners import explain as explain
    from cleaners import restore as restore
    from cleaners.errors import BadPage as BadPage
    from cleaners.errors import CopydeskError as CopydeskError
    from cleaners.schema import Record as Record
    from cleaners.types import Block as Block
    from cleaners.types import Label as Label
    from cleaners.types import Options as Options
    from cleaners.types import Page as Page

_HOME = {
    "clean": "cleaners",
    "clean_page": "cleaners",
    "explain": "cleaners",
    "restore": "cleaners",
    "BadPage": "cleaners.errors",
    "CopydeskError": "cleaners.errors",
    "Record": "cleaners.schema",
    "Block": "cleaners.types",
    "Label": "cleaners.types",
    "Options": "cleaners.types",
    "Page": "cleaners.types",
}

__version__ = "0.1.0"
__all__ = [*_HOME, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'copydesk' has no attribute {name!r}; it has {', '.join(_HOME)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
