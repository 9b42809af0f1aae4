"""The name of a served schedule, and that no other process serves under that name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HANG_SECONDS

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.serving.deployments import deployment_name, reserved


def name_of(output: str | Path, *sources: str) -> str:
    return deployment_name(IngestOptions(sources=sources or ("seeds",), output=Path(output)))


def test_the_name_does_not_depend_on_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("news/output", "news/seeds"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    whole = name_of(tmp_path / "news" / "output", str(tmp_path / "news" / "seeds"), "https://a.example/")
    assert whole == name_of("news/output", "https://a.example/", "news/seeds")
    monkeypatch.chdir(tmp_path / "news")
    assert whole == name_of("./output", "../news/seeds", "https://a.example/")
    assert re.fullmatch(r"news-output-[0-9a-f]{8}", whole)


def test_other_folders_and_other_sources_have_other_names(tmp_path: Path) -> None:
    sources = ((), ("other",), ("seeds", "other"), ("seedsother",), ("https://a.example/",))
    names = [name_of(tmp_path / "b"), *(name_of(tmp_path / "a", *named) for named in sources)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("folder", "readable"),
    [
        ("/", "output"), ("/srv", "srv"), ("/srv/my news/out put", "my-news-out-put"), ("/srv/§§/...", "output"),
        ("/srv/grün/夜", "grün-夜"), ("/srv/" + "x" * 200 + "/out", "x" * 80), ("/srv/caf\udce9", "srv-caf"),
    ],
)  # fmt: skip
def test_a_name_is_readable_and_one_that_prefect_and_files_take(folder: str, readable: str) -> None:
    found = name_of(folder)
    assert found.rpartition("-")[0] == readable
    assert deployment_name(IngestOptions(), found) == found
    assert len(found) <= 100


@pytest.mark.parametrize("given", ["morning", "courier-2.1", "a_b", "x" * 100, "夜"])
def test_a_name_that_is_given_is_taken(given: str) -> None:
    assert deployment_name(IngestOptions(), given) == given


@pytest.mark.parametrize("given", ["", "a b", "a/b", "../a", ".hidden", "-a", "x" * 101, "a\n", "a\0"])
def test_a_name_that_will_not_do_is_reported(given: str) -> None:
    with pytest.raises(SettingsError, match=r"--name .*: expected up to 100 letters, digits, dots, hyphens"):
        deployment_name(IngestOptions(), given)


SERVING = """
import sys
from pathlib import Path
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.serving.deployments import reserved
with reserved("morning", IngestOptions(output=Path("theirs"))):
    print("served", flush=True)
    sys.stdin.read()
"""


def test_a_name_is_served_by_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    options = IngestOptions(output=tmp_path / "mine")
    command = [sys.executable, "-c", SERVING]
    other = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"served\n"
        with pytest.raises(SettingsError) as caught, reserved("morning", options):
            raise AssertionError("it was served twice")
        served = f"morning is already served by process {other.pid} into {tmp_path / 'theirs'}"
        assert str(caught.value) == f"{served}: stop that, or choose another --name"
        with reserved("evening", options):
            pass
    finally:
        other.kill()  # however it ends
        other.communicate(timeout=HANG_SECONDS)
    with (
        reserved("morning", options),
        pytest.raises(SettingsError, match=f"into {tmp_path / 'mine'}"),
        reserved("morning", options),
    ):
        raise AssertionError("it was served twice")
    with reserved("morning", options):
        pass
