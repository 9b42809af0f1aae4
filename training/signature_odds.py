"""Fits how likely a name in a byline of flattened text is the author's:
``python -m training.signature_odds [--data FOLDER]``.

The articles of WCXB and Fundus are flattened, each text of an element a line and each block a line; their lines are
labelled by the packaged networks, which know some of them: elsewhere a label says a little less. Prints the weights of
``copydesk.cleaners.metadata.signatures``, and how those fitted on four fifths of the sites fare on the last.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.metadata import names
from benchmarks.same_records import flattened
from benchmarks.sets import json_lines
from copydesk.cleaners.metadata.signatures import LIKELY, SIGNS, probability_of, signatures
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.types import Page
from training.pages import FOLDS, Raw, as_html, fold_of, joined, site_of

ROOT = Path(__file__).parent.parent
_THRESHOLDS = (0.5, LIKELY, 0.65, 0.7)


class Known(NamedTuple):
    """What is known of a name in a line: its signs, whether it is an author's, and its site's fold."""

    signs: tuple[float, ...]
    is_author: bool
    fold: int


def main() -> None:
    """Reads the data, fits, prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    arguments = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        known = tuple(chain.from_iterable(pool.map(names_of, articles(arguments.data), chunksize=8)))
    for sign, weight in weights_of(known).items():
        print(f'    "{sign}": {weight:.1f},')
    probable = np.zeros(len(known))
    for fold in range(FOLDS):
        weights = weights_of([one for one in known if one.fold != fold])
        for at, one in enumerate(known):
            if one.fold == fold:
                probable[at] = probability_of(one.signs, weights)
    is_author = np.array([one.is_author for one in known])
    print(f"{len(known)} names in lines, {is_author.mean():.3f} of them authors'")
    for least in _THRESHOLDS:
        chosen = probable >= least
        right = is_author[chosen].mean()
        kept = (is_author & chosen).sum() / is_author.sum()
        print(f"from {least}: {right:.3f} of those named are authors, {kept:.3f} of the authors are named")


def articles(data: Path) -> Iterator[tuple[Raw, tuple[str, ...]]]:
    """The articles of WCXB and Fundus, with the authors' names; none where nobody is named."""
    for row in json_lines(data / "wcxb" / "truth.jsonl"):
        if row["page_type"] == "article":
            body = Path(data / "wcxb" / "html" / f"{row['id']}.html.gz").read_bytes()
            yield _raw(row["id"], "wcxb", row["url"], body), tuple(filter(None, [row.get("author")]))
    for row in json_lines(data / "fundus" / "truth.jsonl"):
        body = (data / "fundus" / row["file"]).read_bytes()
        yield _raw(row["file"], "fundus", row["url"], body), tuple(row["authors"] or ())


def _raw(name: str, set_name: str, url: str, body: bytes) -> Raw:
    return Raw(name, set_name, site_of(url, name), gzip.decompress(body), "")


def names_of(page: tuple[Raw, tuple[str, ...]]) -> list[Known]:
    """The names in the lines of a page that may be its author's, flattened in two ways."""
    raw, authors = page
    fold = fold_of(raw.site)
    known = []
    for text in layouts(raw):
        explanation = explain(Page(body=text.encode(), content_type="text/plain"))
        headline, language = explanation.record.title or "", explanation.record.language or "und"
        for name, signs in signatures(explanation.labelled, headline, language):
            known.append(Known(signs, is_one_of(name, authors), fold))
    return known


def layouts(raw: Raw) -> Iterator[str]:
    """A page as plain text: each text of an element a line, and each block a line."""
    yield flattened(raw.body)
    page = as_html(raw)
    if page is not None:
        yield joined([block.text for block in page.blocks if not block.is_hidden])


def is_one_of(name: str, authors: tuple[str, ...]) -> bool:
    """Whether a name is that of one of the authors; one of them may have more words."""
    found, wanted = ([{*one.split()} for one in names(given)] for given in ((name,), authors))
    return any(one <= other or other <= one for one in found for other in wanted)


def weights_of(known: Sequence[Known]) -> dict[str, float]:
    """The log-odds of each sign."""
    from sklearn.linear_model import LogisticRegression  # of the extra [train]; the rest is tested without it

    signs, is_author = np.array([one.signs for one in known]), [one.is_author for one in known]
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(signs, is_author)
    return {"bias": float(fitted.intercept_[0]), **dict(zip(SIGNS, map(float, fitted.coef_[0]), strict=True))}


if __name__ == "__main__":
    main()
