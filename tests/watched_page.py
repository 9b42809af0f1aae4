"""A page in a real Chromium, and what it does that it should not: requests, errors, what keeps people out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from conftest import HANG_SECONDS

from copydesk.flows.fetching.browser.chromium import FEATURES_OFF, find_chromium

# Playwright takes a third of a second of each process that collects tests, and is loaded where a browser is
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, LocatorAssertions, Page

_AXE = resources.files("axe_playwright_python") / "axe.min.js"


@contextmanager
def chromium_browser() -> Iterator[Browser]:
    from playwright.sync_api import expect as assertions
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # it looks once: what an assertion waits for comes later on a busy machine
        assertions.set_options(timeout=1_000 * HANG_SECONDS)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[FEATURES_OFF])
        yield browser
        browser.close()


def expect(locator: Locator) -> LocatorAssertions:
    from playwright.sync_api import expect

    return expect(locator)


class Watched:
    """A page of a browser that may request URLs that start with ``own``."""

    def __init__(self, browser: Browser, own: str, **options: Any) -> None:
        self.page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(1_000 * HANG_SECONDS)
        self.own = own
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("dialog", lambda dialog: self.faults.append(dialog.message))

    def open(self, at: str = "") -> Page:
        self.page.goto(self.own + at)
        return self.page

    def tab_to(self, selector: str) -> None:
        """Goes on by the keyboard alone."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("one => document.activeElement.matches(one)", selector):
                return
        pytest.fail(f"no way to {selector}")

    def barriers(self) -> list[tuple[str, str]]:
        """What axe finds that keeps people out."""
        self.page.evaluate(_AXE.read_text("utf-8") + "; undefined")
        found = self.page.evaluate("axe.run()")
        assert len(found["passes"]) > 15
        serious = [fault for fault in found["violations"] if fault["impact"] in ("serious", "critical")]
        return [(fault["id"], fault["nodes"][0]["html"]) for fault in serious]

    def assert_good(self) -> None:
        # what the page itself makes to be saved is no request
        requested = [url for url in self.requests if not url.startswith("blob:")]
        assert requested
        assert [url for url in requested if not url.startswith(self.own)] == []
        assert self.faults == []
        self.page.context.close()
