"""Pages in hostile forms: that all are made, alike each time, and that a crash tells its page."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ARTICLE

from benchmarks.hostile_pages import EMPTY, FORMS, main


def data(folder: Path) -> Path:
    for name in ("clock", "tower"):
        page = f"<title>{name}</title>{ARTICLE}".encode()
        (folder / f"{name}.html.gz").write_bytes(gzip.compress(page))
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_another_page_and_the_same_each_time(form: str) -> None:
    page, other = ARTICLE.encode(), f"<p>{ARTICLE}".encode()
    made = [FORMS[form](random.Random(1), page, other) for _ in range(2)]  # noqa: S311 - no secret
    assert made[0] == made[1] != page


@pytest.mark.slow
def test_each_page_gets_a_line(tmp_path: Path) -> None:
    file = tmp_path / "digests"
    arguments = [str(file), "--data", str(data(tmp_path)), "--pages", "1", "--forms", "2"]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0, ended.output
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == len(EMPTY) + 1 + 2
    assert f"{len(lines)} records; digests in " in ended.output
    assert all(len(line.rpartition(" ")[2]) > 100 for line in lines)


def test_without_data_one_line_says_so(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, [str(tmp_path / "digests"), "--data", str(tmp_path), "--pages", "1"])
    assert ended.exit_code == 2
    assert "there is no page (*.html.gz)" in ended.output
