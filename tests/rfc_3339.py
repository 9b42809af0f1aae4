"""Whether a date is written as a record has it."""

from __future__ import annotations

import re
from datetime import date, datetime

RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2}))?")


def is_rfc_3339(value: str) -> bool:
    if not RFC_3339.fullmatch(value):
        return False
    return (date if len(value) == 10 else datetime).fromisoformat(value) is not None
