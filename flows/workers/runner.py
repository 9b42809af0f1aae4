"""Who cleans a run's pages: worker processes of this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from functools import partial
from importlib.util import find_spec
from typing import Protocol

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Options, Page
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.child import Limits
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.workers.pool import clean_pages


class Runner(Protocol):
    """Makes the records of pages, in their order: ``clean_pages`` and what takes its place."""

    def __call__(
        self,
        pages: Iterable[Page | Unreadable],
        *,
        options: Options,
        limits: Limits,
        jobs: int,
        would_wait: Callable[[], bool],
    ) -> Generator[Record, None, None]: ...


def runner_named(name: str) -> Runner:
    """What ``--runner`` names: ``local``, ``dask`` or ``dask=ADDRESS``. Raises SettingsError in one line."""
    kind, sign, address = name.partition("=")
    if name == "local":
        return clean_pages
    if kind != "dask" or bool(sign) != bool(address):
        raise SettingsError(f"--runner: expected local, dask or dask=ADDRESS, not {name!r}")
    if find_spec("distributed") is None:
        raise SettingsError("--runner dask: Dask is not installed; pip install 'copydesk[dask]'")
    from copydesk.flows.workers.dask_pages import clean_pages_on_dask  # most runs have no use for it

    return partial(clean_pages_on_dask, address=address or None)
