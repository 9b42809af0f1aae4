"""Three runs on Prefect's own pages, in Chromium: what is new, what failed, why, and what happens next; hostile pages
inject nothing.
"""

from __future__ import annotations

import html
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from conftest import HANG_SECONDS, wait_until
from faulty_server import ANSWERS, FaultyServer
from prefect_runs import api, environment, runs, started
from watched_page import expect
from web_runs import execute, feed, titled

from copydesk.flows.run.prefect_server import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("chromium")]

HOSTILE = "Ferry | <img src=x onerror=alert(1)> [here](javascript:alert(2)) returns"


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


class Papers:
    """Two papers that ``copydesk serve`` reads by the list of sources in a folder."""

    def __init__(self, folder: Path, server: FaultyServer, url: str) -> None:
        self.server, self.url = server, url
        server.robots = (200, b"User-agent: *\nDisallow: /secret\n")
        (folder / "papers.toml").write_text(
            "".join(
                f'[[source]]\nname = "{name}"\nkind = "feed"\naddress = "{server.url(f"/{name}.xml")}"\n'
                f'pace_seconds = 0\nallow_private = ["{server.netloc}"]\n'
                for name in ("courier", "herald")
            )
            + '[schedule]\nevery = "1h"\n'
        )
        server.files["/herald.xml"] = feed()
        self._listed: list[str] = []

    def publish(self, *paths: str, **titles: str) -> None:
        """Lists these pages, and articles by their names with these titles."""
        self.server.files |= {f"/{name}": titled(html.escape(title)) for name, title in titles.items()}
        self._listed = [*(f"/{name}" for name in titles), *paths, *self._listed]
        self.server.files["/courier.xml"] = feed(*map(self.server.url, self._listed))

    def runs_are_over(self, count: int, of: subprocess.Popen[str]) -> list[dict[str, Any]]:
        """The runs that are over, the oldest first, once there are so many."""

        def over() -> list[dict[str, Any]]:
            return runs(self.url, "COMPLETED", "FAILED", scheduled=False)

        wait_until(lambda: len(over()) == count, f"run {count}", of=of)
        return sorted(over(), key=lambda run: str(run["start_time"]))

    def read_again(
        self, runs_before: list[dict[str, Any]], of: subprocess.Popen[str]
    ) -> list[dict[str, Any]]:
        """One run more."""
        api(self.url, f"deployments/{runs_before[0]['deployment_id']}/create_flow_run")
        return self.runs_are_over(len(runs_before) + 1, of)


def three_runs(
    papers: Papers, output: Path, monkeypatch: pytest.MonkeyPatch, of: subprocess.Popen[str]
) -> list[dict[str, Any]]:
    """One without failures, one with some, and one in which a page fails for the fifth time."""
    first = papers.runs_are_over(1, of)
    papers.publish("/status/500", crane="Council saves the old crane")
    del papers.server.files["/herald.xml"]
    monkeypatch.setitem(ANSWERS, "herald.xml", lambda handler, _: handler.give(b"", status=404))
    second = papers.read_again(first, of)
    execute(
        output,
        "update url set failures = 4, next_attempt_at = '2026-01-01 00:00:00.000000' where outcome = 'http_500'",
    )
    papers.publish("/secret", mayor="Mayor resigns", ferry=HOSTILE)
    return papers.read_again(second, of)


def test_new_articles_and_failures_are_shown_after_three_runs(
    browser: Browser, tmp_path: Path, home: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    env = environment(home, api_url=f"http://127.0.0.1:{port}/api")
    papers = Papers(tmp_path, server, env["PREFECT_API_URL"])
    papers.publish(clock="Old clock strikes again")
    seen = Seen(browser.new_page(viewport={"width": 1400, "height": 1000}), f"http://127.0.0.1:{port}")
    with started(
        "serve", "papers.toml", "--name", "morning", "--jobs", "1", env=env, cwd=tmp_path
    ) as command:
        done = three_runs(papers, tmp_path / "output", monkeypatch, command)
        assert [(run["name"], run["state_name"]) for run in done] == [
            ("courier: 1 new", "Completed"),
            ("courier: 1 new, 1 failing; herald: list not read", "CompletedWithFailures"),
            ("courier: 2 new, 1 failing; herald: list not read", "KeepsFailing"),
        ]
        assert set(done[-1]["tags"]) == {"courier", "herald"}
        look_at_runs(seen, done)
        look_at_deployment(seen, done[-1]["deployment_id"])
        look_at_artifacts(seen, papers)
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=HANG_SECONDS)
    assert (seen.dialogs, seen.foreign_requests) == ([], [])


def look_at_runs(seen: Seen, done: list[dict[str, Any]]) -> None:
    """The list of runs, and the page of the last one: what is new, what failed, why, and what happens next."""
    seen.open("/runs")
    for text in (*(run["name"] for run in done), *(run["state_name"] for run in done)):
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
    assert leads_there == "/artifacts/key/copydesk-new-morning"
    seen.open(leads_there)
    seen.shows("New articles: 2")
    # of a field that may be empty the form makes a field, not a switch between types
    seen.open(f"/deployments/deployment/{deployment_id}/run")
    seen.shows("Max failures (Optional)", "Stop when more pages than this have failed.")
    assert page.get_by_text("None", exact=True).count() <= 2  # of the two choices among values


def look_at_artifacts(seen: Seen, papers: Papers) -> None:
    """Those of the last run."""
    page, server = seen.page, papers.server
    found = api(papers.url, "artifacts/latest/filter")
    shown = {artifact["key"]: artifact["latest_id"] for artifact in found}
    assert sorted(shown) == [f"copydesk-{what}-morning" for what in ("missing", "new", "run", "sources")]

    def look_at(what: str, *texts: str) -> None:
        seen.open(f"/artifacts/artifact/{shown[f'copydesk-{what}-morning']}")
        seen.shows(*texts)

    look_at("new", "Mayor resigns", "onerror=alert(1)")
    leads = page.locator("table a").evaluate_all("links => links.map(link => link.href)")
    assert leads == [server.url("/mayor"), server.url("/ferry")]
    assert page.locator("table img").count() == 0
    look_at("missing", "Failed", "http_500", "Denied by their publisher", "robots_denied")
    seen.shows("its list could not be read")
    look_at("sources", "Next run: ", "http_404, its list, 2 attempts", "http_500, 5 attempts", "by each run")
    article = page.locator("table a", has_text="Mayor resigns").or_(page.locator("table a", has_text="Ferry"))
    assert article.count()
    look_at("run", "2 new articles, 0 changed, 2 pages failed.", "This run and the 2 runs before")
    seen.shows("KeepsFailing", "New articles, oldest run first: ")
