"""How many failures a run bears before it stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.errors import SettingsError
from copydesk.flows.run.failure_limit import FAIR_SAMPLE, FailureLimit


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_of_failures_is_the_most_that_is_borne(limit: int, failed: int) -> None:
    passed = FailureLimit.parse(str(limit)).is_passed(failed=failed, records=failed)
    assert passed == (failed > limit)


@given(st.integers(0, 100), st.integers(1, 500), st.data())
def test_a_share_of_failures_counts_once_there_are_enough_pages(
    share: int, pages: int, data: st.DataObject
) -> None:
    failed = data.draw(st.integers(0, pages))
    passed = FailureLimit.parse(f"{share}%").is_passed(failed=failed, records=pages)
    assert passed == (pages >= 20 and failed * 100 > share * pages)


@pytest.mark.parametrize("wrong", ["", "x", "-1", "5 %", "101%", "1.5", "٣"])
def test_a_wrong_limit_is_named(wrong: str) -> None:
    with pytest.raises(SettingsError, match="--max-failures"):
        FailureLimit.parse(wrong)


@pytest.mark.parametrize("failed", [0, FAIR_SAMPLE, 10**9])
def test_without_a_limit_a_run_goes_on(failed: int) -> None:
    assert not FailureLimit.parse(None).is_passed(failed=failed, records=failed)


def test_a_limit_of_none_is_passed_by_the_first() -> None:
    assert FailureLimit.parse(" 0 ").is_passed(failed=1, records=1)
    assert not FailureLimit.parse("0%").is_passed(failed=1, records=FAIR_SAMPLE - 1)
    assert FailureLimit.parse("0%").is_passed(failed=1, records=FAIR_SAMPLE)


def test_what_is_wrong_is_told_in_a_line_of_bounded_length() -> None:
    with pytest.raises(SettingsError) as caught:
        FailureLimit.parse("9" * 5_000)
    assert len(str(caught.value)) < 200
