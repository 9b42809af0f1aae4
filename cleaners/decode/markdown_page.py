"""Pages in Markdown: what their front matter says of them, and their text as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from html import escape
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Announced

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

# as Jekyll, Hugo, Pandoc, Obsidian and copydesk's own export write it: each line has a key, an entry of a list or is
# indented, so that a passage between two rules is none
_FRONT_MATTER = lazy_pattern(
    r"\ufeff?---[ \t]*\r?\n"
    r"(?=[\w\"'])((?:(?:[\w\"'][\w\"' .-]{0,80}:(?=[ \t\r\n])|-[ \t]|[ \t]|#)[^\n]*\n|\r?\n){1,1000}?)"
    r"(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)"
)
_MAX_FRONT_CHARS = 20_000
# set by hand: a parser takes the square of their number for those that nest, and front matter has a dozen
_MAX_BRACKETS = 200
# a colon within a title, or a name that begins with a sign of YAML, as people write them by hand
_UNQUOTED = lazy_pattern(r"(?m)^([\w-]+:[ \t]+)([^\s\"'\[{|>][^\n]*)$")
_WEB = lazy_pattern(r"https?://\S+")
# a page of HTML that is called Markdown
_DOCUMENT = lazy_pattern(r"[\s\ufeff]*<(?:!doctype|\?xml|html|head|body)\b", re.IGNORECASE)
# what tools that turn pages into Markdown write of menus and headlines; "t['replace'](/x/)" is code
_HEADING = lazy_pattern(r"(?m)^(?:#{1,6} \S|[^\n]{1,150}\n={3,}[ \t]*$)")
_LINK = lazy_pattern(
    r"(?m)(?<!\w)\[[^\[\]\n]{1,200}\]\(<?(?:https?://|[/#])[^\s()]{0,500}[ )>]"
    r"|^ {0,3}\[[^\[\]\n]{1,200}\]:[ \t]+<?(?:https?://|/)"
)
_UNDERLINED = lazy_pattern(r"(?m)(?<!=\n)^([^\s=][^\n]{8,149}\S)\n(={10,})[ \t]*$")
# a comment in code stands right above what it is about
_PARTED_HEADING = lazy_pattern(r"(?:\A|\n[ \t]*\n)#{1,6} [^\n]{1,200}(?=\n[ \t]*\n)")
_MIN_HEADINGS = 2
_MIN_LINKS = 3  # set by hand: prose on Markdown shows one
_MIN_LINKS_ALONE = 10  # set by hand: of a text without headings
_OF_HTML = lazy_pattern(r"(?i)</(?:html|body|head|script)>")
# a line and another right below, neither with a mark or wrapped, nor ended by a mark: Markdown would join them
_UNPARTED = lazy_pattern(
    r"(?m)^(?! {4}|\t)[ ]*+(?=[^\s#>*|+\d-])(?:[^\n|]{1,50}|[^\n|]{120,})(?<!  )(?<!\\)\n(?=(?! {4}|\t) *[^\s#>*|+\d=-])"
)
_MOST_UNPARTED = 0.1  # of the lines
# a rule below a paragraph, where a headline would be one line, or below a line with another above; an answer in a mail
_PARTED = lazy_pattern(
    r"(?m)^(?!\W{0,9}\[)[^\n]{151,}\n(?=(?:=+|-+)[ \t]*$)|(?<==\n)^[^\n=][^\n]{0,149}\n(?==+[ \t]*$)|^={3,}[ \t]*\n(?=[^\n])"
    r"|^ {0,3}>[^\n]*\n(?=[^>\s])"
)
_NAME_OF_CODE = lazy_pattern(r"(?<![\w\\])__(?=[a-z]+__(?!\w))")
_FENCED = lazy_pattern(
    r"(?ms)^[ \t]*(?P<mark>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*\n.*?(?:^[ \t]*(?P=mark)[`~]*[ \t]*$|\Z)"
)
# what is no Markdown, or would be lost in it. html2text breaks addresses where they are long, as lines of prose
_BROKEN_ADDRESS = lazy_pattern(
    r"(?<=\]\()<?https?://[^\s()<>\"']{1,500}(?:\n[^\s()<>\"']{1,500}){1,20}(?=>?\)|[ \n]\"[^\"\n]{0,300}\"\))"
)
# links around the blocks of a card: "[![](a.png)\n\n### Headline\n\nText](address)"
_LINK_AROUND_BLOCKS = lazy_pattern(
    r"(?<!\\)\[((?:!\[[^\[\]`\n]{0,300}\]\([^()\[\]`\n]{0,600}\)|[^\[\]`]){0,5000}+)\]"
    r"\((<?(?:https?://|[/#])[^\s()]{0,500}(?: \"[^\"\n]{0,300}\")?)\)"
)
_BORDER_OF_BLOCKS = lazy_pattern(r"\n[ \t]*(?:\n|#{1,6}[ \t])|(?m:^#{1,6}[ \t])")
_LINE_WITH_LETTERS = lazy_pattern(
    r"(?m)^[ \t]*(?:[#>*+-]+[ \t]+|\d+[.)][ \t]+)*((?!!\[)[^\n]*[^\W_][^\n]*?)[ \t]*$"
)
_IN_HEADING = lazy_pattern(r"#{1,6}[ \t]")
# classes and boxes, as Pandoc writes them: "# Headline {#name .title}", "::: {.box}"
_CLASSES = lazy_pattern(
    r"(?m)(?<=\S)[ \t]+\{[#.][\w#.: =\"-]{1,200}\}[ \t]*$|^[ \t]*:{3,}[ \t]*(?:\{[^{}\n]{0,200}\}|[\w-]{0,80})[ \t]*:*[ \t]*$"
)
# "[Anna]: Never!" is no address; "1986. A good year." no entry of a list; "2*3*4" holds no emphasis
_NO_MARKS = lazy_pattern(
    r"(?m)^ {0,3}(?=\[(?!\^)[^\[\]\n]{1,200}\]:[ \t]+(?!<?(?:[a-z][a-z+.-]*:|[/#.?]|www\.)))"
    r"|^ {0,3}\d{3,9}(?=[.)][ \t])|(?<=\d)(?=\*\d)"
)
_FIRST_HEADING = lazy_pattern(r"\A<h[2-6]>(.*?)</h[2-6]>", re.DOTALL)
# $x^2$, $$x$$; [^1]; <sup>, </sub>, <br>
_AS_IS = lazy_pattern(
    r"\$\$(?P<display>[^$\n]{1,2000})\$\$|\$(?P<tex>(?=[^$\n]*[\\^_={])[^\s$](?:[^$\n]{0,2000}[^\s$])?)\$(?!\w)"
    r"|\[\^(?P<name>[^\W_]{1,6})\]|</?su[pb]>|<br ?/?>",
    re.IGNORECASE,
)
_FOOTNOTE = lazy_pattern(r"\[\^([^\W_]{1,6})\]:[ \t]+(?=\S)")
_MAX_LEVELS = 100
"""Of lists and quotations within each other, of which markdown-it would leave out what is deeper."""
_MAX_BRACKET_LEVELS = 10
"""Of brackets that open within each other: deeper ones are text. The parser looks at all levels again from each."""
_TITLE = ("title",)
_AUTHORS = ("authors", "author", "creator", "by")
_PUBLISHED = ("date_published", "published", "pubdate", "publishdate", "date", "created")
_UPDATED = ("date_modified", "updated", "modified", "lastmod", "last_modified")
_LANGUAGE = ("language", "lang")
_TAGS = ("tags", "keywords")
_SITE = ("site_name", "site", "publisher")
# no "source" or "link": they lead to what a page is about as often as to the page
_URL = ("url", "source_url", "permalink", "canonical_url")
_KNOWN = frozenset(_TITLE + _AUTHORS + _PUBLISHED + _UPDATED + _LANGUAGE + _TAGS + _SITE + _URL)


class FrontMatter(Struct, frozen=True):
    """What the front matter of a page says of it, and the text below it."""

    announced: Announced
    url: str | None
    text: str


def read_front_matter(text: str) -> FrontMatter | None:
    """The front matter of a page in Markdown; None where it has none, or none of the usual keys."""
    found = _FRONT_MATTER.match(text, 0, _MAX_FRONT_CHARS)
    fields = _fields(found[1]) if found else {}
    if found is None or fields.keys().isdisjoint(_KNOWN):
        return None
    announced = Announced(
        "front_matter",
        title=_first(fields, _TITLE),
        authors=_all(fields, _AUTHORS),
        published=_first(fields, _PUBLISHED),
        updated=_first(fields, _UPDATED),
        language=_first(fields, _LANGUAGE),
        tags=tuple(tag.strip() for text in _all(fields, _TAGS) for tag in text.split(",") if tag.strip()),
        site_name=_first(fields, _SITE),
    )
    urls = (value for name in _URL for value in _texts(fields.get(name)) if _WEB.fullmatch(value))
    return FrontMatter(announced, next(urls, None), text[found.end() :])


def _fields(lines: str) -> dict[str, object]:
    """The fields by their names in lower case, each value as it is written: “2026-11-06” is no date yet. No
    fields where the lines are no YAML.
    """
    import yaml  # few pages are Markdown

    if lines.count("[") + lines.count("{") > _MAX_BRACKETS:
        return {}
    for written in (lines, _UNQUOTED.sub(_quoted, lines)):
        # ValueError: of dates and numbers; RecursionError: of brackets that nest
        with suppress(yaml.YAMLError, ValueError, RecursionError):
            value = yaml.load(written, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings alone
            return {str(name).lower(): one for name, one in value.items()} if isinstance(value, dict) else {}
    return {}


def _quoted(pair: re.Match[str]) -> str:
    quoted = pair[2].rstrip().replace("'", "''")
    return f"{pair[1]}'{quoted}'"


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a field: one, a list, or the names of objects."""
    if isinstance(value, list):
        return tuple(text for one in value if not isinstance(one, list) for text in _texts(one))
    if isinstance(value, dict):
        return _texts(value["name"]) if isinstance(value.get("name"), str) else ()
    # Obsidian writes names as links to notes
    text = str(value or "").strip().removeprefix("[[").removesuffix("]]")
    return (text,) if text and text not in ("null", "~") else ()


def _all(fields: Mapping[str, object], names: tuple[str, ...]) -> tuple[str, ...]:
    return next((texts for name in names if (texts := _texts(fields.get(name)))), ())


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next(iter(_all(fields, names)), None)


def is_marked(text: str) -> bool:
    """Whether a text that nothing says to be Markdown is: with links in its marks, as tools write that turn pages into
    it, and headings or more links; with a headline underlined letter for letter; or with headings that blank lines part
    from the text. A page that shows such marks has none when it is flattened.
    """
    if text.startswith("#!") or _OF_HTML.search(text):
        return False
    least = _MIN_LINKS if _HEADING.search(text) else _MIN_LINKS_ALONE
    # people seldom count the letters of a headline, tools do
    underlined = islice(_UNDERLINED.finditer(text), _MIN_LINKS)
    return (
        len([*islice(_LINK.finditer(text), least)]) == least
        or any(len(found[1]) == len(found[2]) for found in underlined)
        or len([*islice(_PARTED_HEADING.finditer(text), _MIN_HEADINGS)]) == _MIN_HEADINGS
    )


def parted(text: str) -> str:
    """A text that nothing says to be Markdown with the blank lines that part its paragraphs, where it has one a line;
    what is quoted from an answer right below; and rules from what is above them and no headline. Names such as
    ``__init__`` are no strong text.
    """
    text = _outside_fences(text, lambda part: _PARTED.sub(r"\g<0>\n", _NAME_OF_CODE.sub(r"\\_\\_", part)))
    if len(_UNPARTED.findall(text)) <= _MOST_UNPARTED * text.count("\n"):
        return text
    return _outside_fences(text, lambda part: _UNPARTED.sub(r"\g<0>\n", part))


def _outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text with its parts changed that are no fenced code."""
    ends = [0, *(end for fence in _FENCED.finditer(text) for end in fence.span()), len(text)]
    parts = [text[start:end] for start, end in pairwise(ends)]
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def html_of(text: str) -> str:
    """Markdown as HTML. Tags are text as they are written, because an open one would swallow what follows; those of
    raised and lowered text and line breaks are read. Formulas (``$x^2$``) and footnotes (``[^1]``) are, too.
    What is a page of HTML already stays as it is. Raises TooDeep.
    """
    if _DOCUMENT.match(text):
        return text
    parser = _parser()
    return str(parser.renderer.render(tokens_of(_outside_fences(text, _mended)), parser.options, {}))


def _mended(text: str) -> str:
    """Markdown with what would be lost as a mark escaped, addresses whole, and links around several blocks at the first
    that has letters.
    """
    text = _NO_MARKS.sub(r"\g<0>\\", _CLASSES.sub("", text))
    text = _BROKEN_ADDRESS.sub(lambda found: found[0].replace("\n", ""), text)
    return _LINK_AROUND_BLOCKS.sub(_linked_at_first, text)


def _linked_at_first(found: re.Match[str]) -> str:
    held, address = found[1], found[2]
    line = _LINE_WITH_LETTERS.search(held)
    # a row of a table, or a hard break
    if line is None or line[1].startswith("|") or line[1].endswith("\\"):
        return found[0]
    begun = found.string.rfind("\n", 0, found.start()) + 1
    in_heading = "\n" in held and _IN_HEADING.match(found.string, begun)
    if not (in_heading or _BORDER_OF_BLOCKS.search(held)):
        return found[0]
    start, end = line.span(1)
    return f"{held[:start]}[{held[start:end]}]({address}){held[end:]}"


def tokens_of(text: str) -> list[Token]:
    """The tokens of Markdown, as ``html_of`` reads it. One of the type ``as_is`` has in ``info`` what it is (a
    ``formula``, the mark of a ``note``, a ``tag``) and in ``markup`` what was written; the first block of a note has
    an attribute ``id``, and nothing else has one. Raises TooDeep.
    """
    tokens = _parser().parse(text)
    if max((token.level for token in tokens), default=0) >= _MAX_LEVELS - 1:
        raise TooDeep(f"lists and quotations are nested more than {_MAX_LEVELS} levels deep")
    return tokens


def with_headline(html: str) -> str:
    """The HTML of a page that has its title nowhere else: a heading that opens it is its headline, of any rank."""
    return _FIRST_HEADING.sub(r"<h1>\1</h1>", html, count=1)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = _with_levels(_MAX_LEVELS)
    words = _with_levels(_MAX_BRACKET_LEVELS)

    def read_words(state: StateCore) -> None:
        for token in state.tokens:
            if token.type == "inline":
                token.children = []
                words.inline.parse(token.content, words, state.env, token.children)

    parser.core.ruler.at("inline", read_words)
    return parser


def _with_levels(most: int) -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": most})
    parser.enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "as_is", _read_as_is)
    parser.block.ruler.before("reference", "footnote", _read_footnote)
    parser.add_render_rule("as_is", lambda _renderer, tokens, at, *_: tokens[at].content)
    return parser


def _read_as_is(state: StateInline, silent: bool) -> bool:
    """A formula, the mark of a footnote, or a tag that is read."""
    found = _AS_IS.match(state.src, state.pos) if state.src[state.pos] in "$[<" else None
    # "US$5 = 4€, A$": a sign behind a letter opens no formula
    if found is None or (found["tex"] and state.src[state.pos - 1 : state.pos].isalnum()):
        return False
    if not silent:
        token = state.push("as_is", "", 0)
        token.content, token.markup, token.info = found[0].lower(), found[0], "tag"
        if tex := found["display"] or found["tex"]:
            token.info = "formula"
            token.content = f"<math>{escape(tex.strip())}</math>"
        elif name := found["name"]:
            token.info = "note"
            token.content = f'<sup class="footnote-ref"><a href="#fn-{name}">{name}</a></sup>'
    state.pos = found.end()
    return True


def _read_footnote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """``[^1]: A note.``, whose further lines are indented."""
    start = state.bMarks[line] + state.tShift[line]
    found = _FOOTNOTE.match(state.src, start, state.eMarks[line])
    # what looks like a note within a note is its text
    if found is None or state.parentType == "footnote" or state.sCount[line] - state.blkIndent > 3:
        return False
    if silent:
        return True
    last = line + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] - state.blkIndent >= 4):
        last += 1
    first = len(state.tokens)
    kept = state.bMarks[line], state.tShift[line], state.sCount[line], state.blkIndent, state.parentType
    state.bMarks[line], state.tShift[line], state.parentType = found.end(), 0, "footnote"
    state.blkIndent += 4
    state.sCount[line] = state.blkIndent
    state.md.block.tokenize(state, line, last)
    state.bMarks[line], state.tShift[line], state.sCount[line], state.blkIndent, state.parentType = kept
    state.line = last
    if first < len(state.tokens):  # the definition of a link leaves nothing to show
        state.tokens[first].attrSet("id", f"fn-{found[1]}")
    return True
