"""Benchmarks of time: who is compared, what grows, and the chart of it."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from lxml import etree

from benchmarks.api_load import growth as memory_growth
from benchmarks.chart import Series, log_chart
from benchmarks.growth import growth, main
from benchmarks.long_run import Look, growth_of
from benchmarks.pages import reworded
from benchmarks.speed import PEERS, chosen_peers

_SVG = "{http://www.w3.org/2000/svg}"
_OPTION = click.Option(["--peers"])


def test_peers_are_named_once_and_known() -> None:
    context = click.Context(click.Command("speed"))
    assert chosen_peers(context, _OPTION, "trafilatura,trafilatura-fast,trafilatura") == PEERS[1:3]
    for wrong in ("", "copydesk", "trafilatura,boilerpipe"):
        with pytest.raises(click.UsageError):
            chosen_peers(context, _OPTION, wrong)


def test_memory_of_a_server_is_judged_from_the_first_quarter_on() -> None:
    assert memory_growth([100, 101] * 8) == 1
    # though nothing grows in the second half
    assert memory_growth([100] * 4 + [150] * 12) == 1.5
    # a single page that takes much is no growth
    assert memory_growth([100] * 15 + [900]) == 1
    assert memory_growth([100]) == 1


def test_growth_is_the_power_over_the_largest_sizes() -> None:
    assert growth([(10, 9.0), (100, 1.0), (300, 3.0), (1000, 10.0)]) == pytest.approx(1.0)
    assert growth([(10, 1.0), (100, 100.0)]) == pytest.approx(2.0)
    assert growth([(10, 1.0)]) == 0.0


def test_memory_that_one_look_bends_does_not_grow() -> None:
    flat = [Look(1000 * number, 100.0 + 5 * (number == 6), 60.0, 50.0, 10.0) for number in range(1, 11)]
    leaking = [Look(1000 * number, 100.0 + number, 60.0, 50.0, 10.0) for number in range(1, 11)]
    assert growth_of(flat) == 0.0
    assert growth_of(leaking) == pytest.approx(10.0)


def test_pages_come_again_with_other_texts_of_the_same_words() -> None:
    body = b"<html><body><p>One two <b>three</b> four five.</p><script>one two</script><a href='/a'>x</a></body></html>"
    again = etree.fromstring(reworded(body, 1), etree.HTMLParser())
    assert "".join(again.xpath("//p//text()")).split() == ["two", "One", "three", "five.", "four"]
    assert again.xpath("//script/text()") == ["one two"]
    assert again.xpath("//a/@href") == ["/a-1"]
    assert reworded(b" ", 1) == b" "


def test_a_chart_has_a_line_and_a_name_for_each_series() -> None:
    points = [(10, 0.5), (1000, 5)]
    series = [Series("ours", points, is_ours=True), Series("a < b", points)]
    drawn = etree.fromstring(log_chart(series, across="bytes", up="seconds"))
    assert len(drawn.findall(f"{_SVG}polyline")) == 2
    names = {text.text: float(text.get("y", "0")) for text in drawn.findall(f"{_SVG}text")}
    # both lines end at one place, and their names on two
    assert abs(names["ours"] - names["a < b"]) >= 15


@pytest.mark.slow
def test_small_pages_are_timed_and_drawn(tmp_path: Path) -> None:
    options = ["--peers", "trafilatura-fast", "--rounds", "1", "--most", "30000", "--svg"]
    result = CliRunner().invoke(main, [*options, str(tmp_path / "a.svg")])
    assert result.exit_code == 0, result.output
    assert result.output.count(" ms") == 4
    assert "trafilatura-fast" in (tmp_path / "a.svg").read_text("utf-8")
