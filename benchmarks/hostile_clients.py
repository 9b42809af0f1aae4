"""Do hostile clients keep others from a server: ``python -m benchmarks.hostile_clients`` (Linux).

Crowds of clients, one kind after the other, and all along one that asks for ``/health``. All share the machine's
processors with the server and its workers.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

import click
from msgspec import Struct

from benchmarks.memory import descendants, kilobytes

_COMMANDS = {
    "api": ("/clean", ["api", "--port", "0"]),
    "mcp": ("/mcp", ["mcp", "--http", "--port", "0"]),
    "try": ("/clean", ["try", "--no-browser"]),
}
_LISTENING = re.compile(r"listening on (http://\S+);")
_FILES = 1_024
_MOST_SECONDS = 2.0
_MOST_LINES = 100
_PAUSE_SECONDS = 1.0
_SETTLING_SECONDS = 5.0
_SLOW_PAGE = "<p>The council met once more, and nobody said a word about it.</p>" * 5_000


class Target(Struct, frozen=True):
    """A server under attack."""

    host: str
    port: int
    path: str
    token: str
    process: int

    def head(self, method: str, path: str, length: int, token: str) -> bytes:
        """The head of a request."""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Bearer {token}\r\n"
            f"Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    def page(self) -> bytes:
        """A request to clean a page for some seconds."""
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "clean", "arguments": {"html": _SLOW_PAGE}},
        }
        body = json.dumps(call if self.path == "/mcp" else {"html": _SLOW_PAGE}).encode()
        return self.head("POST", self.path, len(body), self.token) + body


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Client = Callable[[Target, Streams], Awaitable[None]]


async def _half(_: Target, streams: Streams) -> None:
    """Sends half a header, and waits."""
    streams[1].write(b"POST /clean HTTP/1.1\r\nHost: 127")
    await streams[0].read(1)


async def _leaving(target: Target, streams: Streams) -> None:
    """Asks for a page, and leaves."""
    streams[1].write(target.page())
    await streams[1].drain()
    await asyncio.sleep(_PAUSE_SECONDS)


async def _slow(target: Target, streams: Streams, path: str = "", token: str = "") -> None:
    """Sends a body byte by byte."""
    streams[1].write(target.head("POST", path or target.path, 1_000_000, token or target.token))
    while not streams[1].is_closing():
        streams[1].write(b" ")
        await streams[1].drain()
        await asyncio.sleep(_PAUSE_SECONDS)


async def _refused(target: Target, streams: Streams) -> None:
    """Goes on sending a body that is refused."""
    await _slow(target, streams, path="/none", token="none")  # noqa: S106 - it is none


_CROWDS: dict[str, tuple[int, Client]] = {
    "half headers": (1_200, _half),
    "clients that leave": (200, _leaving),
    "slow bodies": (200, _slow),
    "slow bodies that are refused": (1_200, _refused),
}


def watch(target: Target, seconds: float) -> tuple[float, float]:
    """The longest time of an answer of ``/health``, asked for so many seconds, and the longest processor time that the
    server had meanwhile, which is less where others use the processors; a minute where there was no answer.
    """
    longest, most, end = 0.0, 0.0, time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        worked = processor_seconds(target.process)
        connection = HTTPConnection(target.host, target.port, timeout=60)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except (OSError, HTTPException):
            return 60.0, 60.0
        longest = max(longest, time.perf_counter() - began)
        most = max(most, processor_seconds(target.process) - worked)
        time.sleep(0.1)
    return longest, most


async def _attack(target: Target, count: int, client: Client, seconds: float) -> None:
    """So many clients at once, each of which comes again."""

    async def one() -> None:
        while True:
            with suppress(OSError):
                streams = await asyncio.open_connection(target.host, target.port)
                try:
                    await client(target, streams)
                finally:
                    streams[1].transport.abort()
            await asyncio.sleep(_PAUSE_SECONDS)

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _server(name: str, log: Path) -> Iterator[Target]:
    """A server with few files."""
    path, arguments = _COMMANDS[name]
    with log.open("wb") as file, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "copydesk", *arguments]
        with subprocess.Popen(command, stderr=file, cwd=folder) as process:
            try:
                while not (found := _LISTENING.search(log.read_text("utf-8"))):
                    time.sleep(0.1)
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (_FILES, _FILES))
                url = urlsplit(found[1])
                token = url.query.removeprefix("token=")
                yield Target(url.hostname or "", url.port or 0, path, token, process.pid)
            finally:
                process.terminate()


def processor_seconds(process: int) -> float:
    """The processor time of a process so far, without those below it."""
    fields = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def attacked(name: str, seconds: float, log: Path) -> bool:
    """Whether a server stood all crowds, each for so many seconds."""
    is_well = True
    with _server(name, log) as target, ProcessPoolExecutor(1, get_context("spawn")) as watcher:
        sizes = []
        # the second round tells whether memory grows by what comes again
        for number in (1, 2):
            for crowd, (count, client) in _CROWDS.items():
                # a process of its own: in this one it would wait for the crowd
                watching = watcher.submit(watch, target, seconds)
                asyncio.run(_attack(target, count, client, seconds))
                # what was under way ends
                time.sleep(_SETTLING_SECONDS)
                # what processes share is counted once
                sizes.append(
                    sum(kilobytes(each, "smaps_rollup", "Pss") for each in descendants(target.process))
                )
                longest, worked = watching.result()
                is_well &= min(longest, worked) <= _MOST_SECONDS
                click.echo(
                    f"{name}, round {number}, {count:,} {crowd}: /health within {longest:.2f} s, {worked:.2f} s of the server's work; "
                    f"memory {sizes[-1] / 1024:.0f} MB"
                )
    lines = log.read_text("utf-8").count("\n")
    grown = max(sizes[len(_CROWDS) :]) / max(sizes[: len(_CROWDS)])
    click.echo(
        f"{name}: {lines} lines in its log; memory of the second round {grown:.2f} times that of the first"
    )
    return is_well and lines < _MOST_LINES and grown <= 1.1


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="Of each crowd.")
@click.option("--server", "names", multiple=True, type=click.Choice(list(_COMMANDS)), default=list(_COMMANDS))
def main(*, seconds: float, names: tuple[str, ...]) -> None:
    """Attack each server. Exit code 1 where others are not answered within two seconds, memory grows by more than a
    tenth from the first round to the second, or a log has 100 lines.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        ends = [attacked(name, seconds, Path(folder) / name) for name in names]
    sys.exit(not all(ends))


if __name__ == "__main__":
    main()
