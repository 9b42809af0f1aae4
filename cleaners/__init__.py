"""Pure cleaning: a page in, a record out. No network, clock, environment, Prefect or global state.

Names are loaded when first used, so that a program that only passes pages on pays for nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.cleaners.pipeline import Explanation as Explanation
    from copydesk.cleaners.pipeline import clean as clean
    from copydesk.cleaners.pipeline import clean_page as clean_page
    from copydesk.cleaners.pipeline import explain as explain
    from copydesk.cleaners.records import encode as encode
    from copydesk.cleaners.records import failed as failed
    from copydesk.cleaners.records import json_schema as json_schema
    from copydesk.cleaners.records import rejected as rejected
    from copydesk.cleaners.render import restore as restore

_HOME = {
    "Explanation": "copydesk.cleaners.pipeline",
    "clean": "copydesk.cleaners.pipeline",
    "clean_page": "copydesk.cleaners.pipeline",
    "encode": "copydesk.cleaners.records",
    "explain": "copydesk.cleaners.pipeline",
    "failed": "copydesk.cleaners.records",
    "json_schema": "copydesk.cleaners.records",
    "rejected": "copydesk.cleaners.records",
    "restore": "copydesk.cleaners.render",
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
        raise AttributeError(f"module 'copydesk.cleaners' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
