"""Rules that ask what words say: what is left out, and kept for its words."""

from __future__ import annotations

import pytest
from conftest import judged_pass

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.rules.wording import OWN_WORDS
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.types import Label, Options

TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."
SHORT = "It had stood still since the storm bent its axle."


@pytest.mark.parametrize(("keep", "is_asked"), [(0.31, True), (0.2, True), (0.19, False), (0.05, False)])
def test_a_line_beside_the_text_is_read_unless_the_network_is_rather_sure(
    keep: float, *, is_asked: bool
) -> None:
    blocks = segment(parse(f"<p>{TEXT}</p><p>{SHORT}</p><p>{TEXT}</p>", Options()), Options())
    context = judged_pass(blocks, [Label.PARAGRAPH, Label.AD, Label.PARAGRAPH], keep=[0.95, keep, 0.95])
    assert list(OWN_WORDS.among(context)) == ([1] if is_asked else [])
