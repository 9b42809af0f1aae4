"""Pure cleaning: a page in, a record out. No network, clock, environment, Prefect or global state.

Names are loaded when first used, so that a program that only passes pages on pays for nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.cleaners.pipeline.cleaning import Explanation as Explanation
    from copydesk.cleaners.pipeline.cleaning import clean as clean
    from copydesk.cleaners.pipeline.cleaning import clean_page as clean_page
    from copydesk.cleaners.pipeline.cleaning import explain as explain
    from copydesk.cleaners.record.records import encode as encode
    from copydesk.cleaners.record.records import failed as failed
    from copydesk.cleaners.record.records import json_schema as json_schema
    from copydesk.cleaners.record.records import rejected as rejected
    from copydesk.cleaners.record.render import restore as restore

_HOME = {
    "Explanation": "copydesk.cleaners.pipeline.cleaning",
    "clean": "copydesk.cleaners.pipeline.cleaning",
    "clean_page": "copydesk.cleaners.pipeline.cleaning",
    "encode": "copydesk.cleaners.record.records",
    "explain": "copydesk.cleaners.pipeline.cleaning",
    "failed": "copydesk.cleaners.record.records",
    "json_schema": "copydesk.cleaners.record.records",
    "rejected": "copydesk.cleaners.record.records",
    "restore": "copydesk.cleaners.record.render",
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
