"""Imported by the fork server alone: workers are forked with all that the first page of a worker waits for.

A worker that begins with nothing loads words and weights for a quarter of a second, and there is a new one every
``Limits.pages_per_worker`` pages. Forked from here it has them, in memory that all workers share.
"""

from __future__ import annotations

import gc
from contextlib import suppress

from copydesk.cleaners import clean_page
from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.types import Page

_PAGE = """<!DOCTYPE html><html><head><title>A ferry for the winter</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/town">Town</a></li></ul></nav><article>
<h1>A ferry for the winter</h1><p class="byline">By Nora Quill</p>
<p>The council has bought a second ferry, which is to cross the harbour from November on, it said on Tuesday.</p>
<p>The old one was built forty years ago and stays in the dock whenever there is ice, as it was for six weeks of
the last winter. Those who work on the island went round by the bridge, and that takes an hour.</p>
<p>"We should have done it long ago," said the harbour master. The tickets will cost what they have cost before.</p>
</article><footer><p>Sign up for our newsletter.</p></footer></body></html>"""


def load() -> None:
    """Cleans a page and detects a language, and keeps nothing of it."""
    # a damaged data file is reported by the records of pages, as anywhere
    with suppress(CopydeskError):
        clean_page(Page(_PAGE, content_type="text/html"))
        # too short to show its language by frequent words: the model that detects others is loaded
        detect("The ferry for the winter")
    gc.collect()


load()
