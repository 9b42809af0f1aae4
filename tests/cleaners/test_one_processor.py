"""numpy is kept to one thread within, and left as it was without."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from copydesk.cleaners.one_processor import on_one_processor


def threads() -> list[int]:
    np.ones((2, 2)) @ np.ones((2, 2))  # loads what multiplies
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_one_thread_multiplies_within_and_as_many_as_before_afterwards() -> None:
    before = threads()
    for _ in range(2):  # what limits is made once, and serves again
        with on_one_processor():
            assert set(threads()) <= {1}
            with on_one_processor():
                assert set(threads()) <= {1}
            assert set(threads()) <= {1}
        assert threads() == before


def test_an_error_within_restores_the_threads() -> None:
    before = threads()
    with pytest.raises(ValueError, match="noon"), on_one_processor():
        raise ValueError("noon")
    assert threads() == before
