"""Whether one answer can end a run: ``python -m benchmarks.misbehaving``.

Every third host on loopback misbehaves, in each of the ways of ``server_faults`` in turn, at once or a little
late; ``copydesk ingest`` reads two pages of each host. It has to end with exit code 1, with one record a
page; the pages of hosts that are well have to be whole, and no page may hold up its host for more than 40 seconds.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from msgspec import Struct

from benchmarks.misbehaving_hosts import Host, certificate, paragraphs, running
from benchmarks.server_faults import FAULTS, Layer

_WELL: tuple[Layer, ...] = ("http1", "tls", "http2")
_PAGES_OF_HOST = 2
_MOST_SECONDS = 40.0
"""For which a host may be waited for, all attempts at a page together."""


class HostPage(Struct, frozen=True):
    """A page to fetch, of a host that may misbehave on it."""

    path: str
    host: Host

    @property
    def is_fault(self) -> bool:
        """Whether the host misbehaves on this very page; one that cannot be connected to does on all of them."""
        return self.host.fault is not None and (self.path == "/fault" or self.host.layer == "handshake")


class Ended(Struct, frozen=True):
    """How a run ended."""

    exit_code: int
    seconds: float
    records: list[dict[str, Any]]
    words: str


def hosts_of(count: int) -> list[Host]:
    """So many hosts, of which every third misbehaves; from the second time round a fault comes late, then at
    once again.
    """
    faults = ((fault, is_late) for is_late in cycle((False, True)) for fault in FAULTS)
    well = cycle(_WELL)
    return [
        Host(fault.layer, fault, is_late=is_late) if number % 3 == 0 else Host(next(well))
        for number in range(count)
        for fault, is_late in ([next(faults)] if number % 3 == 0 else [(FAULTS[0], False)])
    ]


def pages_of(hosts: Sequence[Host], places: Sequence[str]) -> Iterator[tuple[str, HostPage]]:
    """The URLs of two pages of each host; a host that misbehaves does so on the first."""
    for number, (host, place) in enumerate(zip(hosts, places, strict=True)):
        first = "/fault" if host.fault else f"/{number}-first"
        for path in (first, f"/{number}-second"):
            yield f"{host.scheme}://{place}{path}", HostPage(path, host)


def ingested(folder: Path, pages: dict[str, HostPage], places: Sequence[str], trusted: Path) -> Ended:
    """A run of the command over all of them, in a process of its own."""
    (folder / "pages.txt").write_text("\n".join(pages), "ascii")
    named = ", ".join(f'"{place}"' for place in places)
    entry = f'[[source]]\nname = "hosts"\nkind = "urls"\naddress = "pages.txt"\npace_seconds = 0\nallow_private = [{named}]\n'
    (folder / "sources.toml").write_text(entry, "ascii")
    command = [sys.executable, "-m", "copydesk", "ingest", "sources.toml", "--output", "output"]
    started = time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env={**os.environ, "SSL_CERT_FILE": str(trusted)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stored = folder / "output" / "records.jsonl"
    lines = stored.read_text("utf-8").splitlines() if stored.exists() else []
    return Ended(
        done.returncode, time.perf_counter() - started, [json.loads(line) for line in lines], done.stdout
    )


def faults_of(run: Ended, pages: dict[str, HostPage]) -> list[str]:
    """What is not as it has to be."""
    counts = Counter(record["url"] for record in run.records)
    found = [f"exit code {run.exit_code}"] * (run.exit_code != 1)
    found += [f"{url}: {counts[url]} records" for url in pages if counts[url] != 1]
    for record in run.records:
        page = pages[record["url"]]
        if page.is_fault:
            continue
        missing = sum(paragraph not in (record["text"] or "") for paragraph in paragraphs(page.path))
        if missing or record["status"] not in ("ok", "partial"):
            found.append(
                f"{record['url']}: {record['status']}, {missing} paragraphs missing, {record['reason']}"
            )
    return found


def waited_for(hosts: Sequence[Host], waits: Iterable[tuple[int, float]]) -> dict[str, float]:
    """For how many seconds a host was waited for, by how it misbehaves; the longest of all that do so."""
    by_host: dict[int, float] = {}
    for number, seconds in waits:
        by_host[number] = by_host.get(number, 0.0) + seconds
    took: dict[str, float] = {}
    for number, seconds in by_host.items():
        fault = hosts[number].fault
        # a connection over which a page came is kept for the next
        if fault is not None and "whole" not in fault.comes_to:
            took[fault.name] = max(took.get(fault.name, 0.0), seconds)
    return took


@click.command()
@click.option(
    "--pages", "page_count", default=2_000, show_default=True, help="Of all hosts together, two of each."
)
def main(*, page_count: int) -> None:
    """Read pages of hosts of which every third misbehaves. Exit code 1 where a page is lost or not whole."""
    hosts = hosts_of(page_count // _PAGES_OF_HOST)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket a host, and its connections
    with TemporaryDirectory() as made:
        folder = Path(made)
        trusted = certificate(folder)
        waits: list[tuple[int, float]] = []
        with running(hosts, trusted, lambda *wait: waits.append(wait)) as places:
            pages = dict(pages_of(hosts, places))
            run = ingested(folder, pages, places, trusted)
    ways = {host.fault.name for host in hosts if host.fault}
    well = sum(not page.is_fault for page in pages.values())
    click.echo(
        f"{len(pages)} pages of {len(hosts)} hosts, {sum(host.fault is not None for host in hosts)} of which misbehave in {len(ways)} ways: "
        f"{run.seconds:.0f} s, exit code {run.exit_code}, {len(run.records)} records, {well} pages on which nobody misbehaves"
    )
    reasons = Counter(
        str(record["reason"]).partition(":")[0] for record in run.records if record["status"] != "ok"
    )
    click.echo(", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))
    took = waited_for(hosts, waits)
    slowest = max(took, key=lambda name: took[name])
    click.echo(f"longest waited for: {slowest}, {took[slowest]:.0f} s")
    wrong = [
        f"{name}: waited for {seconds:.0f} s" for name, seconds in took.items() if seconds > _MOST_SECONDS
    ]
    wrong += faults_of(run, pages)
    click.echo(
        "\n".join(wrong[:50]) or "every page is accounted for, and each on which nobody misbehaves is whole"
    )
    if wrong:
        click.echo(run.words[-2_000:])
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
