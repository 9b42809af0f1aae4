"""Tests of many cases in one report each case that fails, and fail where there is none."""

from __future__ import annotations

import pytest
from each_case import hold


def is_even(number: int, _: str) -> None:
    assert 1 / number
    assert number % 2 == 0


def test_each_case_that_fails_is_reported_and_all_are_tried() -> None:
    hold(is_even, [(2, "a"), (4, "b")])
    with pytest.raises(ExceptionGroup, match="2 of 4 cases") as caught:
        hold(is_even, [(2, "a"), (3, "b"), (0, "c"), (4, "d")])
    assert [fault.__notes__ for fault in caught.value.exceptions] == [["of (3, 'b')"], ["of (0, 'c')"]]


def test_no_case_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="no cases"):
        hold(is_even, [])
