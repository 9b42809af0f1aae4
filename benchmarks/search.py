"""What a search in a large library costs: ``python -m benchmarks.search``."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from statistics import median

import click
import regex

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Processing, Record, SourceRef
from copydesk.flows.exports.finding import Search, search
from copydesk.flows.io.databases import batched
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.record_table import RecordTable, written_as_it_is
from copydesk.flows.library.tables import count_up

LANGUAGES = ("en", "de", "ar", "zh-Hans", "ja")
_TEXTS = Path(__file__).parent / "languages"
# as Chinese and Japanese have no spaces, their texts are cut into clauses and these into pieces of two letters
_UNSPACED = ("zh-Hans", "ja")
_WORDS = 250
"""Of a record; pieces, where there are no spaces."""
_PROCESSING = Processing(copydesk="0", rules="0", options="0")


class Vocabulary:
    """Words of a language, drawn as words are (Zipf): those of its text, and made ones of the same letters."""

    def __init__(self, language: str, *, size: int = 30_000) -> None:
        text = (_TEXTS / f"{language}.txt").read_text("utf-8").lower()
        self._joint = "" if language in _UNSPACED else " "
        pieces = regex.findall(r"\w\w" if language in _UNSPACED else r"\w+", text)
        real = [word for word, _ in Counter(pieces).most_common()]
        chance = random.Random(language)  # noqa: S311 - no secret
        letters = sorted({letter for word in real for letter in word})
        made = ("".join(chance.choices(letters, k=len(chance.choice(real)))) for _ in range(size))
        self.words = list(dict.fromkeys((*real, *made)))
        self._weights = list(accumulate(1 / (place + 3) for place in range(len(self.words))))

    def text(self, chance: random.Random, words: int) -> str:
        """So many words."""
        return self._joint.join(chance.choices(self.words, cum_weights=self._weights, k=words))

    def asked(self) -> list[str]:
        """Words to search for, from the most frequent to the rare, pairs of them, and a beginning or a letter."""
        ranks = (0, 3, 10, 30, 100, 300, 1_000, 3_000)
        words = [self.words[rank] for rank in ranks if rank < len(self.words)]
        beginning = f"{words[3][:4]}*" if self._joint else words[3][0]
        return [*words, f"{words[1]} {words[3]}", f"{words[2]} {words[5]}", beginning]


@click.command()
@click.option("--records", "count", default=100_000, show_default=True, help="Records of a library.")
@click.option("--language", "languages", multiple=True, default=LANGUAGES, help="Only these languages.")
@click.option("--check", is_flag=True, help="Exit code 1 where a search takes more than 50 ms.")
def main(*, count: int, languages: tuple[str, ...], check: bool) -> None:
    """Compose a library for each language, and search it. All times are processor times."""
    worst = 0.0
    for language in languages:
        with tempfile.TemporaryDirectory() as name:
            folder, vocabulary = Path(name), Vocabulary(language)
            began = time.process_time()
            lines = _fill(folder, vocabulary, language, count)
            taking_in = time.process_time() - began
            size = (folder / LIBRARY).stat().st_size
            times = {words: _milliseconds(folder, words) for words in vocabulary.asked()}
        slowest = max(times, key=times.__getitem__)
        worst = max(worst, times[slowest])
        click.echo(
            f"{language}: {count:,} records of {lines / 1e6:.0f} MB; library {size / 1e6:.0f} MB, made in {taking_in:.0f} s; "
            f"a search {median(times.values()):.1f} ms, the slowest {times[slowest]:.1f} ms ({slowest})"
        )
    if check and worst > 50:
        sys.exit(1)


def _milliseconds(folder: Path, words: str) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        search(folder, Search(words), lambda _: None)
        taken.append(1000 * (time.process_time() - began))
    return median(taken)


def _fill(folder: Path, vocabulary: Vocabulary, language: str, count: int) -> int:
    """Takes records in, in batches as runs do. The bytes of their lines."""
    size = 0
    with Library.open(folder) as library:
        with library.writing() as connection:
            count_up(connection, "run")  # a library that no run has begun is not read
        for some in batched(_records(vocabulary, language, count)):
            lines = [encode(record) for record in some]
            size += sum(map(len, lines))
            with library.writing() as connection:
                table = RecordTable(connection)
                table.add(dict(zip(table.numbers(len(lines)), map(written_as_it_is, lines), strict=True)))
    return size


def _records(vocabulary: Vocabulary, language: str, count: int) -> Iterator[Record]:
    chance = random.Random(language)  # noqa: S311 - no secret
    for number in range(count):
        text = "\n\n".join(vocabulary.text(chance, _WORDS // 5) for _ in range(5))
        yield Record(
            id=f"{number:032x}",
            status="ok",
            source=SourceRef(kind="composed", name=str(number)),
            url=f"http://localhost/{number}",
            title=vocabulary.text(chance, 7),
            date_published=f"2026-{1 + number % 12:02}-{1 + number % 28:02}",
            language=language,
            text=text,
            processing=_PROCESSING,
        )


if __name__ == "__main__":
    main()
