"""What to install where an extra is missing: in the way this copydesk is installed, as it is on no package index."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from importlib import import_module
from importlib.util import find_spec
from shlex import quote
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from copydesk.flows.io.redaction import without_secrets

HAS_FLOWS = find_spec("prefect") is not None
"""Whether this is the larger of the two installations."""


def install(*extras: str) -> str:
    """The command that adds extras: to a checkout or a wheel by its path, else by where it came from."""
    extra = ",".join(extras)
    # here: hints are for few runs, and every one would load it
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        # PEP 610; a package of an index has none
        origin = json.loads(distribution("copydesk").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        # not installed at all: run in a checkout
        return f"pip install {quote(f'.[{extra}]')}"
    url = str(origin.get("url", ""))
    if url.startswith("file:"):
        editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
        return f"pip install {editable}{quote(f'{unquote(urlsplit(url).path)}[{extra}]')}"
    if vcs := origin.get("vcs_info"):
        revision = vcs.get("requested_revision") or vcs.get("commit_id")
        within = f"#subdirectory={origin['subdirectory']}" if "subdirectory" in origin else ""
        url = f"{vcs.get('vcs', 'git')}+{url}{f'@{revision}' if revision else ''}{within}"
    return (
        f"pip install {quote(f'copydesk[{extra}] @ {without_secrets(url)}' if url else f'copydesk[{extra}]')}"
    )


class MissingExtra(ModuleNotFoundError):
    """What is wanted needs a package that only an extra installs; the message says how."""


def missing(what: str, extra: str, error: ModuleNotFoundError) -> MissingExtra:
    """The exception of a module that cannot be imported without an extra, in one line."""
    package, _, module = (error.name or extra).partition(".")
    package = (
        f"{package}.{module}" if package == "backports" else package
    )  # a name that several packages share
    return MissingExtra(f"{what} needs {package}: {install(extra)}", name=error.name)


class ExtraOfValue(ValueError):
    """The value of an option needs an extra; the message says how to install it."""


def check_masks(kinds: Collection[str]) -> None:
    """Raises ExtraOfValue where what is to be masked needs an extra."""
    if "phone" in kinds and find_spec("phonenumbers") is None:
        raise ExtraOfValue(f"phone needs phonenumberslite: {install('masks')}")


def lacking(options: Mapping[str, Any]) -> list[str]:
    """The extras that a command of the larger installation needs, by its options, and that are not installed."""
    formats = {options.get("sink"), options.get("format")}
    formats |= {view.partition("=")[0] for view in options.get("views", ())}
    wanted = (
        ("parquet", "pyarrow", "parquet" in formats),
        ("dask", "distributed", str(options.get("runner")).startswith("dask")),
        ("postgresql", "psycopg", options.get("database") or options.get("state")),
    )
    found = [] if HAS_FLOWS else ["flows"]
    return found + [extra for extra, module, is_wanted in wanted if is_wanted and find_spec(module) is None]


def needed(module: str, *, what: str, extra: str) -> ModuleType:
    """A module that an extra installs. Raises MissingExtra where it is not there."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise missing(what, extra, error) from error
