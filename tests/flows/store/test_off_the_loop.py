"""Fetching asks its servers from an event loop; the state is asked from threads beside it, never from there."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_server import FaultyServer
from sqlalchemy import Engine, event
from web_runs import Site, feed, index, later, read, sitemap, source, wait_is_over

from copydesk.flows.sources.schedule import Plan

# whole runs over sources on the web
pytestmark = pytest.mark.slow


@pytest.fixture
def on_the_loop() -> Iterator[set[str]]:
    """The places of ours from which a statement was sent while the thread's event loop waited for it."""
    found = set[str]()
    sent = 0

    def note(*_: object) -> None:
        nonlocal sent
        sent += 1
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        ours = [step for step in traceback.extract_stack() if "/fetching/" in step.filename]
        found.add(" < ".join(f"{step.name}:{step.lineno}" for step in reversed(ours[-3:])))

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)
    assert sent, "nothing was asked of the state at all"


def test_the_event_loop_never_waits_for_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, on_the_loop: set[str]
) -> None:
    site = Site(monkeypatch, server)
    terms = site.put("/terms/1.xml", b"<rsl/>")
    named = (
        f'<html><head><link rel="license" type="application/rsl+xml" href="{terms}"></head><p>Noon</p></html>'
    )
    pages = [site.put(f"/paper/{number}", named.encode()) for number in range(3)]
    news = site.put("/paper/feed.xml", feed(*pages))
    maps = site.put("/paper/map.xml", sitemap(*pages))
    parts = site.put("/paper/index.xml", index(maps))
    front = f"<html><head><link rel='alternate' type='application/rss+xml' href='{news}'></head></html>"
    home = site.put("/home", front.encode())
    # nothing is named: feeds and sitemaps are guessed, and rest once they were not there
    bare = site.put("/bare", b"<html><p>Noon</p></html>")
    site.answer("away", lambda handler, _: handler.give(b"", status=503))
    site.answer("busy", later(seconds=86_400))
    away = site.put("/paper/away.xml", feed(*(server.url(f"/away/{number}") for number in range(8))))
    busy = site.put("/paper/busy.xml", feed(*(server.url(f"/busy/{number}") for number in range(8))))
    sources = [
        source("home", "site", home, servers=[server]),
        source("bare", "site", bare, servers=[server]),
        source("parts", "sitemap", parts, servers=[server]),
        source("both", "feed", news, servers=[server], plan=Plan(every_seconds=1)),
        source("away", "feed", away, servers=[server]),
        source("busy", "feed", busy, servers=[server]),
    ]
    for _ in range(3):
        read(tmp_path, *sources)
        # of what failed some is asked for again
        wait_is_over(tmp_path)
    assert on_the_loop == set()
