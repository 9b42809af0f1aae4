"""Keeps numpy to one thread while it multiplies small matrices."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


# made once a process: it looks through all libraries that are loaded
@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def on_one_processor() -> AbstractContextManager[object]:
    """Within, numpy multiplies matrices in one thread: for some as small as these, waking others costs more time
    than they save.
    """
    limited: AbstractContextManager[object] = _threads().limit(limits=1)
    return limited
