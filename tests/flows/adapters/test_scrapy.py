"""A real crawl by Scrapy: three lines more, and its pages are records in a store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HANG_SECONDS, clean_environment
from faulty_server import FaultyServer
from web_runs import records, titled

pytestmark = [pytest.mark.slow, pytest.mark.waits]

SPIDER = """
import scrapy
from copydesk.flows.adapters.scrapy import page_of                                 # one

class Courier(scrapy.Spider):
    name = "courier"
    custom_settings = {
        "ADDONS": {"copydesk.flows.adapters.scrapy.Addon": 500}, "COPYDESK_OUTPUT": "output",  # two
        "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False,
    }

    async def start(self):
        yield scrapy.Request(self.address)

    def parse(self, response):
        yield {"seen": response.url}
        yield page_of(response)                                                      # three
        yield from response.follow_all(css="a.next")
"""


WATCH = """
class Watch:
    most = 0

    def process_item(self, item):
        from twisted.internet import reactor
        Watch.most = max(Watch.most, len(reactor.getThreadPool().working))
        return item

    def close_spider(self):
        open("most.txt", "w").write(str(Watch.most))
"""


def crawl(folder: Path, server: FaultyServer, *settings: str, start: str = "/one") -> str:
    """Runs the spider; what it logged."""
    (folder / "spider.py").write_text(SPIDER)
    options = [part for setting in settings for part in ("-s", setting)]
    command = ["runspider", "spider.py", "-a", f"address={server.url(start)}", "-O", "items.jsonl", *options]
    ended = subprocess.run(
        [sys.executable, "-m", "scrapy", *command],
        env=clean_environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.stderr


@pytest.fixture
def site(server: FaultyServer) -> FaultyServer:
    """Two articles, of which one leads to the other."""
    server.files["/one"] = titled("Mayor resigns").replace(
        b"</article>", b'</article><a class="next" href="/two">2</a>'
    )
    server.files["/two"] = titled("Ferry returns")
    return server


def test_a_spider_with_three_more_lines_writes_records(tmp_path: Path, site: FaultyServer) -> None:
    log = crawl(tmp_path, site)
    found = records(tmp_path / "output")
    assert [(one["url"], one["title"], one["status"]) for one in found] == [
        (site.url("/one"), "Mayor resigns", "ok"), (site.url("/two"), "Ferry returns", "ok")
    ]  # fmt: skip
    assert all(one["source"] == {"kind": "scrapy", "name": "courier"} for one in found)
    assert all(one["fetched_at"] for one in found)
    # feeds get the records before the library marks copies, and other items as they are
    assert [one["duplicate_of"] for one in found] == [None, found[0]["id"]]
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    unmarked = [one | {"duplicate_of": None, "duplicate_similarity": None} for one in found]
    assert [item for item in items if "seen" not in item] == unmarked
    assert sum("seen" in item for item in items) == 2
    assert "'copydesk/ok': 2" in log
    assert "'copydesk/new': 2" in log
    # of a second crawl only what is new is added: identities are those of a run
    links = "".join(f'<a class="next" href="/{n}">{n}</a>' for n in range(20)).encode()
    site.files["/start"] = titled("All ferries").replace(
        b"</article>", b'</article><a class="next" href="/one">1</a>' + links
    )
    site.files |= {f"/{n}": titled(f"Ferry {n} returns") for n in range(20)}
    (tmp_path / "watch.py").write_text(WATCH)
    settings = ('ITEM_PIPELINES={"watch.Watch": 900}', "CONCURRENT_REQUESTS_PER_DOMAIN=20")
    log = crawl(tmp_path, site, *settings, start="/start")
    assert "'copydesk/new': 21" in log
    assert "'copydesk/unchanged': 2" in log
    after = [one["id"] for one in records(tmp_path / "output")]
    assert (after[:2], len(after)) == ([one["id"] for one in found], 23)
    # pages that wait for the worker leave threads for names of hosts
    assert int((tmp_path / "most.txt").read_text()) <= 2


def test_a_folder_that_is_none_ends_the_crawl_with_a_line(tmp_path: Path, site: FaultyServer) -> None:
    (tmp_path / "output").write_text("no folder")
    log = crawl(tmp_path, site)
    assert "copydesk: output: " in log
    assert "'finish_reason': 'copydesk'" in log


def test_a_crawl_that_may_not_begin_lets_go_of_its_folder(tmp_path: Path, site: FaultyServer) -> None:
    """Other spiders of the same process may use it."""
    (tmp_path / "spider.py").write_text(SPIDER)
    script = (
        "import pathlib, spider; from scrapy.crawler import CrawlerProcess\n"
        "from copydesk.flows.library.library import Library\n"
        "process = CrawlerProcess({'COPYDESK_SINK': 'jsonnl'})\n"
        f"process.crawl(spider.Courier, address={site.url('/one')!r}); process.start()\n"
        "Library.open(pathlib.Path('output')).close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=clean_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert "copydesk: --sink: unknown sink 'jsonnl'" in done.stderr
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
