"""``copydesk diff``: what changed from version to version, word by word, for terminals and for pipes."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from conftest import Copydesk
from page_versions import CORRECTED, FIRST, SECOND, URL, reading, store
from stores import lines

from copydesk.cleaners.types import Source
from copydesk.flows.commands.cli import cli
from copydesk.flows.library.place import StoreLocation

ID = reading(FIRST).id
BELLS_AT = "https://courier.example/bells"
BELLS = reading("The bells ring.", url=f"{BELLS_AT}?from=feed", canonical_url=BELLS_AT)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    for number, text in enumerate((FIRST, SECOND, CORRECTED)):
        store("jsonl", StoreLocation(tmp_path), reading(text, hour=number), BELLS)
    return tmp_path


def diff(output: Path, *words: str, color: bool = False) -> Result:
    return CliRunner().invoke(cli, ["diff", *words, "--output", str(output)], color=color)


def test_the_last_two_versions_word_by_word(output: Path) -> None:
    run = diff(output, ID)
    assert run.exit_code == 0, run.output
    assert run.stdout == (
        f"{ID} {URL}\n"
        "version 2 (2026-11-01T01:00:00Z) to version 3 (2026-11-01T02:00:00Z): correction, 29.7% of the words\n"
        "\n… 2 paragraphs unchanged\n"
        "\n{+Correction: an earlier version of this article named the wrong day.+}\n"
    )


def test_of_a_long_paragraph_the_changed_words_alone_are_marked(tmp_path: Path) -> None:
    # every other word recurs
    words = [word for number in range(130) for word in ("the", f"boat{number}")]
    further = "A new paragraph says when the ferry sails."
    changed = [*words[:40], "quay", *words[41:200], *words[203:]]
    for paragraphs in ((words,), (changed, further.split())):
        text = "\n\n".join(f"Harbour: {' '.join(one)}." for one in paragraphs)
        store("jsonl", StoreLocation(tmp_path), reading(text))
    shown = diff(tmp_path, URL).stdout
    gone, new = re.findall(r"\[-(.*?)-\]", shown), re.findall(r"\{\+(.*?)\+\}", shown)
    assert (gone, new) == ([words[40], " ".join(words[200:203])], ["quay", f"Harbour: {further}."])


def test_any_two_versions_either_way(output: Path) -> None:
    between = diff(output, URL, "--from", "1", "--to", "2").stdout
    assert "again from [-Monday,-]{+Tuesday,+} the port said.\n\n… 1 paragraph unchanged\n" in between
    back = diff(output, ID[:9], "--from", "3", "--to", "1").stdout
    assert "[-Tuesday,-]{+Monday,+}" in back
    assert "[-Correction: an earlier version of this article named the wrong day.-]" in back
    assert "of the words" not in back


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (ID, "--output", "nowhere"),
            "nowhere: no such folder; name the output folder of a run with --output",
        ),
        ((ID[:-1] + "x",), f"did you mean {ID}?"),
        (("https://courier.example/fery",), f"did you mean {URL}?"),
        (("zz",), "no such page in"),
        (("",), f"2 pages match; choose one by its id: {', '.join(sorted((ID, BELLS.id)))}"),
        ((ID, "--to", "7"), "--to 7: no such version; there are 1, 2, 3"),
        ((ID, "--from", "0"), "--from 0: no such version; there are 1, 2, 3"),
    ],
)
def test_what_is_not_there_is_reported_in_a_line(output: Path, words: tuple[str, ...], message: str) -> None:
    run = CliRunner().invoke(cli, ["diff", "--output", str(output), *words])
    assert (run.exit_code, run.stdout) == (2, "")
    assert message in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_page_is_found_by_the_name_of_its_source(tmp_path: Path) -> None:
    names = ("harbour/ferry.html", "harbour/ferry.html", "harbour/bells.html", "pages.jsonl", "pages.jsonl")
    texts = (FIRST, SECOND, "The bells ring.", "The clock strikes.", "The crane is sold.")
    pages = []
    for name, text in zip(names, texts, strict=True):
        url = None if name == "pages.jsonl" else f"{URL}/{name}"
        pages.append(reading(text, title=text[:9], url=url, source=Source("file", name)))
        store("jsonl", StoreLocation(tmp_path), pages[-1])
    found = diff(tmp_path, "harbour/ferry.html")
    assert "again from [-Monday,-]{+Tuesday,+} the port said." in found.stdout, found.output
    assert "there is only one version" in diff(tmp_path, "harbour/bells.html").stdout
    several = diff(tmp_path, "pages.jsonl")
    ids = ", ".join(sorted((pages[3].id, pages[4].id)))
    assert several.stderr == f"Error: pages.jsonl: 2 pages match; choose one by its id: {ids}\n"


@pytest.mark.parametrize("kind", ["parquet"])
def test_a_single_version_is_reported_of_any_store(sink: str, place: StoreLocation) -> None:
    store(sink, place, BELLS)
    for text in (FIRST, SECOND):
        store(sink, place, reading(text), versions="last")
    database = ("--database", place.database) if place.database else ()
    for name, version in ((BELLS.id, 1), (f"{BELLS_AT}#top", 1), (ID, 2)):
        run = diff(place.folder, name, *database)
        assert (run.exit_code, run.stdout.count("\n")) == (0, 1)
        assert f"there is only one version, version {version}" in run.stdout


def test_titles_and_scripts_without_spaces(tmp_path: Path) -> None:
    for text, title in (("渡船星期一再次开航。", "渡船"), ("渡船星期二再次开航。", "渡船开航")):
        store("jsonl", StoreLocation(tmp_path), reading(text, title=title))
    shown = diff(tmp_path, URL).stdout
    assert "title: 渡船{+开航+}\n" in shown
    assert "渡船星期[-一-]{+二+}再次开航。\n" in shown


@pytest.mark.parametrize("kind", ["jsonl", "postgresql"])
def test_without_a_page_those_that_have_changed_are_listed(sink: str, place: StoreLocation) -> None:
    database = ("--database", place.database) if place.database else ()

    def listed(*words: str) -> list[str]:
        run = diff(place.folder, *words, *database)
        assert run.exit_code == 0, run.output
        return run.stdout.splitlines()

    store(sink, place, BELLS)
    assert listed() == ["no page has changed: there is one version of each"]
    for hour, text in enumerate((FIRST, SECOND)):
        pages = [reading(text, hour=hour + at, url=f"{URL}/{at}") for at in range(3)]
        store(sink, place, *pages)
    store(sink, place, reading(CORRECTED, hour=9, url=f"{URL}/0"))
    heads, *rows, how = listed()
    assert heads.split() == ["ID", "READ", "VERSION", "CHANGE", "PAGE"]
    assert [row.split()[-1] for row in rows] == [f"{URL}/{at}" for at in (0, 2, 1)]
    first = (pages[0].id[:12], "2026-11-01T09:00:00Z", "3", "correction, 29.7% of the words", f"{URL}/0")
    assert rows[0].split() == " ".join(first).split()
    assert how == "copydesk diff ID shows what has changed in a page"
    assert len(listed("--limit", "2")) == 5
    assert listed("--limit", "2")[-2] == "… and 1 more page; --limit lists more"
    # of a file of records alone
    file = place.folder / "alone.jsonl"
    file.write_bytes(b"".join(lines(place)))
    assert diff(file, "--limit", "2").stdout.splitlines() == listed("--limit", "2")


def test_versions_are_chosen_of_a_page(output: Path) -> None:
    run = diff(output, "--from", "1")
    assert (run.exit_code, run.stdout) == (2, "")
    assert "--from and --to choose versions of a page: name it" in run.stderr


def test_colours_on_a_terminal(output: Path, invoke: Copydesk, monkeypatch: pytest.MonkeyPatch) -> None:
    # NO_COLOR may be set where tests run
    monkeypatch.delenv("NO_COLOR", raising=False)
    green = click.style("{+Correction", fg="green").removesuffix("\x1b[0m")
    assert green in diff(output, ID, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in diff(output, ID, color=True).stdout
    assert b"\x1b" not in invoke("diff", ID, "--output", str(output)).stdout
