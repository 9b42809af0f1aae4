"""The texts of rs-trafilatura and its prediction of how good each is: ``python -m benchmarks.rs_trafilatura PYTHON``.

PYTHON is an interpreter that has rs-trafilatura (there are wheels for Python 3.12 alone). Pages as in
``python -m training.confidence``, whose table is printed; its ``extraction_quality`` stands under "confidence". The
pages of WCXB are by its author, who may have trained it on them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from trafilatura.utils import decode_file

from benchmarks.scoring import score_text
from benchmarks.sets import DEFAULT_DATA, Case, load
from copydesk.cleaners.confidence.measures import Measures
from training.confidence import SETS, Example, report
from training.pages import OTHER_KINDS, site_of

EXTRACT = """
import json, sys
import rs_trafilatura
for line in sys.stdin:
    page = json.loads(line)
    found = rs_trafilatura.extract(page["html"], url=page["url"])
    print(json.dumps([found.main_content or "", found.extraction_quality]))
"""
"""Runs in the other interpreter: pages in, texts and predictions out, a line each."""
PAGES_A_PROCESS = 50  # it keeps some ten megabytes a page


def extract(cases: Sequence[Case], python: Path) -> Iterator[tuple[str, float]]:
    """The text of each page and the F1 that is predicted. Raises CalledProcessError where it is not installed."""
    for start in range(0, len(cases), PAGES_A_PROCESS):
        some = cases[start : start + PAGES_A_PROCESS]
        pages = [json.dumps({"html": decode_file(case.read()), "url": case.url}) for case in some]
        done = subprocess.run(
            [python, "-c", EXTRACT], input="\n".join(pages), capture_output=True, check=True, text=True
        )
        for line in done.stdout.splitlines():
            text, quality = json.loads(line)
            yield text, quality


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("python", type=Path)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    arguments = parser.parse_args()
    pages, predicted = [], []
    for set_name in SETS:
        cases = load(set_name, arguments.data)
        for case, (text, quality) in zip(cases, extract(cases, arguments.python), strict=True):
            if not text.strip():
                continue
            is_other = set_name == "wcxb-all" and case.page_type != "article"
            name = OTHER_KINDS if is_other else set_name.removesuffix("-all")
            f1 = score_text(case, text).f1
            site = site_of(case.url, case.id)
            pages.append(Example(name, site, case.page_type, Measures("html", {}), f1))
            predicted.append(quality)
    print(report(pages, np.array(predicted)))


if __name__ == "__main__":
    main()
