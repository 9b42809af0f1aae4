"""What a server answers in place of its application."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from copydesk.flows.servers.access import Access

SCOPE = {"type": "http", "path": "/clean", "headers": [(b"host", b"127.0.0.1")]}
START = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_request_that_is_cut_off_by_the_end_of_the_server_is_told_so(*, has_begun: bool) -> None:
    sent: list[Any] = []

    async def app(_: Any, __: Any, send: Any) -> None:
        if has_begun:
            await send(START)
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def all_of_it() -> None:
        request = asyncio.create_task(Access(app, None)(SCOPE, asyncio.Event().wait, send))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        # as uvicorn does when the time to end is over; what is raised then it logs with a traceback
        request.cancel()
        await request

    asyncio.run(all_of_it())
    if has_begun:
        assert sent == [START]
    else:
        start, body = sent
        assert start["status"] == 503
        assert "the server is stopping" in json.loads(body["body"])["error"]
