"""A visit counts the bytes of a page and of all its parts together."""

from __future__ import annotations

import pytest

from copydesk.flows.fetching.wire.bodies import BadBody
from copydesk.flows.fetching.wire.budgets import Visit


def test_a_visit_ends_with_the_byte_that_is_too_many_and_stays_ended() -> None:
    visit = Visit(1_000)
    assert not visit.is_open
    for _ in range(4):
        visit.weigh(250)
    assert not visit.is_too_large
    for size in (1, 0, 5):  # whatever of it still runs ends as well
        with pytest.raises(BadBody, match="the page and its parts are more than 1,000 bytes") as caught:
            visit.weigh(size)
        assert caught.value.reason == "too_large"
    assert visit.is_too_large
