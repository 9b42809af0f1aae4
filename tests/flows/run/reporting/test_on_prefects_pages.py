"""A run on Prefect's own pages, in Chromium: new articles, failures and reasons; hostile pages inject nothing."""

from __future__ import annotations

import html
import signal
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from conftest import HANG_SECONDS
from faulty_server import FaultyServer
from prefect_runs import api, environment, free_port, runs, started, wait_for
from watched_page import expect
from web_runs import feed, titled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("chromium")]

HOSTILE = "Ferry | <img src=x onerror=alert(1)> [here](javascript:alert(2)) returns"


class Seen:
    """A page of a browser on a Prefect server, its dialogs and its requests to other servers."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
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


def test_new_articles_and_failures_are_shown(
    browser: Browser, tmp_path: Path, home: Path, server: FaultyServer
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    server.robots = (200, b"User-agent: *\nDisallow: /secret\n")
    server.files |= {"/one": titled("Mayor resigns"), "/two": titled(html.escape(HOSTILE))}
    server.files["/feed.xml"] = feed(*map(server.url, ("/one", "/two", "/secret", "/status/500")))
    (tmp_path / "papers.toml").write_text(
        "".join(
            f'[[source]]\nname = "{name}"\nkind = "feed"\naddress = "{server.url(path)}"\npace_seconds = 0\n'
            f'allow_private = ["{server.netloc}"]\n'
            for name, path in (("courier", "/feed.xml"), ("herald", "/status/404"))
        )
        + '[schedule]\nevery = "1h"\n'
    )
    port = free_port()
    env = environment(home, api_url=f"http://127.0.0.1:{port}/api")
    url = env["PREFECT_API_URL"]
    with started(
        "serve", "papers.toml", "--name", "morning", "--jobs", "1", env=env, cwd=tmp_path
    ) as command:
        wait_for(lambda: runs(url, "COMPLETED", scheduled=False), what="the run", of=command)
        (run,) = runs(url, "COMPLETED", scheduled=False)
        shown = {artifact["key"]: artifact["id"] for artifact in api(url, "artifacts/filter")}
        assert sorted(shown) == [f"copydesk-{what}-morning" for what in ("missing", "new", "run", "sources")]
        seen = Seen(page, f"http://127.0.0.1:{port}")

        # the list of runs, and the top of a run's page, say what is new, what failed, why, and what comes next
        assert run["name"] == "courier: 2 new, 1 failing; herald: list not read"
        assert set(run["tags"]) == {"courier", "herald"}
        seen.open("/runs")
        seen.shows(run["name"], "CompletedWithFailures")
        seen.open(f"/runs/flow-run/{run['id']}")
        seen.shows("CompletedWithFailures", "new: Mayor resigns", "(courier): http_500, since", "next run: ")
        # the page of the deployment links to the articles
        seen.open(f"/deployments/deployment/{run['deployment_id']}")
        page.get_by_text("Description", exact=True).first.click()
        leads_there = page.get_by_role("link", name="new articles").get_attribute("href")
        assert leads_there == "/artifacts/key/copydesk-new-morning"
        seen.open(leads_there)
        seen.shows("New articles: 2")
        # of a field that may be empty the form makes a field, not a switch between types
        seen.open(f"/deployments/deployment/{run['deployment_id']}/run")
        seen.shows("Max failures (Optional)", "Stop when more pages than this have failed.")
        assert page.get_by_text("None", exact=True).count() <= 1  # of the one choice among values
        seen.open(f"/artifacts/artifact/{shown['copydesk-new-morning']}")
        seen.shows("Mayor resigns", "onerror=alert(1)")
        leads = page.locator("table a").evaluate_all("links => links.map(link => link.href)")
        assert leads == [server.url("/one"), server.url("/two")]
        assert page.locator("table img").count() == 0
        seen.open(f"/artifacts/artifact/{shown['copydesk-missing-morning']}")
        seen.shows(
            "Failed", "http_500", "Denied by their publisher", "robots_denied", "its list could not be read"
        )
        seen.open(f"/artifacts/artifact/{shown['copydesk-sources-morning']}")
        seen.shows("Next run: ", "http_404, its list, 1 attempt", "http_500, 1 attempt", "by each run")
        assert (
            page.locator("table a", has_text="Mayor resigns")
            .or_(page.locator("table a", has_text="Ferry"))
            .count()
        )
        seen.open(f"/artifacts/artifact/{shown['copydesk-run-morning']}")
        seen.shows("2 new articles, 0 changed, 2 pages failed.", "This run")
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=HANG_SECONDS)
    assert (seen.dialogs, seen.foreign_requests) == ([], [])
