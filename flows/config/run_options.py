"""All options, each in one place: command line, variables, settings file and Prefect's form are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_type_hints

import tomli
from msgspec import convert
from msgspec.structs import fields, force_setattr

from copydesk.cleaners.options import Options
from copydesk.flows.config.option import Option, Shown
from copydesk.flows.errors import SettingsError, setting_errors
from copydesk.flows.io.sinks import sink_names

SOURCES = "source"
"""Stands for the tables of lists, which may have the options of cleaning, too."""


class IngestOptions(Options, frozen=True, kw_only=True):
    """What to ingest, where to, how to clean it, and when to give up.

    Raises SettingsError, in one line, for a wrong value.
    """

    sources: tuple[str, ...] = ("seeds",)
    without: tuple[str, ...] = ()
    output: Path = Path("output")
    sink: str = "jsonl"
    database: str | None = None
    state: str | None = None
    part_size: str | None = None
    part_by: Literal["day"] | None = None
    versions: Literal["all", "last"] = "all"
    unique: bool = False
    """Stored records stay, even if a better original comes; so do new versions of their pages."""
    views: tuple[str, ...] = ()
    """In addition to the tables ``[[view]]`` of the settings file."""
    webhook: str | None = None
    webhook_secret: str | None = None
    limit: int | None = None
    """None for all."""
    shard: str | None = None
    fields: tuple[str, ...] = ()
    jobs: int | None = None
    """0 means None: stored parameters of old deployments have it."""
    runner: str = "local"
    dry_run: bool = False
    keep_raw: bool = True
    since: str | None = None
    """As their feed or sitemap dates them."""
    ask_again: str | None = None
    """Whatever their feed or sitemap dates them."""
    contact: str | None = None
    allow_private: tuple[str, ...] = ()
    refetch: bool = False
    """Every source is read, even if it is not due."""
    again: bool = False
    from_archive: bool = False
    """By the rules and policies of the sources' lists."""
    max_failures: str | None = None
    """A number, or a percentage with its sign."""
    removed: Literal["full", "counts", "none"] = "full"
    overrides: str | None = None
    min_confidence: float | None = None
    recurring: bool = True

    def __post_init__(self) -> None:
        """Reads each value; combinations are checked where they are used."""
        for name, option in run_options().items():
            with setting_errors(f"{(*option.flags, name)[0]}: "):
                # a frozen struct allows no other way
                force_setattr(self, name, option.read(getattr(self, name)))
        with setting_errors(""):
            super().__post_init__()
        if (self.webhook is None) != (self.webhook_secret is None):
            given, missing = ("--webhook", "--webhook-secret")[:: 1 if self.webhook else -1]
            raise SettingsError(f"{given} needs {missing} beside it")


DRY_RUN = "dry_run"
"""The option that the flow does not have: a dry run needs no Prefect."""


_TYPES: Mapping[str, type] = {"str": str, "int": int, "bool": bool, "path": Path}


@lru_cache(maxsize=1)
def _offered() -> tuple[Mapping[str, Option], tuple[Option, ...]]:
    """The options of a run by their names, and those of some commands, as ``options.toml`` has them."""
    tables = tomli.loads((Path(__file__).parent / "options.toml").read_text("utf-8"))

    def shown(table: dict[str, Any]) -> Shown:
        at = [command for word in table["at"] for command in tables["groups"].get(word, [word])]
        return convert(table | {"at": at}, Shown)

    types, defaults = get_type_hints(IngestOptions), {one.name: one.default for one in fields(IngestOptions)}
    tables["run"]["sink"]["choices"] = sink_names()
    of_runs = {
        name: Option(name, types[name], defaults[name], shown(table)) for name, table in tables["run"].items()
    }
    of_commands = []
    for table in tables["command"]:
        name, type_, default = table.pop("name"), _TYPES[table.pop("type")], table.pop("default", None)
        kind = type_ | None if default is None else type_
        of_commands.append(Option(name, kind, default if default is None else type_(default), shown(table)))
    return of_runs, tuple(of_commands)


def run_options() -> Mapping[str, Option]:
    """The options of a run by their names, in the order in which they are shown."""
    return _offered()[0]


def options_of(command: str) -> tuple[Option, ...]:
    """The options that a command has, in the order of ``--help``; of ``source`` those that a source of a list has."""
    of_runs, of_commands = _offered()
    return tuple(one for one in (*of_runs.values(), *of_commands) if command in one.shown.at)
