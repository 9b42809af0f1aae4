"""An article as HTML: its Markdown, rendered so that nothing a page wrote becomes an element, an attribute or an
address that is not of the web or of mail.

Every value is escaped by the renderer; what is left to do is told by the tokens: which tags have their other half,
which addresses are links, which picture stands alone, and where a note is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any

import regex

from copydesk.cleaners.decode.markdown_page import tokens_of
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.schema import Record
from copydesk.cleaners.text_forms import letters

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

_WEB = regex.compile(r"https?://[^\s/]|mailto:[^\s]", regex.IGNORECASE)
# what HTML or XML cannot hold; a line end among them parts words
_UNSHOWN = regex.compile(r"[\p{Cs}\p{Noncharacter_Code_Point}[\p{Cc}--\t\n\r]]", regex.V1)
_NOT_IN_ID = regex.compile(r"[^0-9A-Za-z]+")
_NOTE = "fn-"  # begins the id of the first block of a note
_HALF = "half a pair"


def html_of(record: Record) -> str:
    """The article of a record, without its headline. Of a record without Markdown, or with one that is nested too deep,
    the blocks of the text are paragraphs.
    """
    tokens: Sequence[Token] = ()
    with suppress(TooDeep):
        tokens = tokens_of(record.markdown)
    if not tokens:
        return printable("".join(f"<p>{escape(block)}</p>\n" for block in record.text.split("\n\n") if block))
    prefix = f"copydesk-{_NOT_IN_ID.sub('', record.id)}-note"
    notes = dict(_mark_notes(tokens, prefix))
    captions = frozenset(letters(image.caption) for image in record.images if image.caption)
    for at, token in enumerate(tokens):
        token.attrs.pop("style", None)  # of columns that are set to a side
        if token.type == "inline":
            children = token.children or []
            _keep_web_links(children)
            _pair_tags(children)
            _write_as_they_are(children)
            _link_notes(children, notes)
            if _is_picture(children):
                _make_figure(tokens[at - 1 : at + 2], captions)
    renderer, options = _renderer()
    rendered: str = renderer.render(tokens, options, {})
    return printable(rendered)


def printable(text: str) -> str:
    """``text`` without the characters that HTML and XML cannot hold."""
    shown: str = _UNSHOWN.sub(lambda found: " " if found[0].isspace() else "", text)
    return shown


def web_or_mail(url: object) -> str | None:
    """A URL that may stand in a document: of the web or of mail, and whole; None for any other."""
    return url if isinstance(url, str) and _WEB.match(url) else None


def _mark_notes(tokens: Sequence[Token], prefix: str) -> Iterator[tuple[str, str]]:
    """(what marks call it, its id) of each note; its first block shows what it is called. The first of a name comes
    last, as marks lead to it.
    """
    numbers, found = count(1), []
    for at, token in enumerate(tokens):
        name = str(token.attrs.get("id", "")).removeprefix(_NOTE)
        if not name:
            continue
        id_ = f"{prefix}-{next(numbers)}"
        token.attrs.update({"id": id_, "class": "copydesk-note", "role": "doc-footnote"})
        found.append((name, id_))
        if token.type == "paragraph_open":
            # of a note in a tight list it would be left out
            token.hidden = tokens[at + 2].hidden = False
            mark = _as_it_is(f'<sup class="copydesk-note-mark">{escape(name)}</sup> ')
            (tokens[at + 1].children or []).insert(0, mark)
    yield from reversed(found)


def _keep_web_links(children: Sequence[Token]) -> None:
    shown = True
    for token in children:
        if token.type == "link_open":
            shown = web_or_mail(token.attrs.get("href")) is not None
        if token.type in ("link_open", "link_close"):
            token.hidden = not shown


def _pair_tags(children: Sequence[Token]) -> None:
    """Marks the tags of raised and lowered text that have no other half where they are."""
    opened: list[Token] = []
    for token in children:
        is_tag = token.info == "tag" and not token.content.startswith("<br")
        if is_tag:
            token.meta[_HALF] = True
        if token.nesting == 1 or (is_tag and token.content[1] != "/"):
            opened.append(token)
        elif token.nesting == -1:
            while opened and opened.pop().nesting != 1:
                pass
        elif is_tag and opened and opened[-1].content == token.content.replace("/", ""):
            token.meta[_HALF] = opened.pop().meta[_HALF] = False


def _write_as_they_are(children: Sequence[Token]) -> None:
    """What is no Markdown: half a pair of tags is shown as it is written."""
    for token in children:
        if token.meta.get(_HALF):
            token.content = escape(token.markup)
        elif token.info == "tag" and token.content.startswith("<br"):
            token.content = "<br>"
        elif token.info == "formula":
            token.content = f'<code class="copydesk-formula">{escape(token.markup.strip("$").strip())}</code>'


def _link_notes(children: Sequence[Token], notes: Mapping[str, str]) -> None:
    in_link = False
    for token in children:
        in_link = token.nesting == 1 if token.type in ("link_open", "link_close") else in_link
        if token.info != "note":
            continue
        name = token.markup[2:-1]
        if name not in notes:
            token.content = escape(token.markup)
        elif in_link:  # one link cannot be in another
            token.content = f"<sup>{escape(name)}</sup>"
        else:
            token.content = f'<sup><a href="#{notes[name]}" role="doc-noteref">{escape(name)}</a></sup>'


def _is_picture(children: Sequence[Token]) -> bool:
    shown = [token for token in children if token.type not in ("link_open", "link_close")]
    return len(shown) == 1 and shown[0].type == "image" and web_or_mail(shown[0].attrs.get("src")) is not None


def _make_figure(paragraph: Sequence[Token], captions: frozenset[str]) -> None:
    """A picture that stands alone, with what is said of it below."""
    opens, inline, closes = paragraph
    if opens.type != "paragraph_open":
        return
    for token in (opens, closes):
        token.tag, token.hidden = "figure", False
    opens.attrs.setdefault("class", "copydesk-figure")
    children = inline.children or []
    (picture,) = (token for token in children if token.type == "image")
    said = []
    alternative = _alternative(picture)
    if letters(alternative) in captions:
        said.append(escape(alternative))
        picture.meta["alt"] = ""  # it is said below
    if credit := picture.attrs.pop("title", None):
        said.append(f'<small class="copydesk-credit">{escape(str(credit))}</small>')
    if said:
        children.append(_as_it_is(f"<figcaption>{' '.join(said)}</figcaption>"))


def _alternative(picture: Token) -> str:
    """What is said in place of a picture, as text."""
    return "".join(map(_as_text, picture.children or ()))


def _as_text(token: Token) -> str:
    match token.type:
        case "image":
            return _alternative(token)
        case "softbreak" | "hardbreak":
            return " "
    return "" if token.info == "tag" else token.markup if token.type == "as_is" else token.content


def _as_it_is(content: str) -> Token:
    from markdown_it.token import Token

    return Token("as_is", "", 0, content=content)


@lru_cache(maxsize=1)
def _renderer() -> tuple[RendererHTML, OptionsDict]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    parser.add_render_rule("as_is", lambda _, tokens, at, *__: tokens[at].content)
    parser.add_render_rule("image", _write_image)
    renderer: Any = parser.renderer
    return renderer, parser.options


def _write_image(_: RendererHTML, tokens: Sequence[Token], at: int, *__: object) -> str:
    token = tokens[at]
    said = escape(token.meta.get("alt", _alternative(token)))
    source = web_or_mail(token.attrs.get("src"))
    if source is None:
        return said
    title = f' title="{escape(str(token.attrs["title"]))}"' if token.attrs.get("title") else ""
    return f'<img src="{escape(source)}" alt="{said}"{title}>'
