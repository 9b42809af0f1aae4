"""Pure cleaning: a page in, a record out. No network, clock, environment, Prefect or global state.

Names are loaded when first used, so that a program that only passes pages on pays for nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cleaners.pipeline import Explanation as Explanation
    from cleaners.pipeline import clean as clean
    from cleaners.pipeline import clean_page as clean_page
    from cleaners.pipeline import explain as explain
    from cleaners.records import encode as encode
    from cleaners.records import failed as failed
    from cleaners.records import json_schema as json_schema
    from cleaners.records import rejected as rejected
    from cleaners.render import restore as restore

_HOME = {
    "Explanation": "cleaners.pipeline",
    "clean": "cleaners.pipeline",
    "clean_page": "cleaners.pipeline",
    "encode": "cleaners.records",
    "explain": "cleaners.pipeline",
    "failed": "cleaners.records",
    "json_schema": "cleaners.records",
    "rejected": "cleaners.records",
    "restore": "cleaners.render",
}

__all__ = [
    "Explanation",
    "clean",
    "clean_page",
    "encode",
    "explain",
    "failed",
    "json_schema",
    "rejected",
    "restore",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'cleaners' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
