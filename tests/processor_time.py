"""Processor time as a multiple of what a peer takes on this machine: for what grows with the square of its size, which
takes minutes where its bound is seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from lxml import html

_PAGE = "<p>The clock of the town hall <a href='/noon'>struck noon</a> on Friday.</p>" * 13_000


@contextmanager
def bounded(times: float) -> Iterator[None]:
    """Fails where what is done takes more than so many times as long as lxml takes for a page of a megabyte."""
    started = time.process_time()
    yield
    taken = time.process_time() - started
    assert taken < times * _parsing_seconds(), (
        f"{taken:.2f} s, a megabyte is parsed in {_parsing_seconds():.4f} s"
    )


@cache
def _parsing_seconds() -> float:
    def parse() -> float:
        started = time.process_time()
        html.document_fromstring(_PAGE)
        return time.process_time() - started

    return min(parse() for _ in range(3))
