"""Trains the reading of what machines leave in texts:
``python -m training.residue [--data FOLDER] [--folds FOLDER] [--without LANGUAGE … [--to FOLDER]]``.

Without ``--folds`` it writes ``cleaners/residue/reading/net.npz`` from all there is. With it, five nets go to the
folder, each learned without a fifth of the *sources* and sites. With ``--without``, one net for each language is
learned without the lines of that language and written to ``--to`` as ``net_without_XX.npz``: it shows what a
language without examples can expect.

What is learned from: blocks as they were published, with their neighbours (the open halves of
``labelled/real_residue.jsonl`` and ``real_residue2.jsonl``); lines composed for this (``training/residue_lines``); of
those composed for the judgement of wording (``training/composed``) the traps and some of the residue; and every block
of articles on real pages that speaks of machines or talks like one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.judge.judgement import PACKAGED, judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import find_phrases, language_sample
from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.reading.measures import Neighbours, bare
from copydesk.cleaners.residue.reading.residue_reading import (
    ANSWERS,
    KINDS,
    MEASURES,
    MEDIA,
    ROLES,
    TextInContext,
    may_be_residue,
    measures_of,
    pieces_in,
)
from copydesk.cleaners.rules.classifier_rules import classifiable
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.words.text_net import TextPieces
from training.pages import FOLDS, SETS, Example, Raw, as_html, fold_of, read, read_unlabelled
from training.text_nets import Examples, Question, fit

ROOT = Path(__file__).parent.parent
COMPOSED = Path(__file__).parent / "residue_lines"
COMPOSED_TEXTS = Path(__file__).parent / "composed"
BODY = "body"
# learned probability from which a block of an unlabelled page counts as the article's
SURE_OF_ARTICLE = 0.95
# the weights, by folds of sources and three seeds: `docs/decisions/0022-one-weighing-of-residue.md`
PUBLISHED, COMPOSED_LINE, COMPOSED_TEXT, REAL_PAGE, PLAIN = 3.0, 1.0, 0.8, 1.0, 0.5
EACH = 3
_NAME_OF = {str(label): name for label, name in ANSWERS.items()}
LEAST_PLAIN = 10  # characters: labels of menus have fewer
PASSES = 8
DETAIL = 0.15  # how much role and medium weigh beside what a line is


@dataclass(frozen=True, slots=True)
class Line:
    """A block one learns from; ``fold`` of its source or site, -1 for what was composed."""

    sample: TextInContext
    label: str
    weight: float
    fold: int
    role: str | None = None
    medium: str | None = None


def main() -> None:
    """Reads, trains, writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--folds", type=Path, help="write nets of five folds to this folder instead")
    instead.add_argument("--without", nargs="*", default=[], help="languages to leave out, one net for each")
    parser.add_argument("--to", type=Path, default=Path("build/languages"), help="the folder of these")
    arguments = parser.parse_args()
    lines = read_lines(arguments.data)
    with ProcessPoolExecutor(2) as pool:
        measured = Measured.joined(pool.map(_measured, _parts([line.sample for line in lines])))
    print(f"{len(lines)} blocks, {Counter(line.label for line in lines).most_common(4)}", flush=True)
    every = range(len(lines))
    if arguments.folds:
        for fold in range(FOLDS):
            learned = [number for number in every if lines[number].fold != fold]
            write(arguments.folds / f"net_{fold}.npz", lines, measured, learned)
    elif arguments.without:
        for code in arguments.without:
            learned = [number for number in every if _code(lines[number]) != code]
            write(arguments.to / f"net_without_{code}.npz", lines, measured, learned)
    else:
        write(ROOT / "cleaners" / "residue" / "reading" / "net.npz", lines, measured, every)


def read_lines(data: Path) -> list[Line]:
    """All that is learned from."""
    labelled = [*read_published(data), *read_composed()]
    shown = map(as_shown, labelled)
    return [*labelled, *shown, *read_composed_texts(), *read_real(data), *plain_sentences(labelled)]


class Measured(NamedTuple):
    """Texts as the net reads them: pieces, and a row of measures each."""

    pieces: list[TextPieces]
    rows: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Iterable[Measured]) -> Measured:
        """Parts as one, in their order."""
        pieces, rows = zip(*parts, strict=True)
        return cls([text for part in pieces for text in part], np.concatenate(rows))


def _measured(texts: Sequence[TextInContext]) -> Measured:
    return Measured([*map(pieces_in, texts)], measures_of(texts))


def as_shown(line: Line) -> Line:
    """The line as a page with tags has it, without the marks it was written with, and with no neighbours to help."""
    text = " ".join(without_inline_marks(without_line_marks(line.sample.text)).split())
    return replace(line, sample=TextInContext(text, line.sample.language, Neighbours("", "")))


def plain_sentences(lines: Iterable[Line]) -> list[Line]:
    """The first sentences of lines' neighbours that name no machine and do not talk like one, each once: what stands
    beside a note in its paragraph, in all languages.
    """
    found: dict[str, Line] = {}
    for line in lines:
        language = line.sample.language
        for text in line.sample.beside:
            (first, *_) = split_sentences(bare(text)) or [""]
            if len(first) > LEAST_PLAIN and not may_be_residue(first, language):
                sample = TextInContext(first, language, Neighbours("", ""))
                found.setdefault(first, Line(sample, BODY, PLAIN, line.fold))
    return list(found.values())


def _code(line: Line) -> str:
    return line.sample.language.partition("-")[0]


def _parts(texts: Sequence[TextInContext], size: int = 200) -> Iterator[Sequence[TextInContext]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def read_published(data: Path) -> list[Line]:
    """Residue and what only looks like it, as published: the halves that may be learned from."""
    return [
        Line(
            TextInContext(
                row["text"], row["language"], Neighbours(row["context_before"], row["context_after"])
            ),
            row["label"] if row["label"] in ANSWERS else BODY,
            PUBLISHED,
            fold_of(str(row["source"])),
            row.get("role"),
            row.get("medium"),
        )
        for name in ("real_residue", "real_residue2")
        for row in _rows(data / "labelled" / f"{name}.jsonl")
        if row["half"] == "open"
    ]


def read_composed() -> list[Line]:
    """Lines composed for this, with their neighbours."""
    return [
        Line(
            TextInContext(row["text"], file.stem, Neighbours(row["before"], row["after"])),
            row["label"],
            COMPOSED_LINE,
            -1,
            row.get("role"),
            row.get("medium"),
        )
        for file in sorted(COMPOSED.glob("*.jsonl"))
        for row in _rows(file)
    ]


def read_composed_texts() -> list[Line]:
    """Of the texts composed for the judgement of wording all lines of articles that look like residue, and of the
    residue, which is more of the same, one in EACH.
    """
    return [
        Line(
            TextInContext(row["text"], file.stem, Neighbours("", "")),
            row["label"],
            COMPOSED_TEXT,
            -1,
            row.get("role"),
            row.get("medium"),
        )
        for file in sorted(COMPOSED_TEXTS.glob("*.jsonl"))
        for number, row in enumerate(_rows(file))
        if row.get("trap") in ANSWERS or (row["label"] in ANSWERS and number % EACH == 0)
    ]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, file.read_text("utf-8").splitlines())


def read_real(data: Path) -> list[Line]:
    """The blocks of real pages that name a machine or talk like one, each text once."""
    with ProcessPoolExecutor(2) as pool:
        pages = list(pool.map(_blocks_of, [*read(data), *read_unlabelled(data)], chunksize=8))
    found: dict[str, Line] = {}
    for line in (line for page in pages for line in page):
        found.setdefault(line.sample.text, line)
    return list(found.values())


def _blocks_of(raw: Raw) -> list[Line]:
    page = as_html(raw)
    if page is None:
        return []
    language = detect(language_sample(page.blocks)).language
    kept = [number for number, keep in enumerate(_keep(raw, page, language)) if keep >= SURE_OF_ARTICLE]
    texts = ["", *(page.blocks[number].text for number in kept), ""]
    beside = {
        number: Neighbours(before, after)
        for number, before, after in zip(kept, texts, texts[2:], strict=False)
    }
    # pages without a truth are older than chatbots: what stands around their articles is no residue either
    around = () if raw.set_name in SETS else range(len(page.blocks))
    return [
        Line(
            TextInContext(page.blocks[number].text, language, beside.get(number, Neighbours("", ""))),
            BODY,
            REAL_PAGE,
            fold_of(page.site),
        )
        for number in sorted({*kept, *around})
        if classifiable([page.blocks[number]]) and may_be_residue(page.blocks[number].text, language)
    ]


def _keep(raw: Raw, page: Example, language: str) -> Sequence[float]:
    """The probability that each block is the article's: by the truth, or as the network has learned."""
    if raw.set_name in SETS:
        return [float(is_kept is True) for is_kept in page.keep]
    phrased = find_phrases(page.blocks, language)
    return judge_blocks(PageTable(page.blocks), phrased, PACKAGED.html()).keep


def write(path: Path, lines: Sequence[Line], measured: Measured, learned: Sequence[int]) -> None:
    """Trains on these lines and writes the net."""
    path.parent.mkdir(parents=True, exist_ok=True)
    some = [lines[number] for number in learned]
    examples = Examples(
        texts=[measured.pieces[number] for number in learned],
        measures=measured.rows[learned],
        weights=np.array([line.weight for line in some], np.float32),
        questions=[
            Question(KINDS, _truths(some, KINDS, lambda line: _NAME_OF.get(line.label, KINDS[0])), 1.0),
            Question(ROLES, _truths(some, ROLES, lambda line: line.role), DETAIL),
            Question(MEDIA, _truths(some, MEDIA, lambda line: line.medium), DETAIL),
        ],
    )
    np.savez_compressed(path, measures=np.array(MEASURES), **fit(examples, passes=PASSES))
    print(f"{path}: {len(some)} blocks", flush=True)


def _truths(
    lines: Iterable[Line], names: Sequence[str], of: Callable[[Line], str | None]
) -> NDArray[np.int64]:
    """Which of the names is true of each line, -1 where it is not known."""
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers.get(of(line) or "", -1) for line in lines])


if __name__ == "__main__":
    main()
