"""Which listed pages are requested, by what is known of them and what their list contains."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified
from copydesk.flows.fetching.lists.listed import ListedPage, ListResult
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.web.frontier import Need, PendingPage, Wants, last_fetched, refetch_need
from copydesk.flows.library.web.urls import Known

URL = "https://paper.example/a"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
BEGAN = NOW - timedelta(minutes=5)


def listed_page(*, changed: datetime | None = None, key: str | None = None) -> ListedPage:
    return ListedPage(URL, changed_at=changed, key=key)


@pytest.mark.parametrize(
    ("known", "changed", "need"),
    [
        # it failed: again once its time has come
        (Known("http_500", fetched_at=NOW - DAY, next_attempt_at=NOW + DAY, failures=1), None, Need.LATER),
        (Known("http_500", fetched_at=NOW - DAY, next_attempt_at=NOW - DAY, failures=1), None, Need.NEW),
        (Known("http_500", fetched_at=NOW - DAY, next_attempt_at=NOW + DAY, failures=1), NOW, Need.LATER),
        # a failure noted by a clock that was ahead puts nothing off
        (Known("http_500", fetched_at=NOW + DAY, next_attempt_at=NOW + 2 * DAY), None, Need.NEW),
        (Known("http_500", next_attempt_at=NOW + DAY), None, Need.LATER),
        # it was read: the list decides
        (Known(fetched_at=NOW - DAY), None, Need.MAYBE),
        (Known(fetched_at=NOW - DAY), NOW - 2 * DAY, Need.KNOWN),
        (Known(fetched_at=NOW - DAY), NOW - DAY, Need.KNOWN),
        (Known(fetched_at=NOW - DAY), NOW - DAY / 2, Need.NEW),
        # by a clock that was ahead, or nobody knows when
        (Known(fetched_at=NOW + DAY), NOW - DAY, Need.MAYBE),
        (Known(), NOW - DAY, Need.MAYBE),
        # in this run
        (Known(fetched_at=BEGAN), NOW, Need.KNOWN),
        (Known(fetched_at=BEGAN + timedelta(minutes=1)), None, Need.KNOWN),
        (Known(fetched_at=BEGAN - timedelta(seconds=1)), None, Need.MAYBE),
    ],
)
def test_whether_a_known_page_is_requested_again(known: Known, changed: datetime | None, need: Need) -> None:
    assert refetch_need(listed_page(changed=changed), known, began=BEGAN) is need
    assert known.is_backing_off is (need is Need.LATER)


def test_pages_are_as_old_as_their_last_reading_and_unknown_ones_oldest() -> None:
    pages = [
        PendingPage(listed_page(), known, Need.NEW)
        for known in (Known(fetched_at=NOW), None, Known(fetched_at=NOW - DAY))
    ]
    assert [page.known for page in sorted(pages, key=last_fetched)] == [
        None,
        Known(fetched_at=NOW - DAY),
        Known(fetched_at=NOW),
    ]


def wanted(
    known: Known | None = None,
    *,
    listed: ListedPage | None = None,
    refetch: bool = False,
    respects: bool = True,
    since: datetime | None = None,
) -> PendingPage:
    """What a source wants with a page that its list names."""
    source = WebSource("paper", "feed", (URL,), respects_denials=respects, since=since)
    return Wants(source, BEGAN, refetch).listed(listed or listed_page(), known)


def test_a_known_page_is_requested_with_what_its_server_gave() -> None:
    known = Known(fetched_at=NOW - DAY)
    assert wanted().need is Need.NEW
    assert wanted(known) == PendingPage(listed_page(), known, Need.MAYBE)


@pytest.mark.parametrize(
    ("changed", "need"), [(NOW - 3 * DAY, Need.OLD), (NOW - DAY, Need.NEW), (None, Need.NEW)]
)
def test_old_entries_are_skipped(changed: datetime | None, need: Need) -> None:
    listed, since = listed_page(changed=changed), NOW - 2 * DAY
    assert wanted(since=since, listed=listed).need is need
    if need is Need.OLD:
        assert wanted(Known(fetched_at=NOW - 5 * DAY), since=since, listed=listed).need is need


def test_all_is_requested_anew_but_what_this_run_has_fetched() -> None:
    assert wanted(Known(fetched_at=NOW - DAY), refetch=True).need is Need.NEW
    assert wanted(Known(fetched_at=BEGAN + timedelta(minutes=1)), refetch=True).need is Need.KNOWN


def test_an_entry_that_was_stored_before_is_known() -> None:
    listed = listed_page(key="entry-1")
    for entry, need in ((None, Need.MAYBE), ("entry-0", Need.MAYBE), ("entry-1", Need.KNOWN)):
        assert wanted(Known(fetched_at=NOW - DAY, entry=entry), listed=listed).need is need
    assert wanted(Known(fetched_at=NOW - DAY, entry="entry-1"), listed=listed, refetch=True).need is Need.NEW


@pytest.mark.parametrize("reason", ["robots_denied", "tdm_reserved"])
@pytest.mark.parametrize(("respects", "need"), [(True, Need.MAYBE), (False, Need.NEW)])
def test_denied_pages_are_new_to_policy(reason: str, respects: bool, need: Need) -> None:
    known = Known(reason, fetched_at=NOW - DAY, entry="entry-1")
    found = wanted(known, respects=respects)
    assert found.need is need
    assert (found.known is None) is (not respects)
    if not respects:  # though its feed's entry was stored when it was denied
        assert wanted(known, respects=False, listed=listed_page(key="entry-1")).need is Need.NEW


def test_what_was_forbidden_by_our_own_list_is_requested_anew_once_that_has_changed() -> None:
    assert wanted(Known("forbidden", fetched_at=NOW - DAY, next_attempt_at=NOW + DAY)).need is Need.NEW


def test_a_page_waits_until_its_back_off_is_over() -> None:
    wants = Wants(WebSource("paper", "feed", (URL,), since=NOW - 2 * DAY), BEGAN)
    failed = Known("http_503", fetched_at=NOW - DAY, next_attempt_at=NOW + DAY, failures=1)
    assert wants.waiting(listed_page(), failed, is_known=False).need is Need.LATER
    due = Known("http_503", fetched_at=NOW - DAY, next_attempt_at=NOW - DAY, failures=1)
    assert wants.waiting(listed_page(), due, is_known=False).need is Need.NEW
    assert wants.waiting(listed_page(), Known(), is_known=True).need is Need.MAYBE
    assert wants.waiting(listed_page(changed=NOW - 3 * DAY), None, is_known=False).need is Need.OLD


def body(etag: str) -> Fetched:
    return Fetched(URL, 200, {"etag": etag}, b"", NOW)


def test_of_a_list_all_counts_that_any_source_has_read_of_one_body() -> None:
    known, since = Known(url=URL), NOW - DAY
    left_before = []
    for etag, wanted_since in (("1", since), ("1", since - DAY), ("1", None), ("1", since), ("2", since)):
        result = ListResult(URL, body(f'"{etag}"'))
        known = known.as_list(result, source="paper", now=NOW, since=wanted_since)
        left_before.append(known.left_before)
    assert left_before == [since, since - DAY, None, None, since]
    unchanged = known.as_list(ListResult(URL, NotModified(URL, NOW)), source="paper", now=NOW, since=since)
    assert (unchanged.validators, unchanged.left_before, unchanged.status) == (known.validators, since, 304)
    damaged = known.as_list(ListResult(URL, body('"3"'), is_damaged=True), source="p", now=NOW, since=None)
    assert not damaged.validators


@pytest.mark.parametrize(
    ("reason", "has_backoff", "rests"),
    [("http_500", False, False), ("http_500", True, True), ("http_503", False, True), ("dns", False, False)],
)
def test_a_list_rests_where_its_server_asks_or_nobody_names_it(
    reason: str, has_backoff: bool, rests: bool
) -> None:
    result = ListResult(URL, NotFetched(URL, reason, ""), has_backoff=has_backoff)
    known = Known(url=URL).as_list(result, source="paper", now=NOW, since=None)
    assert known.next_attempt_at is not None
    assert (known.next_attempt_at > NOW, known.failures, known.failing_since) == (rests, 1, NOW)


def test_a_page_rests_twice_as_long_after_each_failure_and_as_long_as_its_server_says() -> None:
    known, rests = Known(url=URL), []
    for seconds in (None, None, 4_000.0):
        failure = NotFetched(URL, "http_503", "", retry_seconds=seconds)
        known = known.as_page(failure, source="paper", now=NOW, reason=None, key=None)
        assert known.next_attempt_at is not None
        rests.append((known.next_attempt_at - NOW).total_seconds())
    assert (rests, known.failures, known.first_fetched_at) == ([900, 1_800, 4_000], 3, None)
    had = known.as_page(body('"1"'), source="paper", now=NOW + DAY, reason="index", key="entry-1")
    assert (had.failures, had.next_attempt_at, had.failing_since) == (0, None, None)
    assert (had.outcome, had.entry, had.first_fetched_at) == ("index", "entry-1", NOW + DAY)
