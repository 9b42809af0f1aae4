"""What a served schedule is called on its Prefect server, and whether the name is free."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_plan import is_on_the_web
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.prefect_server import prefect_home
from copydesk.flows.run.server_users import Lock

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

FLOW = "ingest"
ENTRYPOINT = "copydesk.flows.run.ingest.ingest"
# `morning`, `courier-2.1`: part of a lock's file name, so no slash and no dot at its beginning
_NAME = re.compile(r"[\w][\w.-]{0,99}")
# hexadecimal, 32 bits; set by hand: fewer let two folders share a name, more only make it longer
_DIGEST_CHARS = 8


def deployment_name(options: IngestOptions, given: str | None = None) -> str:
    """The name given, else one of the output folder and the sources: the same for the same, wherever one stands.

    Such as ``news-output-1f3a90c2``: the last two parts of the folder's path, and a digest of all of it and of the
    sources. Raises SettingsError for a name that would not do for Prefect or a file.
    """
    if given is not None:
        if not _NAME.fullmatch(given):
            raise SettingsError(
                f"--name {given!r}: expected up to 100 letters, digits, dots, hyphens and underscores"
            )
        return given
    folder = options.output.resolve()
    # sorted: the same sources named in another order are the same schedule
    sources = sorted(
        source if is_on_the_web(source) else str(Path(source).resolve()) for source in options.sources
    )
    # NUL stands in no path and no address: no two lists join to one text; paths need not be UTF-8
    digest = hashlib.sha256("\0".join((str(folder), *sources)).encode("utf-8", "surrogateescape")).hexdigest()
    # 80 characters, a hyphen and the digest stay below the 100 that a name may have
    readable = re.sub(r"[^\w.-]+", "-", "-".join(folder.parts[1:][-2:]))[:80].strip("-.")
    return f"{readable or 'output'}-{digest[:_DIGEST_CHARS]}"


@contextmanager
def reserved(name: str, options: IngestOptions) -> Iterator[None]:
    """Keeps a name for as long as this process serves it. Raises SettingsError where another does."""
    lock = Lock(prefect_home() / f"copydesk-serve-{name}.lock")
    try:
        if not lock.have_alone():
            raise SettingsError(
                f"{name} is already served by {lock.read()}: stop that, or choose another --name"
            )
        lock.write(f"process {os.getpid()} into {options.output.resolve()}")
        yield
    finally:
        lock.close()


async def check_free(client: PrefectClient, name: str, options: IngestOptions) -> None:
    """Raises SettingsError where the server has a deployment of this name that is another's, or of another folder."""
    from prefect.exceptions import ObjectNotFound

    full_name = f"{FLOW}/{name}"
    try:
        found = await client.read_deployment_by_name(full_name)
    except ObjectNotFound:
        return
    advice = f"choose another --name, or remove it: prefect deployment delete {full_name}"
    # one of `prefect deploy` has a work pool: to overwrite it would take it from its workers
    if found.entrypoint != ENTRYPOINT or found.work_pool_name:
        raise SettingsError(
            f"the Prefect server has a deployment {full_name} that copydesk serve did not make: {advice}"
        )
    folder = str(options.output.resolve())
    if (other := found.parameters.get("output")) != folder:
        raise SettingsError(
            f"the Prefect server has a deployment {full_name} for {other}, not for {folder}: {advice}"
        )
