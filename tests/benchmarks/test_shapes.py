"""The growth of time over shapes of input: what is composed, what counts as steep, and what is printed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from benchmarks.page_shapes import Shape
from benchmarks.shapes import Grown, main, measured, shapes


def test_each_shape_has_a_name_of_its_own_and_the_size_that_is_checked() -> None:
    every = list(shapes())
    assert len({shape.name for shape in every}) == len(every)
    empty = {shape.name: len(shape.text(1)) for shape in every}
    small = [s.name for s in every if not 1_000 <= len(s.text(2_000)) - empty[s.name] <= 3_000]
    assert small == []


def test_units_are_numbered_and_closed() -> None:
    page = Shape("x", "<b id={n}>", "</b>", before="", behind=".").page(28)
    assert page.body == "<b id=0><b id=1></b></b>."


def test_the_power_is_that_of_the_last_doublings_if_time_can_be_measured() -> None:
    assert Grown("x", [(10, 9.0), (20, 1.0), (40, 4.0), (80, 16.0), (160, 64.0)]).power == pytest.approx(2.0)
    for step in range(1, 7):
        points = [(20 * 2 ** (n / 2), 2 ** (n / 2) * (3 if n >= step else 1)) for n in range(7)]
        assert Grown("a step", points).power == pytest.approx(1.0)
    # a step three doublings before the end, and two sizes at which the machine was busy
    seconds = [0.07, 0.1, 0.14, 0.2, 0.8, 0.9, 1.2, 2.1, 2.2]
    assert Grown("both", [(40 * 2 ** (n / 2), seconds[n]) for n in range(9)]).power < 1.2
    assert Grown("x", [(10, 0.001), (20, 0.01), (40, 0.1)]).power == 0.0
    assert Grown("x", []).power == 0.0


def test_a_page_that_is_refused_for_its_size_has_no_time() -> None:
    found = measured(Shape("nested", "<div>", "</div>"), 160_000)
    assert [size // 10_000 for size, _ in found.points] == [4]


def test_a_shape_that_takes_too_long_at_first_sight_is_measured_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.shapes._PATIENCE_SECONDS", 0.0)
    found = measured(Shape("text", "A sentence of five words. ", media="text"), 400_000)
    assert [size // 10_000 for size, _ in found.points] == [2]


@pytest.mark.parametrize("shape", [
    Shape("files", "<item><title>a</title></item>", before="<rss><channel>", behind="</channel></rss>", media="feed"),
    Shape("filters", "title = ", before="", media="filter"), Shape("Markdown", "[a](b) ", media="markdown"),
])  # fmt: skip
def test_inputs_of_each_kind_are_measured(shape: Shape) -> None:
    found = measured(shape, 2_000)
    assert len(found.points) == 2
    assert found.power == 0.0


def test_shapes_are_measured_and_listed() -> None:
    arguments = ["--only", "one lang of 'a:b;'", "--most", "20000", "--jobs", "1", "--check"]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0
    assert "1 shapes, 0 of them take 0.2 s at some size\nsteeper than the power 1.2: 0\n" in ended.output
    assert "characters  one lang of 'a:b;'" in ended.output
