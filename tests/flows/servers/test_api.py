"""``copydesk api`` as clients meet it: a real server on loopback, real workers, and input that wants to harm it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ARTICLE, HANG_SECONDS, Copydesk, living, wait_until
from faulty_server import FaultyServer, faulty_server
from served_commands import served

pytestmark = pytest.mark.slow

HTML = {"content-type": "text/html"}
JSON = {"content-type": "application/json"}
TOKEN = "a token for this test"  # noqa: S105


def serving(*options: str, **environment: str) -> AbstractContextManager[tuple[str, subprocess.Popen[str]]]:
    return served("api", "--port", "0", "--jobs", "1", *options, **environment)


@pytest.fixture(scope="module")
def site() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        running.robots = (200, b"User-agent: *\nDisallow: /drafts\n")
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server runs, and where a run would store."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "copydesk.toml").write_text('output = "corpus"\n')
    return folder


@pytest.fixture(scope="module")
def url(site: FaultyServer, folder: Path) -> Iterator[str]:
    options = ("--max-page", "1", "--max-batch", "2", "--allow-private", site.netloc)
    with served("api", "--port", "0", "--jobs", "1", *options, cwd=folder) as (url, _):
        yield url


def post(url: str, path: str = "/clean", **more: Any) -> httpx.Response:
    return httpx.post(url + path, timeout=HANG_SECONDS, **more)


def get(url: str, **more: Any) -> httpx.Response:
    return httpx.get(url, timeout=HANG_SECONDS, **more)


def as_json(**fields: str | int) -> dict[str, Any]:
    return {"content": json.dumps(fields, ensure_ascii=False), "headers": JSON}


MEDIA = {"json": "application/json", "markdown": "text/markdown", "text": "text/plain"}
TEXT = "\n\n".join(re.findall(r"<p>(The (?:clock|mechanism|town).*?)</p>", ARTICLE, re.DOTALL))
FORMATS = {
    "HTML as it is": ({"content": ARTICLE, "headers": HTML}, "application/json"),
    "text as it is": ({"content": TEXT, "headers": {"content-type": "text/plain; charset=utf-8"}}, "application/json"),
    "HTML in JSON": (as_json(html=ARTICLE, url="https://a.example/1"), "application/json"),
    "text in JSON": (as_json(text=TEXT), "application/json"),
    "Markdown, by Accept": (as_json(html=ARTICLE) | {"headers": JSON | {"accept": "text/markdown;variant=GFM, */*"}}, "text/markdown"),
    "text, by format": (as_json(html=ARTICLE) | {"params": {"format": "text"}}, "text/plain"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_an_article_comes_as_a_record_or_alone(url: str, name: str) -> None:
    request, media = FORMATS[name]
    answer = post(url, **request)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media), answer.text
    text = answer.json()["text"] if media == "application/json" else answer.text
    assert "less than a minute a month" in " ".join(text.split())
    assert "All rights reserved" not in text


PREFERRED = {
    "": "json", "*/*": "json", "text/html, image/webp": "json", "text/markdown": "markdown",
    "TEXT/Plain; charset=utf-8, text/markdown": "text", "application/json;q=0.5, text/markdown;q=0.8": "markdown",
    "text/markdown;q=0.8, text/plain": "text", "text/markdown;q=0.9, */*": "json",
    "text/markdown, */*;q=0.1": "markdown", "*/*, text/plain": "text",
    "application/json;q=0, text/*;q=0.5": "markdown", "text/*, text/markdown;q=0.2": "text",
    "text/markdown;q=0, text/plain;q=0.000": "json",
}  # fmt: skip


def test_accept_decides_by_quality_and_by_the_closest_range(url: str) -> None:
    for accept, name in PREFERRED.items():
        answer = post(url, **as_json(html=ARTICLE) | {"headers": JSON | {"accept": accept}})
        assert answer.headers["content-type"].partition(";")[0] == MEDIA[name], accept


def test_a_page_is_fetched_by_its_url(url: str, site: FaultyServer) -> None:
    record = post(url, **as_json(url=f"HTTP://{site.netloc}/news#top")).json()
    assert (record["status"], record["url"]) == ("ok", site.url("/news"))
    assert "/robots.txt" in site.paths()


REFUSED = {
    "a private address": (as_json(url="http://10.0.0.7/x"), 403, "private address"),
    "loopback at another port": (as_json(url="http://127.0.0.1:8765/x"), 403, "loopback"),
    "a name of loopback": (as_json(url="http://localhost:8765/x"), 403, "loopback"),
    "no URL of the web": (as_json(url="file:///etc/passwd"), 400, "only http and https"),
    "nothing": (as_json(), 400, "nothing to clean"),
    "both": (as_json(html="a", text="b"), 400, "one of them"),
    "an unknown field": (as_json(page="a"), 400, "unknown field 'page'; known are html, text, url"),
    "a misspelt field": (as_json(htlm="a"), 400, "unknown field 'htlm'; did you mean html?"),
    "a field of another type": (as_json(html=1), 400, "html is a text, and here a number; expected an object such as {"),
    "a list": ({"content": b"[]", "headers": JSON}, 400, "a page is an object, and here a list; expected an object"),
    "no JSON": ({"content": b"{", "headers": JSON}, 400, "no JSON: input data was truncated; expected an object"),
    "JSON with a comma": ({"content": b'{"url": "",}', "headers": JSON}, 400, "no JSON: trailing comma in object (byte 11);"),
    "no body": ({"content": b"", "headers": JSON}, 400, "no JSON: nothing was sent; expected an object"),
    "no UTF-8": ({"content": b'{"html": "\xff"}', "headers": JSON}, 400, "no JSON: some bytes are not UTF-8; expected an"),
    "another type": ({"content": ARTICLE, "headers": {"content-type": "application/pdf"}}, 415, "application/pdf"),
    "a compressed body": ({"content": b"x", "headers": HTML | {"content-encoding": "gzip"}}, 415, "uncompressed"),
    "an unknown parameter": (
        as_json(text="a") | {"params": {"fromat": "text"}},
        400,
        "unknown parameter 'fromat'; /clean has format, url",
    ),
    "an unknown format": (as_json(text="a") | {"params": {"format": "pdf"}}, 400, "format: expected json"),
    "too much": ({"content": bytes(1_000_001), "headers": HTML}, 413, "more than 1 MB"),
    "too much in JSON": (as_json(html="ü" * 550_000), 413, "more than 1 MB"),
    "far too much in JSON": (as_json(html="a" * 2_000_000), 413, "more than 2 MB"),
    "too much in pieces": ({"content": iter([bytes(600_000)] * 2), "headers": HTML}, 413, "more than 1 MB"),
    "no article as Markdown": (as_json(text="Hello.") | {"params": {"format": "markdown"}}, 422, "rejected: no_article"),
    "another site's page": (as_json(text="a") | {"headers": JSON | {"origin": "https://a.example"}}, 403, "origin"),
    "a host that is none": (as_json(text="a") | {"headers": JSON | {"host": "["}}, 403, "host"),
    "an origin that is no URL": (as_json(text="a") | {"headers": JSON | {"origin": "http://["}}, 403, "origin"),
    "a name given to this address": (as_json(text="a") | {"headers": JSON | {"host": "a.example"}}, 403, "host"),
    "a path that there is not": (as_json(text="a") | {"path": "/tidy"}, 404, "/tidy: there is none"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_asks_for_too_much_or_nothing_gets_one_line(url: str, name: str) -> None:
    request, status, words = REFUSED[name]
    answer = post(url, **request)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


OTHER_PATHS = {
    "/clean/batch": ("POST", "/clean/batch has none"),
    "/ingest": ("POST", "/ingest has url, fetched_at (an & within a value is written %26)"),
}


def test_a_parameter_that_a_path_does_not_have_is_refused(url: str) -> None:
    for path, (method, has) in OTHER_PATHS.items():
        answer = httpx.request(method, f"{url}{path}?page=2", timeout=HANG_SECONDS)
        assert answer.status_code == 400, path
        assert answer.json() == {"error": f"unknown parameter 'page'; {has}"}
    twice = httpx.post(f"{url}/clean?url=https://x.example/?a=1&url=2", timeout=HANG_SECONDS)
    assert twice.json() == {"error": "'url' is there twice (an & within a value is written %26)"}
    # a monitor's or a scraper's own
    assert httpx.get(f"{url}/health?at=2", timeout=HANG_SECONDS).status_code == 200


def test_without_a_folder_of_its_own_a_server_stores_nothing(url: str, folder: Path) -> None:
    answer = post(url, "/ingest", **as_json(html=ARTICLE, url="https://courier.example/clock"))
    assert answer.status_code == 403
    assert answer.json() == {"error": "this server stores nothing; start it with copydesk api --output DIR"}
    assert [file.name for file in folder.iterdir()] == ["copydesk.toml"]


def test_what_robots_txt_denies_is_not_fetched(url: str, site: FaultyServer) -> None:
    answer = post(url, **as_json(url=site.url("/drafts/1")))
    assert (answer.status_code, "robots.txt" in answer.json()["error"]) == (403, True)
    assert "/drafts/1" not in site.paths()


# nearly as many blocks as a page may have take longer than a second, wherever
SLOW_PAGE = "".join(
    f"<p>The council met for the {n}th time, and nobody said a word about it.</p>" for n in range(29_000)
)


def test_a_body_of_200_mb_is_refused_before_it_is_sent(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=HANG_SECONDS) as connection:
        head = f"POST /clean HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/html\r\nContent-Length: 200000000\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'{"error":"more than 1 MB, the limit of this server"}\n')


def test_a_batch_has_a_line_for_each_line_in_order(url: str, site: FaultyServer) -> None:
    given = [
        {"html": ARTICLE},
        {"text": "Hello."},
        {"url": site.url("/news")},
        {"url": "http://10.0.0.7/"},
        {"x": 1},
    ]
    body = "\n\n".join(json.dumps(one) for one in given)
    answer = post(url, "/clean/batch", content=body)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.status_code == 200
    assert [line.get("status") for line in lines] == ["ok", "rejected", "ok", "failed", None]
    assert lines[3]["reason"].startswith("forbidden")
    assert lines[4]["error"].startswith("line 5: unknown field 'x'; known are html, text, url")


def test_a_batch_is_answered_while_it_is_sent(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    line = json.dumps({"html": ARTICLE}).encode() + b"\n"
    chunk = b"%x\r\n%s\r\n" % (len(line), line)
    with socket.create_connection((host, int(port)), timeout=HANG_SECONDS) as connection:
        head = f"POST /clean/batch HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + chunk)
        answers = connection.makefile("rb")
        found = next(row for row in answers if row.startswith(b'{"schema_version"'))
        connection.sendall(chunk + b"0\r\n\r\n")
        again = next(row for row in answers if row.startswith(b'{"schema_version"'))
    assert [json.loads(row)["status"] for row in (found, again)] == ["ok", "ok"]


def test_a_batch_of_more_than_its_limit_ends_with_an_error(url: str) -> None:
    line = json.dumps({"text": "Hello."}).encode() + b"\n"
    whole = post(url, "/clean/batch", content=bytes(2_000_001))
    assert whole.status_code == 413
    in_pieces = post(url, "/clean/batch", content=iter([line, b" " * 2_000_001]))
    first, last = map(json.loads, in_pieces.text.splitlines())
    assert (first["status"], "more than 2 MB" in last["error"]) == ("rejected", True)


def test_a_request_beyond_those_at_once_is_to_come_again_and_a_page_beyond_its_time_fails() -> None:
    with serving("--max-requests", "1", "--timeout", "1") as (url, process):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(
                f"POST /clean HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n".encode()
            )
            wait_until(lambda: "copydesk_requests_under_way 1.0" in get(f"{url}/metrics").text, of=process)
            refused = post(url, content=ARTICLE, headers=HTML)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert get(f"{url}/health").json()["status"] == "ok"
        # who has left holds no place
        wait_until(lambda: post(url, content=ARTICLE, headers=HTML).status_code == 200, of=process)
        late = post(url, content=SLOW_PAGE, headers=HTML)
        assert late.status_code == 422
        assert (late.json()["status"], late.json()["reason"]) == ("failed", "timeout")
        # on a busy machine a page may take a second, whichever it is
        wait_until(lambda: post(url, content=ARTICLE, headers=HTML).json()["status"] == "ok", of=process)


def test_a_token_is_wanted_of_all_who_want_records_and_a_stop_leaves_nothing_running() -> None:
    options = ("--host", "127.0.0.1", "--timeout", "1000000")
    with serving(*options, COPYDESK_API_TOKEN=TOKEN) as (url, process), ThreadPoolExecutor(6) as threads:
        # who is told that it listens is answered by a worker that is there, beside what starts workers
        assert len(living(process.pid)) >= 3
        wrong = [None, "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}!", TOKEN, "Bearer ü"]
        for given in wrong:
            headers = HTML | ({"authorization": given.encode()} if given is not None else {})
            answer = post(url, content=ARTICLE, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        right = {"authorization": f"bearer  {TOKEN}"}
        assert post(url, content=ARTICLE, headers=HTML | right).json()["status"] == "ok"
        assert get(f"{url}/metrics").status_code == 401
        right = {"authorization": f"Bearer {TOKEN}"}
        assert 'copydesk_pages_total{status="ok"} 1.0' in get(f"{url}/metrics", headers=right).text
        assert get(f"{url}/health").status_code == 200

        def under_way() -> float:
            figures = get(f"{url}/metrics", headers=right).text
            return float(figures.partition("\ncopydesk_requests_under_way ")[2].partition("\n")[0])

        # so many that one is under way whenever that is seen; none is only about to be sent then
        slow = [threads.submit(post, url, content=SLOW_PAGE, headers=HTML | right) for _ in range(6)]
        wait_until(lambda: sum(not one.done() for one in slow) == under_way() > 0, of=process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG_SECONDS) == 0
        # where a page takes longer than a server waits
        assert {one.result(HANG_SECONDS).status_code for one in slow} <= {200, 503}
        assert living(process.pid, patience_seconds=HANG_SECONDS) == []


OPTIONS = {
    "open to others": (["--host", "0.0.0.0"], 2, "--host 0.0.0.0: others could reach it; set COPYDESK_API_TOKEN"),  # noqa: S104
    "a short token": (["--token", "secret"], 2, "--token: expected 16 characters or more"),
    "no address of this machine": (["--host", "192.0.2.1", "--token", TOKEN], 5, "192.0.2.1:8765: cannot be listened at"),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_options_at_fault_get_one_line(invoke: Copydesk, name: str) -> None:
    options, code, words = OPTIONS[name]
    ended = invoke("api", *options)
    assert (ended.returncode, ended.stdout) == (code, b"")
    assert words in ended.stderr.decode()
    assert ended.stderr.count(b"\n") == 1


def test_the_description_names_every_path_and_nothing_of_other_servers(url: str) -> None:
    description = get(f"{url}/openapi.json").json()
    assert list(description["paths"]) == ["/clean", "/clean/batch", "/health", "/ingest", "/metrics"]
    assert {"Record", "CleanRequest", "Error"} <= set(description["components"]["schemas"])
    page = get(f"{url}/docs").text
    assert "/clean/batch" in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
