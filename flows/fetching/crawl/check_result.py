"""What a look at something came to."""

from __future__ import annotations

from msgspec import Struct


class CheckResult(Struct, frozen=True):
    """What a look at a source came to, in words."""

    is_good: bool
    # one line, with addresses as they may be shown: without keys and passwords
    detail: str
