"""Results kept in memory: of functions of short texts, and of what is computed from a value that never changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

from msgspec import Struct

_Rest = ParamSpec("_Rest")
_Result = TypeVar("_Result")

MAX_CHARS = 1_500
"""Of a text that is kept: words are looked for in no longer block (``cues.MAX_CHARS``)."""


def lru_cache_short_text(
    maxsize: int, *, max_chars: int = MAX_CHARS
) -> Callable[[Callable[Concatenate[str, _Rest], _Result]], Callable[Concatenate[str, _Rest], _Result]]:
    """As ``functools.lru_cache``, for a function whose first argument is a text of a page, of any length.

    Results for texts of more than ``max_chars`` characters are not cached: so a cache holds at most ``maxsize`` times
    as many characters, and no page can fill the memory of a process that cleans the next ones.
    """

    def decorate(
        function: Callable[Concatenate[str, _Rest], _Result],
    ) -> Callable[Concatenate[str, _Rest], _Result]:
        cached = lru_cache(maxsize)(function)

        @wraps(function)
        def call(text: str, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Result:
            chosen = cached if len(text) <= max_chars else function
            return chosen(text, *args, **kwargs)  # type: ignore[arg-type]  # that all can be hashed

        # ``wraps`` hides what it is called with
        return cast("Callable[Concatenate[str, _Rest], _Result]", call)

    return decorate


class MemoizedStruct(Struct, frozen=True, dict=True):
    """A value that keeps what was computed from it. It never changes, so results hold as long as it lives;
    ``msgspec.structs.replace`` gives another value, without results.
    """

    @cached_property  # of the object, no field of it: ``replace`` leaves it behind
    def _results(self) -> dict[Callable[..., Any], Any]:
        return {}

    def memoized(self, compute: Callable[[Self], _Result]) -> _Result:
        """What ``compute`` gives for this value; called at the first request alone."""
        if compute not in self._results:
            self._results[compute] = compute(self)
        result: _Result = self._results[compute]
        return result
