"""A record whose line the disk has damaged is named, and its page read again: from the disk, or whole from the web."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from conftest import ARTICLE
from earlier_copydesk import run
from faulty_server import FaultyServer
from web_runs import Site, ingest, records, sitemap, source_list

from copydesk.flows.io.output_folder import LIBRARY


def damage(output: Path) -> None:
    with closing(sqlite3.connect(output / LIBRARY)) as library, library:
        ((line,),) = library.execute("SELECT line FROM record_body WHERE number = 1")
        changed = line[:40] + bytes(255 - byte for byte in line[40:42]) + line[42:]
        library.execute("UPDATE record_body SET line = ? WHERE number = 1", (changed,))


def test_a_damaged_record_is_named_and_its_page_read_again(empty_folder: Path) -> None:
    words = "The harbour ferry sails again from Monday, the port of Aldmouth said on Friday evening. "
    for name in ("one", "two"):
        text = "".join(f"{words}Number {number} of ferry {name}. " for number in range(20))
        (empty_folder / f"{name}.html").write_text(
            f"<title>Ferry {name}</title><article><h1>Ferry {name}</h1><p>{text}"
        )
    ingested = ("ingest", "one.html", "two.html")
    assert run(*ingested).exit_code == 0
    view = empty_folder / "output" / "records.jsonl"
    lost = json.loads(view.read_bytes().splitlines()[0])["id"]
    damage(empty_folder / "output")
    assert f"warning: {lost}: damaged on the disk" in run("export", "--format", "jsonl", "--to", "-").stderr
    # whoever reads it, such as a run that makes the view again
    view.unlink()
    done = run(*ingested)
    assert f"shown as failed until their pages are read again: {lost}\n" in done.stderr
    assert "1 failed (damaged)" in run("status").stdout
    done = run(*ingested)
    assert (done.exit_code, "damaged" in done.stderr) == (0, False), done.stderr
    assert [json.loads(line)["status"] for line in view.read_bytes().splitlines()] == ["ok", "ok"]
    assert "damaged" not in run("status").stdout
    # and is found by no words but its own
    (empty_folder / "one.html").write_text(
        (empty_folder / "one.html").read_text().replace("Monday", "Sunday")
    )
    assert run(*ingested, "--versions", "last").exit_code == 0
    assert run("search", "Monday", "one").stdout == ""


@pytest.mark.parametrize("kind", ["url", "sitemap"])
def test_a_page_on_the_web_is_fetched_whole_also_if_a_list_that_has_not_changed_names_it(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path, kind: str
) -> None:
    site, output = Site(monkeypatch, server), tmp_path / "out"
    address = site.put("/one", ARTICLE.encode())
    if kind == "sitemap":
        listed = sitemap(server.url("/redirect/one"), lastmod="2020-01-01")
        address = site.put("/sitemap.xml", listed)
    seeds = source_list(tmp_path, [server], f"name = 'p'\nkind = '{kind}'\naddress = '{address}'")
    ingest(seeds, output)
    before = records(output)
    damage(output)
    (output / "records.jsonl").unlink()
    assert "damaged on the disk" in ingest(seeds, output).summary
    site.again()
    ingest(seeds, output)
    assert ("/one", 200) in site.again()
    assert [one["text"] for one in records(output)] == [one["text"] for one in before]
    ingest(seeds, output)
    assert {status for _, status in site.again()} == {304}
