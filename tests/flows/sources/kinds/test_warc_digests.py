"""Digests as WARC files write them."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.sources.kinds.warc_records import is_digest_right

KINDS = ("sha1", "sha256", "sha512", "md5")


def written(kind: str, content: bytes) -> list[str]:
    """All forms in which writers give the digest."""
    made = hashlib.new(kind, content, usedforsecurity=False)
    padded = base64.b32encode(made.digest()).decode()
    values = (padded, padded.rstrip("="), padded.lower(), made.hexdigest(), made.hexdigest().upper())
    names = (kind, kind.upper(), kind.replace("sha", "sha-"), f" {kind} ")
    return [f"{name}:{value}" for name in names for value in values] + [f"{kind}: {padded} "]


@given(st.binary(max_size=40), st.sampled_from(KINDS), st.integers(0, 7))
def test_a_digest_is_right_in_every_form_and_wrong_for_any_other_content(
    content: bytes, kind: str, bit: int
) -> None:
    other = bytes([(content or b"\0")[0] ^ 1 << bit]) + content[1:]
    for digest in written(kind, content):
        assert is_digest_right(content, digest) is True, digest
        assert is_digest_right(other, digest) is False, digest


@pytest.mark.parametrize(
    ("digest", "is_right"),
    [
        ("", None),
        ("   ", None),
        ("blake3:AAAA", None),
        ("crc32:12345678", None),
        ("sha1", False),
        ("sha1:", False),
        (":AAAA", False),
        ("AAAA", False),
        ("sha1:====", False),
        ("sha1:AAAA", False),
        ("sha256:" + "0" * 64, False),
        ("md5:grün", False),
    ],
)
def test_what_is_no_digest_is_damage_and_an_unknown_one_proves_nothing(
    digest: str, is_right: bool | None
) -> None:
    assert is_digest_right(b"words", digest) is is_right
