"""``copydesk mcp`` as agents meet it: the SDK's own client, over standard input and output and over HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ARTICLE, HANG_SECONDS, clean_environment, wait_until
from faulty_server import FaultyServer
from served_commands import served

from copydesk.cleaners import clean_page, encode
from copydesk.cleaners.types import Page, Source
from copydesk.flows.exports.finding import Hit
from copydesk.flows.io.extras import install
from copydesk.flows.servers import requests
from copydesk.flows.servers.agent_text import hits
from copydesk.flows.servers.service import Service, ServiceSettings

pytestmark = [pytest.mark.slow, pytest.mark.waits]

NOTE = "<p>This article was created with the help of artificial intelligence.</p></article>"
PAGE = ARTICLE.replace("</article>", NOTE)


Answer = tuple[bool, str]
"""Whether a call of a tool failed, and what it gave."""
Call = tuple[str, dict[str, Any]]


def ask(server: Any, *asked: Call | Callable[[Sequence[Answer]], Call]) -> list[Answer]:
    """The answers to calls, one of which may be made of those before."""
    from mcp import Client  # takes half a second of each process that collects tests

    async def all_of_it() -> list[Answer]:
        async with Client(server) as client:
            answers: list[Answer] = []
            for call in asked:
                name, arguments = call(answers) if callable(call) else call
                answer = await client.call_tool(name, arguments)
                answers.append((bool(answer.is_error), answer.content[0].text))  # type: ignore[union-attr]
            return answers

    return asyncio.run(all_of_it())


def over_stdio(*options: str) -> Any:
    from mcp import StdioServerParameters, stdio_client

    arguments = ["-m", "copydesk", "mcp", "--jobs", "1", "--max-page", "1", *options]
    environment = clean_environment()
    return stdio_client(StdioServerParameters(command=sys.executable, args=arguments, env=environment))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    page = Page(
        PAGE, url="https://courier.example/clock", source=Source("url", "https://courier.example/clock")
    )
    (tmp_path / "records.jsonl").write_bytes(encode(clean_page(page)))
    return tmp_path


def test_tools_clean_search_and_explain(store: Path, server: FaultyServer) -> None:
    options = ("--store", str(store), "--allow-private", server.netloc)

    def id_of(hits: Answer) -> str:
        id_ = re.search(r"id (\w{32})", hits[1])
        assert id_
        return id_[1]

    cleaned, asked_for, fetched, hits, record, explained, of_url, of_html, in_vain = ask(
        over_stdio(*options),
        ("clean", {"html": PAGE}),
        ("clean", {"html": PAGE, "include": ["removed", "provenance"]}),
        ("clean", {"url": server.url("/news")}),
        ("search", {"query": "watchmaker", "where": "language = 'en'"}),
        lambda answers: ("record", {"id": id_of(answers[-1])}),
        lambda answers: ("explain", {"id": id_of(answers[3])[:8]}),
        ("explain", {"url": server.url("/news")}),
        ("explain", {"html": PAGE}),
        ("search", {"query": "tram"}),
    )
    assert not any(failed for failed, _ in (cleaned, asked_for, fetched, hits))
    assert cleaned[1].startswith("# Old clock strikes again\nstatus: ok\n")
    assert "artificial intelligence" not in cleaned[1]
    assert "artificial intelligence" in asked_for[1]
    assert "- nav [" in asked_for[1]
    assert f"url: {server.url('/news')}" in fetched[1]
    assert "less than a minute a month" in " ".join(record[1].split())
    for failed, text in (explained, of_url, of_html):
        assert not failed
        assert re.search(
            r"## Kept: \d+ lines.*## Removed: \d+ blocks\n.*- nav: .*## Fields\n.*## Origin\n",
            text,
            re.DOTALL,
        )
    assert in_vain == (False, "no record has all these words")


def test_a_headline_without_end_fills_no_answer() -> None:
    found = Hit(
        "ab" * 16, "clock " * 20_000, "https://a.example/" + "x" * 50_000, None, "en", None, "a clock"
    )
    assert len(hits([found] * 20)) < 20 * 800


def test_a_long_answer_comes_in_parts_and_a_later_part_is_no_second_request(server: FaultyServer) -> None:
    sentence = "The council met for the {n}th time, and nobody was late but the mayor."
    paragraphs = (f"<p>{sentence.format(n=n)}</p>" for n in range(400))
    long = f"<article><h1>Four hundred meetings</h1>{''.join(paragraphs)}</article>"
    url = server.url("/news")

    def start_of_the_rest(first: Answer) -> int:
        start = re.search(r"call again with start=(\d+)\]$", first[1])
        assert start
        return int(start[1])

    first, (_, second), (_, last), whole, rest, again, _, other = ask(
        over_stdio("--allow-private", server.netloc),
        ("clean", {"html": long}),
        lambda answers: ("clean", {"html": long, "start": start_of_the_rest(answers[0])}),
        ("clean", {"html": long, "start": 10**9}),
        ("clean", {"url": url}),
        ("clean", {"url": url, "start": 20}),
        ("clean", {"url": url}),
        ("clean", {"html": PAGE, "url": url}),
        ("clean", {"url": url, "start": 20}),
    )
    start = start_of_the_rest(first)
    assert len(first[1]) < 12_200
    joined = first[1][:start] + second
    assert all(f"the {n}th time" in joined for n in range(start // 70))
    assert last.startswith("[nothing from character 1000000000 on")
    assert rest[1] == whole[1][20:]
    assert again == whole
    # a page that was handed over with this URL is another
    assert other == rest
    assert server.paths().count("/news") == 2


FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a private address": ("clean", {"url": "http://10.0.0.7/"}, "forbidden: "),
    "loopback": ("explain", {"url": "http://127.0.0.1:8765/"}, "forbidden: "),
    "a file": ("clean", {"url": "file:///etc/passwd"}, "only http and https"),
    "nothing": ("clean", {}, "nothing to clean"),
    "too much": ("clean", {"html": "a" * 1_000_001}, "more than 1 MB"),
    "20 MB": ("clean", {"text": "a" * 20_000_000}, "more than 1 MB"),
    "both": ("explain", {"url": "http://a.example/", "id": "ab"}, "give a page (url, html or text) or an id"),
    "another folder": ("search", {"query": "a", "store": "/etc"}, "store: expected "),
    "no page and no id": ("explain", {}, "give a page (url, html or text) or an id"),
    "an unknown id": ("record", {"id": "0123"}, "no id of a record"),
    "a wrong expression": ("search", {"query": "a", "where": "x"}, "--where, column 1"),
    "no word": ("search", {"query": "…"}, "no word to look for"),
    "an id without end": ("record", {"id": "a" * 1_000_000}, "a…: no id of a record"),
    "a store without end": ("search", {"query": "a", "store": "a" * 1_000_000}, "a…'"),
    "a field without end": ("search", {"query": "a", "where": "a" * 1_000_000}, "1,000,000 characters; give"),
    "words without end": ("search", {"query": "a " * 1_000_000}, "2,000,000 characters; give"),
    "a URL without end": ("clean", {"url": f"http://a.example:{'a' * 1_000_000}/"}, "no URL: Port "),
    "another type": ("search", {"query": ["a"]}, "query"),
}


def test_what_cannot_be_done_is_an_error_and_the_next_call_is_answered(store: Path) -> None:
    asked = [(name, arguments) for name, arguments, _ in FAULTS.values()]
    *answers, after = ask(
        over_stdio("--store", str(store)), *asked, ("clean", {"html": "<div>" * 190_000 + PAGE})
    )
    for (name, (_, _, words)), (failed, text) in zip(FAULTS.items(), answers, strict=True):
        assert (failed, words in text, len(text) < 1000) == (True, True, True), (name, text[:300])
    assert len(after[1]) < 2000


def test_the_same_tools_are_served_over_http_and_who_sends_slowly_holds_a_place(store: Path) -> None:
    token = "a" * 16
    options = ("--http", "--port", "0", "--jobs", "1", "--max-requests", "1", "--store", str(store))
    with served("mcp", *options, COPYDESK_API_TOKEN=token) as (url, _):
        assert httpx.post(url, json={}, timeout=HANG_SECONDS).status_code == 401
        client = httpx.Client(
            headers={"authorization": f"Bearer {token}", "connection": "close"}, timeout=HANG_SECONDS
        )
        search = {"name": "search", "arguments": {"query": "clock"}}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": search}
        accepted = {"accept": "application/json, text/event-stream"}
        found = client.post(url, json=call, headers=accepted).json()["result"]
        assert (found["isError"], found["content"][0]["text"][:26]) == (False, "1. Old clock strikes again")
        # closed over what is still sent, one connection in eight was reset before its answer was read
        for _ in range(10):
            assert client.post(url, content=bytes(30_000_000)).status_code == 413
            assert httpx.post(url, content=bytes(30_000_000), timeout=HANG_SECONDS).status_code == 401
        assert httpx.post(url, json=call, timeout=HANG_SECONDS).status_code == 401
        host, _, port = url.removeprefix("http://").removesuffix("/mcp").partition(":")
        with socket.create_connection((host, int(port))) as slow:
            head = f"POST /mcp HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n{{"
            slow.sendall(head.encode())
            wait_until(lambda: client.post(url, json={}).status_code == 503)
        wait_until(lambda: client.post(url, json={}).status_code != 503)


def test_calls_of_all_tools_and_bodies_under_way_have_a_place(store: Path) -> None:
    settings = ServiceSettings(page_bytes=1_000, batch_bytes=1_000, seconds=1, at_once=1, jobs=1)
    service = Service(settings)
    from copydesk.flows.servers.mcp_server import agent_server

    calls = (("search", {"query": "clock"}), ("record", {"id": ""}), ("explain", {"id": ""}))
    with service.place():
        for failed, text in ask(agent_server(service, [store]), *calls):
            assert (failed, "1 requests are under way" in text) == (True, True), text
    assert not any(failed for failed, _ in ask(agent_server(service, [store]), *calls))
    assert service.under_way == 0


def test_over_http_a_body_has_to_be_there_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.flows.servers.mcp_server import Bodies

    monkeypatch.setattr(requests, "_BODY_SECONDS", 0.05)
    settings = ServiceSettings(page_bytes=1_000, batch_bytes=1_000, seconds=1, at_once=1, jobs=1)
    service = Service(settings)
    sent: list[Any] = []

    async def trickle() -> Any:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(*_: object) -> None:
        sent.append("passed on")

    asyncio.run(Bodies(app, service, 10**6)({"type": "http", "method": "POST", "headers": []}, trickle, send))
    assert [message.get("status") for message in sent] == [408, None]
    assert service.under_way == 0


def test_without_the_sdk_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError('none', name='mcp')", "utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from copydesk.flows.commands.cli import main; sys.argv[1:] = ['mcp']; main()"
    env = clean_environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (
        5,
        f"Error: copydesk mcp needs the MCP SDK: {install('mcp')}\n",
    )
