"""What exports cost, and whether their consumers read what was exported: ``python -m benchmarks.formats``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.read_back import READ_BACK, differing_files
from benchmarks.runner import in_workers
from benchmarks.sets import Case
from copydesk import Record, clean
from copydesk.cleaners import encode
from copydesk.flows.formats.format_registry import all_formats

# the process reports its own peak: wait4 counts the process it was forked from, too
_COMMAND = """
import sys
from copydesk.flows.commands.cli import cli
cli(["export", *sys.argv[1:]], standalone_mode=False)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


class Cost(NamedTuple):
    """Of one export as a command: processor time, peak of resident memory, size of what was written."""

    seconds: float
    peak_mb: float
    size_mb: float


@click.command()
@click.option("--set", "name", default="wcxb-all", show_default=True, help="The pages.")
@click.option(
    "--copies", default=4, show_default=True, help="How many times the records are in the larger store."
)
@shared
def main(*, name: str, copies: int, jobs: int, timeout_seconds: float, **which: object) -> None:
    """Cleans a set, exports it in every format and reads it back; exit code 1 where a record differs."""
    cases = cases_of(name, **which)  # type: ignore[arg-type]  # click has the types
    records = [one for one in _cleaned(cases, jobs, timeout_seconds) if isinstance(one, Record)]
    click.echo(f"{name}: {len(records):,} records of {len(cases):,} pages")
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        stores = [_store(Path(folder), records, times) for times in (1, copies)]
        click.echo(f"{'format':12} {'MB':>6} {'records/s':>10} {'peak MB':>8} {f'x {copies}':>6}")
        for ending in [*READ_BACK, *(one for one in all_formats() if one not in READ_BACK)]:
            small, large = (export(ending, store) for store in stores)
            rate = len(records) * copies / large.seconds
            click.echo(
                f"{ending:12} {small.size_mb:6.1f} {rate:10,.0f} {small.peak_mb:8.0f} {large.peak_mb:6.0f}"
            )
            found = differing_in(ending, stores[0] / f"out.{ending}", records)
            if found:
                click.echo(f"{ending}: {found:,} records do not come back as they are")
            different += found
    click.echo(f"{different:,} values differ of what consumers of {len(all_formats())} formats read")
    sys.exit(int(different > 0))


def differing_in(ending: str, place: Path, records: Sequence[Record]) -> int:
    """How many records an export does not hold as it has to."""
    if ending == "markdown":
        return differing_files(place, records)
    return READ_BACK[ending].differing(place, records)


def _cleaned(cases: Sequence[Case], jobs: int, timeout_seconds: float) -> list[Record | str]:
    return in_workers(_clean, [(case,) for case in cases], jobs=jobs, timeout_seconds=timeout_seconds)


def _clean(case: Case) -> Record:
    return clean(case.read(), url=case.url)


def _store(folder: Path, records: Sequence[Record], times: int) -> Path:
    store = folder / f"times-{times}"
    store.mkdir(exist_ok=True)
    (store / "records.jsonl").write_bytes(b"".join(map(encode, records)) * times)
    return store


def export(ending: str, store: Path) -> Cost:
    """Runs the command on a store; what it writes lies beside it. Raises CalledProcessError where it fails."""
    place = store / f"out.{ending}"
    options = ["--format", ending.partition(".")[0], "--output", str(store), "-o", str(place)]
    running = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout
    peak_kb = running.stdout.read()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, ["copydesk", "export", *options])
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return Cost(used.ru_utime + used.ru_stime, int(peak_kb) / 1_000, size / 1e6)


if __name__ == "__main__":
    main()
