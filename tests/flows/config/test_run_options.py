"""The options of a run: every place that takes them accepts the same values and refuses others in the same words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from msgspec.structs import replace

from copydesk.flows.commands.cli import cli
from copydesk.flows.config import settings
from copydesk.flows.config.option import read_size
from copydesk.flows.config.run_options import SOURCES, IngestOptions, run_options
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.flow_form import as_parameters
from copydesk.flows.stored_content import REMOVALS

REFUSED: dict[str, tuple[str, object, str]] = {
    "too small": ("limit", -1, "expected a whole number, 0 or more, not -1"),
    "too large": ("limit", 10**20, f"expected a whole number, 1000000000 or less, not {10**20}"),
    "less than none": ("jobs", -1, "expected a whole number, 0 or more, not -1"),
    "more than there are": ("jobs", 5000, "expected a whole number, 4096 or less, not 5000"),
    "no number": ("limit", "many", "expected a whole number, 0 or more, not many"),
    "half a process": ("jobs", 2.5, "expected a whole number, 0 or more, not 2.5"),
    "no number but a truth": ("limit", True, "expected a whole number, 0 or more, not True"),
    "no choice": ("removed", "some", "expected full, counts or none, not some"),
    "nothing": ("removed", "", "expected full, counts or none, not ''"),
    "no truth": ("keep_raw", "maybe", "expected true or false, not maybe"),
    "no truth but a number": ("keep_raw", 7, "expected true or false, not 7"),
    "an empty text": ("keep_raw", "", "expected true or false, not ''"),
    "no folder": ("output", "", "expected a folder, not ''"),
    "no folder either": ("output", "a\0b", r"expected a folder, not 'a\x00b'"),
    "no date": ("since", "soon", "'soon': expected a span such as 24h or 7d, or a date such as 2026-11-01"),
    "no ages": ("ask_again", "1 week", "'1 week': expected ages of pages up to 3650d, such as 1h,6h,1d,7d, or never"),
    "nobody": ("contact", "nobody", "'nobody': expected an e-mail address or a URL"),
    "no failures": ("max_failures", "many", "expected a number or a percentage, such as 20 or 5%, not many"),
    "no size": ("part_size", "5 parts", "expected a size such as 500MB, not 5 parts"),
    "a password": ("database", "postgresql://u:hush@h/n", "holds a password, which Prefect would store and show"),
    "no port": ("allow_private", ["localhost"], "'localhost': expected a host and its port, such as localhost:8080"),
    "no runner": ("runner", "spark", "expected local, dask or dask=ADDRESS, such as dask=tcp://host:8786, not 'spark'"),
    "no field": ("fields", ["hmtl=a"], "unknown field 'hmtl'; did you mean html?"),
    "no text": ("since", True, "expected a text in quotation marks, not True"),
    "a list of what is no text": ("fields", [True], "expected a text in quotation marks, not True"),
    "a folder that is a number": ("output", 5, "expected the path of a folder in quotation marks, not 5"),
    "a source that is a number": ("sources", [5], "expected a text in quotation marks, not 5"),
    "a file that is a number": ("overrides", 1.5, "expected a text in quotation marks, not 1.5"),
}  # fmt: skip


def by_python(key: str, value: object, _folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        IngestOptions(**{key: value})  # type: ignore[arg-type]
    return str(caught.value)


def by_command_line(key: str, value: object, _folder: Path) -> str:
    values = value if isinstance(value, list) else [value]
    flags = [part for one in values for part in (run_options()[key].flags[0], str(one))]
    return refused_by_command(flags, {})


def by_environment(key: str, value: object, _folder: Path) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return refused_by_command([], {settings.variable(key): text})


def refused_by_command(arguments: list[str], environment: dict[str, str]) -> str:
    ended = CliRunner().invoke(cli, ["ingest", "--dry-run", *arguments], env=environment)
    assert ended.exit_code == 2, ended.output
    return ended.output


def by_settings_file(key: str, value: object, folder: Path) -> str:
    (folder / "copydesk.toml").write_text(f"{key} = {json.dumps(value)}\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        settings.load(cli.commands, folder=folder, environment={})
    return str(caught.value)


def by_prefects_form(key: str, value: object, _folder: Path) -> str:
    from prefect.exceptions import ParameterTypeError

    from copydesk.flows.run.ingest import ingest

    with pytest.raises(ParameterTypeError) as caught:
        ingest.validate_parameters({key: value})
    return str(caught.value)


# the command line and the environment give text, and a flag has no value there
AS_TEXT = (by_command_line, by_environment)
OF_TYPES = (
    "no folder either",
    *(case for case, (*_, words) in REFUSED.items() if "quotation marks" in words),
)


@pytest.mark.slow
@pytest.mark.parametrize("door", [by_python, by_settings_file, by_prefects_form, *AS_TEXT])
def test_a_value_is_refused_alike_at_every_door(
    door: Callable[[str, object, Path], str], tmp_path: Path
) -> None:
    for case, (key, value, words) in REFUSED.items():
        is_flag_or_typed = key == "keep_raw" or case in OF_TYPES
        # an empty variable is none to click
        if (door in AS_TEXT and is_flag_or_typed) or (door is by_environment and value == ""):
            continue
        message = door(key, value, tmp_path)
        assert words in message, case
        assert key.rstrip("s") in message.replace("-", "_").lower(), case


SCHEDULES = {"every": "soon", "cron": "0 6", "timezone": "Paris"}


@pytest.mark.parametrize(("key", "value"), SCHEDULES.items())
def test_a_wrong_schedule_names_its_origin(
    key: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str, **environment: str) -> str:
        ended = CliRunner().invoke(cli, ["serve", *arguments], env=environment)
        assert ended.exit_code == 2, ended.output
        return ended.output.splitlines()[-1]

    assert said(f"--{key}", value).startswith(f"Error: --{key}: {value!r}: expected")
    variable = settings.variable(key)
    assert said(**{variable: value}).startswith(f"Error: environment: {variable}: {value!r}: expected")
    Path("copydesk.toml").write_text(f"jobs = 1\n{key} = {json.dumps(value)}\n", "utf-8")
    assert said().startswith(f"Error: copydesk.toml:2: {key}: {value!r}: expected")


def test_texts_are_converted_at_every_door(tmp_path: Path) -> None:
    given: dict[str, Any] = {"limit": "7", "output": "o", "sources": ["a"], "keep_raw": "no"}
    given["max_failures"] = 5
    wanted = IngestOptions(limit=7, output=Path("o"), sources=("a",), keep_raw=False, max_failures="5")
    assert IngestOptions(**given) == wanted
    (tmp_path / "copydesk.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in given.items()))
    context = cli.commands["ingest"].make_context(
        "ingest", [], default_map=settings.load(cli.commands, folder=tmp_path, environment={})["ingest"]
    )
    # how much is printed is no option of the run
    of_the_run = {name: value for name, value in context.params.items() if name in run_options()}
    assert IngestOptions(**of_the_run) == wanted
    from copydesk.flows.run.ingest import ingest

    assert IngestOptions(**ingest.validate_parameters(given)) == wanted


@pytest.mark.parametrize("text", ["1", "yes", "on", "t", "false", " N "])
def test_booleans_are_those_of_click(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.flows.run.ingest import ingest

    wanted = click.BOOL.convert(text, None, None)
    assert IngestOptions(keep_raw=text).keep_raw is wanted  # type: ignore[arg-type]
    assert ingest.validate_parameters({"keep_raw": text})["keep_raw"] is wanted
    (tmp_path / "copydesk.toml").write_text(f"keep_raw = {json.dumps(text)}\n", "utf-8")
    defaults = settings.load(cli.commands, folder=tmp_path, environment={})["ingest"]
    by_file = cli.commands["ingest"].make_context("ingest", [], default_map=defaults)
    monkeypatch.setenv(settings.variable("keep_raw"), text)
    by_variable = cli.commands["ingest"].make_context("ingest", [])
    assert (by_file.params["keep_raw"], by_variable.params["keep_raw"]) == (wanted, wanted)


@pytest.mark.slow
def test_no_jobs_are_all_processors_at_every_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.flows.run.ingest import ingest

    (tmp_path / "page.html").write_text(ARTICLE, "utf-8")
    # as releases whose default it was stored it with a deployment
    stored = ingest.validate_parameters(as_parameters(IngestOptions()) | {"jobs": 0})
    assert IngestOptions(**stored) == IngestOptions(jobs=0) == IngestOptions(jobs="0")  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    for command in (["clean", "page.html", "--jobs", "0"], ["ingest", "--dry-run", "page.html", "--jobs=0"]):
        ended = CliRunner().invoke(cli, command)
        assert ended.exit_code == 0, ended.output


def test_defaults_pass_their_own_check_and_choices_are_those_there_are() -> None:
    assert IngestOptions() == replace(IngestOptions())
    assert run_options()["removed"].choices == tuple(REMOVALS)
    assert set(run_options()) <= {parameter.name for parameter in cli.commands["ingest"].params}


def test_each_option_is_of_commands_that_there_are() -> None:
    groups = (getattr(command, "commands", {}) for command in cli.commands.values())
    there = {SOURCES, *cli.commands, *(name for group in groups for name in group)}
    unknown = {name: set(option.shown.at) - there for name, option in run_options().items()}
    assert {name: at for name, at in unknown.items() if at} == {}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1), ("500MB", 500_000_000), ("1.5 GB", 1_500_000_000), ("64MiB", 2**26), ("2kb", 2_000),
        (" 7 b ", 7),
    ],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "0.0001kB", "-1", "many", "5 parts", "1e9", "MB"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--part-size: expected a size such as 500MB, not"):
        IngestOptions(part_size=text)
