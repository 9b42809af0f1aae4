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


# three crawls of one process: two that may not begin, and one in the folder that they let go of
CRAWLS = """
import sys, spider
from scrapy.crawler import CrawlerProcess

class Elsewhere(spider.Courier):
    custom_settings = spider.Courier.custom_settings | {"COPYDESK_OUTPUT": "spider.py"}

class Unknown(spider.Courier):
    custom_settings = spider.Courier.custom_settings | {"COPYDESK_SINK": "jsonnl"}

class Many(spider.Courier):
    custom_settings = spider.Courier.custom_settings | {"ITEM_PIPELINES": {"watch.Watch": 900}}

process, address = CrawlerProcess({"CONCURRENT_REQUESTS_PER_DOMAIN": 20}), sys.argv[1]
beginning = process.crawl(Elsewhere, address=address)
beginning.addCallback(lambda _: process.crawl(Unknown, address=address))
beginning.addCallback(lambda _: process.crawl(Many, address=address))
process.start()
"""


def logged(folder: Path, *command: str) -> str:
    """What a program logs that runs the spider."""
    (folder / "spider.py").write_text(SPIDER)
    done = subprocess.run(
        [sys.executable, *command],
        env=clean_environment() | {"PYTHONPATH": "."},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return done.stderr


@pytest.fixture
def site(server: FaultyServer) -> FaultyServer:
    """Two articles, of which one leads to the other."""
    server.files["/one"] = titled("Mayor resigns").replace(
        b"</article>", b'</article><a class="next" href="/two">2</a>'
    )
    server.files["/two"] = titled("Ferry returns")
    return server


def test_a_spider_with_three_more_lines_writes_records_and_one_that_may_not_begin_says_why(
    tmp_path: Path, site: FaultyServer
) -> None:
    address = f"address={site.url('/one')}"
    log = logged(tmp_path, "-m", "scrapy", "runspider", "spider.py", "-a", address, "-O", "items.jsonl")
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
    log = logged(tmp_path, "-c", CRAWLS, site.url("/start"))
    # a crawl that may not begin ends with a line
    for line in (
        "copydesk: spider.py: ",
        "copydesk: --sink: unknown sink 'jsonnl'",
        "'finish_reason': 'copydesk'",
    ):
        assert line in log
    assert "'copydesk/new': 21" in log
    assert "'copydesk/unchanged': 2" in log
    after = [one["id"] for one in records(tmp_path / "output")]
    assert (after[:2], len(after)) == ([one["id"] for one in found], 23)
    # pages that wait for the worker leave threads for names of hosts
    assert int((tmp_path / "most.txt").read_text()) <= 2
