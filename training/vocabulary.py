"""Makes the vocabulary of pieces that all nets share, and gives these nets vectors for its pieces:
``python -m training.vocabulary [--data FOLDER]``.

The vocabulary has the pieces that are met in what the nets learn from. No net needs to be trained for a new one: its
vectors are those of the encoder under a linear projection of its own, which the pieces that it has had already
determine (least squares; for these the difference is that of rounding to eight bits).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from copydesk.cleaners.residue.reading.measures import bare
from copydesk.cleaners.words.pieces import vocabulary
from training.carried_vectors import carried_over
from training.residue import COMPOSED_TEXTS, read_lines
from training.text_nets import piece_vectors, write_vocabulary

ROOT = Path(__file__).parent.parent
PIECES = ROOT / "cleaners" / "words" / "pieces.model"
NETS = {
    ROOT / "cleaners" / "residue" / "reading" / "net.npz": np.savez_compressed,
    ROOT / "cleaners" / "wording" / "text_kinds.npz": np.savez,
}
"""The nets with vectors of these pieces, and how each is written."""


def main() -> None:
    """Reads, writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    had = vocabulary()
    write_vocabulary(read_texts(parser.parse_args().data), PIECES)
    wanted = SentencePieceProcessor(model_file=str(PIECES))
    for path, save in NETS.items():
        with np.load(path, allow_pickle=False) as stored:
            net = dict(stored)
        net["vectors"] = carried_over(net["vectors"], net["scale"], vectors(had), vectors(wanted))
        save(path, **net)
    print(f"{PIECES}: {had.get_piece_size()} pieces before, now {wanted.get_piece_size()}")


def vectors(pieces: SentencePieceProcessor) -> Mapping[str, NDArray[np.float32]]:
    """The encoder's vector of each piece of a vocabulary, in its order."""
    names = map(pieces.id_to_piece, range(pieces.get_piece_size()))
    return dict(zip(names, piece_vectors(pieces), strict=True))


def read_texts(data: Path) -> Iterator[str]:
    """What the nets learn from, but for the blocks of real pages that only the judgement of wording reads."""
    lines = (bare(text) for line in read_lines(data) for text in (line.sample.text, *line.sample.beside))
    composed = (
        json.loads(row)["text"]
        for file in sorted(COMPOSED_TEXTS.glob("*.jsonl"))
        for row in file.read_text("utf-8").splitlines()
    )
    return chain(lines, composed)


if __name__ == "__main__":
    main()
