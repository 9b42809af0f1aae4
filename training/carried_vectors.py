"""A net's vectors of pieces, carried over to another vocabulary without training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Vectors = Mapping[str, NDArray[np.float32]]


def carried_over(
    learned: NDArray[np.int8], scale: NDArray[np.float32], had: Vectors, wanted: Vectors
) -> NDArray[np.int8]:
    """What a net makes of the pieces of another vocabulary, (pieces, width) in steps of ``scale``.

    ``learned``: what it makes of those it has, a linear projection of the encoder's vectors. ``had``, ``wanted``: the
    encoder's vectors of both vocabularies, in their order. Pieces it has had stay as they are; the projection is found
    from them by least squares, and for others it is exact but for the rounding of ``learned``.
    """
    projection = np.linalg.lstsq(np.stack([*had.values()]), learned * scale, rcond=None)[0]
    found = np.rint(np.stack([*wanted.values()]) @ projection / scale)
    vectors: NDArray[np.int8] = np.clip(found, -127, 127).astype(np.int8)
    numbers = {piece: number for number, piece in enumerate(had)}
    for number, piece in enumerate(wanted):
        if piece in numbers:
            vectors[number] = learned[numbers[piece]]
    return vectors
