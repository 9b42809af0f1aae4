"""By what the notes of a source, and of a store, are found: the same however the two are written."""

from __future__ import annotations

import os
from itertools import product

from copydesk.flows.sinks.shelf import Shelf
from copydesk.flows.sources.catalogue import DiskSource
from copydesk.flows.sources.named_once import named_once
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.store.cleaned_pages import digest_of


def stores_of(shelf: Shelf) -> tuple[str, ...]:
    """Where a store is: by its whole path, then as earlier notes have it, which were made by its name as written."""
    where = shelf.where
    # a database's address; in a path no two slashes follow each other
    if "://" in where:
        return (where,)
    # of a store in several files the name ends so
    end = os.sep if where.endswith(os.sep) else ""
    return tuple(dict.fromkeys((_whole(where) + end, named_once(where) + end, where)))


def sources_of(shelf: Shelf, source: str | DiskSource) -> tuple[bytes, ...]:
    """Digests of a source on the disk, whose records go to a shelf: by whole paths, then as of ``stores_of``."""
    named = _named(source)
    if isinstance(source, DiskSource):
        whole = (source.name, _whole(source.folder), tuple(map(_whole, source.paths)))
    else:
        # standard input lies nowhere
        whole = (source if source == STANDARD_INPUT_NAME else _whole(source), "", ())
    # beside what is named where it is: a link may come to lead to other files of the same names
    paths = source.paths if isinstance(source, DiskSource) else (source,)
    targets = tuple(map(os.path.realpath, paths))
    places = dict.fromkeys(((*whole, targets), (*named, targets)))
    return tuple(
        digest_of(shelf.name, where, repr(place)) for where, place in product(stores_of(shelf), places)
    )


def _named(source: str | DiskSource) -> tuple[str, str, tuple[str, ...]]:
    """Name, folder and paths of a source as they are named."""
    return (source.name, source.folder, source.paths) if isinstance(source, DiskSource) else (source, "", ())


def _whole(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - undecodable names stay as they are
