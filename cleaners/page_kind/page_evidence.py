"""What a page's type is predicted from, gathered in one place: its blocks, what it declares, its address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import tomli
from lxml import etree
from msgspec import Struct, field

from copydesk._core.markup import holds
from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Label, Labelled, Metadata
from copydesk.cleaners.word_count import HANGUL, UNSPACED, UNSPACED_PER_WORD
from copydesk.cleaners.wording.text_kinds import TextClassifier, packaged_text_classifier

_FILE: Final = Path(__file__).with_name("page_words.toml")

# "@type": "NewsArticle", "@type": ["Product", "Thing"]: a name, or what is in the brackets of a list
_JSON_TYPES = lazy_pattern(r'"@type"\s*:\s*("[^"]{1,60}"|\[[^\]]{1,1000})')
_NAME = lazy_pattern(r'"([^"]{1,60})"')
# itemtype="https://schema.org/Product", with quotes or without
_ITEM_TYPE = lazy_pattern(r"""itemtype\s*=\s*["']?([^"'<>]{1,120})""")
_MAX_DECLARED = 200  # of each kind
# as in page_head; longer ones are cut, for the words of the path stand first
_MAX_URL_CHARS = 2_048

PROSE_CHARS = 80
"""Characters from which a paragraph is prose: shorter ones are as often teasers and labels."""
# a word of English takes some six with its space, and two in a script without spaces; of Korean, which writes a
# syllable as one letter, some three
_CHARS_OF_UNSPACED = 6 // UNSPACED_PER_WORD
_CHARS_OF_HANGUL = 2
_MIN_SURE_PROSE = (
    1_000  # of 690 such articles and 108 other pages of WCXB, 514 and 2 pass all four conditions
)
# where a field for a password is not what the page is for, and what is no text
_BESIDE: Final = SILENT | {"head", "header", "nav", "aside", "footer", "dialog"}
# rules that name what sells a subscription, which whole texts have around them, too
_NO_EVIDENCE: Final = ("learned.", "together.", "wording.", "worded.", "paywall.offer")
_PROSE_LABELS: Final = frozenset({Label.PARAGRAPH, Label.STANDFIRST, Label.QUOTE})


class PageEvidence(MemoizedStruct, frozen=True):
    """All of a page that its type is predicted from. ``declared`` comes from ``declared_types``; ``metadata`` is what
    the page itself says. ``asks_password`` comes from the function of that name.
    """

    page: PageFacts
    labelled: Sequence[Labelled]
    declared: frozenset[str] = frozenset()
    metadata: Metadata = field(default_factory=Metadata)
    url: str | None = None
    asks_password: bool = False
    text_classifier: Callable[[], TextClassifier] = packaged_text_classifier


class Address(Struct, frozen=True):
    """An address cut for comparison, lower case: folders of its path, their words, keys of its query."""

    folders: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()

    @property
    def last(self) -> str:
        """The last folder without its ending, or ``""``."""
        return self.folders[-1].rsplit(".", 1)[0] if self.folders else ""


@cache
def page_words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The tables of ``page_words.toml`` but for "descriptions", which ``page_features`` reads."""
    data: dict[str, Any] = tomli.loads(_FILE.read_text("utf-8"))
    del data["descriptions"]
    return {table: {name: frozenset(words) for name, words in lists.items()} for table, lists in data.items()}


def declared_types(*, markup: str, scripts: Iterable[str], open_graph: Iterable[str]) -> frozenset[str]:
    """Types in JSON-LD, microdata and ``og:type`` (these with ``og:`` before), lower case, without their vocabulary.

    ``markup`` is the page as received, for its microdata: a search costs a fifth of a walk through the tree.
    """
    found = {f"og:{_bare(name)}" for name in open_graph}
    for script in scripts:
        for names in islice(_matches(script, '"@type"', _JSON_TYPES), _MAX_DECLARED):
            found.update(map(_bare, _NAME.findall(names)))
    for names in islice(_matches(markup, "itemtype", _ITEM_TYPE), _MAX_DECLARED):
        found.update(map(_bare, names.split()))
    return frozenset(found)


def _matches(text: str, needle: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """What the pattern captures wherever the needle occurs; looking for that is ten times as fast as for the
    pattern.
    """
    at = text.find(needle) if holds(text, needle) else -1
    while at >= 0:
        match = pattern.match(text, at)
        if match:
            yield match.group(1)
        at = text.find(needle, at + len(needle))


def asks_password(root: etree._Element | None) -> bool:
    """Whether a field for a password, or the form that asks for it, follows the headline, with no prose between: a page
    to log in. An article may have one at its side, or below its text.
    """
    if root is None:
        return False
    field_ = next((one for one in root.iter("input") if (one.get("type") or "").lower() == "password"), None)
    if field_ is None:
        return False
    headline = next(root.iter("h1"), None)
    is_below = headline is None
    # its own sentences are no article; some systems put the whole page into one form
    form = next(field_.iterancestors("form"), field_)
    asking = field_ if headline is None or next(form.iter("h1"), None) is not None else form
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start" and (element.tag in _BESIDE or element.get("hidden") is not None):
            walker.skip_subtree()
            continue
        if element is asking:
            return is_below
        is_below = is_below or (event == "end" and element.tag == "h1")
        text = element.text if event == "start" else element.tail
        if is_below and text and is_prose(" ".join(text.split())):
            return False
    return False


def _bare(name: str) -> str:
    # "https://schema.org/Product/" and "schema:Product" are "product"
    return name.strip().rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower()


def read_address(url: str | None) -> Address:
    """The parts of an address; nothing where there is none or it is malformed."""
    try:
        parts = urlsplit((url or "")[:_MAX_URL_CHARS])
        # "forum.example.org", "shop.example.org"
        host = (parts.hostname or "").split(".", 1)[0]
    except ValueError:
        return Address()
    folders = tuple(part.lower() for part in parts.path.split("/") if part)
    whole = Address(folders)
    words = frozenset((*folders[:-1], whole.last, host)) - {""}
    return Address(folders, words, frozenset(key.lower() for key, _ in parse_qsl(parts.query)))


def is_prose(raw: str) -> bool:
    """Whether a paragraph has the length of prose; in scripts without spaces a letter counts as three characters, and
    in Korean as two.
    """
    size = len(raw)
    if size >= PROSE_CHARS or raw.isascii() or size * _CHARS_OF_UNSPACED < PROSE_CHARS:
        return size >= PROSE_CHARS
    size += (_CHARS_OF_UNSPACED - 1) * len(UNSPACED.findall(raw))
    return size + (_CHARS_OF_HANGUL - 1) * len(HANGUL.findall(raw)) >= PROSE_CHARS


def prose_chars(labelled: Sequence[Labelled]) -> int:
    """Characters of kept paragraphs that are long enough to be prose."""
    return sum(
        [len(item.block.raw) for item in labelled if item.shape in _PROSE_LABELS and is_prose(item.block.raw)]
    )


def evident_paywalls(labelled: Sequence[Labelled]) -> list[Labelled]:
    """The blocks that say that the text is cut: by the words of ``paywall.cut``, a platform or a user's rule. The
    network is mostly wrong (of 36 pages of 1,136 on which only it found one, some 30 had none), and so is what sells a
    subscription: of 26 pages on which words of offers were taken for a wall, 9 had their whole text.
    """
    walls = [item for item in labelled if item.label is Label.PAYWALL]
    return [item for item in walls if not item.verdict.rule.startswith(_NO_EVIDENCE)]


def is_declared_article(seen: PageEvidence) -> bool:
    """Whether the page says that it is an article, says nothing else, and is dated."""
    types = page_words()["types"]
    if seen.declared.isdisjoint(types["article"]):
        return False
    # shops and forums may declare an article beside what the page is
    if not seen.declared.isdisjoint(types["product"] | types["forum"] | types["list"]):
        return False
    return seen.metadata.best("date_published") is not None


def is_sure_article(seen: PageEvidence) -> bool:
    """Whether a declared article has the prose to show for it, at an address that speaks of nothing else."""
    words = page_words()["address"]
    return (
        is_declared_article(seen)
        and read_address(seen.url).words.isdisjoint(words["forum"] | words["product"])
        and prose_chars(seen.labelled) >= _MIN_SURE_PROSE
    )
