"""Memos of pure functions of a text that stay small whatever pages hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

_Rest = ParamSpec("_Rest")
_Found = TypeVar("_Found")

MAX_CHARS = 1_500
"""Of a text that is remembered: what words say is looked for in no longer block (``cues.MAX_CHARS``)."""


def lru_of_short(
    maxsize: int, *, max_chars: int = MAX_CHARS
) -> Callable[[Callable[Concatenate[str, _Rest], _Found]], Callable[Concatenate[str, _Rest], _Found]]:
    """As ``functools.lru_cache``, for a function whose first argument is a text of a page, of any length.

    A text of more than ``max_chars`` characters is looked at anew each time: so a memo holds at most ``maxsize`` times
    as many characters, and no page can fill the memory of a process that cleans the next ones.
    """

    def decorate(
        find: Callable[Concatenate[str, _Rest], _Found],
    ) -> Callable[Concatenate[str, _Rest], _Found]:
        remembered = lru_cache(maxsize)(find)

        @wraps(find)
        def found(text: str, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Found:
            look_up = remembered if len(text) <= max_chars else find
            return look_up(text, *args, **kwargs)  # type: ignore[arg-type]  # that all can be hashed

        return cast(
            "Callable[Concatenate[str, _Rest], _Found]", found
        )  # ``wraps`` hides what it is called with

    return decorate
