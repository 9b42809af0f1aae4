"""``POST /ingest``: a client's pages in the library of the server's folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ARTICLE, HANG_SECONDS, Copydesk, clean_environment, wait_until
from faulty_server import FaultyServer
from served_commands import served
from webhook_receiver import SECRET, receiving, status

pytestmark = pytest.mark.slow

HTML = {"content-type": "text/html; charset=utf-8"}
URL = "https://courier.example/clock"
TOKEN = "a token for this test"  # noqa: S105
Post = Callable[..., httpx.Response]


@contextmanager
def storing(folder: Path, *options: str, **environment: str) -> Iterator[Post]:
    """A server in a folder that stores into its ``output``."""
    command = ("api", "--port", "0", "--jobs", "1", "--output", "output", *options)
    with served(*command, cwd=folder, **environment) as (url, _):

        def post(**more: Any) -> httpx.Response:
            return httpx.post(f"{url}/ingest", **{"timeout": HANG_SECONDS} | more)

        yield post


def stored(folder: Path) -> list[dict[str, Any]]:
    file = folder / "output/records.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no URL": ({"html": ARTICLE}, "url: expected that of the page"),
    "no page": ({"url": URL}, "html or text: send the page itself"),
    "no URL of the web": ({"html": ARTICLE, "url": "file:///etc/passwd"}, "url: file: only http and https"),
    "no time": ({"html": ARTICLE, "url": URL, "fetched_at": "noon"}, "fetched_at: expected a time such as"),
    "no zone": (
        {"html": ARTICLE, "url": URL, "fetched_at": "2025-11-28T09:00:00"},
        "fetched_at: lacks its time zone",
    ),
    "an unknown field": (
        {"html": ARTICLE, "url": URL, "fetched": 1},
        "unknown field 'fetched'; did you mean fetched_at?",
    ),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Post]]:
    """A server and its folder for tests that post pages of their own."""
    folder = tmp_path_factory.mktemp("shared")
    with storing(folder) as post:
        yield folder, post


def of_url(folder: Path, url: str) -> list[dict[str, Any]]:
    return [one for one in stored(folder) if one["url"] == url]


def test_a_page_is_stored_once_and_what_became_of_it_is_answered(
    shared: tuple[Path, Post], invoke: Copydesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, post = shared
    new = post(content=ARTICLE, headers=HTML, params={"url": URL, "fetched_at": "2025-11-28T09:00:00+01:00"})
    assert new.status_code == 200, new.text
    found = new.json()
    assert (found["became"], found["status"], found["gate"]) == ("new", "ok", None)
    assert found["title"] == "Old clock strikes again"
    (record,) = of_url(folder, URL)
    assert (record["id"], record["fetched_at"]) == (found["id"], "2025-11-28T08:00:00Z")
    assert record["source"] == {"kind": "api", "name": "ingest"}
    for html, became in ((ARTICLE, "unchanged"), (ARTICLE.replace("Friday", "Saturday"), "changed")):
        again = post(json={"html": html, "url": URL}).json()
        assert (again["became"], again["id"]) == (became, found["id"])
    # commands of the folder have it, and a run over the same folder goes on from there
    monkeypatch.chdir(folder)
    assert found["id"].encode() in invoke("search", "Saturday", "--json").stdout
    Path("other.html").write_text("<h1>A lamp</h1><p>A lamp is lit on the pier tonight.</p>", "utf-8")
    assert invoke("ingest", "other.html", "--jobs", "1").returncode in (0, 3)
    assert {one["source"]["kind"] for one in stored(folder)} >= {"api", "file"}


def test_a_page_is_told_by_the_webhook_of_the_runs(
    shared: tuple[Path, Post], invoke: Copydesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, post = shared
    monkeypatch.chdir(folder)
    Path("1.html").write_text(ARTICLE, "utf-8")
    Path("secret.txt").write_text(SECRET)
    with receiving() as receiver:
        told = ("--webhook", receiver.url, "--webhook-secret", "secret.txt")
        invoke("ingest", "1.html", "--jobs", "1", *told)
        posts = len(receiver.posts)
        page = {"html": ARTICLE.replace("clock", "bell"), "url": f"{URL}/told"}
        id_ = post(json=page).json()["id"]
        assert len(receiver.posts) == posts
        receiver.answers = [status(500)]
        invoke("ingest", "1.html", "--jobs", "1", *told)
        assert receiver.posts[-1].told == {("record.new", id_, 1)}


def test_what_its_publisher_reserves_is_stored_without_content(shared: tuple[Path, Post]) -> None:
    folder, post = shared
    reserved = ARTICLE.replace("<head>", '<head><meta name="tdm-reservation" content="1">')
    answer = post(content=reserved, headers=HTML, params={"url": f"{URL}/reserved"}).json()
    assert answer["status"] == "rejected"
    assert answer["reason"].startswith("tdm_reserved")
    (record,) = of_url(folder, f"{URL}/reserved")
    assert "clock" not in json.dumps(record).replace("/clock", "")


def test_a_request_at_fault_is_refused_in_a_line(shared: tuple[Path, Post]) -> None:
    folder, post = shared
    before = stored(folder)
    for fields, line in FAULTS.values():
        answer = post(json=fields)
        assert answer.status_code == 400
        assert line in answer.json()["error"]
        assert len(answer.text.strip().splitlines()) == 1
    assert stored(folder) == before


def test_a_client_that_leaves_locks_no_other_out(shared: tuple[Path, Post]) -> None:
    _, post = shared
    page = {"html": ARTICLE, "url": f"{URL}/left"}
    assert post(json=page).status_code == 200
    for hundredth in (0, 2, 5, 10, 20):
        # whose page may be at any stage by then
        with suppress(httpx.TimeoutException):
            post(json=page | {"url": f"{URL}/left/{hundredth}"}, timeout=max(0.001, hundredth / 100))
        answer = post(json=page)
        assert answer.status_code == 200, answer.text


def test_a_folder_that_a_run_has_is_named_and_free_again_after_it(shared: tuple[Path, Post]) -> None:
    folder, post = shared
    page = {"html": ARTICLE, "url": f"{URL}/held"}
    # a run that waits for its standard input
    command = [sys.executable, "-m", "copydesk", "ingest", "-", "--jobs", "1", "--quiet"]
    with subprocess.Popen(command, cwd=folder, env=clean_environment(), stdin=subprocess.PIPE) as run:
        # a page that is posted meanwhile has the folder, and would end the run
        wait_until(lambda: f"FLOCK  ADVISORY  WRITE {run.pid} " in Path("/proc/locks").read_text(), of=run)
        answer = post(json=page)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert answer.json() == {"error": "a run is writing to the folder; try again in 30 seconds"}
        run.communicate(b"", HANG_SECONDS)
    assert post(json=page).status_code == 200


def test_a_page_that_shares_a_record_has_the_id_of_that(shared: tuple[Path, Post]) -> None:
    _, post = shared
    url = f"{URL}/canonical"
    html = ARTICLE.replace("<head>", f'<head><link rel="canonical" href="{url}">')
    own = post(json={"html": html, "url": url}).json()
    alias = post(json={"html": html, "url": f"{url}?from=feed"}).json()
    assert (alias["became"], alias["id"]) == (None, own["id"])
    assert alias["note"] == "the same content as another page, whose record it shares"


def test_a_time_ahead_is_refused_and_an_older_reading_is_said_so(shared: tuple[Path, Post]) -> None:
    folder, post = shared
    page = {"html": ARTICLE, "url": f"{URL}/early"}
    ahead = post(json=page | {"fetched_at": "2999-01-01T00:00:00Z"})
    assert (ahead.status_code, ahead.json()["error"]) == (
        400,
        "fetched_at: more than 5 minutes ahead of the server's clock",
    )
    new = post(json=page).json()
    changed = page | {"html": ARTICLE.replace("Friday", "Saturday")}
    older = post(json=changed | {"fetched_at": "2001-01-01T00:00:00Z"}).json()
    assert (older["became"], older["id"]) == (None, new["id"])
    assert older["note"].startswith("a later reading is stored")
    (record,) = of_url(folder, page["url"])
    assert "Saturday" not in record["text"]


def test_gates_decisions_and_the_token_of_the_settings_hold(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text("[gate]\nleast_words = 20\n")
    lines = ("[[override]]", f'page = "{URL}"', 'text = "Old clock strikes again"', 'decision = "remove"')
    (tmp_path / "copydesk.overrides.toml").write_text("\n".join(lines) + "\n", "utf-8")
    with storing(tmp_path, COPYDESK_API_TOKEN=TOKEN) as post:
        assert post(json={"html": ARTICLE, "url": URL}).status_code == 401
        # as a browser's extension sends it
        headers = {"authorization": f"Bearer {TOKEN}", "origin": "moz-extension://1b2c"}
        assert post(json={"html": ARTICLE, "url": URL}, headers=headers).json()["became"] == "new"
        short = "<h1>A lamp</h1><p>A lamp is lit on the pier of the harbour tonight.</p>"
        answer = post(json={"html": short, "url": f"{URL}/short"}, headers=headers).json()
    assert (answer["became"], answer["gate"]) == (None, "least_words")
    (record,) = stored(tmp_path)
    assert record["processing"]["overrides"]
    (aside,) = (tmp_path / "output/quarantine.jsonl").read_text("utf-8").splitlines()
    assert json.loads(aside)["url"] == f"{URL}/short"


def test_a_posted_page_has_the_id_of_the_record_that_a_run_stored(
    shared: tuple[Path, Post], invoke: Copydesk, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, post = shared
    fetched, url = server.url("/one"), f"{URL}/stored"
    monkeypatch.chdir(folder)
    Path("pages.jsonl").write_text(json.dumps({"url": url, "html": ARTICLE}) + "\n", "utf-8")
    invoke("ingest", "pages.jsonl", fetched, "--jobs", "1", "--allow-private", server.netloc)
    before = {one["url"]: one for one in stored(folder)}
    # of a file's line it is another page, of the web the same one
    for word, became in (("Saturday", "new"), ("Sunday", "changed")):
        answer = post(json={"html": ARTICLE.replace("Friday", word), "url": url}).json()
        assert answer["became"] == became
        assert {one["id"] for one in of_url(folder, url)} == {before[url]["id"], answer["id"]}
        assert answer["id"] != before[url]["id"]
    answer = post(json={"html": ARTICLE.replace("Friday", "Monday"), "url": fetched}).json()
    assert (answer["became"], answer["id"]) == ("changed", before[fetched]["id"])
    assert before[url]["content_hash"] in {one["content_hash"] for one in of_url(folder, url)}
