"""The language of code, by the names that highlighters give its elements."""

from __future__ import annotations

from typing import Final

from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern

_ATTRIBUTES: Final = ("data-lang", "data-language", "data-enlighter-language", "data-code-language")
_CLASS: Final = lazy_pattern(
    r"(?<![\w-])(?:language|lang|highlight-source|highlight|code-block|brush:?|sourceCode|hljs|shj-lang|prettyprint lang)"
    r"(?:[-_]|:?\s+)(?P<name>[A-Za-z][\w+#.]{0,19})(?![\w-])"
    r"|(?<![\w-])(?P<before>[A-Za-z][\w+#.]{0,19})\s+hljs(?![\w-])"
)
_LANGUAGE: Final = lazy_pattern(r"[A-Za-z][\w+#.-]{0,19}")
# names of no language, and of what highlights
_NONE: Final = frozenset({
    "none", "plain", "plaintext", "text", "txt", "nohighlight", "no", "default", "auto", "code", "pre", "hljs",
    "highlight", "source", "line", "copy", "toolbar", "wrapper", "container", "block", "true", "false", "undefined",
    "numbers", "notranslate", "output",
})  # fmt: skip
_MAX_LEVELS: Final = 3  # of elements around, among them what a highlighter makes


def name_code_languages(root: etree._Element) -> None:
    """Gives each ``pre`` whose language is named the class ``language-…``, by which it is known when it is written."""
    for block in root.iter("pre"):
        language = next((found for one in _named(block) if (found := _language(one))), "")
        if language:
            block.set("class", f"{block.get('class', '')} language-{language}".lstrip())


def _named(block: etree._Element) -> list[etree._Element]:
    within = [*block.iterchildren("code")][:1]
    around: list[etree._Element] = []
    above = block.getparent()
    while above is not None and above.tag in ("div", "figure", "td", "span") and len(around) < _MAX_LEVELS:
        around.append(above)
        above = above.getparent()
    return [*within, block, *around]


def _language(element: etree._Element) -> str:
    for name in _ATTRIBUTES:
        value = (element.get(name) or "").strip()
        if _LANGUAGE.fullmatch(value) and value.lower() not in _NONE:
            return value.lower()
    for found in _CLASS.finditer(element.get("class", "")[:300]):
        value = (found["name"] or found["before"]).lower()
        if value not in _NONE:
            return value
    return ""
