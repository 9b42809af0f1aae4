"""What finding near duplicates costs: ``python -m benchmarks.duplicate_cost``.

``speed``: records a second of processor time, from texts to marks, into SQLite on the disk. ``memory``: resident memory
and speed over a million made-up texts, at every hundred thousand (Linux). ``libraries``: rensa beside datasketch.
"""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import rensa

from benchmarks.arguments import data_option
from benchmarks.duplicate_pairs import COPIES, Rng, pages
from benchmarks.sets import MissingDataError
from copydesk.flows.duplicates.entry import Entry
from copydesk.flows.duplicates.near_duplicates import NearDuplicates
from copydesk.flows.store.state_tables import connect

COPY_SHARE = 0.2
"""Of records that are copies: agencies' articles printed by many."""
WORDS_A_TEXT = 450
"""Of news articles, the median of Fundus' paragraphs is 757 and that of the labelled pages 724."""
_HASHES = 128


@click.group()
def main() -> None:
    """What finding near duplicates costs."""


@main.command()
@data_option
@click.option("--records", "count", default=20_000, show_default=True)
def speed(*, data: Path, count: int) -> None:
    """Texts to marks: real pages, each once and then with other words, a fifth of them copies."""
    try:
        texts = [case.truth for case in pages(data)]
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    entries = [_entry(number, text) for number, text in enumerate(_varied(texts, count))]
    words = sum(len(entry.text.split()) for entry in entries) / count
    with TemporaryDirectory() as folder:
        file = Path(folder) / "index.sqlite"
        index = NearDuplicates(connect(file, patience_seconds=10))
        started = time.process_time()
        index.add(entries)
        copies = sum(1 for _ in index.unconfirmed())
        seconds = time.process_time() - started
        click.echo(
            f"{count} records of {words:.0f} words, {copies} of them copies: {count / seconds:.0f} records a second; "
            f"{file.stat().st_size / count:.0f} bytes a record"
        )


def _varied(texts: list[str], count: int) -> Iterator[str]:
    """Pages, and pages with their words in another order, which share no shingles; copies among them."""
    rng = Rng(0)
    before = texts[0]
    for number in range(count):
        if rng.random() < COPY_SHARE:
            yield COPIES["agency copy"](before, texts[number % len(texts)], rng)
            continue
        words = texts[number % len(texts)].split(" ")
        if number >= len(texts):
            rng.shuffle(words)
        before = " ".join(words)
        yield before


@main.command()
@click.option("--records", "count", default=1_000_000, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where the index is made: 1.6 GB."
)
def memory(*, count: int, folder: Path | None) -> None:
    """A million made-up texts; exit code 1 where memory grows by more than a tenth after the first tenth."""
    with TemporaryDirectory(dir=folder) as made:
        file = Path(made) / "index.sqlite"
        index = NearDuplicates(connect(file, patience_seconds=10))
        step = max(1, count // 10)
        peaks = []
        for start in range(0, count, step):
            started = time.process_time()
            index.add(_entry(number, _made_up(number)) for number in range(start, start + step))
            seconds = time.process_time() - started
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            click.echo(
                f"{start + step:9} records: {peaks[-1]:.0f} MB at most, {step / seconds:.0f} records a second, "
                f"file {file.stat().st_size / 1e6:.0f} MB"
            )
    if peaks[-1] > 1.1 * peaks[0]:
        raise SystemExit(1)


def _made_up(number: int) -> str:
    """Forty words nobody else has, of every fifth text those of the one before and two others."""
    source = number - 1 if number % 5 == 4 else number
    words = [f"w{source}x{place}" for place in range(40)]
    return " ".join(words if source == number else [*words, f"also{number}", "again"])


def _entry(number: int, text: str) -> Entry:
    return Entry(
        id=f"{number:032x}",
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
