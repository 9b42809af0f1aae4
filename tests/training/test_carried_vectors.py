"""A net's vectors for the pieces of another vocabulary."""

from __future__ import annotations

import numpy as np

from training.carried_vectors import carried_over


def test_pieces_that_a_net_has_had_keep_their_vectors_and_others_get_what_its_projection_makes_of_theirs() -> (
    None
):
    chance = np.random.default_rng(0)
    encoder = {f"piece {number}": chance.normal(size=12).astype(np.float32) for number in range(90)}
    projection = chance.normal(size=(12, 5)).astype(np.float32)
    exact = {piece: vector @ projection for piece, vector in encoder.items()}
    scale = np.abs([*exact.values()]).max(0) / 127
    had = [*encoder][:60]
    learned = np.rint([exact[piece] / scale for piece in had]).astype(np.int8)
    wanted = [*encoder][:20:-1]  # others, and those of it in another order
    found = carried_over(
        learned, scale, {piece: encoder[piece] for piece in had}, {piece: encoder[piece] for piece in wanted}
    )
    for number, piece in enumerate(wanted):
        if piece in had:
            assert (found[number] == learned[had.index(piece)]).all()
        assert np.abs(found[number] - exact[piece] / scale).max() < 2
