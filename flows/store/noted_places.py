"""By what the notes of a source, and of a store, are found: the same however the two are written."""

from __future__ import annotations

import os

from copydesk.flows.sinks.store_backend import StoreBackend
from copydesk.flows.sources.catalogue import DiskSource
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.store.cleaned_pages import digest_of


def store_of(backend: StoreBackend) -> str:
    """Where a store is, by its whole path."""
    where = backend.where
    # a database's address; in a path no two slashes follow each other
    if "://" in where:
        return where
    # of a store in several files the name ends so
    return _whole(where) + (os.sep if where.endswith(os.sep) else "")


def source_of(backend: StoreBackend, source: str | DiskSource) -> bytes:
    """The digest of a source on the disk, whose records go to a backend, by whole paths."""
    if isinstance(source, DiskSource):
        paths, named = source.paths, (source.name, _whole(source.folder), tuple(map(_whole, source.paths)))
    else:
        # standard input lies nowhere
        paths, named = (source,), (source if source == STANDARD_INPUT_NAME else _whole(source), "", ())
    # beside what is named where it is: a link may come to lead to other files of the same names
    place = (*named, tuple(map(os.path.realpath, paths)))
    return digest_of(backend.name, store_of(backend), repr(place))


def _whole(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - undecodable names stay as they are
