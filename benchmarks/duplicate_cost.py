"""What finding near duplicates costs: ``python -m benchmarks.duplicate_cost``.

``speed``: records a second of processor time, from texts to marks, into SQLite on the disk. ``memory``: resident memory
and speed with a hundred thousand and a million records in the index (Linux). ``libraries``: rensa beside datasketch.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import rensa
from sqlalchemy import insert

from benchmarks.arguments import data_option
from benchmarks.duplicate_pairs import COPIES, Rng, pages
from benchmarks.sets import MissingDataError
from copydesk.flows.io.databases import batched
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.copies.near_duplicates import settle_copies
from copydesk.flows.library.copies.precedence import Entry
from copydesk.flows.library.copies.signature import BANDS, SKETCH_SIZE
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import copy_band, copy_text

COPY_SHARE = 0.2
"""Of records that are copies: agencies' articles printed by many."""
_HASHES = 128
_FILLED_AT_ONCE = 20_000


@click.group()
def main() -> None:
    """What finding near duplicates costs."""


@main.command()
@data_option
@click.option("--records", "count", default=20_000, show_default=True)
def speed(*, data: Path, count: int) -> None:
    """Texts to marks: real pages, each once and then with other words, a fifth of them copies."""
    try:
        originals = [case.truth for case in pages(data)]
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    entries = {number: _entry(number, text) for number, text in enumerate(_varied(originals, count))}
    words = sum(len(entry.text.split()) for entry in entries.values()) / count
    with TemporaryDirectory() as folder, Library.open(Path(folder)) as library:
        file = Path(folder) / LIBRARY
        started = time.process_time()
        copies = _settled(library, entries)
        seconds = time.process_time() - started
        click.echo(
            f"{count} records of {words:.0f} words, {copies} of them copies: {count / seconds:.0f} records a second; "
            f"{file.stat().st_size / count:.0f} bytes a record"
        )


def _settled(library: Library, entries: Mapping[int, Entry]) -> int:
    """Takes texts in, in batches as runs do. How many of them are copies."""
    originals: dict[int, int | None] = {}
    for some in batched(entries.items()):
        with library.writing() as connection:
            marks = settle_copies(connection, dict(some))
        originals |= {number: mark.original for number, mark in marks.items()}
    return sum(original is not None for original in originals.values())


def _varied(originals: list[str], count: int) -> Iterator[str]:
    """Pages, and pages with their words in another order, which share no shingles; copies among them."""
    rng = Rng(0)
    before = originals[0]
    for number in range(count):
        if rng.random() < COPY_SHARE:
            yield COPIES["agency copy"](before, originals[number % len(originals)], rng)
            continue
        words = originals[number % len(originals)].split(" ")
        if number >= len(originals):
            rng.shuffle(words)
        before = " ".join(words)
        yield before


@main.command()
@click.option("--sizes", default="100000,1000000", show_default=True, help="Records that are there before.")
@click.option(
    "--records", "count", default=10_000, show_default=True, help="Records that are added and measured."
)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where indexes are made: 1.5 GB."
)
def memory(*, sizes: str, count: int, folder: Path | None) -> None:
    """Adds texts to indexes of made-up signatures; exit code 1 where ten times as many take a tenth more memory."""
    peaks = []
    for size in map(int, sizes.split(",")):
        with TemporaryDirectory(dir=folder) as made:
            file = Path(made) / LIBRARY
            _fill(file, size)
            # a process of its own: the peak is that of adding alone
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                peak, speed = pool.submit(_measure, file, size, count).result()
            click.echo(
                f"{size:9} records there: {peak:.0f} MB at most, {speed:.0f} records a second, "
                f"{file.stat().st_size / size:.0f} bytes a record"
            )
        peaks.append(peak)
    if peaks[-1] > 1.1 * peaks[0]:
        raise SystemExit(1)


def _fill(file: Path, size: int) -> None:
    """An index of originals with buckets and sketches drawn at random."""
    chance = np.random.default_rng(0)
    buckets = chance.integers(-(2**63), 2**63, (size, BANDS), dtype=np.int64)
    sketches = np.sort(chance.integers(0, 2**32, (1000, SKETCH_SIZE), dtype=np.uint32), axis=1)
    order = np.argsort(buckets, axis=None)
    with Library.open(file.parent) as library, library.writing() as connection:
        for start in range(0, size, _FILLED_AT_ONCE):
            numbers = range(start, min(size, start + _FILLED_AT_ONCE))
            rows = [_filled(number, buckets[number], sketches[number % 1000]) for number in numbers]
            connection.execute(insert(copy_text), rows)
        flat = buckets.ravel()
        for start in range(0, order.size, _FILLED_AT_ONCE):
            piece = order[start : start + _FILLED_AT_ONCE]
            places = zip(flat[piece].tolist(), (piece // BANDS + 1).tolist(), strict=True)
            connection.execute(
                insert(copy_band), [{"bucket": bucket, "number": number} for bucket, number in places]
            )


def _filled(number: int, buckets: np.ndarray[Any, Any], sketch: np.ndarray[Any, Any]) -> dict[str, object]:
    return {
        "number": number + 1,
        "content": number.to_bytes(16, "big"),
        "shingles": 400,
        "sketch": sketch.tobytes(),
        "buckets": buckets.tobytes(),
        # as if spread over all there are
        "address": number * 0x9E3779B97F4A7C15 % 2**63,
        "origin": 1,
        "published": 1.7e9 + number,
        "is_named": False,
    }


def _measure(file: Path, size: int, count: int) -> tuple[float, float]:
    """The most memory in MB, and records a second of processor time, while texts are added."""
    with Library.open(file.parent) as library:
        started = time.process_time()
        # the numbers of those that are there begin at 1
        _settled(
            library, {number + 1: _entry(number, _made_up(number)) for number in range(size, size + count)}
        )
        seconds = time.process_time() - started
    # not getrusage: its maximum is the parent's at first, whose arrays are large
    status = Path("/proc/self/status").read_text("ascii")
    peak = next(line for line in status.split("\n") if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024, count / seconds


def _made_up(number: int) -> str:
    """Four hundred words nobody else has; of every fifth text those of the one before and two others."""
    source = number - 1 if number % 5 == 4 else number
    words = [f"w{source}x{place}" for place in range(400)]
    return " ".join(words if source == number else [*words, f"also{number}", "again"])


def _entry(number: int, text: str) -> Entry:
    return Entry(
        status="ok",
        text=text,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        url=f"https://site{number % 997}.example/story/{number}",
        site_name=f"Site {number % 997}",
        date_published=f"2026-{1 + number % 12:02}-{1 + number % 28:02}",
    )


@main.command()
@click.option("--sets", "count", default=300, show_default=True, help="Pairs of sets of 800 shingles.")
def libraries(*, count: int) -> None:
    """Time a set of 800 hashes, and the error of resemblance with 128 hashes, of rensa and datasketch."""
    try:
        from datasketch import MinHash
    except ImportError as error:
        raise click.UsageError("this needs datasketch: pip install -e '.[bench]'") from error
    for resemblance in (0.3, 0.5, 0.7, 0.9):
        pairs = [_sets(resemblance, seed) for seed in range(count)]
        started = time.process_time()
        rows = rensa.RMinHash.digest_matrix_from_token_hash_sets(
            [each for pair in pairs for each in pair], _HASHES, 42
        ).to_rows()
        ours = time.process_time() - started
        started = time.process_time()
        base = MinHash(_HASHES, scheme="affine64", hashfunc=int)
        made = []
        for each in (each for pair in pairs for each in pair):
            sketch = MinHash(_HASHES, scheme="affine64", hashfunc=int, permutations=base.permutations)
            sketch.update_batch(each.tolist())
            made.append(sketch.hashvalues)
        theirs = time.process_time() - started
        for name, signed, seconds in (("rensa", rows, ours), ("datasketch", made, theirs)):
            errors = np.array(
                [
                    np.mean(np.array(a) == np.array(b)) - resemblance
                    for a, b in zip(signed[::2], signed[1::2], strict=True)
                ]
            )
            click.echo(
                f"resemblance {resemblance}: {name:10} {1e6 * seconds / len(signed):6.0f} µs a set, error "
                f"{errors.mean():+.4f} ± {errors.std():.4f} (theory {np.sqrt(resemblance * (1 - resemblance) / _HASHES):.4f})"
            )


def _sets(resemblance: float, seed: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], ...]:
    chance = np.random.default_rng(seed)
    both = round(1600 * resemblance / (1 + resemblance))
    drawn = chance.integers(0, 2**63, 1600 - both, dtype=np.uint64)
    return drawn[:800], np.concatenate([drawn[:both], drawn[800:]])


if __name__ == "__main__":
    main()
