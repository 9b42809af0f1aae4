"""A network that fails on demand: real connections on which a step raises the exception that a test sets."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpcore2

from copydesk.flows.fetching.wire.network import NetworkBackend

PACKAGES = ("httpx2", "httpcore2", "h2", "hpack", "hyperframe", "h11", "ssl", "socket", "anyio")
_LATE_READS = 4
_PART_BYTES = 700


def exception_classes() -> list[type[Exception]]:
    """All that the packages have beneath fetching, however deep: what a new release brings is among them."""
    found = {item for module in _modules() for _, item in inspect.getmembers(module, inspect.isclass)}
    return sorted(
        (item for item in found if _is_theirs(item)),
        key=lambda item: f"{item.__module__}.{item.__qualname__}",
    )


def _modules() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES and module is not None:
            yield module


def _is_theirs(found: type[Any]) -> bool:
    return issubclass(found, Exception) and found.__module__.partition(".")[0] in PACKAGES


def made(of: type[Exception]) -> Exception:
    """An exception of a class, with as many arguments as it needs; empty where it wants more than numbers."""
    try:
        needed = [
            parameter
            for parameter in inspect.signature(of).parameters.values()
            if parameter.default is parameter.empty
        ]
        places = [1 for item in needed if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
        return of(*places, **{item.name: 1 for item in needed if item.kind is item.KEYWORD_ONLY})
    except (AttributeError, TypeError, ValueError):
        return of.__new__(of)


class FailingNetwork(NetworkBackend):
    """Opens real connections. While there is something to fail with, the step of any of them raises it.

    ``step``: ``connect``, ``start_tls``, ``write``, ``read``, ``read late`` (some parts of the answer have
    come) or ``close``.
    """

    def __init__(self, step: str) -> None:
        self.step = step
        self.error: BaseException | None = None
        self.raised = 0
        self._reads = 0

    def fail_with(self, error: BaseException | None) -> None:
        """From now on; None for never."""
        self.error, self._reads = error, 0

    def reach(self, step: str) -> None:
        """A step is made. Raises what is to be raised there."""
        self._reads += step == "read"
        if step == "read" and self.step == "read late" and self._reads >= _LATE_READS:
            step = self.step
        if self.error is not None and step == self.step:
            self.raised += 1
            error = self.error
            if isinstance(error, httpcore2.ConnectionNotAvailable):
                self.error = None  # the word on which a pool tries once more, and would go on trying
            raise error

    async def connect_tcp(self, *arguments: Any, **named: Any) -> httpcore2.AsyncNetworkStream:
        self.reach("connect")
        return _FailingStream(await super().connect_tcp(*arguments, **named), self)


class _FailingStream(httpcore2.AsyncNetworkStream):
    def __init__(self, stream: httpcore2.AsyncNetworkStream, network: FailingNetwork) -> None:
        self._stream = stream
        self._network = network

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._network.reach("read")
        return await self._stream.read(min(max_bytes, _PART_BYTES), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._network.reach("write")
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        try:
            self._network.reach("close")
        finally:
            await self._stream.aclose()

    async def start_tls(self, *arguments: Any, **named: Any) -> httpcore2.AsyncNetworkStream:
        try:
            self._network.reach("start_tls")
        except BaseException:
            await self._stream.aclose()  # as who fails to encrypt a connection has to
            raise
        return _FailingStream(await self._stream.start_tls(*arguments, **named), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
