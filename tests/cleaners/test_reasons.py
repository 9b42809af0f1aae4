"""Each reason has one status, and whether it speaks against what was read before is known by the reason, too."""

from __future__ import annotations

import pytest

from copydesk.cleaners.errors import BadPage, EmptyPage, TooComplex, TooDeep, TooLarge, Undecodable, WrongType
from copydesk.cleaners.page_kind.page_type import PageKind
from copydesk.cleaners.reasons import PARTIAL, REJECTED, is_answer, status_by


@pytest.mark.parametrize(("reason", "status", "answered"), [
    ("http_404: status 404", "failed", True), ("http_410", "failed", True), ("http_206", "failed", True),
    ("http_408", "failed", False), ("http_429", "failed", False), ("http_500: status 500", "failed", False),
    ("timeout", "failed", False), ("truncated", "failed", False), ("a code of nobody", "failed", False),
    ("too_large: more than 20,000,000 bytes", "rejected", True),
    ("robots_denied", "rejected", True), ("index: a list of links", "rejected", False),
    ("paywall: the rest is for subscribers", "partial", False),
])  # fmt: skip
def test_a_reason_has_one_status(reason: str, status: str, *, answered: bool) -> None:
    assert (status_by(reason), is_answer(reason)) == (status, answered)


def test_no_reason_has_two_and_the_cleaners_own_are_all_rejected() -> None:
    assert len({*REJECTED, *PARTIAL}) == len(REJECTED) + len(PARTIAL)
    for fault in (BadPage, EmptyPage, WrongType, Undecodable, TooLarge, TooComplex, TooDeep):
        assert status_by(fault.reason) == "rejected", fault


def test_every_kind_of_page_that_is_no_article_is_in_the_table() -> None:
    assert {kind.value for kind in PageKind} <= {*REJECTED, *PARTIAL, "article"}
