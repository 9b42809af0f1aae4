"""Processor time as a multiple of what a peer takes on this machine: for what grows with the square of its size, which
takes minutes where its bound is seconds.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import html

_PARTS = 10
_PAGE = "<p>The clock of the town hall <a href='/noon'>struck noon</a> on Friday.</p>" * (13_000 // _PARTS)


@contextmanager
def bounded(times: float, *, megabytes: float | None = None) -> Iterator[None]:
    """Fails where what is done takes more than so many times as long as lxml takes for a page of a megabyte.

    It also fails where more ``megabytes`` are held at once, if they are given.
    """
    before = _parsing_seconds()
    # a collection goes through all that the tests before have left
    gc.collect()
    gc.disable()
    if megabytes is not None:
        tracemalloc.start()
    started = time.process_time()
    try:
        yield
        taken = time.process_time() - started
        held = 0 if megabytes is None else tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
        gc.enable()
    # on a busy machine processor time costs more, and not at every moment alike
    peer = max(before, _parsing_seconds())
    assert taken < times * peer, f"{taken:.2f} s, a megabyte is parsed in {peer:.4f} s"
    assert megabytes is None or held < megabytes, f"{held:.0f} megabytes at once"


def _parsing_seconds() -> float:
    def parse() -> float:
        started = time.process_time()
        html.document_fromstring(_PAGE)
        return time.process_time() - started

    return _PARTS * min(parse() for _ in range(3))
