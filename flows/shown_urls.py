"""Addresses as they may stand in a log."""

from __future__ import annotations

import re

_NAMES = "api-?key|key|token|auth|authorization|secret|signature|sig|password|passwd|pwd|pass|session|sessionid|sid|credential"
_SECRETS = re.compile(rf"([?&;](?:[\w.-]{{0,60}}[_.-])?(?:{_NAMES})=)[^&;#\s]+", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(://)[^/?#\s\\]*@")


def without_secrets(text: str) -> str:
    """``text`` with the credentials of its URLs, and the values of query parameters that are named like secrets, replaced by ``...``."""
    return _SECRETS.sub(r"\1...", _CREDENTIALS.sub(r"\1...@", text))
