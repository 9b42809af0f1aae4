"""Where the time of cleaning goes: a clock around each function of ours that a module calls."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple


class Watched(NamedTuple):
    """A function that a module calls by name, and the name under which its time is added up."""

    name: str
    module: ModuleType
    function: str


class Clock:
    """Adds up seconds by name, of the wall clock or of another; time in a call within a call counts for the
    inner one alone.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._now = now
        self._inner: list[float] = []

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call`` with its time added up under ``name``."""

        @functools.wraps(call)
        def timed(*args: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            started = self._now()
            try:
                return call(*args, **named)
            finally:
                self._add(name, self._now() - started)

        return timed

    def _add(self, name: str, whole: float) -> None:
        own = whole - self._inner.pop()
        self.seconds[name] = self.seconds.get(name, 0.0) + own
        if self._inner:
            self._inner[-1] += whole


@contextmanager
def watch(*modules: ModuleType) -> Iterator[Clock]:
    """Put a clock around each function of our own the modules call by name, and take it off at the end."""
    watched = [
        Watched(f"{value.__module__}.{name}", module, name)
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__.partition(".")[0] == module.__name__.partition(".")[0]
    ]
    clock = Clock()
    with watch_these(watched, clock):
        yield clock


@contextmanager
def watch_these(watched: Sequence[Watched], clock: Clock) -> Iterator[None]:
    """Put a clock around some functions, and take it off at the end."""
    originals = [vars(one.module)[one.function] for one in watched]
    try:
        for one, original in zip(watched, originals, strict=True):
            setattr(one.module, one.function, clock.wrap(one.name, original))
        yield
    finally:
        for one, original in zip(watched, originals, strict=True):
            setattr(one.module, one.function, original)
