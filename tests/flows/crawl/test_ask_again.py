"""Young pages are fetched again at given ages, whatever their list contains."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_runs import execute, feed, ingest, later, make_older, note, pass_by, sent, source_list, titled
from web_site import Web, web_site

from copydesk.flows.config.source_entry import read_entry
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.schedule import ASK_AGAIN_SECONDS, is_due_again, read_ages

HOUR, DAY = 3_600, 86_400
OLD = "Sat, 01 Nov 2025 06:00:00 GMT"
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)


site = pytest.fixture(web_site)


@pytest.mark.slow
def test_a_young_page_is_fetched_again_at_its_ages(site: Web, tmp_path: Path) -> None:
    page, other = (site.put(f"/{name}", titled(name)) for name in ("ferry", "bells"))
    paper = site.source("feed", site.put("/feed", feed(page, other, dated=OLD)), name="paper")
    asked: list[list[tuple[str, int]]] = []

    def run(after: int) -> None:
        pass_by(tmp_path, after)
        site.read(paper)
        asked.append([one for one in site.again() if one[0] != "/feed"])

    site.read(paper)
    site.again()
    run(after=HOUR - 60)
    run(after=120)
    run(after=120)
    # an edit behind an unchanged date, and a page that has left its feed
    site.put("/ferry", titled("ferry, corrected"))
    site.put("/feed", feed(other, dated=OLD))
    run(after=6 * HOUR)
    site.put("/bells", titled("bells, corrected"))
    # two ages have gone by: one request does for both
    run(after=9 * DAY)
    run(after=30 * DAY)
    both = {("/ferry", 304), ("/bells", 304)}
    assert [set(one) for one in asked] == [
        set(), both, set(), {("/ferry", 200), ("/bells", 304)}, {("/ferry", 304), ("/bells", 200)}, set(),
    ]  # fmt: skip
    assert all(len(one) == len(set(one)) for one in asked)


@pytest.mark.slow
def test_an_edited_page_is_a_new_version(site: Web) -> None:
    page = site.put("/ferry", titled("ferry"))
    table = f"name = 'paper'\nkind = 'feed'\naddress = '{site.put('/feed', feed(page, dated=OLD))}'"
    _file, output = source_list(site.folder, [site.server], table), site.output
    site.ingest()
    site.put("/ferry", titled("ferry").replace(b"struck noon", b"struck one"))
    assert "new version" not in site.ingest().summary
    pass_by(output, HOUR)
    assert "new version" not in site.ingest(ask_again="2h").summary
    assert len(site.records()) == 1
    make_older(output)
    assert "\n1 new version\n" in site.ingest().summary
    assert [(one["version"], "struck one" in one["text"]) for one in site.records()] == [
        (1, False),
        (2, True),
    ]


def test_a_source_may_set_other_ages(site: Web, tmp_path: Path) -> None:
    page = site.put("/ferry", titled("ferry"))
    listed = site.put("/feed", feed(page, dated=OLD))

    def asked(*ages: int) -> int:
        site.read(site.source("feed", listed, name="paper", ask_again=ages))
        return [path for path, _ in site.again()].count("/ferry")

    assert asked() == 1
    pass_by(tmp_path, 8 * DAY)
    assert [asked(), asked(9 * DAY), asked(2 * DAY), asked(2 * DAY)] == [0, 0, 1, 0]


def test_pages_that_are_not_due_are_skipped(site: Web, tmp_path: Path) -> None:
    page, denied = site.put("/ferry", titled("ferry")), site.put("/bells", titled("bells"))
    listed = site.put("/feed", feed(page, denied, dated=OLD))
    paper = site.source("feed", listed, name="paper")
    site.read(paper)
    # of a state from before
    execute(
        tmp_path,
        "update url set first_fetched_at = NULL, age_when_requested = NULL where url = ?",
        denied,
    )
    site.again()
    pass_by(tmp_path, HOUR)
    site.read(site.source("feed", site.put("/none", feed()), name="other"))
    assert site.again() == [("/none", 200)]
    site.answer("ferry", later(7 * HOUR))
    site.put("/feed", feed(dated=OLD))
    for wait, found in ((0, [("/ferry", 429)]), (6 * HOUR, []), (2 * HOUR, [("/ferry", 429)])):
        pass_by(tmp_path, wait)
        site.read(paper)
        assert [one for one in site.again() if one[0] != "/feed"] == found


def test_the_limit_counts_repeated_requests(site: Web, tmp_path: Path) -> None:
    pages = [site.put(f"/page{number}", titled(str(number))) for number in range(4)]
    listed = site.put("/feed", feed(*pages, dated=OLD))
    site.read(site.source("feed", listed, name="paper"))
    pass_by(tmp_path, HOUR)
    site.again()
    for left in (3, 1, 0):
        site.read(site.source("feed", listed, name="paper", limit=3))
        assert len([one for one in site.again() if one[0] != "/feed"]) == (3 if left == 3 else left)


@pytest.mark.slow
@settings(max_examples=15)
@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=4).map(lambda ages: tuple(sorted(set(ages)))),
    st.lists(st.integers(1, 40), max_size=12).map(sorted),
)
def test_each_age_is_one_request_at_most_and_the_database_says_what_the_rule_says(
    tmp_path_factory: pytest.TempPathFactory, ages: tuple[int, ...], runs: list[int]
) -> None:
    with Library.open(tmp_path_factory.mktemp("state")) as state:
        web = Frontier(state)
        note(web, "u", sent("u", NOW), NOW, source="paper")
        last, asked = NOW, 0
        for second in runs:
            now = NOW + timedelta(seconds=second)
            is_due = is_due_again(ages, NOW, last, now)
            assert (web.due_again("paper", ages, now=now) == ("u",)) == is_due
            if is_due:
                # its age counts from the first time, whatever is noted later
                note(web, "u", sent("u", now), now, source="paper")
                last, asked = now, asked + 1
        assert asked <= len(ages)
        # whoever runs often enough asks at every age
        if set(range(1, 41)) <= set(runs):
            assert asked == len(ages)


def test_ages_as_they_are_written() -> None:
    assert read_ages("1h,6h,1d,7d") == ASK_AGAIN_SECONDS
    assert (read_ages("never"), read_ages(" 7d, 30m ")) == ((), (1_800, 7 * DAY))


@pytest.mark.parametrize("ages", ["", "1h,", "1h;6h", "1 week", "always", "0h", "99999d", "1h,1h"])
def test_ages_that_are_none_are_reported(ages: str, tmp_path: Path) -> None:
    message = r"expected ages of pages up to 3650d, such as 1h,6h,1d,7d, or never"
    entry: dict[str, Any] = {"name": "a", "kind": "feed", "address": "https://a.example/feed"}
    if ages:
        with pytest.raises(match=f"ask_again: .*{message}"):
            read_entry(entry | {"ask_again": ages})
    with pytest.raises(SettingsError, match=f"--ask-again: .*{message}"):
        ingest(tmp_path, tmp_path / "output", ask_again=ages)
    with pytest.raises(match="ask_again: sets when servers are requested"):
        read_entry({"name": "a", "kind": "folder", "address": "pages", "ask_again": "1h"})


def test_a_feeds_text_never_replaces_a_page(site: Web) -> None:
    page = site.put("/ferry", titled("ferry"))
    text = "".join(
        f"&lt;p&gt;The ferry sails at {hour} again, says the feed.&lt;/p&gt;" for hour in range(20)
    )
    body = feed(page, dated=OLD).replace(
        b"</item>", f"<content:encoded>{text}</content:encoded></item>".encode()
    )
    namespace = b"<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    listed = site.put("/feed", body.replace(b"<rss", namespace))
    table = f"name = 'paper'\nkind = 'feed'\naddress = '{listed}'"
    _file, output = source_list(site.folder, [site.server], table), site.output
    site.ingest()
    before = site.records()
    site.bodies.pop("/ferry")
    # sent once more, so that it names the page with its text
    site.put("/feed", site.bodies["/feed"] + b" ")
    pass_by(output, HOUR)
    site.ingest()
    assert site.again()[-1] == ("/ferry", 404)
    assert site.records() == before
