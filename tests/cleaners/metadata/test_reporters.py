"""An opening that names a reporter and never ends."""

from __future__ import annotations

import pytest
from processor_time import bounded

from copydesk import Page, clean_page


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000"])
@pytest.mark.parametrize("media", ["html", "text"])
def test_an_opening_without_end_takes_no_time(space: str, media: str) -> None:
    page = Page(body="本报讯（记者" + space * 100_000 + "x", media=media)
    with bounded(200):
        clean_page(page)
