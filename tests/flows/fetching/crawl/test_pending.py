"""Which listed pages are requested, by what is known of them and what their list contains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.flows.fetching.crawl.pending import (
    Lookup,
    Need,
    PendingPage,
    is_backing_off,
    last_fetched,
    refetch_need,
)
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.memory import Known
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.web_memory import WebMemory

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
    assert is_backing_off(known) is (need is Need.LATER)


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


class Remembered:
    """A real memory in a folder, with one page noted in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wanted(
        self,
        *,
        reason: str | None = None,
        fetched: datetime | None = None,
        respects: bool = True,
        since: datetime | None = None,
        refetch: bool = False,
        seen: bool = False,
        listed: ListedPage | None = None,
    ) -> PendingPage:
        with Library.open(self.folder) as state:
            memory = WebMemory(state)
            if fetched is not None:
                outcome = Fetched(URL, 200, {"etag": '"1"'}, b"page", fetched)
                memory.note_page("paper", outcome, url=URL, reason=reason, now=fetched)
            if seen:
                memory.note_seen("paper", "entry-1", now=NOW - DAY)
            source = WebSource("paper", "feed", (URL,), respects_denials=respects, since=since)
            lookup = Lookup(source, memory, began=BEGAN, refetch=refetch)
            (found,) = lookup.pages([listed or listed_page()])
            known: Mapping[str, Known] = lookup.known([URL])
            assert known.get(URL) == found.known
            return found


@pytest.fixture
def remembered(tmp_path: Path) -> Remembered:
    return Remembered(tmp_path)


def test_a_known_page_is_requested_with_what_its_server_gave(remembered: Remembered) -> None:
    unknown, known = remembered.wanted(), remembered.wanted(fetched=NOW - DAY)
    assert (unknown.need, unknown.known, known.need) == (Need.NEW, None, Need.MAYBE)
    assert known.known is not None
    assert known.known.validators.etag == '"1"'


@pytest.mark.parametrize(
    ("changed", "need"), [(NOW - 3 * DAY, Need.OLD), (NOW - DAY, Need.NEW), (None, Need.NEW)]
)
def test_old_entries_are_skipped(remembered: Remembered, changed: datetime | None, need: Need) -> None:
    listed = listed_page(changed=changed)
    assert remembered.wanted(since=NOW - 2 * DAY, listed=listed).need is need
    if need is Need.OLD:
        assert remembered.wanted(since=NOW - 2 * DAY, listed=listed, fetched=NOW - 5 * DAY).need is need


def test_all_is_requested_anew_but_what_this_run_has_fetched(remembered: Remembered) -> None:
    assert remembered.wanted(fetched=NOW - DAY, refetch=True).need is Need.NEW
    found = remembered.wanted(fetched=BEGAN + timedelta(minutes=1), refetch=True)
    assert found.need is Need.KNOWN


def test_an_entry_that_was_stored_before_is_known(remembered: Remembered) -> None:
    listed = listed_page(key="entry-1")
    assert remembered.wanted(listed=listed).need is Need.NEW
    assert remembered.wanted(listed=listed, seen=True).need is Need.KNOWN
    assert remembered.wanted(listed=listed, refetch=True).need is Need.NEW


@pytest.mark.parametrize("reason", ["robots_denied", "tdm_reserved"])
@pytest.mark.parametrize(("respects", "need"), [(True, Need.MAYBE), (False, Need.NEW)])
def test_denied_pages_are_new_to_policy(
    remembered: Remembered, reason: str, respects: bool, need: Need
) -> None:
    found = remembered.wanted(fetched=NOW - DAY, reason=reason, respects=respects)
    assert found.need is need
    assert (found.known is None) is (not respects)
    if not respects:  # though its feed's entry was stored when it was denied
        listed = listed_page(key="entry-1")
        assert remembered.wanted(respects=False, listed=listed, seen=True).need is Need.NEW


def test_what_was_forbidden_by_our_own_list_is_requested_anew_once_that_has_changed(tmp_path: Path) -> None:
    with Library.open(tmp_path) as state:
        memory = WebMemory(state)
        refused = NotFetched(URL, "forbidden", "a private address")
        memory.note_page("paper", refused, url=URL, reason=None, now=NOW - DAY)
        urls: Sequence[str] = [URL]
        assert memory.known(urls)[URL].outcome == "forbidden"
        lookup = Lookup(WebSource("paper", "url", (URL,)), memory, began=BEGAN, refetch=False)
        assert [found.need for found in lookup.pages([listed_page()])] == [Need.NEW]
