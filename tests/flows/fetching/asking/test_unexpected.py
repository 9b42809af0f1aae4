"""An exception that nobody expected is the outcome of its page, but a fault of the run ends the run."""

from __future__ import annotations

import pytest

from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.fetching.asking.unexpected import failure_of

URL = "https://paper.example/a"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("a"), "KeyError: 'a'"),
        (ValueError(), "ValueError"),
        (ValueError("one\nline   of\tit"), "ValueError: one line of it"),
        (ExceptionGroup("several", [KeyError("a")]), "ExceptionGroup: several (1 sub-exception)"),
        (RuntimeError("x" * 5_000), "RuntimeError: xxx"),
    ],
)
def test_an_exception_becomes_its_pages_outcome(error: Exception, message: str) -> None:
    found = failure_of(URL, error)
    assert (found.url, found.reason, found.status) == (URL, "error", "failed")
    assert found.message.startswith(message)
    assert len(found.message) <= 300
    assert "\n" not in found.message


def test_what_is_so_with_one_page_and_with_all_ends_the_run() -> None:
    for fault in (EnvironmentFault("no space"), SettingsError("no such option")):
        with pytest.raises(type(fault)) as caught:
            failure_of(URL, fault)
        assert caught.value is fault
    mixed = ExceptionGroup("tasks", [KeyError("a"), ExceptionGroup("inner", [EnvironmentFault("no space")])])
    with pytest.raises(ExceptionGroup) as several:
        failure_of(URL, mixed)
    # what is the page's own is not told as the run's
    assert several.value.subgroup(KeyError) is None
    assert several.value.subgroup(EnvironmentFault) is not None
