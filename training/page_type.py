"""Learns what kind of page a page is: ``python -m training.page_type [--data FOLDER] [--folds FOLDER]``.

Writes ``cleaners/page_kind/page_weights.toml`` from all pages; with ``--folds`` it writes five to the folder, each
learned without a fifth of the *sites*, and prints how well that fifth is recognised. Labels of blocks come from
judges that have seen no page of the site either (``python -m training.train --folds build/folds``). Same data
and versions, same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from copydesk.cleaners.page_kind.page_features import CLIP, Weights, measure, read_weights
from copydesk.cleaners.page_kind.page_type import PageType, type_by_signs, type_by_words, weigh
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.types import Page
from training.folds import judge_of
from training.pages import FOLDS, fold_of, site_of

ROOT = Path(__file__).parent.parent
KINDS = ("article", "product", "list", "forum", "service")
# documentation pages are articles by the policy of the labelled blocks
KIND_OF = {"documentation": "article", "collection": "list", "listing": "list"}
STRENGTH = 0.1  # of the weights, against the prior that none matters; 0.03 to 0.3 do about as well
# the labelled set has no types of the pages of trafilatura's evaluation; read for this purpose, all
# others are articles
TYPE_READ = {
    "trafeval-foren_myoos_de": "forum",
    "trafeval-katzen_forum_net_Pepe": "forum",
    "trafeval-villagersandheroes_com_forums_patchnotes": "forum",
    "trafeval-wolfsrebellen_netz_forumieren_com_regeln": "forum",
    "trafeval-de_happycoffee_org_sidamo": "product",
    "trafeval-toralin_de_schmierfett": "product",
    "trafeval-uniqz_de_katzendecke": "product",
    "trafeval-nmb_media_de_ebay": "product",
}
NEITHER = frozenset(
    {"pix_bavaria_de", "jodel_com_advertising", "shabka_org_about", "uk_trustpilot_com_reviews"}
)


@dataclass(frozen=True, slots=True)
class Example:
    """A page, its type as the set has it, and all that is measured; ``ruled`` where rules leave nothing to weigh."""

    name: str
    site: str
    page_type: str
    measures: dict[str, float]
    ruled: PageType | None

    @property
    def kind(self) -> str:
        """What the regression learns it as."""
        return KIND_OF.get(self.page_type, self.page_type)


def read(data: Path) -> list[tuple[str, str | None, str, Path]]:
    """Name, URL, type and file of every page."""
    rows = [
        (row["id"], row["url"], row["page_type"], data / "wcxb" / "html" / f"{row['id']}.html.gz")
        for row in _lines((data / "wcxb" / "truth.jsonl").read_bytes())
    ]
    rows += [
        (row["file"], row["url"], "article", data / "fundus" / row["file"])
        for row in _lines((data / "fundus" / "truth.jsonl").read_bytes())
    ]
    for row in _lines(gzip.decompress((data / "blocks" / "pages.jsonl.gz").read_bytes())):
        if row["source"] in ("trafeval", "readability") and row["id"].partition("-")[2] not in NEITHER:
            rows.append((row["id"], row["url"], TYPE_READ.get(row["id"], "article"), data / row["file"]))
    return rows


def _lines(raw: bytes) -> Iterable[dict[str, Any]]:
    return (json.loads(line) for line in raw.split(b"\n") if line.strip())


def look(row: tuple[str, str | None, str, Path]) -> Example | None:
    """Measures one page, judged by what has not seen its site; None where it cannot be read."""
    name, url, page_type, file = row
    site = site_of(url, name)
    seen = explain(Page(body=gzip.decompress(file.read_bytes()), url=url or None), judge=judge_of(site)).seen
    if seen is None:
        return None
    measures = measure(seen)
    return Example(name, site, page_type, measures, type_by_words(seen) or type_by_signs(seen, measures))


def learn(examples: Sequence[Example]) -> Weights:
    """The regression, its inputs standardised and clipped."""
    known = dict.fromkeys(name for example in examples for name in example.measures)
    # these are for rules, and have no weights
    names = [name for name in known if not name.startswith(("count_", "chars_", "shows_"))]
    values = np.array([[example.measures.get(name, np.nan) for name in names] for example in examples])
    mean, scale = np.nanmean(values, 0), np.nanstd(values, 0)
    values = np.where(np.isnan(values), mean, values)
    used = scale > 0
    names = [name for name, is_used in zip(names, used, strict=True) if is_used]
    mean, scale, values = mean[used], scale[used], values[:, used]
    model = LogisticRegression(C=STRENGTH, max_iter=5000, tol=1e-6)
    model.fit(
        np.clip((values - mean) / scale, -CLIP, CLIP), [KINDS.index(example.kind) for example in examples]
    )
    return read_weights(
        {
            "kinds": KINDS,
            "bias": _rounded(model.intercept_),
            "measures": {
                name: {
                    "mean": _round(mean[at]),
                    "scale": _round(scale[at]),
                    "weights": _rounded(model.coef_[:, at]),
                }
                for at, name in enumerate(names)
            },
        },
        where="what was learned",
    )


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(value), 3) for value in values]


def to_toml(weights: Weights, examples: Sequence[Example]) -> str:
    """The weights file."""
    kinds = Counter(example.kind for example in examples)
    counted = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS)
    sites = len({example.site for example in examples})
    lines = [
        "# Written by `python -m training.page_type`; not to be edited by hand.",
        f"# Learned from {len(examples)} pages of {sites} sites: {counted}.",
        f"kinds = {json.dumps(KINDS)}",
        f"bias = {json.dumps(weights.bias)}",
        "",
        "[measures]",
    ]
    lines += [
        f"{name} = {{ mean = {mean!r}, scale = {scale!r}, weights = {json.dumps(some)} }}"
        for name, (mean, scale, some) in weights.measures.items()
    ]
    return "\n".join(lines) + "\n"


def report(examples: Sequence[Example], results: Sequence[PageType]) -> None:
    """Prints, for each type, how many are called no article, and which get a wrong type."""
    pairs = list(zip(examples, results, strict=True))
    for name in sorted({example.page_type for example in examples}):
        mine = [result for example, result in pairs if example.page_type == name]
        other, empty = sum(not one.is_article for one in mine), sum(not one.has_text for one in mine)
        print(f"{name:14} {len(mine):5}  no article {other:4} ({other / len(mine):.1%})  no text {empty:4}")
    for example, result in pairs:
        if result.is_article == (example.kind != "article"):
            print(f"  {example.page_type:14} {example.name}: {result.reason}")


def main() -> None:
    """Reads the data, learns, writes the weights or prints how good they are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument(
        "--folds",
        type=Path,
        help="write weights of five folds to this folder instead, and print how good they are",
    )
    arguments = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        examples = [example for example in pool.map(look, read(arguments.data), chunksize=16) if example]
    if arguments.folds is None:
        (ROOT / "cleaners" / "page_kind" / "page_weights.toml").write_text(
            to_toml(learn(examples), examples), "utf-8"
        )
        return
    arguments.folds.mkdir(parents=True, exist_ok=True)
    folds = []
    for fold in range(FOLDS):
        others = [example for example in examples if fold_of(example.site) != fold]
        folds.append(learn(others))
        (arguments.folds / f"page_weights_{fold}.toml").write_text(to_toml(folds[-1], others), "utf-8")
    results = [example.ruled or weigh(example.measures, folds[fold_of(example.site)]) for example in examples]
    report(examples, results)


if __name__ == "__main__":
    main()
