"""What ``import copydesk`` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import copydesk
from copydesk import Options, Page, cleaners

NAMES = {
    "BadPage", "Block", "CopydeskError", "Label", "Options", "Page", "Record", "__version__",
    "aclean", "aclean_many", "arrow_schema", "clean", "clean_many", "clean_page", "explain", "restore", "to_dataframe",
}  # fmt: skip
HEAVY = {
    "prefect", "numpy", "threadpoolctl", "ahocorasick", "lxml", "trafilatura", "bs4", "msgspec", "ftfy", "langdetect",
    "py3langid", "babel", "click", "sqlalchemy", "httpx", "httpx2",
}  # fmt: skip


def modules_after(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after ``code``, and of their packages."""
    code += "\nimport sys; print(*sys.modules, *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_the_exported_names_are_these() -> None:
    assert set(copydesk.__all__) == set(dir(copydesk)) == NAMES
    assert all(getattr(copydesk, name) is not None for name in NAMES)


def test_importing_loads_nothing_heavy() -> None:
    assert modules_after("import copydesk, copydesk.cleaners").isdisjoint(HEAVY)


def test_to_clean_files_loads_nothing_that_fetches() -> None:
    loaded = modules_after("import copydesk.flows.commands.cli, copydesk.flows.commands.clean")
    assert loaded.isdisjoint({"asyncio", "ssl", "http", "urllib.request", "importlib.metadata", "pebble"})


@pytest.mark.slow
def test_cleaning_loads_neither_prefect_nor_a_network_client() -> None:
    loaded = modules_after("from copydesk import clean; clean('<p>The clock struck noon on Friday.</p>')")
    assert loaded.isdisjoint({"prefect", "httpx", "httpx2", "requests", "aiohttp", "sqlalchemy", "click"})
    assert "copydesk.flows" not in loaded


@pytest.mark.parametrize(
    ("module", "name", "message"),
    [
        (copydesk, "scrape", "no attribute 'scrape'"),
        (cleaners, "scrape", "no attribute 'scrape'"),
        (copydesk, "cleanpage", "clean_page"),
    ],
)
def test_an_unknown_name_is_an_error_that_lists_the_known(module: object, name: str, message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        getattr(module, name)


def test_the_version_is_that_of_the_records() -> None:
    assert copydesk.clean("").processing.copydesk == copydesk.__version__


BODY = "body: expected the page as bytes or str (of a file: its read_bytes())"
GIVEN = f"{BODY}, or a copydesk.Page, not "
WRONG_CALLS: list[tuple[Callable[[Any], object], str]] = [
    (lambda door: door.clean(None), f"{GIVEN}None (NoneType)"),
    (lambda door: door.clean(42), f"{GIVEN}42 (int)"),
    (lambda door: door.clean(bytearray(b"<p>Noon</p>")), f"{GIVEN}bytearray(b'<p>Noon</p>')"),
    (lambda door: door.clean(Path("page.html")), f"{GIVEN}{Path('page.html')!r}"),
    (lambda door: door.clean([1] * 1000), f"{GIVEN}[1, 1, 1, 1, 1, 1, ...] (list)"),
    (lambda door: door.clean("<p>Noon</p>", url=5), "url: expected the page's address as str, or None, not 5 (int)"),
    (
        lambda door: door.clean("<p>Noon</p>", options={}),
        "options: expected a copydesk.Options, or None, not {} (dict)",
    ),
    (lambda door: door.clean_page(Page(body=None)), f"{BODY}, not None (NoneType)"),  # type: ignore[arg-type]
    (
        lambda door: door.clean_page(Page(b"<p>Noon</p>", content_type=b"text/html")),  # type: ignore[arg-type]
        "content_type: expected the media type as declared as str, or None, not b'text/html' (bytes)",
    ),
    (
        lambda door: door.clean_page(Page(b"<p>Noon</p>", headers=None)),  # type: ignore[arg-type]
        "headers: expected the headers of the answer as a mapping of str to str, not None (NoneType)",
    ),
    (
        lambda door: door.clean_page(Page(b"<p>Noon</p>", fetched_at=3)),  # type: ignore[arg-type]
        "fetched_at: expected the time in RFC 3339 as str (of a datetime: its isoformat()), or None, not 3 (int)",
    ),
    (
        lambda door: door.explain("<p>Noon</p>"),
        "page: expected a copydesk.Page (clean takes HTML or text itself), not '<p>Noon</p>' (str)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG_CALLS)
def test_what_is_no_page_is_reported_in_one_line(call: Callable[[Any], object], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        call(copydesk)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("page.html", r"'page\.html' .* is the name of a file, .*clean\(Path\(name\)\.read_bytes\(\)\), or run: copydesk clean FILE$"),
        ("pages/a.pdf", "is the name of a file"),
        ("https://a.example/1", r"is a URL, and clean fetches nothing: give the page's content, clean\(content, url\), or run: copydesk clean URL$"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("timeout", [None, 60.0])
def test_a_name_is_no_page(given: str, line: str, timeout: float | None) -> None:
    with pytest.raises(ValueError, match=line) as caught:
        copydesk.clean(given, timeout=timeout)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["Read on at https://courier.example/clock", "See page.html.", "example.com", ""]
)
def test_a_short_text_is_no_name(text: str) -> None:
    assert copydesk.clean(text).status == "rejected"


@pytest.mark.parametrize("media", ["pdf", "text/html", ""])
def test_an_unknown_media_is_reported_in_one_line(media: str) -> None:
    further = Page("<p>Noon</p>", media=media)
    for page in (further, Page("<p>Noon</p>", continuations=(further,))):
        with pytest.raises(ValueError, match="media: unknown") as caught:
            copydesk.clean(page)
        assert "known are html, text (a declared type is content_type)" in str(caught.value)


def test_media_that_is_no_text_is_a_wrong_type() -> None:
    with pytest.raises(TypeError, match="media: expected one of html, text as str, or None, not 3"):
        copydesk.clean(Page("<p>Noon</p>", media=3))  # type: ignore[arg-type]


def test_a_page_is_cleaned_by_either_function_and_an_address_beats_its_own() -> None:
    page = Page("<p>Noon</p>", url="https://courier.example/1")
    assert copydesk.clean(page) == copydesk.clean_page(page)
    assert copydesk.clean(page, "https://courier.example/2").url == "https://courier.example/2"


def test_own_rules_may_come_as_a_list() -> None:
    listed, given = Options(user_rules=[]), Options()  # type: ignore[arg-type]
    assert copydesk.clean("<p>Noon</p>", options=listed) == copydesk.clean("<p>Noon</p>", options=given)
