"""``clean`` as the public door has it: here, or where a time is given, in a process that is ended after it."""

from __future__ import annotations

from copydesk.cleaners import clean as clean_here
from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page


def clean(
    page: bytes | str | Page,
    url: str | None = None,
    *,
    options: Options | None = None,
    timeout: float | None = None,
) -> Record:
    """Cleans one page given as HTML or flattened text (bytes or str), or as a ``Page``; ``url``: its address.

    Never raises for the page's sake: what is no article gives a record with the status ``rejected`` and a reason code.

    Without ``timeout`` no time is bounded: it grows with the size of the page, which ``options.max_bytes`` bounds.

    ``timeout``: seconds the page may take. One that takes longer gives a ``failed`` record with the reason ``timeout``;
    one that crashes or takes more than 500 MB gives one that says so. The page is cleaned in a worker process then,
    which is started by the first call, serves all later ones, and ends with this process; threads take turns.

    Raises TypeError or ValueError in one line where it is given anything else, such as the name of a file or a URL
    alone, EnvironmentFault where the machine
    starts no worker.
    """
    if timeout is None:
        return clean_here(page, url, options=options)
    # loaded only here: cleaning by itself needs nothing of all that handles processes
    from copydesk.cleaners.pipeline.given import as_page, checked_options, refuse_name
    from copydesk.flows.workers.python_api import clean_within

    refuse_name(page)
    return clean_within(as_page(page, url), checked_options(options), timeout)
