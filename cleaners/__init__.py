"""Pure cleaning: a page in, a record out. No network, clock, environment, Prefect or global state.

Names are loaded when first used, so that a program that only passes pages on pays for nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # for type checkers alone; `as` says that a name is meant to be imported from here (PEP 484)
    from copydesk.cleaners.pipeline.assembly import Explanation as Explanation
    from copydesk.cleaners.pipeline.cleaning import clean as clean
    from copydesk.cleaners.pipeline.cleaning import clean_page as clean_page
    from copydesk.cleaners.pipeline.cleaning import explain as explain
    from copydesk.cleaners.record.records import encode as encode
    from copydesk.cleaners.record.records import failed as failed
    from copydesk.cleaners.record.records import json_schema as json_schema
    from copydesk.cleaners.record.records import rejected as rejected
    from copydesk.cleaners.record.render import restore as restore

# the same names once more, since nothing above runs; a missing one would fail only when it is used
_HOME = {
    "Explanation": "copydesk.cleaners.pipeline.assembly",
    "clean": "copydesk.cleaners.pipeline.cleaning",
    "clean_page": "copydesk.cleaners.pipeline.cleaning",
    "encode": "copydesk.cleaners.record.records",
    "explain": "copydesk.cleaners.pipeline.cleaning",
    "failed": "copydesk.cleaners.record.records",
    "json_schema": "copydesk.cleaners.record.records",
    "rejected": "copydesk.cleaners.record.records",
    "restore": "copydesk.cleaners.record.render",
}

# what the package promises; all else in it may move
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


# called for names the module does not have yet (PEP 562)
def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'copydesk.cleaners' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
