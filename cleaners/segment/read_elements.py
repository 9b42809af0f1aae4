"""What elements say of themselves: the words of their attributes, and whether they are concealed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree
from msgspec import Struct, field

from copydesk.cleaners.types import PathStep

_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONCEALED = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-?reader(?:-text)?|element-invisible|a11y-hidden|u-hidden)\b"
)
# attributes whose words tell what an element is for; the learned judgement reads them in paths
_IDENTIFYING = frozenset({"class", "id", "role", "itemprop", "rel"})


def conceals(element: etree._Element) -> bool:
    """Whether an element conceals what it holds, whatever is around it."""
    read = ReadElements()
    read.read(((0, str(element.tag), element, None),))
    return read.shades[-1]


class ReadElements(Struct):
    """The elements above the text that was met last, outermost first."""

    steps: list[PathStep] = field(default_factory=list)
    shades: list[bool] = field(default_factory=list)  # whether the element, or one above it, is concealed
    _words: dict[str, tuple[str, bool]] = field(default_factory=dict)  # as written: (lower case, concealed)

    def read(self, above: Sequence[tuple[int, str, etree._Element, object]]) -> None:
        """Catches up with the elements above that have not been read."""
        is_below_shade = bool(self.shades) and self.shades[-1]
        for number, tag, element, _ in above[len(self.steps) :]:
            words: str | None = None
            # one call: each single look-up crosses into lxml
            items: list[tuple[str, str]] = element.items()  # type: ignore[assignment]
            for key, value in items:
                if key in _IDENTIFYING:
                    # one string for all words of an element: looked up once however many elements have it
                    words = value if words is None else f"{words} {value}"
                elif key == "hidden" or (key == "style" and _HIDING_STYLE.search(value)):
                    is_below_shade = True
            if words:
                words, is_concealed = self._words.get(words) or self._lower(words)
                is_below_shade = is_below_shade or is_concealed
            self.steps.append(PathStep(number, tag, words or ""))
            self.shades.append(is_below_shade)

    def _lower(self, words: str) -> tuple[str, bool]:
        """The words as they are compared, and whether they say that the element is concealed."""
        lowered = words.lower()
        # plain searches first: the pattern is tried only on the few that hold one of its words
        may_conceal = (
            "hidden" in lowered or "reader" in lowered or "sr-only" in lowered or "invisible" in lowered
        )
        found = self._words[words] = lowered, may_conceal and _CONCEALED.search(lowered) is not None
        return found
