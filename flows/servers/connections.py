"""Connections of a server, within bounds: how many there are, how long their clients keep it waiting, and that nothing
is done for a client that has left.

Of uvicorn's own switches, ``limit_concurrency`` counts a connection only once it has sent a request, and none is a time
for headers.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from copydesk.flows.io.posix import resource
from copydesk.flows.shortening import counted
from copydesk.flows.terminal import tell

# set by hand: time for a header over a slow line
_REQUEST_SECONDS = 10.0
_ANSWER_SECONDS = 600.0
"""In which a client has to take what was sent of an answer, such as a batch (``flows.servers.batch``)."""
# set by hand: browsers keep some each
_IDLE_CONNECTIONS = 200
"""Beside those of the requests that may be under way."""
_NEXT_BYTES = 16_384
"""Of further requests that are read while one is answered."""
_LINE_SECONDS = 60.0


class Bounds:
    """The connections of a server that wait for their clients, and what the log says of those that were closed."""

    def __init__(self, at_once: int) -> None:
        # half of the files this process may open: workers, stores and pages need the others
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.most = at_once + _IDLE_CONNECTIONS
        if files != resource.RLIM_INFINITY:
            self.most = min(self.most, files // 2)
        self.waiting: dict[BoundedProtocol, asyncio.TimerHandle] = {}
        """Those that have waited longest come first."""
        self._closed = 0
        self._next_line: asyncio.TimerHandle | None = None

    def stop_waiting(self, connection: BoundedProtocol) -> None:
        """Its client has done its part, or is gone."""
        if (timer := self.waiting.pop(connection, None)) is not None:
            timer.cancel()

    def close(self, connection: BoundedProtocol) -> None:
        """Closes a connection over its client, and has the log say so: a line a minute at most."""
        self.stop_waiting(connection)
        connection.transport.abort()
        self._closed += 1
        if self._next_line is None:
            self._tell()

    def _tell(self) -> None:
        self._next_line = None
        if self._closed:
            closed, self._closed = counted(self._closed, "connection"), 0
            tell(
                f"closed {closed}: no whole request came, or no answer was taken, or {self.most:,} were open"
            )
            self._next_line = asyncio.get_running_loop().call_later(_LINE_SECONDS, self._tell)


class BoundedProtocol(H11Protocol):
    """A connection that is closed where its client keeps it waiting for too long, or others need its room."""

    def __init__(self, bounds: Bounds, **given: Any) -> None:
        super().__init__(**given)
        self._bounds = bounds
        self._served, self.app = self.app, self._serve
        self._work: asyncio.Task[Any] | None = None

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        # a client may leave before its request is begun
        if not self.cycle.disconnected:
            self._work = asyncio.current_task()
            try:
                await self._served(scope, receive, send)
            finally:
                self._work = None

    @property
    def _is_at_work(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        """Begins the time of a client that is to send a request, or to take an answer; ends it where we are to work."""
        self._bounds.stop_waiting(self)
        is_full = self.flow.write_paused
        if is_full or not self._is_at_work:
            seconds = (
                _ANSWER_SECONDS if is_full or self.transport.get_write_buffer_size() else _REQUEST_SECONDS
            )
            self._bounds.waiting[self] = self.loop.call_later(seconds, self._end_of_time)

    def _end_of_time(self) -> None:
        # browsers open some connections ahead: nobody is told of one over which nothing came
        if self.conn.trailing_data[0] or self.transport.get_write_buffer_size():
            self._bounds.close(self)
        else:
            self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self._bounds.most:
            self._bounds.close(next(iter(self._bounds.waiting)))

    def connection_lost(self, exc: Exception | None) -> None:
        is_left = self._is_at_work
        super().connection_lost(exc)
        self._bounds.stop_waiting(self)
        if is_left and self._work is not None:
            self._work.cancel()

    def handle_events(self) -> None:
        was_at_work = self._is_at_work
        super().handle_events()
        if not self._is_at_work:
            return
        if not was_at_work:
            self._wait()
        # uvicorn may have stopped to read: nobody would see the client leave
        if not self.cycle.more_body and len(self.conn.trailing_data[0]) < _NEXT_BYTES:
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait()

    def send_400_response(self, msg: str) -> None:
        if self._is_at_work and self.cycle.response_started:
            # half an answer is there: none of another status can follow
            self.transport.close()
        else:
            super().send_400_response(msg)
