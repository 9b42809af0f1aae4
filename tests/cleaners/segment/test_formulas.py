"""Formulas stand once, as TeX where the page has it; all that draws them again is removed and accounted for."""

from __future__ import annotations

import pytest

from copydesk import clean, restore
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.formulas import keep_formulas_once

_TEXT = "<p>The tide at the old quay rises by a hand in each of the first two hours, the harbour office writes in its tables.</p>"
_MATH = "<mi>K</mi><mo>=</mo><mfrac><mi>a</mi><msup><mi>t</mi><mn>12</mn></msup></mfrac>"
_TEX = r"K = \frac{a}{t^{12}}"
_ANNOTATED = f'<math><semantics><mrow>{_MATH}</mrow><annotation encoding="application/x-tex">{_TEX}</annotation></semantics></math>'
_GLYPHS = "<span aria-hidden=true><span>K</span><span>=at12</span></span>"


@pytest.mark.parametrize(("markup", "formula"), [
    (f"<span class=katex><span class=katex-mathml>{_ANNOTATED}</span><span class=katex-html>{_GLYPHS}</span></span>", _TEX),
    (f"<span class=MathJax_Preview>K</span><span class=MathJax>{_GLYPHS}<span class=MJX_Assistive_MathML><math>{_MATH}</math></span></span><script type='math/tex'>{_TEX}</script>", _TEX),
    (f"<script type='math/tex'>{_TEX}</script>", _TEX),
    (f"<mjx-container><mjx-math></mjx-math><mjx-assistive-mml><math>{_MATH}</math></mjx-assistive-mml></mjx-container>", "K=a/(t^{12})"),
    (f"<span class=mwe-math-element><span style='display:none'>{_ANNOTATED}</span><img src=/k.svg alt=K></span>", _TEX),
    (f"<math alttext='\\displaystyle {_TEX}'>{_MATH}</math>", _TEX), (f"<math>{_MATH}</math>", "K=a/(t^{12})"),
])  # fmt: skip
def test_a_formula_stands_once(markup: str, formula: str) -> None:
    record = clean(f"<html><body><article>{_TEXT}<p>The office takes {markup} for the rise of the water in the bay.</p>{_TEXT.replace('old', 'new')}</article></body></html>")  # fmt: skip
    assert f"takes {formula} for the rise" in record.text
    assert f"takes ${formula}$ for the rise" in record.markdown
    assert record.text.count("K") == 1
    assert formula in restore(record)


def test_tex_that_is_written_in_the_text_stays() -> None:
    record = clean(f"<html><body><article>{_TEXT}<p>The office takes \\(K = a t\\) on calm days and \\(K = a t\\) on others.</p></article></body></html>")  # fmt: skip
    assert record.text.count(r"\(K = a t\)") == 2


@pytest.mark.parametrize(("markup", "formula"), [
    ('<math alttext="Formula 1"><mi>a</mi><mo>=</mo><mi>b</mi></math>', "a=b"),
    ('<math alttext="a^{2}"><msup><mi>a</mi><mn>2</mn></msup></math>', "a^{2}"),
    ("<math><mi>a</mi><none>and these words</none><mo>=</mo><mi>b</mi></math>", "aand these words=b"),
    ("<math><mmultiscripts><mi>a</mi><none/><mi>b</mi></mmultiscripts></math>", "ab"),
])  # fmt: skip
def test_what_a_formula_is_read_from(markup: str, formula: str) -> None:
    root = parse(f"<html><body><p>The area is {markup} here.</p></body></html>", Options())
    keep_formulas_once(root)
    assert next(one.text for one in root.iter("math")) == formula
