"""Digests as WARC files write them, held against what they are of."""

from __future__ import annotations

import base64
import hashlib

_BASE32_CHARS = {"sha1": 32, "sha256": 52, "sha512": 103, "md5": 26}  # in hexadecimal there are more


def is_digest_right(content: bytes, digest: str) -> bool | None:
    """Whether the content has the digest it is said to have (``sha1:…``, base 32 or hexadecimal).

    None where that cannot be told: there is none, or it is made in a way not known here. What has no form of
    a digest is wrong: all writers name the way it is made, so that it is damaged itself.
    """
    name, colon, value = digest.partition(":")
    # “sha1:”, “SHA-1:” and “sha-1:” are all written
    name = name.strip().lower().replace("-", "")
    value = value.strip().rstrip("=")
    if digest.strip() and not (colon and name and value):
        return False
    if name not in _BASE32_CHARS:
        return None
    made = hashlib.new(name, content, usedforsecurity=False)
    if len(value) > _BASE32_CHARS[name]:
        return value.lower() == made.hexdigest()
    # padded with “=” or not: writers differ
    return value.upper() == base64.b32encode(made.digest()).decode().rstrip("=")
