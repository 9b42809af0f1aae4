"""What is kept of a text to find its copies: buckets of its MinHash, and a sketch that measures how much two texts
share.

MinHash finds texts by their resemblance (shared shingles to all shingles), banded for search. A text that was shortened
resembles its original little: the sketches decide which candidate is a copy, by containment (shared shingles to those
of the shorter). A sketch holds the smallest hashes of a text's shingles (bottom-k; Cohen and Kaplan 2007): of two
sketches those hashes that are below the largest of either are a sample of both texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import rensa
from msgspec import Struct

from copydesk.cleaners.shingles import Hashes, shingled

SCHEME: Final = 1_000 * int(rensa.RMinHash.ALGORITHM_VERSION) + 1
"""Signatures of one scheme can be compared. Ours are the last digits: one more with any change of signatures."""
MIN_WORDS: Final = 30
"""A shorter text is a copy only where it is the same: of notices and captions most of the words are."""
BANDS: Final = 12
ROWS: Final = 2
"""A band is two hashes: 12 of them find 99.8 % of made copies (whose resemblance goes down to 0.4), and of a million
strange texts 2.6 as candidates; of three rows 24 bands are as good and twice the table (decision 11).
"""
SKETCH_SIZE: Final = 128
"""Containment of 0.65 is estimated to within 0.05 (one standard deviation), at half a kilobyte a text."""
MIN_CONTAINMENT: Final = 0.65
MIN_LENGTH_RATIO: Final = 0.5
"""Chosen on half of the sites, with what they do on the other (decision 11). A text that is whole in
another of twice its length is an item of a collection, not a shorter copy.
"""

_SEED = 42
_HASHES = BANDS * ROWS


class Signature(Struct, frozen=True):
    """What is kept of one text.

    ``content``: digest of all of it. ``count``: how many different shingles it has; 0 of a short text. ``sketch``: the
    upper halves of the smallest shingle hashes, rising. ``buckets``: where texts that may be copies meet, as signed
    numbers of 64 bits.
    """

    content: bytes
    count: int
    sketch: bytes
    buckets: tuple[int, ...]


def signatures(texts: Sequence[tuple[str, str]]) -> list[Signature]:
    """The signatures of texts, each given with its content hash."""
    found = [shingled(text) for text, _ in texts]
    bands = iter(_bands([each.hashes for each in found if each.words >= MIN_WORDS]))
    made: list[Signature] = []
    for (_, content), each in zip(texts, found, strict=True):
        digest = hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=16).digest()
        if each.words < MIN_WORDS:
            made.append(Signature(digest, 0, b"", (int.from_bytes(digest[:8], "little", signed=True),)))
            continue
        # of 64 bits the upper 32 keep their order; that two of a text's are the same then is one case in a thousand
        smallest = np.unique((each.hashes[:SKETCH_SIZE] >> np.uint64(32)).astype("<u4"))
        made.append(Signature(digest, each.hashes.size, smallest.tobytes(), tuple(next(bands))))
    return made


def similarity(one: Signature, other: Signature) -> float | None:
    """How much of the shorter text the other has, 0 to 1; None where neither is a copy of the other."""
    if one.content == other.content:
        return 1.0
    # of texts of one length the same in either order
    short, long = sorted((one, other), key=lambda each: (each.count, each.content))
    # also where one has no sketch
    if short.count < MIN_LENGTH_RATIO * long.count or not short.count:
        return None
    found = containment(short, long)
    return found if found >= MIN_CONTAINMENT else None


def containment(short: Signature, long: Signature) -> float:
    """The share of a text's shingles that a longer one has too, estimated from their sketches."""
    first, second = (np.frombuffer(each.sketch, "<u4") for each in (short, long))
    # what is not the whole text ends at its largest hash
    limits = [each[-1] for each, text in ((first, short), (second, long)) if each.size < text.count]
    sample = int(first.searchsorted(min(limits), "right")) if limits else first.size
    # what both have is below the largest of either; np.intersect1d finds the same in three times the time
    both = np.concatenate((first, second))
    both.sort()
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    # each with itself at least: the smallest hash of a text may be above the other's largest
    return round(shared / max(1, sample), 3)


def _bands(texts: list[Hashes]) -> list[list[int]]:
    """The buckets of each text: one a band, of which two texts share one only where they share all hashes of a band."""
    if not texts:
        return []
    rows = rensa.RMinHash.digest_matrix_from_token_hash_sets(texts, _HASHES, _SEED).to_rows()
    pairs = np.array(rows, np.uint64).reshape(len(texts), BANDS, ROWS)
    # odd multipliers: a band's two 32-bit hashes give different numbers for different pairs, and other bands others
    joined = (pairs[:, :, 0] << np.uint64(32)) | pairs[:, :, 1]
    salted = (joined ^ np.arange(BANDS, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
    found: list[list[int]] = (salted ^ (salted >> np.uint64(32))).view(np.int64).tolist()
    return found
