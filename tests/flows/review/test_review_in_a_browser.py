"""The page of ``copydesk review`` in a real Chromium: from a contested removal to a run that applies the decision, no
requests, hostile records, accessibility.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from msgspec.structs import replace
from watched_page import Watched

from copydesk import Record, clean
from copydesk.cleaners import encode
from copydesk.cleaners.schema import Removed
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.override_file import FILE_NAME
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import ingest_plainly

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.usefixtures("chromium")

COPYRIGHT = "Copyright 2026 Example Courier. All rights reserved."
LAST = "The town council paid for the material only."


def watch(browser: Browser, **options: Any) -> Watched:
    return Watched(browser, Path("output/review.html").absolute().as_uri(), **options)


@pytest.fixture(autouse=True)
def _begun(empty_folder: Path) -> None:
    """Each test runs in a folder of its own."""


def reviewed(*arguments: str) -> str:
    ended = CliRunner().invoke(cli, ["review", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stderr


def ingested() -> list[dict[str, Any]]:
    ingest_plainly(IngestOptions(sources=("pages.jsonl",)))
    return [json.loads(line) for line in Path("output/records.jsonl").read_text("utf-8").splitlines()]


def two_pages() -> None:
    other = ARTICLE.replace("Old clock strikes again", "New bell is cast").replace("clock", "bell")
    pages = [
        {"url": "https://courier.example/clock", "html": ARTICLE},
        {"url": "https://herald.example/bell", "html": other},
    ]
    Path("pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages), "utf-8")
    ingested()


def store(*records: Record) -> None:
    Path("output").mkdir()
    Path("output/records.jsonl").write_bytes(b"".join(map(encode, records)))


def test_a_removal_is_found_contested_and_exported_and_ingest_applies_the_decision(browser: Browser) -> None:
    two_pages()
    Path(FILE_NAME).write_text("# ours\n", "utf-8")
    assert "2 records in output/review.html" in reviewed()
    watched = watch(browser)
    page = watched.open()
    page.select_option("#site", label="courier.example (1)")
    assert page.inner_text("#found") == "1 of 2 records"
    page.click("text=Old clock strikes again")
    cut = page.locator(".block.gone", has_text=COPYRIGHT)
    # what can be decided shows without the pointer, the reason with it
    assert cut.locator("button").evaluate("one => getComputedStyle(one.parentElement).opacity") == "1"
    assert page.locator(".why:visible").count() == 0
    cut.hover()
    assert page.locator(".side:visible .why", has_text="learned.drop").count() >= 1
    assert cut.locator(".why").inner_text().startswith("learned.drop: ")
    cut.locator("button").click()
    cut.locator("input").fill('it "is" the\tlast line')
    kept = page.locator(".block.kept", has_text=LAST)
    kept.locator("button").click()
    kept.locator("select").select_option("ad")
    assert page.inner_text("#contested-count") == "2 new decisions"
    # they outlive a reload
    page.reload()
    with page.expect_download() as saved:
        page.click("#export")
    assert saved.value.suggested_filename == FILE_NAME
    saved.value.save_as(FILE_NAME)
    watched.assert_good()
    assert Path(FILE_NAME).read_text("utf-8").startswith("# ours\n")
    clock, bell = ingested()
    assert clock["text"].endswith(COPYRIGHT)
    by_hand = [removed for removed in clock["removed"] if removed["rule"] == "override.person"]
    assert [removed["text"][:44] for removed in by_hand] == [LAST]
    assert [override["note"] for override in clock["processing"]["overrides"]] == ['it "is" the\tlast line', None]  # fmt: skip
    assert COPYRIGHT not in bell["text"]
    reviewed()
    page = watch(browser).open("#record-1")
    # what is in the file is no longer to be exported
    assert page.locator("#contested:visible").count() == 0
    assert page.locator(".by").all_inner_texts() == ['kept manually: it "is" the last line']
    page.context.close()


def test_by_keyboard_alone(browser: Browser) -> None:
    two_pages()
    reviewed()
    watched = watch(browser)
    page = watched.open()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    watched.tab_to("#search")
    page.keyboard.type("clock")
    assert page.inner_text("#found") == "1 of 2 records"
    watched.tab_to(".open")
    page.keyboard.press("Enter")
    page.wait_for_selector("#page-view:visible")
    assert page.evaluate("document.activeElement.id") == "page-title"
    watched.tab_to(".gone button")
    assert page.locator(".why:visible").count() == 1
    page.keyboard.press("Enter")
    watched.tab_to("#export")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert 'decision = "keep"' in Path(saved.value.path()).read_text("utf-8")
    page.keyboard.press("Escape")
    page.wait_for_selector("#list-view:visible")
    assert page.evaluate("document.activeElement.className") == "open"
    watched.assert_good()


def test_five_thousand_records_are_listed_as_they_are_looked_at(browser: Browser) -> None:
    record = clean(ARTICLE)

    def numbered(n: int) -> Record:
        url, language = f"https://site{n % 7}.example/{n}", ("en", "de")[n % 2]
        return replace(record, id=f"{n:032x}", title=f"Clock {n}", url=url, language=language)

    store(*map(numbered, range(5_100)))
    assert "5,000 of 5,100 records in" in reviewed()
    watched = watch(browser)
    page = watched.open()
    message = "The counts are of all 5,100 records; the list below holds the 5,000 newest"
    assert message in page.inner_text("#left-out")
    assert page.inner_text("#found") == "5,000 records"
    assert page.locator("#rows tr").count() < 500
    page.fill("#search", "site3 4994")
    page.select_option("#language", "en")
    assert page.inner_text("#found") == "1 of 5,000 records"
    page.click(".open")
    assert page.inner_text("#page-title") == "Clock 4994"
    watched.assert_good()


PAYLOADS = (
    "</script><script>window.hacked = 1</script>", "<!--<script>", "]]><img src=x onerror='window.hacked = 1'>",
    "<svg onload=window.hacked=1>", "javascript:window.hacked=1", "{{ 7 * 7 }}", '"><iframe src="https://a.example/">',
    "\u2028window.hacked=1\u2029", "<style>@import 'https://a.example/';</style>", "<meta http-equiv=refresh content=0>",
)  # fmt: skip


def test_no_script_of_a_hundred_hostile_records_runs(browser: Browser) -> None:
    record = clean(ARTICLE)
    places = (
        "title", "text", "evidence", "label", "url", "site_name", "reason", "language", "fetched_at", "source",
    )  # fmt: skip

    def hostile(number: int, place: str, payload: str) -> Record:
        label, rule = (payload if place == own else "nav" for own in ("label", "evidence"))
        gone = Removed(after=0, label=label, rule=rule, evidence=payload, text=payload)
        fields: dict[str, Any] = {"id": f"{number:032x}", "removed": (gone,)}
        if place == "source":
            fields["source"] = replace(record.source, name=payload)
        elif place not in ("evidence", "label"):
            fields[place] = payload
        return replace(record, **fields)

    pairs = [(place, payload) for place in places for payload in PAYLOADS]
    store(*(hostile(number, *pair) for number, pair in enumerate(pairs)))
    assert "100 records in" in reviewed()
    watched = watch(browser)
    page = watched.open()
    assert page.inner_text("#found") == "100 records"
    for number in range(len(pairs)):
        page.evaluate("at => { location.hash = `record-${at}` }", number)
        page.wait_for_function("at => document.querySelector('#blocks').childElementCount > 0", arg=number)
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript:']").count() == 0
    assert page.locator("main img, main iframe, main style, main meta").count() == 0
    watched.assert_good()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_people_out(browser: Browser, scheme: str) -> None:
    two_pages()
    reviewed()
    # at rest: halfway through a transition no text has its contrast
    watched = watch(browser, color_scheme=scheme, reduced_motion="reduce")
    page = watched.open()

    assert watched.barriers() == []
    page.click(".open >> nth=0")
    page.locator(".gone").last.hover()
    page.locator(".gone button").last.click()
    page.locator(".kept button").first.focus()
    page.keyboard.press("Enter")
    assert watched.barriers() == []
    watched.assert_good()
