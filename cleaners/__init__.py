"""Pure cleaning: a page in, a record out. No network, clock, environment, Prefect or global state.

Names are imported at first use, so that a program that only passes pages on does not load the cleaner.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # for type checkers only; `as` marks a name as re-exported (PEP 484)
    from copydesk.cleaners.pipeline.assembly import Explanation as Explanation
    from copydesk.cleaners.pipeline.cleaning import clean as clean
    from copydesk.cleaners.pipeline.cleaning import clean_page as clean_page
    from copydesk.cleaners.pipeline.cleaning import explain as explain
    from copydesk.cleaners.record.records import encode as encode
    from copydesk.cleaners.record.records import failed as failed
    from copydesk.cleaners.record.records import json_schema as json_schema
    from copydesk.cleaners.record.records import rejected as rejected
    from copydesk.cleaners.record.render import restore as restore

# the same names again, because the imports above do not run
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

# the public names; everything else in the package may move
__all__ = [*_HOME]  # noqa: PLE0604


# called for names that the module does not have yet (PEP 562)
def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'copydesk.cleaners' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
