"""How the confidence of a text is learned, on pages whose F1 is known to follow from what is measured."""

from __future__ import annotations

import random
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import tomli

from copydesk.cleaners.confidence.calibration import expected_f1, read_calibration
from copydesk.cleaners.confidence.measures import MEASURED, Measures
from training.confidence import (
    Example,
    calibration_error,
    drawn,
    found_in_tenth,
    interval,
    learn,
    report,
    to_toml,
    unseen,
)


def made(count: int) -> list[Example]:
    """Pages whose text is the worse the more doubt there is; nothing else matters."""
    chance = random.Random(1)  # noqa: S311 - no secret
    pages = []
    for number in range(count):
        doubt = chance.random() ** 3
        measures = Measures("html", {name: chance.random() for name in MEASURED["html"]} | {"doubt": doubt})
        f1 = min(1.0, max(0.0, 0.99 - 0.4 * doubt + chance.gauss(0, 0.01)))
        kind = ("wcxb", "article") if number % 5 else ("other_kinds", "product")
        pages.append(Example(kind[0], f"site{number}.example", kind[1], measures, f1))
    return pages


PAGES = made(600)
F1 = np.array([page.f1 for page in PAGES])


def test_pages_of_unseen_sites_get_the_f1_that_they_have() -> None:
    confidence = unseen(PAGES)
    assert calibration_error(confidence, F1) < 0.02
    # more of them than a tenth can hold: it holds nothing else
    assert found_in_tenth(confidence, F1) == 60 / (F1 < 0.9).sum()
    assert np.corrcoef(confidence, F1)[0, 1] > 0.9
    assert [line.split()[1] for line in report(PAGES, confidence).splitlines()[2:]] == [
        "all", "articles", "other_kinds", "wcxb", "product",
    ]  # fmt: skip


def test_what_is_learned_comes_back_from_its_file_and_says_what_matters() -> None:
    calibration = learn(PAGES)
    written = to_toml({"html": (calibration, PAGES)})
    assert read_calibration(tomli.loads(written), "html", where="made") == calibration
    assert to_toml({"html": (learn(PAGES), PAGES)}) == written
    spread = {name: max(curve.adds) - min(curve.adds) for name, curve in calibration.curves.items()}
    assert max(spread, key=lambda name: spread[name]) == "doubt"
    # the average page is at the base
    mean = np.mean([np.log(one / (1 - one)) for one in (expected_f1(p.measures, calibration) for p in PAGES)])
    assert mean == pytest.approx(calibration.base, abs=0.02)


def test_a_measure_that_is_always_the_same_is_named() -> None:
    pages = [
        replace(page, measures=Measures("html", {**page.measures.values, "links": 0.0})) for page in PAGES
    ]
    with pytest.raises(ValueError, match="links is the same of all texts"):
        learn(pages)


def test_errors_are_zero_where_all_is_as_expected() -> None:
    shares = np.linspace(0.1, 1, 200)
    assert calibration_error(shares, shares) == pytest.approx(0)
    assert calibration_error(shares, shares - 0.1) == pytest.approx(0.1)
    # the tenth holds the least of them, of which there are more than fit
    assert found_in_tenth(shares, shares) == pytest.approx(20 / (shares < 0.9).sum())


def test_the_share_that_a_tenth_holds_is_known_so_far() -> None:
    confidence = unseen(PAGES)
    low, high = interval(confidence, F1)
    assert low < found_in_tenth(confidence, F1) < high
    assert high - low < 0.2


def test_the_reliability_diagram_is_a_picture() -> None:
    confidence = unseen(PAGES)
    picture = drawn({"html": (confidence, F1), "flattened": (confidence, F1)})
    root = ElementTree.fromstring(picture)  # noqa: S314 - ours
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 3
    assert "F1 of the text by confidence" in picture
