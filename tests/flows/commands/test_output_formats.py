"""Records on standard output, and the line about a page that became no article."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import click
import pytest
from msgspec.structs import replace

from copydesk.cleaners import clean, encode
from copydesk.cleaners.record.records import failed, rejected
from copydesk.cleaners.schema import Record, Removed
from copydesk.cleaners.types import Page, Source
from copydesk.flows import exit_codes
from copydesk.flows.commands.advice import WHAT_TO_DO, WHAT_TO_DO_WITH_A_URL, line_about
from copydesk.flows.commands.clean import render
from copydesk.flows.errors import EnvironmentFault, ExportError, SettingsError, SinkError
from copydesk.flows.sources.opening.page_source import Unreadable

PAGE = (
    "<html lang=en><nav><a href=/>Home</a></nav><article><h1>The clock strikes</h1><p>The clock of the town hall struck noon on "
    "Friday for the first time in eleven years, and a crowd had come.</p><aside>Subscribe to our newsletter</aside></article></html>"
)


def cut(after: int, text: str, label: str = "nav") -> Removed:
    return Removed(after=after, label=label, rule="structure.x", evidence="why", text=text)


def marked(text: str, *removed: Removed) -> list[str]:
    record = rejected(Page("", source=Source("file", "a.html")), "empty: x")
    return render("mark", replace(record, text=text, removed=removed)).decode().split("\n")


@pytest.mark.parametrize(
    ("text", "removed", "lines"),
    [
        ("one\n\ntwo", (cut(0, "menu"),), ["- nav: menu [structure.x: why]", "  one", "  two"]),
        ("one\n\ntwo", (cut(1, "ad"),), ["  one", "- nav: ad [structure.x: why]", "  two"]),
        ("one", (cut(1, "a"), cut(1, "b\nc")), ["  one", "- nav: a [structure.x: why]", "- nav: b [structure.x: why]", "- c"]),
        ("", (cut(0, "all"),), ["- nav: all [structure.x: why]"]),
        ("one\ntwo", (), ["  one", "  two"]),
        ("one\ntwo", (cut(9, "end"),), ["  one", "  two", "- nav: end [structure.x: why]"]),
    ],
)  # fmt: skip
def test_removed_text_in_its_place(text: str, removed: tuple[Removed, ...], lines: list[str]) -> None:
    assert marked(text, *removed) == ["== a.html: rejected", *lines, ""]


def test_colour_changes_no_letter() -> None:
    record = clean(PAGE)
    coloured, plain = render("mark", record, in_colour=True).decode(), render("mark", record).decode()
    assert click.unstyle(coloured) == plain
    assert "\x1b[" in coloured
    assert "\x1b" not in plain
    for removed in record.removed:
        assert f"- {removed.label}: {removed.text.splitlines()[0]}" in plain


def test_formats_of_a_page_with_and_without_an_article() -> None:
    article, nothing = clean(PAGE), clean("")
    assert render("jsonl", article) == encode(article)
    assert render("text", article) == f"The clock strikes\n\n{article.text}\n".encode()
    assert render("markdown", article) == f"# The clock strikes\n\n{article.markdown}\n".encode()
    assert render("text", article, title=False) == f"{article.text}\n".encode()
    assert render("markdown", article, title=False) == f"{article.markdown}\n".encode()
    assert b"<h1>The clock strikes</h1>" in render("html", article)
    assert b"<h1>" not in render("html", article, title=False)
    assert render("text", nothing) == render("markdown", nothing) == render("html", nothing) == b""
    # nothing reads like an article, and yet there is a text: it must not come out among articles
    greeting = clean("Hello there.")
    assert (greeting.status, greeting.text) == ("rejected", "Hello there.")
    assert render("text", greeting) == render("markdown", greeting) == render("html", greeting) == b""
    assert render("jsonl", nothing).count(b"\n") == 1


def about(reason: str | None, *, status: str = "rejected", name: str = "a.html", **page: str) -> str | None:
    source = Source(page.pop("kind", "file"), name)
    record: Record = (failed if status == "failed" else rejected)(
        Page("", source=source, **page), reason or "x"
    )
    return line_about(replace(record, reason=reason, status=status))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (about("timeout", status="failed"), "a.html: failed (timeout): it took too long; report it if it is an ordinary page"),
        (about("missing: no such file", status="failed"), "a.html: failed (missing): no such file; check the name"),
        (about("unheard_of: it is so"), "a.html: rejected (unheard_of): it is so"),
        (about("unheard_of"), "a.html: rejected (unheard_of)"),
        (about("error: KeyError: 'a'", status="failed"), "a.html: failed (error): KeyError: 'a'; a fault of copydesk; please report it with the page"),
        (about(None), "a.html: rejected (unknown)"),
        (about("empty", name="", url="https://paper.example/", kind="url"), "https://paper.example/: rejected (empty): fetch it again"),
        (about("empty", url="https://paper.example/"), "a.html: rejected (empty): save it again from its source, or leave it out"),
        (about(None, status="ok"), None),
        (about(None, status="partial"), None),
    ],
)  # fmt: skip
def test_a_page_that_became_no_article_is_reported_in_a_line(line: str | None, expected: str | None) -> None:
    assert line == expected


@pytest.mark.parametrize("reason", sorted(WHAT_TO_DO))
def test_no_advice_to_fetch_what_is_on_the_disk(reason: str) -> None:
    line = str(about(f"{reason}: so"))
    assert not any(word in line for word in ("fetch", "address", "list"))
    is_same_for_urls = reason not in WHAT_TO_DO_WITH_A_URL and reason != "timeout"
    assert (about(f"{reason}: so", kind="url") == line) is is_same_for_urls


def test_every_advice_is_for_a_reason_that_is_given_somewhere() -> None:
    """A code that is given nowhere would keep an advice that is never shown."""
    root = Path(exit_codes.__file__).parents[1]
    files = [file for part in ("cleaners", "flows") for file in (root / part).rglob("*.py")]
    code = "\n".join(file.read_text("utf-8") for file in files if file.name != "advice.py")
    assert set(WHAT_TO_DO_WITH_A_URL) <= set(WHAT_TO_DO)
    assert [reason for reason in WHAT_TO_DO if not re.search(rf"[\"'`]{reason}\b", code)] == []
    named = re.findall(r"``(\w+)``", typing.cast("str", Unreadable.__doc__))
    assert {"missing", "truncated", "damaged", "broken_line"} <= set(named) & set(WHAT_TO_DO)


def test_errors_end_a_run_with_their_code() -> None:
    sink = SinkError(Path("out"), "no space left on device", advice="free some space and run again")
    assert str(sink) == "out: no space left on device; free some space and run again"
    assert (sink.path, sink.advice) == (Path("out"), "free some space and run again")
    export = ExportError("s3://desk/out", "access denied", advice="see its settings")
    assert (export.place, export.advice) == ("s3://desk/out", "see its settings")
    assert [error.exit_code for error in (sink, export, EnvironmentFault("x"), SettingsError("x"))] == [
        5,
        5,
        5,
        2,
    ]
