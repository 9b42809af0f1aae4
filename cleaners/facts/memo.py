"""What was found once about a value that never changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Self, TypeVar

from msgspec import Struct

_Found = TypeVar("_Found")


class Remembering(Struct, frozen=True, dict=True):
    """A value that remembers what was found about it. It never changes, so what was found holds as long as it lives;
    ``msgspec.structs.replace`` gives another value, which knows nothing yet.
    """

    @cached_property  # of the object, no field of it: ``replace`` leaves it behind
    def _found(self) -> dict[Callable[..., Any], Any]:
        return {}

    def once(self, find: Callable[[Self], _Found]) -> _Found:
        """What ``find`` says of the whole; asked once, since once a block would make long pages slow."""
        if find not in self._found:
            self._found[find] = find(self)
        found: _Found = self._found[find]
        return found
