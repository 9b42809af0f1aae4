"""A file of weights that is no net is one clear line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.residue.reading.residue_reading import read_net


@pytest.mark.parametrize("content", [None, b"", b"no archive", "other"])
def test_a_file_that_is_no_net_is_named(tmp_path: Path, content: bytes | str | None) -> None:
    file = tmp_path / "net.npz"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        np.savez(file, vectors=np.zeros((2, 2)))
    with pytest.raises(BadData, match=r"net\.npz: the net cannot be read .*; install copydesk again"):
        read_net(file)
