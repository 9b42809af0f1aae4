"""Trains the reading of what machines leave in texts:
``python -m training.residue [--data FOLDER] [--folds FOLDER] [--without LANGUAGE … [--to FOLDER]]``.

Without ``--folds`` it writes ``cleaners/residue/reading/forest.npz`` from all there is. With it, five forests go to the
folder, each learned without a fifth of the *sources* and sites. With ``--without``, one forest for each language is
learned without the lines of that language and written to ``--to`` as ``forest_without_XX.npz``: it shows what a
language without examples can expect.

What is learned from: blocks as they were published, with their neighbours (the open halves of
``labelled/real_residue.jsonl`` and ``real_residue2.jsonl``); lines composed for this (``training/residue_lines``); of
those composed for the judgement of wording (``training/composed``) the traps and some of the residue; and every block
of articles on real pages that speaks of machines or talks like one.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.judge.judgement import PACKAGED, judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import find_phrases, language_sample
from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.reading.forest import MAX_LEAVES
from copydesk.cleaners.residue.reading.measures import Neighbours
from copydesk.cleaners.residue.reading.residue_reading import (
    ANSWERS,
    MEASURES,
    MEDIA,
    ROLES,
    TextInContext,
    may_be_residue,
    measures_of,
)
from copydesk.cleaners.rules.classifier_rules import classifiable
from copydesk.cleaners.segment.page_table import PageTable
from training.pages import FOLDS, SETS, Raw, as_html, fold_of, read, read_unlabelled

ROOT = Path(__file__).parent.parent
COMPOSED = Path(__file__).parent / "residue_lines"
COMPOSED_TEXTS = Path(__file__).parent / "composed"
BODY = "body"
# learned probability from which a block of an unlabelled page counts as the article's
SURE_OF_ARTICLE = 0.95
_ALL_LEAVES = (1 << MAX_LEAVES) - 1
# the weights, by folds of sources and three seeds: `docs/decisions/0022-one-weighing-of-residue.md`
PUBLISHED, COMPOSED_LINE, COMPOSED_TEXT, REAL_PAGE = 3.0, 1.0, 0.8, 0.3
EACH = 3
ROUNDS = 600
_SETTINGS = {
    "num_leaves": 12, "learning_rate": 0.04, "min_data_in_leaf": 8, "feature_fraction": 0.3, "bagging_fraction": 0.8,
    "bagging_freq": 1, "lambda_l2": 3.0, "extra_trees": True, "verbose": -1, "num_threads": 2, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip
_DETAIL_ROUNDS = 120  # for role and medium, of which there are fewer examples


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
    instead.add_argument("--folds", type=Path, help="write forests of five folds to this folder instead")
    instead.add_argument(
        "--without", nargs="*", default=[], help="languages to leave out, one forest for each"
    )
    parser.add_argument("--to", type=Path, default=Path("build/languages"), help="the folder of these")
    arguments = parser.parse_args()
    labelled = [*read_published(arguments.data), *read_composed()]
    lines = [*labelled, *map(as_shown, labelled), *read_composed_texts(), *read_real(arguments.data)]
    with ProcessPoolExecutor(2) as pool:
        rows = np.concatenate(list(pool.map(measures_of, _parts([line.sample for line in lines]))))
    print(f"{len(lines)} blocks, {Counter(line.label for line in lines).most_common(4)}", flush=True)
    if arguments.folds:
        for fold in range(FOLDS):
            learned = [number for number, line in enumerate(lines) if line.fold != fold]
            write(arguments.folds / f"forest_{fold}.npz", lines, rows, learned)
    elif arguments.without:
        for code in arguments.without:
            learned = [number for number, line in enumerate(lines) if _code(line) != code]
            write(arguments.to / f"forest_without_{code}.npz", lines, rows, learned)
    else:
        to = ROOT / "cleaners" / "residue" / "reading" / "forest.npz"
        write(to, lines, rows, range(len(lines)))


def as_shown(line: Line) -> Line:
    """The line as a page with tags has it, without the marks it was written with, and with no neighbours to help."""
    text = " ".join(without_inline_marks(without_line_marks(line.sample.text)).split())
    return replace(line, sample=TextInContext(text, line.sample.language, Neighbours("", "")))


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
        Line(TextInContext(row["text"], file.stem, Neighbours("", "")), row["label"], COMPOSED_TEXT, -1)
        for file in sorted(COMPOSED_TEXTS.glob("*.jsonl"))
        for number, row in enumerate(_rows(file))
        if row.get("trap") in ANSWERS or (row["label"] in ANSWERS and number % EACH == 0)
    ]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, file.read_text("utf-8").splitlines())


def read_real(data: Path) -> list[Line]:
    """The articles' blocks on real pages that name a machine or talk like one, each text once."""
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
    if raw.set_name in SETS:
        kept = [number for number, is_kept in enumerate(page.keep) if is_kept]
    else:
        phrased = find_phrases(page.blocks, language)
        keep = judge_blocks(PageTable(page.blocks), phrased, PACKAGED.html()).keep
        kept = [number for number, one in enumerate(keep) if one >= SURE_OF_ARTICLE]
    texts = ["", *(page.blocks[number].text for number in kept), ""]
    return [
        Line(TextInContext(text, language, Neighbours(before, after)), BODY, REAL_PAGE, fold_of(page.site))
        for number, before, text, after in zip(kept, texts, texts[1:], texts[2:], strict=False)
        if classifiable([page.blocks[number]]) and may_be_residue(text, language)
    ]


def write(path: Path, lines: Sequence[Line], rows: NDArray[np.float32], learned: Iterable[int]) -> None:
    """Trains on these lines and writes the trees."""
    import lightgbm  # an extra: what comes of its trees is tested without it

    path.parent.mkdir(parents=True, exist_ok=True)
    chosen = list(learned)
    some = [lines[number] for number in chosen]
    weights = np.array([line.weight for line in some])
    names: list[str] = []
    trees: list[dict[str, Any]] = []
    answers: list[int] = []
    questions = [
        *(
            (answer, ROUNDS, [(line.label == label, True) for line in some])
            for label, answer in ANSWERS.items()
        ),
        *(
            (role, _DETAIL_ROUNDS, [(line.role == role, _is_known_note(line, line.role)) for line in some])
            for role in ROLES
        ),
        *(
            (
                medium,
                _DETAIL_ROUNDS,
                [(line.medium == medium, _is_known_note(line, line.medium)) for line in some],
            )
            for medium in MEDIA
        ),
    ]
    for name, rounds, truths in questions:
        known = [number for number, (_, is_known) in enumerate(truths) if is_known]
        data = lightgbm.Dataset(
            rows[np.array(chosen)[known]],
            label=[truths[number][0] for number in known],
            weight=weights[known],
        )
        booster = lightgbm.train({**_SETTINGS, "objective": "binary", "seed": 0}, data, rounds)
        found = booster.dump_model()["tree_info"]
        trees += [tree["tree_structure"] for tree in found]
        answers += [len(names)] * len(found)
        names.append(name)
    np.savez_compressed(
        path, names=np.array(names), measure_names=np.array(MEASURES), **flattened(trees, answers)
    )
    print(f"{path}: {len(chosen)} blocks, {len(trees)} trees", flush=True)


def _is_known_note(line: Line, detail: str | None) -> bool:
    return line.label == "ai_disclaimer" and detail is not None


def flattened(trees: Sequence[dict[str, Any]], answers: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Trees as LightGBM dumps them, as the arrays of `copydesk.cleaners.residue.reading.forest.Forest`."""
    nodes: list[tuple[int, float, bool, int]] = []
    leaves: list[float] = []

    def enter(tree: dict[str, Any], first_leaf: int) -> None:
        if "split_feature" not in tree:
            leaves.append(tree["leaf_value"])
            return
        at, first_below = len(nodes), len(leaves) - first_leaf
        nodes.append((0, 0.0, False, 0))
        enter(tree["left_child"], first_leaf)
        on_left = (1 << len(leaves) - first_leaf) - (1 << first_below)
        enter(tree["right_child"], first_leaf)
        # what is not a number counts as zero where no example lacked the measure
        misses_true = tree["default_left"] if tree["missing_type"] == "NaN" else tree["threshold"] >= 0
        nodes[at] = (tree["split_feature"], tree["threshold"], misses_true, _ALL_LEAVES & ~on_left)

    first_nodes, first_leaves = [], []
    for tree in trees:
        first_nodes.append(len(nodes))
        first_leaves.append(len(leaves))
        enter(tree, len(leaves))
        if (count := len(leaves) - first_leaves[-1]) > MAX_LEAVES:
            raise ValueError(f"a tree has {count} leaves; there are bits for {MAX_LEAVES}")
        if len(nodes) == first_nodes[-1]:  # a leaf alone: a condition that always holds
            nodes.append((0, math.inf, True, _ALL_LEAVES))
    measures, limits, misses_true, remaining = zip(*nodes, strict=True)
    return {
        "first_nodes": np.array(first_nodes, np.int32),
        "first_leaves": np.array(first_leaves, np.int32),
        "answers": np.array(answers, np.int32),
        "measures": np.array(measures, np.int16),
        "limits": np.array(limits, np.float32),
        "misses_true": np.array(misses_true, np.bool_),
        "remaining": np.array(remaining, np.uint16),
        "leaves": np.array(leaves, np.float32),
    }


if __name__ == "__main__":
    main()
