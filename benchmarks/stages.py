"""Where the time of cleaning goes: a clock around each function of ours that a module calls."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class Clock:
    """Adds up wall-clock seconds by name; time in a call within a call counts for the inner one alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call`` with its time added up under ``name``."""

        @functools.wraps(call)
        def timed(*args: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            started = time.perf_counter()
            try:
                return call(*args, **named)
            finally:
                self._add(name, time.perf_counter() - started)

        return timed

    def _add(self, name: str, whole: float) -> None:
        own = whole - self._inner.pop()
        self.seconds[name] = self.seconds.get(name, 0.0) + own
        if self._inner:
            self._inner[-1] += whole


@contextmanager
def watch(*modules: ModuleType) -> Iterator[Clock]:
    """Put a clock around each function of our own the modules call by name, and take it off at the end."""
    clock = Clock()
    originals = [
        (module, name, value)
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__.partition(".")[0] == module.__name__.partition(".")[0]
    ]
    try:
        for module, name, value in originals:
            setattr(module, name, clock.wrap(f"{value.__module__}.{name}", value))
        yield clock
    finally:
        for module, name, value in originals:
            setattr(module, name, value)
