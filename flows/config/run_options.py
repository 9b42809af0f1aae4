"""The options of a run: one typed model, from which the command line, the settings and the form of Prefect's
page are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints


class Shown(NamedTuple):
    """How an option is offered. Its type and default stand in the model itself.

    ``flags``: the names on the command line; none for an argument. ``choices``: the only values there are.
    ``least``: of numbers, on the command line. ``is_setting``: whether it may also come from the environment
    and the settings file.
    """

    help: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    is_setting: bool = True


# a dataclass, not a msgspec Struct, so that --help need not load msgspec
@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What to ingest, where to, and when to give up."""

    sources: Annotated[
        tuple[str, ...],
        Shown(
            "Files, folders, archives, addresses on the web, lists of sources (.toml).",
            metavar="[SOURCE]...",
        ),
    ] = ("seeds",)
    output: Annotated[Path, Shown("Folder the records go to.", flags=("--output",))] = Path("output")
    limit: Annotated[
        int | None, Shown("At most so many pages a run.", flags=("--limit",), metavar="N", least=0)
    ] = None
    """None for all."""
    jobs: Annotated[
        int,
        Shown(
            "Worker processes; as many as processors if not given.",
            flags=("--jobs",),
            metavar="N",
            least=1,
        ),
    ] = 0
    """0 for as many as there are processors."""
    dry_run: Annotated[bool, Shown("Clean, but write nothing.", flags=("--dry-run",), is_setting=False)] = (
        False
    )
    max_failures: Annotated[
        str | None,
        Shown("Stop once more pages than this have failed.", flags=("--max-failures",), metavar="N|P%"),
    ] = None
    """A number, or a percentage with its sign."""
    removed: Annotated[
        str,
        Shown(
            "What a record keeps of the text that was cut: all of it; one entry a label with the number of "
            "blocks and characters; or nothing.",
            flags=("--removed",),
            choices=("full", "counts", "none"),
        ),
    ] = "full"
    keep_raw: Annotated[
        bool,
        Shown(
            "Keep pages of the web as they came, in the output's archive (WARC).",
            flags=("--keep-raw/--no-keep-raw",),
        ),
    ] = True
    from_archive: Annotated[
        bool,
        Shown(
            "Clean what is in that archive again; fetch nothing.", flags=("--from-archive",), is_setting=False
        ),
    ] = False
    """By the rules and policies of the sources' lists."""
    since: Annotated[
        str | None,
        Shown(
            "Leave out pages of the web dated before: 24h, 7d, 2026-11-01.",
            flags=("--since",),
            metavar="TIME",
        ),
    ] = None
    """As their feed or sitemap dates them."""
    contact: Annotated[
        str | None,
        Shown(
            "Your e-mail address or URL, told to the servers that are asked.",
            flags=("--contact",),
            metavar="ADDRESS",
        ),
    ] = None
    refetch: Annotated[
        bool,
        Shown(
            "Ask for pages of the web again, though they are known.", flags=("--refetch",), is_setting=False
        ),
    ] = False
    """Every source is read, though it is not due."""
    fields: Annotated[
        tuple[str, ...],
        Shown(
            "What a field of pages is called in JSON Lines and Parquet, such as body=html_content; may be "
            "repeated. Fields are id, url, body, html, text, content_type, headers, fetched_at.",
            flags=("--field",),
            metavar="FIELD=NAME",
        ),
    ] = ()


DRY_RUN = "dry_run"
"""The option that is none of the flow's: a dry run needs no Prefect."""


class RunOption(NamedTuple):
    """An option of the model: its name, type, default, and how it is offered."""

    name: str
    type: Any
    default: Any
    shown: Shown


def run_options() -> Mapping[str, RunOption]:
    """All options by their names, in the model's order."""
    hints = get_type_hints(IngestOptions, include_extras=True)
    return {
        # of Annotated: __origin__ is the option's type, __metadata__[0] its Shown
        field.name: RunOption(field.name, hint.__origin__, field.default, hint.__metadata__[0])
        for field in fields(IngestOptions)
        for hint in [hints[field.name]]
    }


def as_parameters(options: IngestOptions) -> dict[str, Any]:
    """Options as the flow's parameters, of the types JSON has. A dry run is no run of the flow: what it says
    is left out.
    """
    import msgspec  # here, so that --help need not load it

    found = msgspec.to_builtins(options, enc_hook=str)
    return {
        # the flow's signature says list, and Prefect checks parameters against it
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if name != DRY_RUN
    }


def from_parameters(parameters: Mapping[str, Any]) -> IngestOptions:
    """The options that the flow's parameters stand for. Raises msgspec.ValidationError where one is of the
    wrong type.
    """
    import msgspec

    # dec_hook makes the Path of a text: msgspec has no such type
    return msgspec.convert(dict(parameters), IngestOptions, dec_hook=lambda kind, value: kind(value))
