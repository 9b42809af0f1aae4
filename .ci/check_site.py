"""Opens the first page of a built site in Chromium, in light and dark, wide and narrow: ``check_site.py build/site``.

Fails where axe finds something serious, where the page can be scrolled sideways, and where a request leaves the folder.
"""

from __future__ import annotations

import os
import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from watched_page import Watched, chromium_browser  # found by the line above

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.browser.chromium import find_chromium


def check(folder: Path) -> None:
    with chromium_browser() as browser:
        for scheme, width in product(("light", "dark"), (1280, 360)):
            size = {"width": width, "height": 740}
            watched = Watched(browser, f"{folder.as_uri()}/", color_scheme=scheme, viewport=size)
            page = watched.open("index.html")
            page.wait_for_url("**/docs/overview.html")  # where the index leads
            assert page.locator("h1").count() == 1, page.url
            assert not watched.faults, f"{scheme}, {width} px: {watched.faults}"
            barriers, wide = watched.barriers(), page.evaluate("document.documentElement.scrollWidth")
            assert not barriers, f"{scheme}, {width} px: {barriers}"
            assert wide <= width, f"{scheme}, {width} px: scrolls sideways, {wide} px wide"
            watched.faults.clear()  # those of axe, which asks for styles as a page on the disk may not
            watched.assert_good()
    print("the site's first page: light and dark, wide and narrow, nothing serious")


if __name__ == "__main__":
    try:
        find_chromium()
    except EnvironmentFault as fault:
        if os.environ.get("REQUIRE_BROWSER"):
            raise
        sys.exit(print(f"the site's first page is not opened: {fault}"))
    check(Path(sys.argv[1]).resolve())
