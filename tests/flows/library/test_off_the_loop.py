"""Fetching requests pages from an event loop; the state is used from other threads, never from the loop."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_server import FaultyServer
from sqlalchemy import Engine, event
from web_runs import Site, feed, index, later, read, sitemap, source, wait_is_over

from copydesk.flows.schedule import Plan

# whole runs over sources on the web
pytestmark = pytest.mark.slow


@pytest.fixture
def on_the_loop() -> Iterator[set[str]]:
    """The lines of our code that sent a statement while the thread's event loop waited for it."""
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
    assert sent, "the state was not used at all"


def test_the_event_loop_never_waits_for_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, on_the_loop: set[str]
) -> None:
    site = Site(monkeypatch, server)
    terms = site.put("/terms/1.xml", b"<rsl/>")
    license_ = f'<link rel="license" type="application/rsl+xml" href="{terms}">'
    page = f"<html><head>{license_}</head><p>Noon</p></html>".encode()
    pages = [site.put(f"/paper/{number}", page) for number in range(3)]
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
    urls = {"home": home, "bare": bare, "parts": parts, "away": away, "busy": busy}
    kinds = {"home": "site", "bare": "site", "parts": "sitemap"}
    sources = [source(name, kinds.get(name, "feed"), url, servers=[server]) for name, url in urls.items()]
    sources.append(source("both", "feed", news, servers=[server], plan=Plan(every_seconds=1)))
    for _ in range(3):
        read(tmp_path, *sources)
        # some of what failed is retried
        wait_is_over(tmp_path)
    assert on_the_loop == set()
