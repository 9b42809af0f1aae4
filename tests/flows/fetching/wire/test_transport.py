"""Connections are made to addresses that were checked, and to just these; answers are whole or a fault."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import httpcore2
import pytest
from misbehaving_hosts import certificate

from copydesk.flows.fetching.wire.addresses import Forbidden
from copydesk.flows.fetching.wire.network import NetworkBackend, TransportFault, UnknownHost
from copydesk.flows.fetching.wire.transport import CheckedBackend, Client, resolve

T = TypeVar("T")
Answer = Callable[[bytes], bytes]


class Network(NetworkBackend):
    """Connects, but for some addresses; records which were tried."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.tried: list[tuple[str, int]] = []

    async def connect_tcp(
        self, host: str, port: int, *rest: Any, **more: Any
    ) -> httpcore2.AsyncNetworkStream:
        self.tried.append((host, port))
        if host in self.broken:
            raise httpcore2.ConnectTimeout(f"{host} is silent")
        return await super().connect_tcp(host, port, *rest, **more)


def answering(*addresses: str) -> Callable[[str, int], Coroutine[Any, Any, Sequence[str]]]:
    """A name service that knows every host by these."""

    async def known(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return known


async def served(
    answer: Answer,
    work: Callable[[int], Coroutine[Any, Any, T]],
    *,
    answers: int | None = None,
    encryption: ssl.SSLContext | None = None,
) -> tuple[T, list[int]]:
    """What some work comes to, with the port of a server; and the requests that came over each connection.

    The server closes a connection after its answer; with ``answers`` after so many, as soon as it is asked again.
    """
    asked: list[int] = []
    under_way: set[asyncio.Task[Any] | None] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        connection = len(asked)
        asked.append(0)
        with suppress(asyncio.IncompleteReadError):  # who only connects asks nothing
            while request := await reader.readuntil(b"\r\n\r\n"):
                asked[connection] += 1
                if answers is None or asked[connection] <= answers:
                    writer.write(answer(request))
                    await writer.drain()
                if answers is None or asked[connection] > answers:
                    break
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=encryption)
    async with server:
        found = await work(server.sockets[0].getsockname()[1])
        await asyncio.sleep(0)  # a connection that was just taken is one to wait for
        await asyncio.gather(*filter(None, under_way))
        return found, asked


def backend(network: Network, *addresses: str, allowed: frozenset[str] = frozenset()) -> CheckedBackend:
    return CheckedBackend(allowed=allowed, resolve=answering(*addresses), network=network)


def test_the_first_address_that_answers_is_taken_and_no_name_is_looked_up_twice() -> None:
    network = Network("127.0.0.2", "127.0.0.3")

    async def work(port: int) -> Any:
        place = frozenset({f"Paper.example.:{port}"})  # in whatever spelling
        there = backend(network, "127.0.0.2", "127.0.0.3", "127.0.0.1", "127.0.0.4", allowed=place)
        stream = await there.connect_tcp("paper.example", port, timeout=60)
        address = stream.get_extra_info("server_addr")
        await stream.aclose()
        return address, port

    ((address, port), _) = asyncio.run(served(lambda _: b"", work))
    assert address == ("127.0.0.1", port)
    assert network.tried == [(f"127.0.0.{number}", port) for number in (2, 3, 1)]


def test_where_none_answers_the_last_fault_is_reported() -> None:
    network = Network("93.184.216.34", "93.184.216.35")
    with pytest.raises(httpcore2.ConnectTimeout, match=r"93\.184\.216\.35 is silent"):
        asyncio.run(backend(network, *network.broken).connect_tcp("paper.example", 80, timeout=60))
    with pytest.raises(httpcore2.ConnectError, match=r"paper\.example: no address"):
        asyncio.run(backend(Network()).connect_tcp("paper.example", 80))


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.1"), ("::ffff:127.0.0.1",), ("169.254.169.254",)]
)
def test_an_address_of_somebodys_inside_is_never_connected_to(addresses: tuple[str, ...]) -> None:
    network = Network()
    with pytest.raises(Forbidden, match=r"name paper\.example:80 under allow_private"):
        asyncio.run(backend(network, *addresses).connect_tcp("paper.example", 80))
    assert network.tried == []


@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError("no such name"), UnknownHost), (UnicodeError("label too long"), UnknownHost), (TimeoutError(), httpcore2.ConnectTimeout)],
)  # fmt: skip
def test_what_a_name_service_does_not_know_is_reported(error: Exception, raised: type[Exception]) -> None:
    async def failing(_host: str, _port: int) -> Sequence[str]:
        raise error

    there = CheckedBackend(allowed=frozenset(), resolve=failing)
    with pytest.raises(raised, match=r"paper\.example: "):
        asyncio.run(there.connect_tcp("paper.example", 80))


def test_a_name_service_that_is_silent_is_not_waited_for() -> None:
    async def silent(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    there = CheckedBackend(allowed=frozenset(), resolve=silent)
    with pytest.raises(httpcore2.ConnectTimeout, match="no answer from the name service"):
        asyncio.run(there.connect_tcp("paper.example", 80, timeout=0.01))


def test_the_system_gives_each_address_once() -> None:
    assert asyncio.run(resolve("127.0.0.1", 80)) == ["127.0.0.1"]
    found = asyncio.run(resolve("localhost", 80))
    assert len(found) == len(set(found)) > 0


def test_places_that_are_none_cannot_be_allowed() -> None:
    with pytest.raises(ValueError, match="expected a host and its port"):
        CheckedBackend(allowed=frozenset({"https://paper.example"}))


def fetched(answer: Answer, *, cookies: bool = False, times: int = 1) -> list[tuple[int, bytes, bool]]:
    """Status, body, and whether that was read to its end, of so many requests one after the other."""

    async def work(port: int) -> list[tuple[int, bytes, bool]]:
        allowed = frozenset({f"127.0.0.1:{port}"})
        client = Client(
            user_agent="copydesk/0", backend=CheckedBackend(allowed=allowed), keeps_cookies=cookies
        )
        found = []
        try:
            for number in range(times):
                async with client.get(f"http://127.0.0.1:{port}/{number}", {"X-Own": "a"}) as there:
                    body = b"".join([part async for part in there.parts()])
                    found.append((there.status, body, there.is_read))
        finally:
            await client.aclose()
        return found

    return asyncio.run(served(answer, work))[0]


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords", 200, b"words"),
        (b"HTTP/1.1 200 OK\r\n\r\nwords to the end", 200, b"words to the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n0\r\n\r\n", 200, b"words"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, b""),
    ],
)
def test_a_body_is_read_to_its_end(answer: bytes, status: int, body: bytes) -> None:
    assert fetched(lambda _: answer) == [(status, body, True)]


def test_a_request_says_who_asks_and_what_can_be_undone() -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\nContent-Length: 0\r\n\r\n"

    fetched(answer, times=2)
    fetched(answer, cookies=True, times=2)
    for number, request in enumerate(asked):
        lines = request.split(b"\r\n")
        assert lines[0] == b"GET /%d HTTP/1.1" % (number % 2)
        assert {b"User-Agent: copydesk/0", b"Accept-Encoding: gzip, deflate, br, zstd", b"X-Own: a"} <= set(
            lines
        )
    assert [b"Cookie: session=1" in request for request in asked] == [False, False, False, True]


def ferry(_: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nferry"


async def bodies(port: int, count: int, scheme: str = "http") -> list[bytes | str]:
    """What a client gets for each of some requests: the body, or the reason of a fault."""
    place = f"127.0.0.1:{port}"
    client = Client(user_agent="tests", backend=CheckedBackend(allowed=frozenset({place})))
    found: list[bytes | str] = []
    for _ in range(count):
        try:
            async with client.get(f"{scheme}://{place}/", {}) as answer:
                found.append(b"".join([part async for part in answer.parts()]))
        except TransportFault as fault:
            found.append(fault.reason)
    await client.aclose()
    return found


def test_a_request_is_sent_again_where_the_server_lets_go_of_the_kept_connection() -> None:
    found, asked = asyncio.run(served(ferry, lambda port: bodies(port, 3), answers=1))
    assert found == [b"ferry"] * 3
    # the last one is closed by the client
    assert asked == [2, 2, 1]


def test_close_notify_is_no_response(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS's ``close_notify`` comes where nothing of HTTP does."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encryption.load_cert_chain(file)
    found, asked = asyncio.run(
        served(ferry, lambda port: bodies(port, 3, "https"), answers=1, encryption=encryption)
    )
    assert (found, asked) == ([b"ferry"] * 3, [2, 2, 1])


def test_a_server_that_never_answers_is_requested_once_over_a_new_connection() -> None:
    found, asked = asyncio.run(served(ferry, lambda port: bodies(port, 2), answers=0))
    assert found == ["protocol"] * 2
    assert asked == [1, 1]


def test_a_connection_whose_options_cannot_be_set_is_closed() -> None:
    async def first_bytes() -> bytes:
        received = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.set_result(await reader.read())
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(httpcore2.ConnectError):
                await NetworkBackend().connect_tcp("127.0.0.1", port, socket_options=[(-1, -1, 1)])
            # its end comes only where it is closed
            return await asyncio.wait_for(received, 10)

    assert asyncio.run(first_bytes()) == b""
