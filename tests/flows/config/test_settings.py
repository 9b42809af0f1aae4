"""Settings from a file and the environment: for which command each holds, and how wrong ones are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from copydesk.flows.commands.cli import cli
from copydesk.flows.config.settings import Defaults, load, read_file
from copydesk.flows.config.settings_tables import user_platforms, user_rules
from copydesk.flows.errors import SettingsError

COMMANDS = {name: command for name, command in cli.commands.items()}  # noqa: C416 - typed anew


def loaded(folder: Path, file: str, *, name: str = "copydesk.toml", **environment: str) -> Defaults:
    (folder / name).write_text(file, "utf-8")
    return load(COMMANDS, folder=folder, environment=environment)


def holding(defaults: Defaults, key: str) -> dict[str, Any]:
    """The commands that have a default for a key, with its value."""
    return {name: values[key] for name, values in defaults.items() if key in values}


def test_a_key_holds_for_every_command_that_has_the_option(tmp_path: Path) -> None:
    found = holding(loaded(tmp_path, "jobs = 3"), "jobs")
    assert set(found) == {name for name, command in COMMANDS.items() if "jobs" in options(command)}
    assert {"clean", "ingest", "serve"} <= set(found)
    assert set(found.values()) == {3}


def options(command: click.Command) -> set[str]:
    return {str(parameter.name) for parameter in command.params if parameter.envvar}


def test_a_table_holds_for_its_command_and_beats_a_key(tmp_path: Path) -> None:
    for file in ("jobs = 3\n[clean]\njobs = 5", "[clean]\njobs = 5"):
        found = holding(loaded(tmp_path, file), "jobs")
        assert found["clean"] == 5
        assert found.get("ingest") == (3 if file.startswith("jobs") else None)


@pytest.mark.parametrize("file", ['keep = ["sidebar", "infobox"]', 'keep = "sidebar,infobox"'])
def test_what_commas_separate_may_be_a_list(tmp_path: Path, file: str) -> None:
    assert holding(loaded(tmp_path, file), "keep")["clean"] == ("sidebar", "infobox")


def test_a_key_may_be_a_command_as_well(tmp_path: Path) -> None:
    assert holding(loaded(tmp_path, 'sources = ["a", "b"]'), "sources")["ingest"] == ("a", "b")


@pytest.mark.parametrize("name", ["copydesk.toml", "pyproject.toml"])
def test_where_there_is_no_setting_there_is_no_default(tmp_path: Path, name: str) -> None:
    assert not any(
        loaded(tmp_path, '[project]\ndependencies = ["copydesk"]' * (name[0] == "p"), name=name).values()
    )
    assert load(COMMANDS, folder=tmp_path / "nowhere", environment={"HOME": "/"}) == {}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("job = 3", "copydesk.toml:1: unknown key 'job'; did you mean jobs?"),
        ("jobs = 3\n\n[clean]\nx = 1\njobz = 2", "copydesk.toml:4: clean: unknown key 'x'; known are "),
        ('[clean]\nmax_failures = "3"', "copydesk.toml:2: clean: unknown key 'max_failures'"),
        ("jobs = 'many'", "copydesk.toml:1: jobs: expected a whole number, 0 or more, not many"),
        (
            "[ingest]\n\nlimit = -1",
            "copydesk.toml:3: ingest: limit: expected a whole number, 0 or more, not -1",
        ),
        ("[clean]\nevery = '1h'", "copydesk.toml:2: clean: unknown key 'every'; known are "),
        ("jobs = 1\nclean.jbos = 1", "copydesk.toml:2: clean: unknown key 'jbos'; did you mean jobs?"),
        ("jobs = 1\n\n[claen]\n", "copydesk.toml:3: unknown key 'claen'; did you mean clean?"),
        ("# workers\njobs = [3]", "copydesk.toml:2: jobs: expected a single value"),
        ("sources = 'seeds'", "copydesk.toml:1: sources: expected a list"),
        ("clean = 3", "copydesk.toml:1: clean: expected a table of settings"),
        ("[[rules]]\nname = 'a'", "copydesk.toml:1: unknown tables [[rules]]; did you mean [[rule]]?"),
        ("jobs = ", "copydesk.toml:1: invalid value"),
        ("jobs = 1\njobs = 2", "copydesk.toml:2: cannot overwrite a value"),
    ],
)
def test_what_is_wrong_in_a_file_is_reported_with_its_place(tmp_path: Path, file: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, file)
    assert str(caught.value).startswith(message)
    if "copydesk.toml:1: unknown key" in message or "[[" in message:
        project = "[project]\n[tool.copydesk]\n" + file.replace("[[rules]]", "[[tool.copydesk.rules]]")
        (tmp_path / "copydesk.toml").unlink()
        with pytest.raises(SettingsError) as caught:
            loaded(tmp_path, project, name="pyproject.toml")
        # the line of the key, in the file that contains it
        assert str(caught.value).startswith("pyproject.toml:3 [tool.copydesk]: unknown ")


HINTS = [("COPYDESK_JOB", "did you mean COPYDESK_JOBS?"), ("COPYDESK_X", "known are ")]


@pytest.mark.parametrize(("name", "hint"), HINTS)
def test_an_unknown_variable_is_reported_also_without_a_file(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match="environment: unknown key '" + name) as caught:
        load(COMMANDS, folder=tmp_path, environment={name: "1", "OTHER_JOB": "1"})
    assert hint in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff = 1", b"jobs = " + b"9" * 5_000])
def test_a_file_that_is_no_text_or_beyond_numbers_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copydesk.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"^copydesk\.toml: "):
        read_file(tmp_path)


RULE = 'name = "{}"\nlabel = "ad"\nreason = "its kiosk"\ncss = ["aside"]\n'
A_RULE = RULE.format("a")


def test_rules_come_in_the_order_of_the_file_from_either_file(tmp_path: Path) -> None:
    assert user_rules(tmp_path) == ()
    (tmp_path / "pyproject.toml").write_text(f"[[tool.copydesk.rule]]\n{RULE.format('one')}")
    assert [rule.name for rule in user_rules(tmp_path)] == ["one"]
    (tmp_path / "copydesk.toml").write_text("".join(f"[[rule]]\n{RULE.format(name)}" for name in ("b", "a")))
    assert [rule.name for rule in user_rules(tmp_path)] == ["b", "a"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ('rule = "x"', "copydesk.toml:1: rule: expected tables [[rule]]"),
        ("rule = [1]", "copydesk.toml:1: rule: expected tables [[rule]]"),
        (f"[[rule]]\n{A_RULE}\n[[rule]]\n{A_RULE}", "copydesk.toml:8: rule 'a': the name is already used"),
        (f"[[rule]]\n{A_RULE}labl = 1", "copydesk.toml:6: rule 'a': "),
        ("[[rule]]\nlabel = 'ad'", "copydesk.toml:1: rule 1: "),
        ("rule = [{ name = 'a' }]", "copydesk.toml:1: rule 'a': "),
    ],
)
def test_a_wrong_rule_is_reported_with_its_line_and_name(tmp_path: Path, file: str, message: str) -> None:
    (tmp_path / "copydesk.toml").write_text(file)
    with pytest.raises(SettingsError) as caught:
        user_rules(tmp_path)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("key", "file", "message"), [
    ('platforms = ["cms.toml"]', None, "copydesk.toml:1: platforms: cms.toml: cannot be read: no such file or directory"),
    ('platforms = "cms.toml"', None, 'copydesk.toml:1: platforms: expected a list of files, such as ["my-cms.toml"]'),
    ('platforms = ["cms.toml"]', "name = ", "copydesk.toml:1: platforms: cms.toml: Invalid value (at end of document)"),
    ('platforms = ["cms.toml"]', 'name = "cms"', "copydesk.toml:1: platforms: cms.toml: signs is missing; required: name, signs, parts"),
    (
        'platforms = ["cms.toml"]',
        'name = "ghost"\nsigns = ["generator: Cms"]\n[parts]\nnav = ["cms-menu"]',
        "copydesk.toml:1: platforms: cms.toml: name: there is a platform 'ghost' already",
    ),
])  # fmt: skip
def test_a_wrong_platform_is_reported_with_its_file(
    tmp_path: Path, key: str, file: str | None, message: str
) -> None:
    (tmp_path / "copydesk.toml").write_text(key)
    if file is not None:
        (tmp_path / "cms.toml").write_text(file)
    with pytest.raises(SettingsError) as caught:
        user_platforms(tmp_path)
    assert str(caught.value) == message


def test_platforms_come_in_the_order_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text('platforms = ["b.toml", "a.toml"]')
    for name in "ab":
        text = f'name = "{name}"\nsigns = ["generator: Cms"]\n[parts]\nnav = ["cms-menu"]'
        (tmp_path / f"{name}.toml").write_text(text)
    assert [platform.name for platform in user_platforms(tmp_path)] == ["b", "a"]
