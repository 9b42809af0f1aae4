"""The article where it is in a script only: ``articleBody`` of JSON-LD, or the data a page builds itself from;
or in ``noscript`` only, where forum software keeps the thread for readers without scripts.

Used only for pages that show next to nothing. The page's own text is not touched by this: such a record's
``text`` is accounted for by its origin, and all that a browser shows without the script is among the removals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from html import unescape

from lxml import etree
from msgspec import Struct

from copydesk.cleaners import text_forms
from copydesk.cleaners.markup.jsonld import Node, is_of_article, types_of
from copydesk.cleaners.markup.script_fields import Data, bare_key, fields_of
from copydesk.cleaners.markup.script_json import MAX_DEPTH, MAX_SCRIPT_CHARS, page_data, parse_json
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import count_sentences
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Announced, Block, Kind, Label, Labelled, Verdict
from copydesk.cleaners.word_count import HAN_KANA_HANGUL

RULE_ID = "script.body"
"""The rule that speaks where kept blocks of the page are set aside."""
WHY = "Where the article is in a script, what the page shows of it is a copy, and nothing else is part of it."
MIN_DECLARED_LETTERS, MIN_BODY_LETTERS, MIN_TITLED_LETTERS = 120, 400, 120
"""Letters, of which one of Han or kana counts as three, from which a text is an article that a page declares as its
body; one in any other script, where shorter ones are descriptions; and one there with the page's own title beside it.
"""
SHOWN_SHARE = 0.25
"""Share of the script's text from which a page counts as showing its article."""
MAX_SHOWN_LETTERS = 1_000
"""Letters of shown text from which a page's data is not read: it takes time, and who shows so much shows more."""
# values looked at; set by hand, it bounds the time that MAX_SCRIPT_CHARS of data may take
_MAX_NODES = 100_000
_BODY_KEYS = frozenset([
    "articlebody", "articlecontent", "articleelements", "articlehtml", "articletext", "blocks", "body", "bodyblocks",
    "bodycontent", "bodyelements", "bodyhtml", "bodytext", "components", "content", "contentblocks", "contentbody",
    "contentelements", "contenthtml", "contents", "contenttext", "elements",
    "fulltext", "html", "htmlbody", "htmlcontent", "maincontent", "maintext", "newsbody", "newscontent", "paragraphs",
    "postbody", "postcontent", "richtext", "story", "storybody", "storyelements", "storyhtml", "text", "textblocks",
    "textcontent",
])  # fmt: skip
"""Names of an article's body, in lower case and without ``_`` and ``-``."""
# Editor.js: blocks, data, text; Contentful: content, value; WordPress: rendered; and others
_TEXT_KEYS = (
    "text", "value", "html", "content", "children", "elements", "items", "paragraphs", "blocks", "data", "body",
    "rendered",
)  # fmt: skip
# where a node says what it is: "type": "paragraph", "nodeType": "heading-2", "_type": "block"
_NAMES = ("type", "nodeType", "_type", "tag", "tagName", "name", "kind", "__typename")
# "p", "h2", "text.li"; "heading-2", "listItem", "text_block"; not "link" or "bold"
_BLOCK_NAME = lazy_pattern(r"(?:^|[-_.])(?:p|h[1-6]|li|block)$|paragraph|heading|header|list-?_?item|quote|text_?block", re.IGNORECASE)  # fmt: skip
# set by hand: addresses, labels and keys may be long, but have no sentences
_MIN_SENTENCES, _MIN_TITLED_SENTENCES = 3, 2
_MAX_KEY_CHARS = 20  # set by hand: none of those names is longer
_MAX_AROUND = 4  # objects around a body that may be the article's; set by hand
# of a tag; set by hand: an inline style or data attribute may be huge
_MAX_TAG_CHARS = 500
_TAG = lazy_pattern(r"</?([a-zA-Z][\w-]*)\b[^<>]*>")
_APART = frozenset({"script", "style", "figcaption"})
_MAY_CAPTION = frozenset({"p", "div", "span", "em", "small"})
# <p class="wp-caption-text">
_CAPTION_CLASS = lazy_pattern(r"\bclass=[\"'][^\"'<>]*?caption")
_PLACEHOLDER = lazy_pattern(r"[$%#@{\[]{2}\S{1,60}[$%#@}\]]{2}")  # a page puts something else there
# an embed's address alone in its line
_URL = lazy_pattern(r"\w+:/\S+")
_BLOCK_ELEMENTS = frozenset([
    "p", "div", "br", "h1", "h2", "h3", "h4", "h5", "h6", "li",
    "ul", "ol", "blockquote", "section", "article", "figure", "table", "tr",
])  # fmt: skip
_SILENT = frozenset({"script", "style", "template", "svg"})
MIN_LETTERS = 500
"""Letters from which it may be a page; set by hand: a tracker's pixel, and a sentence that asks for scripts, have
fewer.
"""


class ScriptBody(Struct, frozen=True):
    """The paragraphs of an article, and where they stand (``json-ld:articleBody``, ``script:__NEXT_DATA__`` ...)."""

    paragraphs: tuple[str, ...]
    origin: str
    said: Announced | None = None
    """What the script says of the article besides."""

    @property
    def text(self) -> str:
        """The paragraphs, parted by blank lines."""
        return "\n\n".join(self.paragraphs)


def find_script_body(
    root: etree._Element, nodes: Iterable[Node], *, title: str, kept_letters: int, page_letters: int
) -> ScriptBody | None:
    """The article's body in the page's scripts, where the page itself shows less than SHOWN_SHARE of it.

    ``nodes``: those of the page's JSON-LD; ``title``: of the page, or ``""``; ``kept_letters``: of the text found in
    the visible page, whose letters are ``page_letters``. None where the page shows enough, where no script holds a
    body, or where several do (a list of articles) and none has the page's title. Never raises for what scripts hold.
    """
    declared = (node.get("articleBody") for node in nodes if is_of_article(types_of(node)))
    bodies = [one for one in declared if isinstance(one, str) and _letters(one) >= MIN_DECLARED_LETTERS]
    if bodies and kept_letters >= SHOWN_SHARE * max(map(len, bodies)):
        return None  # the check below, without reading the bodies
    written = {paragraphs for body in bodies if (paragraphs := _paragraphs(body[:MAX_SCRIPT_CHARS]))}
    # if all these say the same
    found = ScriptBody(written.pop(), "json-ld:articleBody") if len(written) == 1 else None
    least = MIN_DECLARED_LETTERS
    if found is None and kept_letters < MAX_SHOWN_LETTERS:
        found, least = _in_data(root, page_letters, bare(title)), MIN_TITLED_LETTERS
    if found is None:
        return None
    text = text_forms.letters(found.text)
    return found if _letters(text) >= least and kept_letters < SHOWN_SHARE * len(text) else None


def _letters(text: str) -> int:
    """Characters of a text, where one letter of Han, kana or Hangul says as much as three of Latin."""
    return len(text) if text.isascii() else len(text) + 2 * len(HAN_KANA_HANGUL.findall(text))


def with_all_removed(labelled: Sequence[Labelled], body: ScriptBody) -> tuple[Labelled, ...]:
    """The page's blocks where its text is ``body``: what was kept is a duplicate of it, or is something else."""
    whole = text_forms.letters(body.text)
    evidence = f"the article is in a script ({body.origin})"

    def aside(item: Labelled) -> Labelled:
        label = Label.DUPLICATE if text_forms.letters(item.block.raw) in whole else Label.OTHER
        return item.with_verdict(Verdict(label, RULE_ID, evidence))

    return tuple(aside(item) if item.is_kept else item for item in labelled)


def script_blocks(body: ScriptBody) -> tuple[tuple[Block, ...], Verdict]:
    """The paragraphs of a body as blocks, and the verdict on all of them."""
    blocks = tuple(Block(at, Kind.PARAGRAPH, text) for at, text in enumerate(body.paragraphs))
    return blocks, Verdict(Label.PARAGRAPH, RULE_ID, f"is in a script ({body.origin})")


def _in_data(root: etree._Element, page_letters: int, title: str) -> ScriptBody | None:
    """The one body that outweighs all others of the page's data, and all that the page shows; or the one with the
    page's title.

    Longer pages are no pages made of data: the data is beside a page of its own.
    """
    found: list[tuple[int, ScriptBody]] = []
    own: list[tuple[int, ScriptBody]] = []
    # a script of much fewer characters could not outweigh the page: it is not parsed
    for origin, value in page_data(root, at_least=max(MIN_TITLED_LETTERS, page_letters // 2)):
        for paragraphs, around in _bodies(value):
            text = " ".join(paragraphs)
            said = fields_of(around, origin)
            # the page's title may have the site's name behind it
            own_title = bare(said.title or "") if said else ""
            is_own = bool(own_title and title) and (own_title in title or title in own_title)
            if count_sentences(text) >= (_MIN_TITLED_SENTENCES if is_own else _MIN_SENTENCES):
                pair = len(text_forms.letters(text)), ScriptBody(paragraphs, origin, said)
                (own if is_own else found).append(pair)
    is_own, found = bool(own), own or found
    if not found:
        return None
    found.sort(key=lambda pair: -pair[0])
    letters, best = found[0]
    whole = text_forms.letters(best.text)
    if not is_own and _letters(whole) < MIN_BODY_LETTERS:
        return None
    # other words of more than half the length: a list of articles, none of them this page's
    rivals = [
        body for size, body in found[1:] if size * 2 > letters and text_forms.letters(body.text) not in whole
    ]
    return None if rivals or page_letters > len(best.text) else best


def _bodies(value: object) -> Iterator[tuple[tuple[str, ...], Sequence[Data]]]:
    """The paragraphs of each value that a name calls a body, and the objects around it, the innermost first."""
    waiting: list[tuple[object, int, tuple[Data, ...]]] = [(value, 0, ())]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        current, depth, around = waiting.pop()
        if depth > MAX_DEPTH:
            continue
        if isinstance(current, list):
            # reversed, for the last is taken first: bodies come in the data's order
            waiting.extend((one, depth + 1, around) for one in reversed(current))
        elif isinstance(current, dict):
            around = (current, *around[: _MAX_AROUND - 1])
            for key, raw in current.items():
                inner = _opened(raw)
                if len(key) <= _MAX_KEY_CHARS and bare_key(key) in _BODY_KEYS and (found := _gathered(inner)):
                    yield found, (inner, *around) if isinstance(inner, dict) else around
                elif isinstance(inner, (dict, list)):
                    waiting.append((inner, depth + 1, around))


def _opened(value: object) -> object:
    """The value, or the data that it holds as a text."""
    if isinstance(value, str) and len(value) >= MIN_TITLED_LETTERS and value[0] in "{[":
        return parse_json(value) or value
    return value


def _gathered(value: object) -> tuple[str, ...]:
    """The paragraphs of a body, if they are long enough for an article."""
    paragraphs = tuple(paragraph for text in _texts(value, 0) for paragraph in _paragraphs(text))
    return paragraphs if sum(map(_letters, paragraphs)) >= MIN_TITLED_LETTERS else ()


def _texts(value: object, depth: int) -> Iterator[str]:
    """The texts of a body, one a paragraph: a string, a list of them, or a tree of nodes."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, depth + 1)
    elif isinstance(value, Mapping):
        inner = [text for key in _TEXT_KEYS if key in value for text in _texts(value[key], depth + 1)]
        if any(isinstance(name := value.get(key), str) and _BLOCK_NAME.search(name) for key in _NAMES):
            yield "".join(inner)  # the runs of one paragraph
        else:
            yield from inner


def _paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text that may hold markup."""
    if "&lt;" in text and not _TAG.search(text):
        text = unescape(text)  # markup written as text
    if "<" in text:
        text = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _BLOCK_ELEMENTS else "", _without_asides(text))
    if "&" in text:
        text = unescape(text)
    lines = [text_forms.prose(line).replace("\n", " ") for line in text.split("\n")]
    return tuple(
        line for line in lines if line and not (_URL.fullmatch(line) or _PLACEHOLDER.fullmatch(line))
    )


def _without_asides(markup: str) -> str:
    """Markup without scripts, styles and captions of pictures."""
    parts: list[str] = []
    at = 0
    for match in _TAG.finditer(markup):
        if match.start() < at or not _is_aside(match):
            continue
        end = markup.find(f"</{match[1]}", match.end())
        if end < 0:
            break
        parts.append(markup[at : match.start()])
        at = end
    return "".join((*parts, markup[at:]))


def _is_aside(tag: re.Match[str]) -> bool:
    """Whether an element that begins here is no part of the text; classes of sensible length are read."""
    name = tag[1].lower()
    if tag[0].startswith("</"):
        return False
    if name in _APART:
        return True
    may_caption = name in _MAY_CAPTION and "caption" in tag[0]
    return may_caption and _CAPTION_CLASS.search(tag[0][:_MAX_TAG_CHARS]) is not None


def noscripts(root: etree._Element) -> list[etree._Element]:
    """The ``noscript`` elements of a page, the outermost alone: of ten thousand in each other, each would be read as
    often as it has others around it.
    """
    return [one for one in root.iter("noscript") if next(one.iterancestors("noscript"), None) is None]


def is_in_article_body(element: etree._Element) -> bool:
    """Whether an element is in one that the page declares as an article or its body."""
    return any(
        one.tag == "article" or one.get("itemprop") == "articleBody" for one in element.iterancestors()
    )


def noscript_markup(elements: Iterable[etree._Element], *, shown_letters: int) -> str | None:
    """The markup in the ``noscript`` element with the most text, or None where none says more than MIN_LETTERS and
    ``shown_letters``.
    """
    found = [(_noscript_letters(element), element) for element in elements]
    letters, element = max(found, key=lambda one: one[0], default=(0, None))
    if element is None or letters < MIN_LETTERS or letters <= shown_letters:
        return None
    held = deepcopy(element)
    held.tag, held.tail = "div", None  # what is in `noscript` is no text of a page
    return f"<body>{etree.tostring(held, encoding='unicode', method='html')}</body>"


def _noscript_letters(element: etree._Element) -> int:
    inner = [*element.iter(etree.Element)]
    texts = [one.text or "" for one in inner if one.tag not in _SILENT]
    texts += [one.tail or "" for one in inner[1:]]
    return sum(map(str.isalnum, "".join(texts)))
