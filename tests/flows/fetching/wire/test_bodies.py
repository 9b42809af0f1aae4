"""Bodies of HTTP: whole, unpacked, bounded; whatever is cut, damaged or grows beyond measure is none."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.wire.budgets import BadBody, unpacked
from copydesk.flows.io.decompression import MAX_CODINGS
from copydesk.flows.io.zstandard import zstd

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstd.compress,
}
KINDS = st.lists(st.sampled_from(sorted(PACK)), max_size=MAX_CODINGS)


def pack(body: bytes, kinds: list[str]) -> bytes:
    for kind in kinds:
        body = PACK[kind](body)
    return body


@given(st.binary(max_size=400), KINDS)
def test_what_was_packed_in_turn_comes_back(body: bytes, kinds: list[str]) -> None:
    assert unpacked(pack(body, kinds), ", ".join(kinds).upper() or None, most=10_000) == body


@pytest.mark.parametrize("encoding", [None, "", "identity", " identity , "])
def test_a_body_that_is_not_packed_is_taken_as_it_is(encoding: str | None) -> None:
    assert unpacked(b"\x1f\x8bwords", encoding, most=100) == b"\x1f\x8bwords"


@given(st.binary(min_size=20, max_size=300), st.sampled_from(sorted(PACK)), st.data())
def test_a_cut_body_is_no_body(body: bytes, kind: str, data: st.DataObject) -> None:
    packed = PACK[kind](body)
    cut = packed[: data.draw(st.integers(1, len(packed) - 1))]
    with pytest.raises(BadBody) as caught:
        unpacked(cut, kind, most=10_000)
    assert caught.value.reason in ("truncated", "damaged")


@pytest.mark.parametrize(
    ("encoding", "reason", "message"),
    [
        ("compress", "damaged", "packed as 'compress', which was not requested"),
        ("gzip, x-pack", "damaged", "packed as 'x-pack', which was not requested"),
        ("gzip, gzip, gzip, gzip", "damaged", "compressed 4 times over"),
        ("gzip", "damaged", "invalid gzip or deflate data"),
        ("zstd", "damaged", "invalid zstd data"),
        ("br", "damaged", "invalid brotli data"),
    ],
)
def test_what_cannot_be_undone_is_reported(encoding: str, reason: str, message: str) -> None:
    with pytest.raises(BadBody, match=message) as caught:
        unpacked(b"\xff\xfe words that nobody has packed " * 9, encoding, most=10_000)
    assert caught.value.reason == reason


@pytest.mark.parametrize("kinds", [[], *([kind] for kind in sorted(PACK)), ["gzip", "br"]], ids="+".join)
@pytest.mark.parametrize("over", [0, 1])
def test_a_body_may_have_so_many_bytes_and_no_more(kinds: list[str], over: int) -> None:
    body = bytes(range(256)) * 40
    packed, encoding, most = pack(body, kinds), ",".join(kinds), len(body) - over
    if not over:
        assert unpacked(packed, encoding, most=most) == body
        return
    with pytest.raises(BadBody) as caught:
        unpacked(packed, encoding, most=most)
    assert caught.value.reason == "too_large"
    assert unpacked(packed, encoding, most=most, may_cut=True) == body[:most]


@pytest.mark.parametrize("kind", sorted(PACK))
def test_a_bomb_is_stopped_at_the_limit(kind: str) -> None:
    bomb = PACK[kind](bytes(30_000_000))
    with pytest.raises(BadBody, match="unpacks to more than 1,000,000 bytes"):
        unpacked(bomb, kind, most=1_000_000)
    assert unpacked(bomb, kind, most=1_000_000, may_cut=True) == bytes(1_000_000)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_only_zeros_may_follow_the_end(kind: str) -> None:
    packed = PACK[kind](b"the whole page")
    assert unpacked(packed + bytes(20), kind, most=100) == b"the whole page"
    assert unpacked(packed + packed, kind, most=100) == b"the whole page" * 2
    with pytest.raises(BadBody, match="goes on after its end"):
        unpacked(packed + b"more", kind, most=100)
    # deflate has no mark by which a further member could be recognised
    assert unpacked(PACK["deflate"](b"page") + b"more", "deflate", most=100) == b"page"


def test_a_body_cut_by_us_and_within_the_limit_is_distinguished() -> None:
    noise = bytes(range(256)) * 8
    packed = gzip.compress(noise, compresslevel=0, mtime=0)
    # longer than the limit as it comes: the end that is missing may be one that we left
    assert unpacked(packed[:1_500], "gzip", most=1_000, may_cut=True) == noise[:1_000]
    # shorter: it was read whole, and ends early by itself
    with pytest.raises(BadBody, match="ends early"):
        unpacked(packed[:900], "gzip", most=1_000, may_cut=True)
