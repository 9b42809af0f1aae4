"""Markdown that survives a second reading: footnotes, lists of terms, languages of code, raised text."""

from __future__ import annotations

from copydesk import Page, clean

_A = "<p>The reed cutters of Lower Hask went out on Tuesday before the ice on the lake was gone, as their fathers did.</p>"
_B = "<p>They sell the bundles to thatchers in three counties, who have waited for dry reed since the wet autumn.</p>"
_PAGE = f"""<html lang=en><body><article><p>Some 3,400<sup><a href="#fn-a">1</a></sup> bundles of 10<sup>6</sup> stalks were cut in the first week of the year, the cutters say.</p>{_A}
<dl><dt>Thatch</dt><dd>A roof of reed or straw that keeps the rain away for many years.</dd></dl>{_B}
<pre><code class="language-lua">print(1)</code></pre>{_A.replace("Lower", "Upper")}
<p id="fn-a">Without the bundles that the ice had bent, which are sold to gardeners in spring.</p></article></body></html>"""


def test_markdown_is_read_again_as_it_was_written() -> None:
    record = clean(_PAGE)
    markdown = record.markdown
    assert "3,400[1] bundles of 10^6 stalks" in record.text
    assert "3,400[^1] bundles of 10<sup>6</sup> stalks" in markdown
    assert "\n[^1]: Without the bundles" in markdown
    assert "- Thatch\n  - A roof of reed" in markdown
    assert "```lua\nprint(1)\n```" in markdown
    again = clean(Page(body=markdown, content_type="text/markdown"))
    assert again.text == record.text
