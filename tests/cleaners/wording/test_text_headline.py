"""The headline of flattened text, by what was learned of its lines and by what they look like."""

from __future__ import annotations

import pytest
from conftest import lines
from msgspec.structs import replace

from copydesk import Page, clean
from copydesk.cleaners.wording.text_headline import MIN_HEADLINE_ON_PAGE, find_title, wrapped_lines

TITLE = "Clock strikes noon again"
PROSE = "The clock of the town hall struck noon on Friday, and a crowd of some two hundred people had come."


def headline(
    *scored: tuple[str, float],
    excluded: frozenset[int] = frozenset(),
    threshold: float = MIN_HEADLINE_ON_PAGE,
) -> str:
    blocks = lines(*(raw for raw, _ in scored), PROSE)
    return find_title(
        blocks,
        [0.1] * len(scored) + [0.9],
        [item for _, item in scored] + [0.0],
        excluded=excluded,
        threshold=threshold,
    )


@pytest.mark.parametrize(("scored", "title"), [
    (((TITLE, 0.9),), TITLE),
    ((("Town news", 0.2), (TITLE, 0.9), ("By Una Platt", 0.1)), TITLE),
    (((TITLE, 0.04),), ""),
    # the site's name aside, where a line has it bare
    (((f"{TITLE} | Harbour Post", 0.9), (TITLE, 0.2)), TITLE),
    # a lone word is a section, an open line goes on, a sentence ends, a result is none
    ((("Sport", 0.9), (TITLE, 0.1)), TITLE), (((f"{TITLE},", 0.9), (TITLE, 0.1)), TITLE),
    (((f"{TITLE}.", 0.9), (TITLE, 0.1)), TITLE), ((("Ajax - PSV 2-1", 0.9), (TITLE, 0.1)), TITLE),
    (((TITLE, 0.9), *[("x y", 0.0)] * 12), ""), ((), ""),
])  # fmt: skip
def test_the_likeliest_headline(scored: tuple[tuple[str, float], ...], title: str) -> None:
    assert headline(*scored) == title


def test_what_machines_left_is_no_headline_and_more_may_be_checked() -> None:
    scored = ((TITLE, 0.9), ("Noon at last", 0.2))
    assert headline(*scored, excluded=frozenset({0})) == "Noon at last"
    assert headline(*scored, excluded=frozenset({0}), threshold=0.4) == ""


@pytest.mark.parametrize("line", [f"# {TITLE}", f"## {TITLE} ##"])
def test_the_headline_of_a_markdown_file_has_no_signs(line: str) -> None:
    body = (
        f"{line}\n\n{PROSE} It lost a minute a month.\n\nThe clockmaker came back in May, with new weights.\n"
    )
    assert clean(Page(body, content_type="text/markdown")).title == TITLE


def test_lines_that_run_on() -> None:
    one, two, three = lines("a", "b", "c")
    assert wrapped_lines([one, two, three]) == frozenset()
    assert wrapped_lines([one, two, replace(three, gap=1)]) == {0}
    assert (
        wrapped_lines([one, replace(two, gap=1), replace(three, gap=1)]) == wrapped_lines([]) == frozenset()
    )
