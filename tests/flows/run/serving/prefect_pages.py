"""Prefect's own pages in a browser: what they show of the runs of a list of papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conftest import HANG_SECONDS
from faulty_server import FaultyServer
from prefect_runs import api
from watched_page import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Seen:
    """A page of a browser on a Prefect server, its dialogs and its requests to other servers."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        page.set_default_timeout(1_000 * HANG_SECONDS)
        self._base = base
        self.foreign_requests: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("dialog", lambda dialog: self.dialogs.append(dialog.message))

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname != "127.0.0.1":
            self.foreign_requests.append(url)

    def open(self, path: str) -> None:
        self.page.goto(self._base + path)

    def shows(self, *texts: str) -> None:
        """Waits until each text is to be seen."""
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible(timeout=HANG_SECONDS * 1_000)


def look_at_runs(seen: Seen, done: Sequence[dict[str, Any]]) -> None:
    """The list of runs, and the page of the last one: what is new, what failed, why, and what happens next."""
    seen.open("/runs")
    for text in (*(one["name"] for one in done), *(one["state_name"] for one in done)):
        expect(seen.page.get_by_text(text, exact=True).first).to_be_visible(timeout=HANG_SECONDS * 1_000)
    seen.page.get_by_role("link", name=done[-1]["name"]).first.click()
    seen.shows("KeepsFailing", "new: Mayor resigns", "(courier): http_500, since", "5 attempts")
    seen.shows("(herald): http_404, since", "2 attempts", "next run: ")
    assert seen.page.url.endswith(f"/runs/flow-run/{done[-1]['id']}")


def look_at_deployment(seen: Seen, deployment_id: str) -> None:
    """The page of the deployment links to the articles; its form has fields in words."""
    page = seen.page
    seen.open(f"/deployments/deployment/{deployment_id}")
    page.get_by_text("Description", exact=True).first.click()
    leads_there = page.get_by_role("link", name="new articles").get_attribute("href")
    assert leads_there == "/artifacts/key/copydesk-new-morning-papers"
    seen.open(leads_there)
    seen.shows("New articles: 3")
    # of a field that may be empty the form makes a field, not a switch between types
    seen.open(f"/deployments/deployment/{deployment_id}/run")
    seen.shows("Max failures (Optional)", "Stop when more pages than this have failed.")
    assert page.get_by_text("None", exact=True).count() <= 2  # of the two choices among values


def look_at_artifacts(seen: Seen, url: str, server: FaultyServer) -> None:
    """Those of the last run: its page of new articles leads to them, the others say what else there is."""
    page = seen.page
    found = {artifact["key"]: artifact for artifact in api(url, "artifacts/latest/filter")}
    whats = ("missing", "new", "run", "sources")
    missing, new, run_page, sources = (found.pop(f"copydesk-{what}-morning-papers") for what in whats)
    assert not found
    seen.open(f"/artifacts/artifact/{new['latest_id']}")
    seen.shows("Mayor resigns", "onerror=alert(1)")
    leads = page.locator("table a").evaluate_all("links => links.map(link => link.href)")
    # which of two sources comes first is chance
    assert sorted(leads) == sorted(map(server.url, ("/mayor", "/ferry", "/poem")))
    assert page.locator("table img").count() == 0
    assert run_page["description"].startswith("3 new articles, 0 changed, 2 pages failed.")
    for shown, texts in (
        (
            missing,
            ("Failed", "http_500", "Denied by their publisher", "robots_denied", "list could not be read"),
        ),
        (sources, ("Next run: ", "http_404, its list, 2 attempts", "http_500, 5 attempts", "by each run")),
        (run_page, ("This run and the 1 run before", "KeepsFailing", "New articles, oldest run first: ")),
    ):
        assert [text for text in texts if text not in shown["data"]] == []
