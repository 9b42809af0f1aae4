"""Takes the pictures of docs/review.md and docs/try.md: sample pages in a Chromium, in light and in dark.

``python -m docs.site.take_pictures`` makes them anew; it needs ``pip install -e '.[browser]'`` and a Chromium.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.fetching.browser.chromium import find_chromium
from copydesk.flows.run.batches import ingest_plainly

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHOWN = "Harbour crane to be saved after all"
"""The title of the page that is shown open."""
POINTED_AT = "Advertisement"
TRIED = "en-html-chatbot.html"
_SIZE: ViewportSize = {"width": 1100, "height": 760}
_QUALITY = 70  # of WebP: letters are sharp, and a picture has some 50 kB


def main() -> None:
    """Writes the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with _in_an_empty_folder():
        ingest_plainly(IngestOptions(sources=(str(ROOT / "seeds" / "pages"),)))
        cli.main(["review"], standalone_mode=False)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium())
            with _trying() as url:
                for scheme in SCHEMES:
                    (PICTURES / f"review-{scheme}.webp").write_bytes(_taken(browser, scheme, _open_review))
                    (PICTURES / f"try-{scheme}.webp").write_bytes(_taken(browser, scheme, partial(_try, url)))
            browser.close()


@contextmanager
def _in_an_empty_folder() -> Iterator[None]:
    """Where a run writes what nobody keeps."""
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@contextmanager
def _trying() -> Iterator[str]:
    """The URL of ``copydesk try``."""
    command = [sys.executable, "-m", "copydesk", "try", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        line = next(iter(process.stderr or ()))
        yield line.removeprefix("listening on ").partition(";")[0]
        process.terminate()


def _open_review(page: Page) -> None:
    page.goto(Path("output/review.html").absolute().as_uri())
    page.click(f"text={SHOWN}")
    # what was cut tells why while the pointer is on it
    page.locator(".block.gone", has_text=POINTED_AT).hover()


def _try(url: str, page: Page) -> None:
    page.goto(url)
    page.fill("#content", (ROOT / "seeds" / "pages" / TRIED).read_text("utf-8"))
    page.fill("#url", "https://almanac.example/seed-potatoes")
    page.click("#clean")
    page.locator("#kept button").nth(1).click()
    page.locator(".rule li").wait_for()
    page.evaluate("document.querySelector('#hint').scrollIntoView()")


def _taken(browser: Browser, scheme: Literal["light", "dark"], show: Callable[[Page], None]) -> bytes:
    """A picture of what is shown, as WebP."""
    context = browser.new_context(color_scheme=scheme, viewport=_SIZE, reduced_motion="reduce")
    page = context.new_page()
    show(page)
    taken = captured(page)
    context.close()
    return taken


def captured(page: Page) -> bytes:
    """What a page shows now, as WebP."""
    # Playwright itself knows PNG and JPEG alone, which are three times as large
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    main()
