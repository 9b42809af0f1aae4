"""One page within a time, again and again: one worker process that is kept from call to call."""

from __future__ import annotations

import atexit
import os
import threading
from functools import partial

from copydesk.cleaners import clean_page
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Options, Page
from copydesk.flows.workers.page_limits import limits_within
from copydesk.flows.workers.pool import PagePool


class PersistentWorker:
    """A worker process for one page at a time; started by the first page, ended with this process."""

    def __init__(self) -> None:
        self._begin_anew()
        atexit.register(self.end)
        # a fork has the pool without the threads that serve it: it would wait for ever
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._pool: PagePool | None = None

    def clean(self, page: Page, options: Options, timeout: float) -> Record:
        """The page's record; ``failed`` where it takes longer. Waits for other threads' pages first.

        Raises EnvironmentFault where the machine starts no worker.
        """
        limits = limits_within(timeout)
        with self._lock:
            if self._pool is None:
                self._pool = PagePool(clean_page, limits=limits, jobs=1)
            self._pool.work, self._pool.limits = partial(clean_page, options=options), limits
            try:
                (record,) = self._pool.records([page])
            except BaseException:
                # interrupted: the worker is still at this page, and the next one would wait for it
                self._pool.end()
                raise
            return record

    def end(self) -> None:
        """Ends the worker; a later page starts another."""
        with self._lock:
            if self._pool is not None:
                self._pool.end()


clean_within = PersistentWorker().clean
