"""What is kept at hand up to a size: what was used longest ago is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LEAST_WEIGHT = 1_000
"""What a key and the objects around a value take, in bytes, be the value empty."""


class Lru(Generic[K, V]):
    """Values by their keys, at most ``most`` of weight in all; a value heavier than that is not kept. For one
    thread.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        # in the order of use: the first was used longest ago
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """The value of a key, None where there is none any more."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: K, value: V, *, weight: int) -> None:
        """Keeps a value, in place of the key's last one. ``weight``: bytes, about."""
        # first of all: a new value that is too heavy must not leave the old one in its place
        if key in self._values:
            self._weight -= self._values.pop(key)[1]
        weight += LEAST_WEIGHT
        if weight > self._most:
            return
        self._values[key] = value, weight
        self._weight += weight
        # the new value is last and no heavier than the whole: it is never the one forgotten
        while self._weight > self._most:
            _, (_, forgotten) = self._values.popitem(last=False)
            self._weight -= forgotten
