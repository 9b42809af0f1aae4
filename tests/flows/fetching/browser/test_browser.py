"""Pages that a real Chromium builds, against real servers on loopback: what it makes of them, and where it
must not get.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conftest import ARTICLE, HANG_SECONDS, clean_environment, wait_until
from faulty_server import ANSWERS, FaultyServer, faulty_server
from msgspec import structs

from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.browser.page_build import MAX_PARTS
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request, Validators
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy

pytestmark = pytest.mark.usefixtures("chromium")

BUDGET = FetchLimits(
    seconds=HANG_SECONDS,
    robots_seconds=HANG_SECONDS,
    first_wait_seconds=0.01,
    bytes=8_000_000,
    unpacked_bytes=8_000_000,
)
SHORT_SECONDS = 1.0
"""For pages that never end."""
BODY = ARTICLE[ARTICLE.index("<article>") : ARTICLE.index("</article>")] + "</article>"
SHELL = """<!doctype html><html lang="en"><head><title>Old clock strikes again</title></head>
<body><nav><a href="/">Home</a></nav><div id="root"></div><script src="/app.js"></script></body></html>"""
APP = "fetch('/story.json').then(a => a.json()).then(a => { document.getElementById('root').innerHTML = a.body })"


class Site:
    """Pages, scripts and data by the first part of their path."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.add("shell", SHELL, ETag='"shell-1"', Last_Modified="Fri, 20 Nov 2026 08:00:00 GMT")
        self.add("app.js", APP, kind="text/javascript")
        self.add("story.json", json.dumps({"body": BODY}), kind="application/json")

    def add(
        self,
        name: str,
        body: str,
        *,
        kind: str = "text/html; charset=utf-8",
        after: float = 0,
        **headers: str,
    ) -> None:
        def answer(handler: Any, _: str) -> None:
            time.sleep(after)
            handler.give(body.encode(), kind=kind, **headers)

        self._monkeypatch.setitem(ANSWERS, name, answer)

    def script(self, name: str, script: str) -> None:
        self.add(name, f"<!doctype html><title>x</title><body><p id=p>First.</p><script>{script}</script>")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


class Builder:
    """One browser for many tests, in a loop of its own."""

    def __init__(self, runner: asyncio.Runner, browser: Browser) -> None:
        self._runner = runner
        self._browser = browser

    def __call__(self, server: FaultyServer, *paths: str, pace: float = 0.0) -> list[Outcome]:
        """The pages, one after the other."""
        return self.of(*(Request(server.url(path)) for path in paths), servers=(server,), pace=pace)

    def of(
        self, *requests: Request, servers: tuple[FaultyServer, ...], pace: float = 0.0, at_once: bool = False
    ) -> list[Outcome]:
        async def all_of_them() -> list[Outcome]:
            politeness = PolitenessPolicy(
                pace_seconds=pace, allowed=frozenset(server.netloc for server in servers)
            )
            async with Fetcher(politeness, limits=BUDGET) as fetcher:
                if at_once:
                    return await asyncio.gather(*(self._browser.fetch(one, fetcher) for one in requests))
                return [await self._browser.fetch(one, fetcher) for one in requests]

        return self._runner.run(all_of_them())

    def in_short(self, server: FaultyServer, path: str) -> Outcome:
        """A page that has little time to be built."""
        self._browser._limits = structs.replace(BUDGET, seconds=SHORT_SECONDS)
        try:
            return self(server, path)[0]
        finally:
            self._browser._limits = BUDGET


@contextmanager
def builder() -> Iterator[Builder]:
    async def begin() -> tuple[Browser, AsyncExitStack]:
        opened = AsyncExitStack()
        return await opened.enter_async_context(Browser(limits=BUDGET)), opened

    with asyncio.Runner() as runner:
        browser, opened = runner.run(begin())
        try:
            yield Builder(runner, browser)
        finally:
            runner.run(opened.aclose())


@pytest.fixture(scope="module")
def build(chromium: None) -> Iterator[Builder]:  # noqa: ARG001 - skips where there is none
    with builder() as shared:
        yield shared


def html(outcome: Outcome) -> str:
    assert isinstance(outcome, Fetched), outcome
    return outcome.body.decode()


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, NotFetched), outcome
    return outcome.reason


def source_list(folder: Path, server: FaultyServer, path: str, *, fetch: str) -> Path:
    file = folder / "sources.toml"
    file.write_text(
        f'[[source]]\nname = "built"\nkind = "url"\naddress = "{server.url(path)}"\nfetch = "{fetch}"\n'
        f'pace_seconds = 0\nallow_private = ["{server.netloc}"]\n',
        "utf-8",
    )
    return file


def records(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "records.jsonl").read_text("utf-8").split("\n") if line]


# --- what is built


def test_an_article_built_by_a_script_is_a_record(
    site: Site, server: FaultyServer, tmp_path: Path, temporary: Path
) -> None:
    assert site
    file = source_list(tmp_path, server, "/shell", fetch="browser")
    with run_of_its_own(file, tmp_path / "out", temporary) as process:
        assert process.wait(timeout=HANG_SECONDS) == 0
    assert_nothing_is_left(temporary)
    (record,) = records(tmp_path / "out")
    assert "struck noon on Friday" in record["text"]
    assert (record["title"], record["url"]) == ("Old clock strikes again", server.url("/shell"))
    asked = ["/shell", "/app.js", "/story.json"]
    assert server.paths() == ["/robots.txt", *asked, "/.well-known/tdmrep.json"]


def test_headers_hold_for_what_is_given(site: Site, server: FaultyServer, build: Builder) -> None:
    umlauts = "<!doctype html><meta charset=latin1><title>x</title><p>Gr\u00fc\u00dfe</p>"
    site.add("latin", "", kind="text/html; charset=iso-8859-1", X_Robots_Tag="noai")
    ANSWERS["latin"] = lambda handler, _: handler.give(
        umlauts.encode("latin-1"), kind="text/html; charset=iso-8859-1", ETag='"1"', X_Robots_Tag="noai"
    )
    known = Request(server.url("/latin"), validators=Validators('"1"', "Fri, 20 Nov 2026 08:00:00 GMT"))
    (page,) = build.of(known, servers=(server,))
    (asked,) = server.pages()
    assert not asked.headers.keys() & {"if-none-match", "if-modified-since"}
    assert "Gr\u00fc\u00dfe" in html(page)
    assert isinstance(page, Fetched)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-robots-tag"] == "noai"
    assert not page.validators
    assert page.status == 200


def test_headers_are_sent_to_the_sources_host_only(site: Site, server: FaultyServer, build: Builder) -> None:
    with faulty_server() as other:
        site.add(
            "page-with-key",
            f"<!doctype html><p>x</p><script src=/own.js></script><script src={other.url('/words.js')}></script>",
        )
        request = Request(server.url("/page-with-key"), headers={"Authorization": "Bearer key"})
        html(build.of(request, servers=(server, other))[0])
        own = [request.headers.get("authorization") for request in server.pages()]
        foreign = [request.headers for request in other.pages()]
    assert own == ["Bearer key", "Bearer key"]
    assert len(foreign) == 1
    assert "authorization" not in foreign[0]
    assert foreign[0]["user-agent"].startswith("copydesk/")


def test_what_is_no_html_comes_as_it_is(site: Site, server: FaultyServer, build: Builder) -> None:
    assert site
    page, missing = build(server, "/story.json", "/status/404")
    assert json.loads(html(page)) == {"body": BODY}
    assert refused(missing) == "http_404"
    assert server.paths() == ["/robots.txt", "/story.json", "/status/404"]


def test_redirects_by_scripts_are_followed(site: Site, server: FaultyServer, build: Builder) -> None:
    site.script("old", "location.replace('/redirect/shell')")
    (page,) = build(server, "/old")
    assert "struck noon" in html(page)
    assert isinstance(page, Fetched)
    assert page.url == server.url("/shell")
    assert page.redirects == (server.url("/old"), server.url("/redirect/shell"))


def test_a_slow_answer_is_waited_for(site: Site, server: FaultyServer, build: Builder) -> None:
    site.add("story.json", json.dumps({"body": BODY}), kind="application/json", after=1.5)
    (page,) = build(server, "/shell")
    assert "struck noon" in html(page)


@pytest.mark.parametrize(
    "script",
    [
        "setInterval(() => { p.textContent = Date.now() }, 50)",
        "setInterval(() => fetch('/story.json'), 100)",
        "new EventSource('/slow'); new WebSocket('ws://' + location.host + '/feed')",
    ],
)
def test_what_never_rests_is_taken_as_it_is(
    site: Site, server: FaultyServer, script: str, build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not for want of time only."""
    monkeypatch.setattr("copydesk.flows.fetching.browser.page_build._MOST_SECONDS", 10 * HANG_SECONDS)
    site.script("restless", script)
    (page,) = build(server, "/restless")
    assert "<p id=" in html(page)
    assert "/slow" not in server.paths()


# --- politeness


def test_robots_are_asked_for_every_part(site: Site, server: FaultyServer, build: Builder) -> None:
    server.robots = (200, b"User-agent: *\nDisallow: /story.json\n")
    (page,) = build(server, "/shell")
    assert "struck noon" not in html(page)
    assert server.paths()[0] == "/robots.txt"
    assert "/app.js" in server.paths()
    assert "/story.json" not in server.paths()
    assert site


def test_only_parts_that_make_the_text_are_requested(
    site: Site, server: FaultyServer, build: Builder
) -> None:
    site.add(
        "rich",
        "<!doctype html><title>x</title><link rel=stylesheet href=/style.css><link rel=icon href=/icon.png>"
        "<link rel=prefetch href=/next><link rel=preload as=font href=/font.woff2 crossorigin>"
        "<img src=/image.png><iframe src=/frame></iframe><video src=/film.mp4 autoplay></video><object data=/object></object>"
        "<form id=f method=post action=/form target=other><input name=a value=b></form><p>Text.</p>"
        "<script>navigator.sendBeacon('/beacon', 'x'); fetch('/post', {method: 'POST', body: 'x'}); fetch('/head', {method: 'HEAD'});"
        "f.submit(); open('/popup'); new EventSource('/events'); const a = document.createElement('a'); a.ping = '/ping'; a.href = '#x';"
        "document.body.append(a); a.click(); navigator.serviceWorker && navigator.serviceWorker.register('/worker.js').catch(() => 0)</script>",
    )
    (page,) = build(server, "/rich")
    assert "Text." in html(page)
    assert server.paths() == ["/robots.txt", "/rich"]
    assert server.written_to == []


def test_one_page_is_one_visit_and_a_shared_script_is_requested_once(
    site: Site, server: FaultyServer, build: Builder
) -> None:
    """Its parts follow each other at once; the next page waits."""
    site.add("fresh.js", "1", kind="text/javascript", Cache_Control="private, no-store")
    site.add("other", SHELL.replace("</body>", "<script src=/fresh.js></script></body>"))
    pace = 10.0  # by far more than a page takes
    assert all("struck noon" in html(page) for page in build(server, "/other", "/other/2", pace=pace))
    pages = [request.at for request in server.asked if request.path.startswith("/other")]
    parts = [request.at for request in server.asked if request.path == "/story.json"]
    assert pages[1] - parts[0] >= pace
    # each of two parts would wait as long, did they not follow at once
    assert all(part - page < 2 * pace for page, part in zip(pages, parts, strict=True))
    paths = ("/robots.txt", "/app.js", "/story.json", "/fresh.js")
    assert [server.paths().count(path) for path in paths] == [1, 1, 2, 2]


def test_concurrent_pages_do_not_deadlock(site: Site, server: FaultyServer, build: Builder) -> None:
    """Each of two hosts' pages needs a script of the other's."""
    with faulty_server() as other:
        for name, host in (("here", other), ("there", server)):
            site.add(
                name,
                f"<!doctype html><p id=p>x</p><script src={host.url('/words.js')}></script><script src={host.url('/words.js/2')}></script>",
            )
        site.add("words.js", "document.getElementById('p').textContent += ' word'", kind="text/javascript")

        urls = (server.url("/here"), other.url("/there"), server.url("/here/2"), other.url("/there/2"))
        pages = build.of(*map(Request, urls), servers=(server, other), pace=0.3, at_once=True)
    assert [html(page).count(" word") for page in pages] == [2, 2, 2, 2]


# --- where it must not get

_ATTEMPTS = """
const there = "127.0.0.1:%(port)d", url = "http://" + there + "/";
const put = (tag, values) => document.body.appendChild(Object.assign(document.createElement(tag), values));
const attempts = [
    () => fetch(url + "fetch").catch(() => 0), () => fetch(url + "no-cors", {mode: "no-cors"}).catch(() => 0),
    () => fetch(url + "post", {method: "POST", mode: "no-cors", body: "x"}).catch(() => 0),
    () => { const a = new XMLHttpRequest(); a.open("GET", url + "xhr"); a.send() },
    () => new WebSocket("ws://" + there + "/socket"), () => new EventSource(url + "events"),
    () => navigator.sendBeacon(url + "beacon", "x"), () => open(url + "popup"),
    () => new Worker(URL.createObjectURL(new Blob(["fetch('" + url + "worker').catch(() => 0); new WebSocket('ws://" + there + "/')"]))),
    () => new SharedWorker(URL.createObjectURL(new Blob(["fetch('" + url + "shared').catch(() => 0)"]))),
    () => import(url + "module.js").catch(() => 0), () => { new Image().src = url + "image" },
    () => { const servers = [{urls: "stun:127.0.0.1:%(udp)d"}, {urls: "turn:" + there + "?transport=tcp", username: "a", credential: "b"}];
            const a = new RTCPeerConnection({iceServers: servers}); a.createDataChannel("x"); a.createOffer().then(o => a.setLocalDescription(o)) },
    () => new WebTransport("https://127.0.0.1:%(udp)d/").ready.catch(() => 0),
    () => { for (const tag of ["iframe", "script", "embed", "video", "audio"]) put(tag, {src: url + tag}); put("object", {data: url + "object"}) },
    () => { for (const rel of ["stylesheet", "prefetch", "preconnect", "preload", "dns-prefetch", "prerender", "modulepreload", "manifest", "icon"])
                put("link", {rel, href: url + rel}) },
    () => put("script", {type: "speculationrules", textContent: JSON.stringify({prefetch: [{urls: [url + "spec"]}], prerender: [{urls: [url + "pre"]}]})}),
    () => { for (const method of ["get", "post"]) put("form", {action: url + "form", method, target: "_blank"}).submit() },
    () => put("a", {href: url + "file", download: "x", target: "_blank"}).click(),
    () => put("iframe", {srcdoc: "<img src='" + url + "inner'><script>fetch('" + url + "inner').catch(() => 0)<\\/script>"}),
    () => { document.body.style.background = "url(" + url + "css)" }, () => navigator.serviceWorker.register("/sw.js").catch(() => 0),
];
let made = 0;
for (const attempt of attempts) { try { attempt(); made += 1 } catch (error) { made += 1 } }
p.textContent = made + " attempts of " + attempts.length;
"""


def test_no_way_leads_inside(site: Site, server: FaultyServer, build: Builder) -> None:
    with faulty_server() as inside, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        site.script("attempts", _ATTEMPTS % {"port": inside.port, "udp": udp.getsockname()[1]})
        (page,) = build(server, "/attempts")
        assert re.search(r">(\d\d) attempts of \1<", html(page))
        assert (inside.connections, inside.asked, inside.written_to) == (0, [], [])
        with pytest.raises(BlockingIOError):
            udp.recv(1)


@pytest.mark.parametrize(
    "script",
    [
        "location.href = 'http://localhost:{port}/'",
        "location.replace('/redirect/to/http://127.0.0.1:{port}/')",
        "document.head.innerHTML = '<meta http-equiv=refresh content=\"0;url=http://127.0.0.1:{port}/\">'",
    ],
)
def test_redirects_inside_are_refused(site: Site, server: FaultyServer, build: Builder, script: str) -> None:
    with faulty_server() as inside:
        site.script("leads", script.format(port=inside.port))
        (page,) = build(server, "/leads")
        assert refused(page) == "forbidden"
        assert inside.connections == 0


def test_other_schemes_and_writing_lead_nowhere(site: Site, server: FaultyServer, build: Builder) -> None:
    site.script("file", "location = 'file:///etc/passwd'")
    site.script("data", "location = 'data:text/html,inside'")
    site.script("blank", "location = 'about:blank'")
    site.add(
        "posts",
        "<!doctype html><p>x</p><form method=post action=/write></form><script>document.forms[0].submit()</script>",
    )
    *pages, blank, written = build(server, "/file", "/data", "/blank", "/posts")
    assert all("<p" in html(page) and "root:" not in html(page) for page in pages)
    assert not isinstance(blank, Fetched) or "First." in html(blank)
    assert "<p>x</p>" in html(written)
    assert server.written_to == []


# --- budgets

# behind each that may take Chromium with it one that only a Chromium at work can tell
_HOSTILE = {
    "endless": ("while (true) {}", "timeout"),
    "reloads": ("location.reload()", "too_many_redirects"),
    "alerts": ("while (true) alert('again')", "timeout"),
    "long": ("document.body.append(document.createComment('x'.repeat(1e7)))", "too_large"),
    "memory": ("const a = []; for (;;) a.push(new Uint8Array(1e8).fill(1))", "browser|timeout"),
}


def test_no_page_takes_more_than_its_time_and_the_next_one_works(
    site: Site, server: FaultyServer, build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copydesk.flows.fetching.browser.browser._CLOSE_SECONDS", 1.0)
    monkeypatch.setattr("copydesk.flows.fetching.browser.chromium.RENDERER_BYTES", 400_000_000)
    site.script("next", "p.textContent = 'Built.'")
    for name, (script, reasons) in _HOSTILE.items():
        site.script(name, script)
        outcome = build.in_short(server, f"/{name}") if reasons == "timeout" else build(server, f"/{name}")[0]
        assert refused(outcome) in reasons.split("|"), (name, outcome)
    (next_page,) = build(server, "/next")
    assert "Built." in html(next_page).partition("<script>")[0]


def test_the_bytes_of_all_parts_count_together(site: Site, server: FaultyServer, build: Builder) -> None:
    site.add("heavy.js", "/*" + "x" * 900_000 + "*/", kind="text/javascript")
    site.script("heavy", "for (let i = 0; i < 30; i++) fetch('/heavy.js/' + i)")
    (page,) = build(server, "/heavy")
    assert refused(page) == "too_large"
    assert len(server.pages()) <= 2 + BUDGET.bytes // 900_000 + 4  # under way meanwhile


def test_the_number_of_parts_is_bounded(site: Site, server: FaultyServer, build: Builder) -> None:
    site.script("many", "for (let i = 0; i < 400; i++) fetch('/story.json/' + i).catch(() => 0)")
    html(build(server, "/many")[0])
    assert len(server.pages()) == 1 + MAX_PARTS


def test_an_endless_part_ends_with_the_visit(site: Site, server: FaultyServer, build: Builder) -> None:
    site.script("waits", "document.write('<script src=/slow><\\/script>')")
    assert refused(build.in_short(server, "/waits")) == "timeout"


def test_a_browser_that_died_is_started_again(site: Site, server: FaultyServer, build: Builder) -> None:
    assert site
    first = build(server, "/shell")
    assert build._browser._chromium is not None
    build._browser._chromium.kill()
    assert all("struck noon" in html(page) for page in (*first, *build(server, "/shell")))


# --- nothing is left

_RUN = (
    "import sys; from pathlib import Path; from copydesk.flows.run.batches import ingest_plainly; from copydesk.flows.config.run_options import IngestOptions\n"
    "if __name__ == '__main__': ingest_plainly(IngestOptions(sources=(sys.argv[1],), output=Path(sys.argv[2]), jobs=1))"
)


def with_temporary(folder: Path) -> list[str]:
    """Numbers of the processes at work whose temporary files are in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found_in = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:  # gone meanwhile, or not ours
            continue
        if str(folder).encode() in found_in:
            found.append(process.name)
    return found


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files with a name so short that a socket can be in it."""
    with TemporaryDirectory(prefix="copydesk-", dir="/tmp") as folder:
        yield Path(folder)


@contextmanager
def run_of_its_own(file: Path, output: Path, temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs a list of sources, with a folder for temporary files."""
    script = output.with_name("run.py")
    script.write_text(_RUN, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, file, output],
        env=clean_environment() | {"TMPDIR": str(temporary)},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def assert_nothing_is_left(temporary: Path) -> None:
    """Of a run: neither processes nor files."""
    wait_until(lambda: not with_temporary(temporary))
    wait_until(lambda: not list(temporary.glob("*hromium*")))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_running(
    site: Site, server: FaultyServer, tmp_path: Path, temporary: Path, number: int
) -> None:
    """As where a run ends by itself."""
    site.add("endless", "<!doctype html><script src=/app.js></script><script>while (true) {}</script>")
    file = source_list(tmp_path, server, "/endless", fetch="browser")
    with run_of_its_own(file, tmp_path / "out", temporary) as process:
        wait_until(lambda: "/app.js" in server.paths(), of=process)
        process.send_signal(number)
        assert process.wait(timeout=HANG_SECONDS) != 0
    assert_nothing_is_left(temporary)
