"""Compressed data: whole or not at all, in bounded memory, whatever the kind."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from conftest import ARTICLE
from hypothesis import given, settings
from hypothesis import strategies as st
from processor_time import bounded

from copydesk.flows.fetching.wire.budgets import BadBody, unpacked
from copydesk.flows.io.decompression import (
    BROTLI,
    DEFLATE,
    GZIP,
    MAX_CODINGS,
    MAX_MEMBERS,
    MAX_WINDOW_LOG,
    PIECE_BYTES,
    ZSTD,
    Damaged,
    decoder,
    inflate,
)
from copydesk.flows.io.zstandard import CHECKED, zstd

Pack = Callable[[bytes], bytes]
CONTENT = ARTICLE.encode()
ENOUGH = 10_000_000


def framed(content: bytes) -> bytes:
    return zstd.compress(content, options=CHECKED)


def bare(content: bytes) -> bytes:
    return zlib.compress(content, wbits=-15)


PACKS: dict[str, tuple[str, Pack]] = {
    "gzip": (GZIP, gzip.compress), "zlib": (DEFLATE, zlib.compress), "bare deflate": (DEFLATE, bare),
    "brotli": (BROTLI, brotli.compress), "zstd": (ZSTD, framed),
}  # fmt: skip
EVERY = pytest.mark.parametrize(("kind", "pack"), PACKS.values(), ids=PACKS)
SEVERAL = pytest.mark.parametrize(("kind", "pack"), [PACKS["gzip"], PACKS["zstd"]], ids=["gzip", "zstd"])


@EVERY
def test_what_was_packed_comes_back(kind: str, pack: Pack) -> None:
    for content in (b"", b"x", CONTENT, CONTENT * 500, bytes(PIECE_BYTES), bytes(PIECE_BYTES + 1)):
        assert inflate(pack(content), kind, most=ENOUGH) == (content, b"")
        assert unpacked(pack(content), kind, most=ENOUGH) == content
    assert inflate(b"", kind, most=ENOUGH) == (b"", b"")


@settings(max_examples=40)
@given(st.sampled_from(sorted(PACKS)), st.binary(max_size=3000), st.integers(1, 4000))
def test_a_decoder_takes_data_in_any_steps(name: str, content: bytes, step: int) -> None:
    kind, pack = PACKS[name]
    packed, found, member = pack(content), b"", decoder(kind)
    for at in range(0, len(packed), step):
        assert not member.is_done
        found += b"".join(member.inflate(packed[at : at + step]))
    assert (found, member.is_done, member.unused) == (content, True, b"")


@EVERY
def test_every_cut_is_reported(kind: str, pack: Pack) -> None:
    packed = pack(CONTENT)
    for length in {*range(1, 40), *range(40, len(packed) - 20, 9), *range(len(packed) - 20, len(packed))}:
        with pytest.raises(EOFError):
            inflate(packed[:length], kind, most=ENOUGH)
        with pytest.raises(BadBody, match="ends early") as caught:
            unpacked(packed[:length], kind, most=ENOUGH)
        assert caught.value.reason == "truncated"


@settings(max_examples=40)
@given(st.sampled_from(["gzip", "zlib", "zstd"]), st.floats(0, 1), st.integers(0, 7))
def test_damage_is_reported_where_there_is_a_checksum(name: str, place: float, bit: int) -> None:
    kind, pack = PACKS[name]
    packed = bytearray(pack(CONTENT))
    packed[int(place * (len(packed) - 1))] ^= 1 << bit
    try:
        content, _ = inflate(bytes(packed), kind, most=ENOUGH)
    except (Damaged, EOFError):
        return
    assert content == CONTENT


@SEVERAL
def test_members_follow_each_other(kind: str, pack: Pack) -> None:
    parts = [CONTENT[n : n + 99] for n in range(0, len(CONTENT), 99)]
    packed = b"".join(map(pack, parts))
    assert inflate(packed, kind, most=ENOUGH) == (CONTENT, b"")
    assert inflate(packed + bytes(512), kind, most=ENOUGH) == (CONTENT, b"")
    assert inflate(packed + b"after it", kind, most=ENOUGH) == (CONTENT, b"after it")
    with pytest.raises(BadBody, match="goes on after its end") as caught:
        unpacked(packed + b"after it", kind, most=ENOUGH)
    assert caught.value.reason == "damaged"
    one = len(pack(parts[0]))
    for length in range(one + 1, one + 20):  # in the second member
        with pytest.raises(EOFError):
            inflate(packed[:length], kind, most=ENOUGH)


@SEVERAL
def test_members_that_hold_nothing_cost_no_time(kind: str, pack: Pack) -> None:
    assert inflate(pack(b"") * MAX_MEMBERS, kind, most=ENOUGH) == (b"", b"")
    with bounded(150), pytest.raises(Damaged, match="more than 4,000 members"):
        inflate(pack(b"") * 1_000_000, kind, most=ENOUGH)


def test_so_many_codings_and_no_more_are_undone() -> None:
    body = CONTENT
    for _ in range(MAX_CODINGS):
        body = gzip.compress(body)
    assert unpacked(body, "gzip, identity, x-gzip,, GZIP", most=ENOUGH) == CONTENT
    with pytest.raises(BadBody, match="compressed 1600 times over") as caught:
        unpacked(gzip.compress(body), ",".join(["gzip"] * 1600), most=ENOUGH)
    assert caught.value.reason == "damaged"


@EVERY
def test_of_what_may_be_cut_the_beginning_is_left(kind: str, pack: Pack) -> None:
    text = CONTENT * 50
    packed = pack(text)
    for size in (1, len(CONTENT), 20_000):
        assert unpacked(packed, kind, most=size, may_cut=True) == text[:size]
    with pytest.raises(BadBody, match="ends early"):  # nobody but the server has cut it
        unpacked(packed[:-1], kind, most=len(text), may_cut=True)
    # what is longer packed than plain may be cut as it comes
    stored, most = zlib.compress(CONTENT, level=0), len(CONTENT) - 100
    assert unpacked(stored[: most + 1], "deflate", most=most, may_cut=True) == CONTENT[: most + 1 - 7]
    with pytest.raises(BadBody, match="ends early"):
        unpacked(stored[: most + 1], "deflate", most=most)


def test_frames_to_be_skipped_are_skipped_and_those_that_look_back_too_far_refused() -> None:
    skipped = b"\x5a\x2a\x4d\x18\x03\0\0\0abc"
    assert inflate(skipped + framed(b"one") + skipped + framed(b"two"), ZSTD, most=9) == (b"onetwo", b"")
    with pytest.raises(EOFError):
        inflate(framed(b"one") + skipped[:-1], ZSTD, most=9)
    # without its size: the window holds
    maker = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: MAX_WINDOW_LOG + 1})
    frame = maker.compress(bytes(10_000_000)) + maker.flush()
    with pytest.raises(Damaged, match="memory"):
        inflate(frame, ZSTD, most=ENOUGH)


def bomb(kind: str) -> bytes:
    """Two gigabytes of zeros, in two megabytes; twenty megabytes in brotli and deflate, which have no members."""
    zeros = bytes(20_000_000)
    match kind:
        case "gzip":
            return gzip.compress(zeros) * 100
        case "zstd":
            return zstd.compress(zeros) * 100
        case "br":
            return brotli.compress(zeros, quality=1)
    return zlib.compress(zeros)


@pytest.mark.parametrize("kind", [GZIP, ZSTD, BROTLI, DEFLATE])
def test_bombs_end_at_the_limit(kind: str) -> None:
    packed = bomb(kind)
    assert len(packed) < 2_200_000
    with bounded(200, megabytes=45):
        content, _ = inflate(packed, kind, most=1_000_000)
    assert 1_000_000 < len(content) < 15_000_000
    with pytest.raises(BadBody, match="more than 1,000,000 bytes"):
        unpacked(packed, kind, most=1_000_000)
