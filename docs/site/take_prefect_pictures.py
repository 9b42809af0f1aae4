"""Takes the pictures of docs/schedules.md: three runs over a small site on loopback, one with failures, on the pages of
a Prefect server of its own, in a Chromium.

``python -m docs.site.take_prefect_pictures`` makes them anew; it needs ``pip install -e '.[browser]'`` and a Chromium.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from copydesk.flows.fetching.browser.chromium import find_chromium
from docs.site.take_pictures import PICTURES, captured

SITE: dict[str, str] = {}
"""What the site answers with, by path; nothing else is there."""
_SECONDS = 180.0


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = SITE.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def article(title: str, about: str) -> str:
    """A page with one article."""
    sentences = (
        f"The {about} was the talk of the town on {day}, and nobody had expected it."
        for day in ("Monday", "Tuesday", "Friday")
    )
    text = "".join(
        f"<p>{sentence} The council will speak about the {about} again next week.</p>"
        for sentence in sentences
    )
    return f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>'


def feed(base: str, *paths: str) -> str:
    """A feed of these pages."""
    items = "".join(f"<item><link>{base}{path}</link></item>" for path in paths)
    return f"<rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>"


def main() -> None:
    """Writes the pictures."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    base = f"http://{host}"
    SITE.update(
        {
            "/ferry": article("Ferry returns to the harbour", "ferry"),
            "/crane": article("Council saves the old crane", "crane"),
        }
    )
    SITE.update(
        {
            "/courier.xml": feed(base, "/ferry"),
            "/gazette.xml": feed(base, "/crane"),
            "/herald.xml": feed(base),
        }
    )
    with _served(base, host) as (pages, run_again):
        SITE["/mayor"] = article("Mayor resigns after the ballot", "ballot")
        SITE["/courier.xml"] = feed(base, "/mayor", "/ferry", "/bridge", "/clock")
        del SITE["/herald.xml"]
        run_again()
        SITE["/winter"] = article("Winter timetable begins on Sunday", "timetable")
        SITE["/courier.xml"] = feed(base, "/winter", "/mayor", "/ferry", "/bridge", "/clock")
        run_again()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium())
            page = browser.new_page(viewport={"width": 1400, "height": 620})
            _take(page, f"{pages}/runs", "Winter|new", "prefect-runs")
            (artifact,) = _api(
                pages, "artifacts/latest/filter", artifacts={"key": {"any_": ["copydesk-sources-morning"]}}
            )
            _take(page, f"{pages}/artifacts/artifact/{artifact['latest_id']}", "Failing", "prefect-sources")
            browser.close()
    server.shutdown()


def _take(page: Page, url: str, text: str, name: str) -> None:
    page.goto(url)
    page.get_by_text(text.rpartition("|")[2]).first.wait_for()
    if name == "prefect-runs":
        page.get_by_text("Newest to oldest").scroll_into_view_if_needed()
        page.mouse.move(800, 500)
        page.mouse.wheel(0, 2_000)
    page.wait_for_timeout(1_000)  # set by hand: until nothing moves any more
    (PICTURES / f"{name}.webp").write_bytes(captured(page))


@contextmanager
def _served(base: str, host: str) -> Iterator[tuple[str, Any]]:
    """``copydesk serve`` over three papers, after its first run: where Prefect's pages are, and what starts a run."""
    with TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        pages = f"http://127.0.0.1:{probe.getsockname()[1]}"
        probe.close()
        sources = (
            f'[[source]]\nname = "{name}"\nkind = "feed"\naddress = "{base}/{name}.xml"\npace_seconds = 0\nallow_private = ["{host}"]\n'
            for name in ("courier", "gazette", "herald")
        )
        Path(folder, "papers.toml").write_text("".join(sources) + '[schedule]\nevery = "1h"\n')
        env = os.environ | {"PREFECT_HOME": f"{folder}/home", "PREFECT_API_URL": f"{pages}/api"}
        command = [sys.executable, "-m", "copydesk", "serve", "papers.toml", "--name", "morning"]
        serving = subprocess.Popen(command, cwd=folder, env=env)  # noqa: S603 - ours
        try:
            (run,) = _finished(pages, 1)

            def run_again() -> None:
                before = len(_finished(pages, 1))
                _api(pages, f"deployments/{run['deployment_id']}/create_flow_run")
                _finished(pages, before + 1)

            yield pages, run_again
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait()


def _finished(pages: str, most: int) -> list[dict[str, Any]]:
    """The runs that are over, once there are so many."""
    for _ in range(int(_SECONDS)):
        try:
            found: list[dict[str, Any]] = _api(
                pages, "flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED", "FAILED"]}}}
            )
        except httpx.HTTPError:  # it is just starting
            found = []
        if len(found) >= most:
            return found
        time.sleep(1)
    raise TimeoutError(f"not {most} runs in {_SECONDS:.0f} seconds")


def _api(pages: str, path: str, **body: Any) -> Any:
    return httpx.post(f"{pages}/api/{path}", json=body, timeout=30).raise_for_status().json()


if __name__ == "__main__":
    main()
