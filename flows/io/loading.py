"""How a process of ours loads what it needs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loaded_at_once() -> Iterator[None]:
    """Imports without the garbage collector, which would look through modules again and again and find nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def loaded_for_good() -> Iterator[None]:
    """As ``loaded_at_once``, in a process that keeps all it has loaded: the collector never looks through that."""
    with loaded_at_once():
        yield
        gc.freeze()
