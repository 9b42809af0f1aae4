"""A folder or file is the same source however its path and that of the store are written, and is cleaned once."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest
from prefect_runs import ARTICLE, records
from test_cleaned_once import CLEANED, clean_here

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run import batches
from copydesk.flows.run.batches import ingest_plainly

pytestmark = pytest.mark.slow


def ingest(source: str, output: Path | str = "out") -> int:
    """How many pages are cleaned."""
    CLEANED.clear()
    ingest_plainly(IngestOptions(sources=(source,), output=Path(output), jobs=1))
    return len(CLEANED)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with pages in it; they are cleaned in this process, which is quicker."""
    monkeypatch.setattr(batches, "clean_pages", clean_here)
    (desk := tmp_path / "desk").mkdir()
    for name in ("inbox", "other"):
        (desk / name).mkdir()
    (desk / "inbox" / "ferry.html").write_text(ARTICLE.format(number=1))
    (desk / "inbox" / "clock.html").write_text(ARTICLE.format(number=2))
    monkeypatch.chdir(desk)
    return desk


def test_a_folder_is_cleaned_once_however_it_is_written(desk: Path) -> None:
    (desk.parent / "way").symlink_to(desk)
    assert ingest("inbox") == 2
    relative = ("./inbox", "inbox/", "inbox//", "other/../inbox")
    for written in (*relative, f"{desk}/inbox", f"{desk.parent}/way/inbox"):
        assert ingest(written) == 0, written
    # as a deployment has it, which may run from anywhere
    assert ingest("inbox", desk / "out") == 0
    with chdir("other"):
        assert ingest("../inbox", "../out") == 0
    assert len(records(desk / "out")) == 2


def test_a_file_has_one_record_however_it_is_written(desk: Path) -> None:
    names = ("./inbox/ferry.html", f"{desk}/inbox/ferry.html", "inbox/ferry.html")
    assert [ingest(name) for name in names] == [1, 0, 0]
    assert [record["source"]["name"] for record in records(desk / "out")] == ["inbox/ferry.html"]


def test_a_list_is_read_relative_to_itself_however_it_is_written(desk: Path) -> None:
    (desk / "lists").mkdir()
    listed = '[[source]]\nname = "town"\nkind = "folder"\naddress = "../inbox"\n'
    (desk / "lists" / "town.toml").write_text(listed)
    assert ingest("lists/town.toml") == 2
    assert [ingest(name) for name in ("lists", "./lists/town.toml", f"{desk}/lists")] == [0, 0, 0]
    with chdir("other"):
        assert ingest("../lists", "../out") == 0


def test_links_stay_what_they_are(desk: Path) -> None:
    """A link is another name, and behind it `..` leads elsewhere."""
    (desk / "far" / "deep").mkdir(parents=True)
    (desk / "far" / "inbox").mkdir()
    (desk / "far" / "inbox" / "third.html").write_text(ARTICLE.format(number=3))
    (desk / "link").symlink_to("far/deep")
    (desk / "alias").symlink_to("inbox")
    assert ingest("inbox") == 2
    assert ingest("link/../inbox") == 1
    assert ingest("alias") == 2
    (desk / "alias").unlink()
    (desk / "alias").symlink_to("far/inbox")
    assert ingest("alias") == 1


def test_a_file_that_is_called_as_standard_input_is_read(desk: Path) -> None:
    (desk / "-").write_text(ARTICLE.format(number=1))
    assert [ingest("./-"), ingest(f"{desk}/-")] == [1, 0]
