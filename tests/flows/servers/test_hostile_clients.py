"""Servers as clients meet them that leave, stop half way, or come in crowds: ``api``, ``mcp`` and ``try``."""

from __future__ import annotations

import json
import os
import resource
import select
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from conftest import ARTICLE, HANG_SECONDS, living, wait_until
from msgspec import Struct
from served_commands import served

pytestmark = [pytest.mark.slow, pytest.mark.waits]

# nearly as many blocks as a page may have take longer than a second, wherever
SLOW_PAGE = "".join(
    f"<p>The council met for the {n}th time, and nobody said a word about it.</p>" for n in range(29_000)
)
COMMANDS = {
    "api": ["api", "--port", "0", "--jobs", "1", "--timeout", "1000000", "--max-requests", "2"],
    "mcp": ["mcp", "--http", "--port", "0", "--jobs", "1", "--timeout", "1000000", "--max-requests", "2"],
    "try": ["try", "--no-browser"],
}
PATHS = {"api": "/clean", "mcp": "/mcp", "try": "/clean"}


class Server(Struct):
    """A server that runs, and what its clients send."""

    name: str
    host: str
    port: int
    token: str
    process: subprocess.Popen[str]

    def request(self, html: str) -> bytes:
        """A whole request to clean a page."""
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "clean", "arguments": {"html": html}},
        }
        body = json.dumps(call if self.name == "mcp" else {"html": html}).encode()
        head = (
            f"POST {PATHS[self.name]} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\nAccept: application/json, text/event-stream\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A client that has sent so much."""
        client = socket.create_connection((self.host, self.port), timeout=HANG_SECONDS)
        client.sendall(sent)
        return client

    def is_there(self) -> bool:
        """Whether it answers, whatever it has to say; only ``api`` has an answer for this path."""
        answer = httpx.get(f"http://{self.host}:{self.port}/health", timeout=HANG_SECONDS)
        return answer.status_code in (200, 404, 405)

    def has_said_nothing(self) -> bool:
        """On standard error, since it listens."""
        return not select.select([self.process.stderr], [], [], 0)[0]

    def log(self) -> str:
        """What it has said on standard error since it listens; it is stopped."""
        self.process.terminate()
        return self.process.communicate(timeout=HANG_SECONDS)[1]


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Server]:
    with served(*COMMANDS[name], cwd=folder) as (url, process):
        parts = urlsplit(url)
        token = parts.query.removeprefix("token=")
        yield Server(name, parts.hostname or "", parts.port or 0, token, process)


def seconds_of(process: str) -> int:
    """The processor time of a process, in ticks of the kernel; 0 of one that has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def worker_at_work(server: Server) -> str:
    """The process that is the first to work a quarter of a second from now on, other than the server's own."""
    before = {process: seconds_of(process) for process in living(server.process.pid)}
    found: list[str] = []

    def is_found() -> bool:
        found[:] = [
            one
            for one in before
            if seconds_of(one) > before[one] + os.sysconf("SC_CLK_TCK") / 4 and int(one) != server.process.pid
        ]
        return bool(found)

    wait_until(is_found, "a worker", of=server.process)
    return found[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_server_outlasts_clients_that_leave_stop_half_way_or_come_in_crowds(
    name: str, tmp_path: Path
) -> None:
    with serving(name, tmp_path) as server:
        assert_another_method_is_told_which_is_expected(server)
        assert_who_leaves_gives_up_the_page_under_way_and_those_that_wait(server)
        assert_who_leaves_within_a_body_or_over_an_answer_is_no_fault(server)
        assert server.has_said_nothing()
        assert_connections_without_a_request_are_bounded_in_number_and_in_time(server)
        log = server.log()
    assert "closed" in log
    assert log.count("\n") <= 3


def assert_another_method_is_told_which_is_expected(server: Server) -> None:
    request = server.request("").replace(b"POST", b"GET", 1)
    with server.connect(request.replace(b"application/json, text", b"text")) as client:
        answer = client.recv(65_536).decode()
    assert answer.startswith("HTTP/1.1 405 ")
    assert "POST" in answer


def assert_who_leaves_gives_up_the_page_under_way_and_those_that_wait(server: Server) -> None:
    first = server.connect(server.request(SLOW_PAGE))
    worker = worker_at_work(server)
    # waits for the only worker, in the last place of two
    second = server.connect(server.request(SLOW_PAGE))
    for client in (first, second):
        client.close()
    wait_until(lambda: worker not in living(server.process.pid), "the end of its worker", of=server.process)
    with server.connect(server.request(ARTICLE)) as client:
        assert client.recv(12) == b"HTTP/1.1 200"
    if server.name == "api":
        figures = httpx.get(f"http://{server.host}:{server.port}/metrics", timeout=HANG_SECONDS).text
        assert 'copydesk_pages_total{status="ok"} 1.0' in figures
        assert figures.count("copydesk_pages_total{") == 1
        assert "copydesk_requests_under_way 0.0" in figures


def assert_who_leaves_within_a_body_or_over_an_answer_is_no_fault(server: Server) -> None:
    request = server.request(ARTICLE)
    for sent in (request[:-100], request[:-100] + b"\xff", request):
        for _ in range(5):
            server.connect(sent).close()
    # a request that is refused at once, whose body goes on and is none
    broken = b"POST /none HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
    with server.connect(broken) as client:
        assert client.recv(9) == b"HTTP/1.1 "
        client.sendall(b"cde\r\nno number\r\n")
        while client.recv(65_536):
            pass
    assert server.is_there()


def assert_connections_without_a_request_are_bounded_in_number_and_in_time(server: Server) -> None:
    # fewer files than connections
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (480, 480))
    with ExitStack() as opened:
        half: list[socket.socket] = []
        for _ in range(3):
            # more at once would be closed before what they sent is read: clients see such an end as a fault
            half += [
                opened.enter_context(server.connect(b"GET /health HTTP/1.1\r\nHost: 127")) for _ in range(200)
            ]
            assert server.is_there()
        # the first make room for others, and no client has its connection for ever
        assert [client.recv(1) for client in half] == [b""] * 600
