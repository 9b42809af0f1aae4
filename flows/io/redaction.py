"""URLs without secrets, for logs and messages."""

from __future__ import annotations

import re

from copydesk.cleaners.patterns import lazy_pattern

# set by hand: more names hide harmless values, fewer show secrets
_NAMES = "api-?key|key|token|auth|authorization|secret|signature|sig|password|passwd|pwd|pass|session|sessionid|sid|credential"
# `?api_key=…`, `&x-auth-token=…`, `;sid=…`; the bound of 60 keeps a long query from being tried at length
_SECRETS = lazy_pattern(rf"([?&;](?:[\w.-]{{0,60}}[_.-])?(?:{_NAMES})=)[^&;#\s]+", re.IGNORECASE)
# `https://user:password@host`, anywhere in a sentence
_CREDENTIALS = lazy_pattern(r"(://)[^/?#\s\\]*@")
# `https://user@host`, and without a scheme `//user:password@host`
_ADDRESS_WITH_CREDENTIALS = lazy_pattern(r"\s*[\w+.-]*:?//[^/?#]*@")


def holds_credentials(address: str) -> bool:
    """Whether an address names a user or password, with or without a scheme."""
    return _ADDRESS_WITH_CREDENTIALS.match(address) is not None


def without_secrets(text: str) -> str:
    """``text`` with the credentials of its URLs, and the values of query parameters that are named like
    secrets, replaced by ``...``.
    """
    return _SECRETS.sub(r"\1...", _CREDENTIALS.sub(r"\1...@", text))
