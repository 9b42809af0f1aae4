"""``copydesk try`` in a real Chromium: from a pasted page to a rule in the settings file, and hostile input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner
from conftest import ARTICLE, HANG_SECONDS
from each_case import hold
from faulty_server import ANSWERS, FaultyServer, faulty_server
from served_commands import served
from watched_page import Watched, expect

from copydesk.flows.commands.cli import cli

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.usefixtures("chromium"), pytest.mark.slow, pytest.mark.waits]

URL = "https://www.courier.example/clock"
COPYRIGHT = "Copyright 2026 Example Courier. All rights reserved."
LAST = "The town council paid for the material only."
TABLE = "<table><tr><th>Hour</th><th>Strokes</th></tr><tr><td>Noon</td><td>12</td></tr><tr><td>One</td><td>1</td></tr></table>"


@pytest.fixture(scope="module")
def site() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        yield running


@contextmanager
def trying(folder: Path, *options: str) -> Iterator[str]:
    """The URL that a server in a folder prints."""
    with served("try", "--no-browser", *options, cwd=folder) as (url, _):
        assert "/?token=" in url
        yield url


@pytest.fixture(scope="module")
def url(site: FaultyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with trying(tmp_path_factory.mktemp("try"), "--allow-private", site.netloc) as url:
        yield url


def watch(browser: Browser, url: str, **options: Any) -> Watched:
    root, _, token = url.partition("?")
    watched = Watched(browser, root, reduced_motion="reduce", **options)
    watched.open(f"?{token}")
    return watched


def clean(page: Page, content: str, **fields: str) -> None:
    page.fill("#content", content)
    page.fill("#url", fields.get("url", ""))
    page.select_option("#kind", fields.get("kind", ""))
    page.click("#clean")
    # the state is empty when the page is there
    expect(page.locator("#clean")).to_be_enabled(timeout=1000 * HANG_SECONDS)


def test_a_file_that_is_named_is_shown_at_once_and_decisions_and_rules_hold_for_other_commands(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_bytes(ARTICLE.replace("noon", "caf\xe9").encode("latin-1"))
    with trying(tmp_path, "page.html") as url:
        watched = watch(browser, url, permissions=["clipboard-read", "clipboard-write"])
        decide_on_what_is_named(watched.page)
        copied = copy_a_rule_save_another_and_decide(watched.page)
        watched.assert_good()
    monkeypatch.chdir(tmp_path)
    assert LAST not in CliRunner().invoke(cli, ["clean", "page.html", "--format", "text"]).stdout
    Path("pasted.html").write_text(ARTICLE, "utf-8")
    with Path("copydesk.toml").open("a") as settings:
        settings.write("\n" + copied)
    cleaned = CliRunner().invoke(cli, ["clean", "pasted.html", "--url", URL, "--format", "text"]).stdout
    assert COPYRIGHT in cleaned
    assert LAST not in cleaned
    assert "The mechanism had stood still" not in cleaned


def decide_on_what_is_named(page: Page) -> None:
    expect(page.locator("#title")).to_be_focused(timeout=1000 * HANG_SECONDS)
    assert page.inner_text("#title") == "Old clock strikes again"
    assert "caf\xe9" in page.inner_text("#kept")
    assert page.input_value("#content") == ""
    page.locator("#kept .block", has_text=LAST).get_by_role("button").click()
    page.get_by_role("button", name="Decide for this page only").click()
    expect(page.locator("#state")).to_contain_text("Added the decision to copydesk.overrides.toml.")


def copy_a_rule_save_another_and_decide(page: Page) -> str:
    """Of a pasted page; the rule that was copied."""
    clean(page, ARTICLE.replace("</article>", f"{TABLE}</article>"), url=URL)
    assert page.inner_text("#title") == "Old clock strikes again"
    assert page.inner_text("#kept-title").startswith("Kept: ")
    assert page.locator("#kept table tr").count() == 3
    cut = page.locator("#removed .block", has_text=COPYRIGHT)
    assert cut.locator(".chip").inner_text() == "copyright"
    assert cut.locator(".why").inner_text().startswith("learned.drop: 0 % likely to be the article's")
    assert '"status": "ok"' in page.locator("#record").text_content()
    kept = page.locator("#kept .block", has_text=LAST)
    kept.locator(".words").click()
    expect(kept.locator(".effect")).to_contain_text(
        "It works on courier.example. Of this page it removes 1 block:"
    )
    # other words, on all sites
    kept.get_by_label("Words that the rule looks for").fill("The town council paid")
    kept.get_by_label("They are").select_option("ad")
    kept.get_by_label("On all sites").check()
    expect(kept.locator("pre")).to_contain_text('start = ["the town council paid"]')
    expect(kept.locator(".effect")).to_contain_text("It works on all sites.")
    kept.get_by_role("button", name="Copy this rule").click()
    expect(kept.locator(".effect")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('[[rule]]\nname = "the-town-council-paid"\nlabel = "ad"\n')
    cut.get_by_role("button", name="Keep this").click()
    expect(cut.locator(".effect")).to_contain_text("it brings back 1 block")
    cut.get_by_role("button", name="Add to copydesk.toml").click()
    expect(page.locator("#state")).to_contain_text("Added own.copyright-example-courier-all to copydesk.toml")
    assert page.locator("#kept .block", has_text=COPYRIGHT).count() == 1
    page.locator("#kept .block", has_text="The mechanism had stood still").get_by_role("button").click()
    page.get_by_role("button", name="Decide for this page only").click()
    expect(page.locator("#state")).to_contain_text("Added the decision to copydesk.overrides.toml.")
    decided = page.locator("#removed .block", has_text="The mechanism had stood still")
    assert decided.locator(".why").inner_text() == "override.person: a person decided"
    return str(copied)


def test_a_url_is_fetched_by_the_server_and_no_other_than_may_be(
    browser: Browser, site: FaultyServer, url: str
) -> None:
    watched = watch(browser, url)
    clean(watched.page, site.url("/page/clock"))
    assert watched.page.locator("#kept .block").count() > 0
    assert watched.page.inner_text("#state") == ""
    for content, kind, fault in (
        ("http://127.0.0.2:8000/", "", "forbidden"),
        ("http://[::1]:8000/admin", "", "forbidden"),
        ("127.0.0.2:8000", "url", "forbidden"),
        (site.url("/status/404"), "", "http_404"),
        ("ftp://courier.example/", "", "url: "),
    ):
        clean(watched.page, content, kind=kind)
        assert fault in watched.page.inner_text("#state"), content
    asked: list[Any] = []
    watched.page.route("**/clean", lambda route: (asked.append(route.request.post_data_json), route.abort()))
    clean(watched.page, "courier.example/news")
    assert asked == [{"url": "https://courier.example/news"}]
    # of answers that are errors a browser writes a line itself
    watched.faults = [fault for fault in watched.faults if "Failed to load resource" not in fault]
    watched.assert_good()


def test_a_url_that_is_named_is_fetched_at_once(
    browser: Browser, site: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the page is opened: where it is missing, that is said, and it may come later."""
    named = site.url("/later/clock")
    with trying(tmp_path, named, "--allow-private", site.netloc) as url:
        monkeypatch.setitem(ANSWERS, "later", lambda handler, _: handler.give(b"", status=404))
        assert shown_at_once(watch(browser, url).page) == ("", "http_404: ", "")
        monkeypatch.delitem(ANSWERS, "later")
        assert shown_at_once(watch(browser, url).page) == ("Old clock strikes again", "", named)


def shown_at_once(page: Page) -> tuple[str, str, str]:
    """Title, state to its colon, and what the form has."""
    expect(page.locator("#clean")).to_be_enabled(timeout=1000 * HANG_SECONDS)
    reason, colon, _ = page.inner_text("#state").partition(": ")
    return page.inner_text("#title"), reason + colon, page.input_value("#content")


def test_by_keyboard_alone(browser: Browser, url: str) -> None:
    watched = watch(browser, url)
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    watched.tab_to("#content")
    page.keyboard.insert_text(ARTICLE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#title")).to_be_focused(timeout=1000 * HANG_SECONDS)
    watched.tab_to("#removed button")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    expect(page.locator(".rule pre")).to_contain_text("[[rule]]")
    watched.tab_to(".rule select")
    page.keyboard.press("ArrowDown")
    watched.tab_to(".rule button")
    page.keyboard.press("Shift+Tab")
    watched.assert_good()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_nothing_serious_keeps_people_out(browser: Browser, url: str, scheme: str, width: int) -> None:
    size = {"width": width, "height": 740}
    watched = watch(browser, url, color_scheme=scheme, viewport=size)
    assert watched.barriers() == []
    clean(
        watched.page,
        ARTICLE.replace("</article>", f"{TABLE}<p>{'Donaudampfschiff' * 30}</p></article>"),
        url=URL,
    )
    watched.page.locator("#kept .words").first.click()
    watched.page.locator("#removed button").first.click()
    for panel in watched.page.locator(".rule").all():
        expect(panel.locator("pre")).to_contain_text("[[rule]]")
    watched.page.click("summary")
    assert watched.barriers() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    clean(watched.page, "ftp://", kind="url")
    assert watched.barriers() == []
    watched.page.context.close()


PAYLOADS = (
    "</script><script>window.hacked = 1</script>", "<!--<script>window.hacked = 1//-->", "{{ 7 * 7 }}",
    "]]><img src=x onerror='window.hacked = 1'>", "<svg onload=window.hacked=1>", "javascript:window.hacked=1",
    '"><iframe src="https://a.example/">', "\u2028window.hacked=1\u2029", "<meta http-equiv=refresh content=0>",
    "<style>@import 'https://a.example/';</style>", "<link rel=stylesheet href=https://a.example/>",
    "<base href=https://a.example/>", "<form action=https://a.example/><button>Go</button></form>",
    "<object data=https://a.example/>", "' onfocus='window.hacked=1' autofocus='", "__proto__", "constructor",
    "<details open ontoggle=window.hacked=1>", "<math><mtext><img src=x onerror=window.hacked=1>",
    "\u202e<audio src onerror=window.hacked=1>\x00",
)  # fmt: skip
PLACES = (
    "<title>{0}</title>", '<meta name="author" content="{1}">', '<link rel="canonical" href="{1}">',
    "<nav><a href='{1}'>{0} home</a></nav>", "<h1>{0}</h1>", "<p>{0} and a crowd of some two hundred people came to hear it.</p>",
    "<table><tr><td>{0}</td><td>{0} twelve</td></tr></table>", "<pre><code>{0}\n{0}</code></pre>",
    "<p class='{1}'>This article was written with the help of {0}.</p>", "<p>{2}</p>",
)  # fmt: skip


def test_no_script_of_two_hundred_hostile_inputs_runs(browser: Browser, url: str) -> None:
    from html import escape

    watched = watch(browser, url)
    page = watched.page
    for payload in PAYLOADS:
        # as text that a page quotes, in attributes, and as the page has it
        places = "".join(PLACES).format(escape(payload), escape(payload, quote=True), payload)
        clean(page, f"<html><body>{ARTICLE}{places}</body></html>")
        assert page.locator("#kept .block, #removed .block").count() > 5
    # as lines of a text, in its URL, and each in a rule
    clean(page, "\n\n".join((*PAYLOADS, ARTICLE)), kind="text", url="https://a.example/" + "/".join(PAYLOADS))
    proposals = page.locator(".block > button").all()
    assert len(proposals) > len(PAYLOADS)
    for number, proposal in enumerate(proposals[: len(PAYLOADS)]):
        proposal.click()
        effect = page.locator(".effect").nth(number)
        expect(effect).not_to_have_text("Trying the rule on the page …", timeout=1000 * HANG_SECONDS)
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript:']").count() == 0
    assert page.locator("main img, main iframe, main style, main meta, main svg, main object").count() == 0
    watched.faults = [fault for fault in watched.faults if "Failed to load resource" not in fault]
    watched.assert_good()


REFUSED = {
    "without the token": ({}, 401, "the token is missing or wrong"),
    "with another token": ({"authorization": "Bearer x"}, 401, "the token is missing or wrong"),
    "from a page of another site": ({"origin": "https://evil.example"}, 403, "pages of other sites"),
    "under another name": ({"host": "evil.example"}, 403, "expected this machine"),
    "from a page in a frame": ({"origin": "null"}, 403, "pages of other sites"),
}


@pytest.mark.parametrize(("headers", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_nobody_else_may_use_it(url: str, headers: dict[str, str], status: int, message: str) -> None:
    root, _, token = url.partition("?token=")
    own = {"authorization": f"Bearer {token}"} if status == 403 else {}
    for path in ("clean", "rule", "decision"):
        answer = httpx.post(root + path, json={"html": ARTICLE}, headers=own | headers, timeout=HANG_SECONDS)
        assert answer.status_code == status
        assert message in answer.json()["error"]


BAD = [
    ("rule", {"page": 9999, "text": "noon", "label": "ad"}, 410, "clean it again"),
    ("rule", {"text": "noon", "label": "cat"}, 422, "label: there is no 'cat'"),
    ("rule", {"text": "…", "label": "ad"}, 422, "has no letters"),
    ("rule", {"text": "a purple cow", "label": "ad"}, 422, "no rule by these words"),
    ("rule", {"page": "1"}, 400, "Expected `int`"),
    ("decision", {"text": "noon", "label": "ad"}, 422, "no whole block"),
    ("decision", {"text": COPYRIGHT, "label": "faq"}, 422, "--keep and --drop"),
    ("rule", {"text": COPYRIGHT, "label": "paragraph"}, 200, "taught from a page without a URL"),
]


def test_a_wish_is_answered_and_a_bad_one_in_one_line(url: str) -> None:
    root, _, token = url.partition("?token=")
    with httpx.Client(
        base_url=root, headers={"authorization": f"Bearer {token}"}, timeout=HANG_SECONDS
    ) as client:
        number = client.post("clean", json={"html": ARTICLE}).json()["number"]

        def check(path: str, wish: dict[str, Any], status: int, message: str) -> None:
            answer = client.post(path, json={"page": number} | wish)
            assert answer.status_code == status
            assert message in answer.json().get("error", answer.text)

        hold(check, BAD)
