"""Pages that a browser has to build: empty shells with scripts that would fill them, and those that only say so.

Used only where no article was found, neither on the page nor in its scripts. The structure decides: a mount with
nothing in it, scripts, what ``noscript`` holds; a sentence counts where next to nothing else is shown. The names of
mounts are data (``[shell]`` of ``page_words.toml``), the sentences are the lexicon's ``page.needs-javascript``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

from lxml import etree
from msgspec import Struct, field, structs

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.lexicon.words import PhraseMatcher, entries_of, languages, lexicon
from copydesk.cleaners.page_kind.page_evidence import page_words
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import split_after_terminals
from copydesk.cleaners.types import Kind, Label, Labelled
from copydesk.cleaners.word_count import count_words

NEEDS_SCRIPTS, CAPTCHA = "page.needs-javascript", "page.captcha"
MIN_WORDS = 8
"""Words of kept text from which a page has an article, however short (as in ``record/fields.py``)."""
# these bounds are set by hand: larger ones call stubs shells, smaller ones miss shells with menus
_MAX_SHOWN = 3_000  # characters: menus and footers that stand around an empty mount
# characters of kept text: sentences that say it, headings; more has enough words for an article
_MAX_KEPT = 600
_MAX_TEXT = 300  # characters outside of menus and notices of any shell
_MAX_BESIDE_NOTICE = 200  # characters of text beside the sentence that says it
_MAX_SHOWN_BESIDE_NOTICE = 600
_MAX_NOTICE = 200  # a longer block that says it is about it
_MAX_MORE_NOTICE = 50  # characters of its sentences that do not speak of JavaScript
_MAX_PLACEHOLDER = 60
_NEAR = 4  # elements above a block whose names are its own
_MAX_QUOTE = 80
_MAX_NOSCRIPT = 1_000
_AROUND = frozenset({Label.NAV, Label.COOKIE, Label.COPYRIGHT})
# {{ page.title }} of Vue or Angular, before a script fills it in
_TEMPLATE = lazy_pattern(r"\{\{[^{}]{0,300}\}\}")
# "Loading..."
_PENDING = ("...", "…")
_APART = SILENT | {"head", "title"}
_CONTENT = frozenset(
    {"img", "picture", "video", "audio", "iframe", "frame", "object", "embed", "form", "input", "textarea"}
)
_NO_MOUNT = _CONTENT - {"img", "picture"}  # a spinner is a picture, too
# application/ld+json, text/template, text/html, text/x-handlebars: a browser runs none of them
_DATA_SCRIPT = lazy_pattern(r"json|template|html|text/x-|speculationrules", re.IGNORECASE)
# location.href = "/de/", location.replace("/de/"); not the comparison location == "/de/"
_ELSEWHERE = lazy_pattern(r"\blocation(?:\.href)?\s*=(?!=)|\blocation\.(?:replace|assign|reload)\s*\(")
_MAX_SCRIPT = 20_000  # characters: scripts that only lead elsewhere are short

Reason = tuple[str, str]
"""Kind of page (``needs-javascript``, ``captcha``) and the evidence in words."""


class _Shown(Struct):
    """What a page shows beside its title. ``text``: characters outside of menus and notices."""

    chars: int = 0
    text: int = 0
    words: int = 0
    notice: str | None = None
    has_placeholder: bool = False


class _Built(Struct):
    """What there is for a browser to build the page with."""

    mount: str | None = None
    scripts: int = 0
    is_own: bool = False  # one of them is of the site's own, or a module
    leads_elsewhere: bool = False
    has_content: bool = False  # pictures, frames, forms: the page shows something without text
    noscript: list[str] = field(default_factory=list)


def find_shell(labelled: Sequence[Labelled], root: etree._Element | None) -> Reason | None:
    """What a page is that has next to no text and no article, or None. ``root`` is None for flattened text."""
    if _shows_much(labelled):
        return None
    shown = _shell_of(labelled)
    if shown is None:
        return None
    built = _Built() if root is None else _look(root)
    fallback = " ".join(built.noscript)[:_MAX_NOSCRIPT]
    phrase = _phrases().find(fallback).get(CAPTCHA) if fallback else None
    if phrase and phrase.mode != "whole":
        return "captcha", f"“{phrase.phrase}” for browsers without scripts, {shown.chars} characters besides"
    evidence = _evidence(shown, built, fallback if _names_javascript(fallback) else None)
    return ("needs-javascript", evidence) if evidence else None


def _shows_much(labelled: Sequence[Labelled]) -> bool:
    """Whether there is too much to read for a shell: true of nearly all pages, known after a few blocks."""
    shown = kept = 0
    for item in labelled:
        block, is_kept = item.block, item.is_kept
        if block.kind is Kind.TITLE or (block.is_hidden and not is_kept):
            continue
        size = len(block.raw)
        shown += size
        kept += size * is_kept
        if shown > _MAX_SHOWN or kept > _MAX_KEPT:
            return True
    return False


def _shell_of(labelled: Sequence[Labelled]) -> _Shown | None:
    """What is shown, None where it is an article or too much text. What was kept is read first: most short
    pages have enough there.
    """
    shown = _Shown()
    for item in sorted(labelled, key=lambda item: not item.is_kept):
        block = item.block
        if block.kind is Kind.TITLE:
            continue
        text = _TEMPLATE.sub("", block.text)
        if _is_notice(text):
            shown.notice = shown.notice or text
        elif (
            item.is_kept or not block.is_hidden
        ):  # what is sent ahead of its place is hidden, and may be the article
            _add_text(shown, item, text)
        if shown.words >= MIN_WORDS or shown.text > _MAX_TEXT:
            return None
    return shown


def _add_text(shown: _Shown, item: Labelled, text: str) -> None:
    if item.is_kept and item.block.kind is not Kind.HEADING:
        shown.words += count_words(text)
    if _is_placeholder(item, text):
        shown.has_placeholder = True
        return
    shown.chars += len(text)
    shown.text += 0 if item.label in _AROUND else len(text)


def _is_notice(text: str) -> bool:
    """Whether a block says that JavaScript is needed, and next to nothing else."""
    if len(text) > _MAX_NOTICE or not _names_javascript(text) or NEEDS_SCRIPTS not in _phrases().find(text):
        return False
    return (
        sum(len(part) for part in split_after_terminals(text) if not _names_javascript(part))
        <= _MAX_MORE_NOTICE
    )


def _names_javascript(text: str) -> bool:
    lowered = text.lower()
    return any(name in lowered for name in page_words()["shell"]["names"])


def _is_placeholder(item: Labelled, text: str) -> bool:
    """What is shown until something else is: by the names of the elements around, or by its dots."""
    if len(text) > _MAX_PLACEHOLDER:
        return False
    known = page_words()["shell"]["placeholders"]
    return text.endswith(_PENDING) or any(
        name in step.words for step in item.block.path[-_NEAR:] for name in known
    )


@cache
def _phrases() -> PhraseMatcher:
    """The two kinds of sentences in all languages: an app says them in its makers', whatever the page is in."""
    lexicons = (
        structs.replace(
            one, phrases={id_: one.phrases[id_] for id_ in (NEEDS_SCRIPTS, CAPTCHA) if id_ in one.phrases}
        )
        for one in map(lexicon, languages())
    )
    return PhraseMatcher(chain.from_iterable(map(entries_of, lexicons)))


def _look(root: etree._Element) -> _Built:
    """The page's scripts, mounts and words for browsers without scripts."""
    built = _Built()
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if element.tag == "noscript":
            _add_noscript(built, element)
            walker.skip_subtree()
        elif element.tag == "script":
            _add_script(built, element)
        elif element.tag in _CONTENT:
            built.has_content = True
        elif built.mount is None and _is_mount(element):
            built.mount = _as_written(element)
    return built


def _add_noscript(built: _Built, element: etree._Element) -> None:
    built.noscript.extend(_texts(element))
    if any((meta.get("http-equiv") or "").lower() == "refresh" for meta in element.iter("meta")):
        built.leads_elsewhere = True


def _add_script(built: _Built, element: etree._Element) -> None:
    kind, source, code = element.get("type") or "", element.get("src"), (element.text or "").strip()
    if _DATA_SCRIPT.search(kind) or not (source or code):
        return
    built.scripts += 1
    is_own = source is not None and not source.strip().lower().startswith(("http:", "https:", "//"))
    if is_own or kind.lower() == "module" or "import(" in code[:_MAX_SCRIPT]:
        built.is_own = True
    if len(code) <= _MAX_SCRIPT and _ELSEWHERE.search(code):
        built.leads_elsewhere = True


def _is_mount(element: etree._Element) -> bool:
    """Whether an element is named as one that a script fills, and is as good as empty."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _APART:
        return False
    words = page_words()["shell"]
    is_named = (
        (element.get("id") or "").lower() in words["ids"]
        or tag in words["tags"]
        or any(tag.endswith(ending) for ending in words["tag_endings"])
        or not words["attributes"].isdisjoint(map(str, element.attrib))
    )
    return is_named and _is_empty(element)


def _is_empty(element: etree._Element) -> bool:
    size = 0
    for text in _texts(element):
        size += 0 if _is_notice(text) else len(text)
        if size > _MAX_PLACEHOLDER:
            return False
    return next(element.iter(*_NO_MOUNT), None) is None


def _texts(element: etree._Element) -> Iterator[str]:
    """The texts in an element that a browser could show, without templates' names."""
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, one in walker:
        if event == "start" and one is not element and one.tag in _APART:
            walker.skip_subtree()
            continue
        text = one.text if event == "start" else one.tail if one is not element else None
        if text and (written := _TEMPLATE.sub("", " ".join(text.split()))):
            yield written


def _as_written(element: etree._Element) -> str:
    name = element.get("id")
    return f'<{element.tag} id="{name[:_MAX_QUOTE]}">' if name else f"<{element.tag}>"


def _evidence(shown: _Shown, built: _Built, noscript: str | None) -> str | None:
    """Why the page is a shell, None where it is none."""
    if built.mount and (built.scripts or noscript or shown.notice):
        why = f"nothing in {built.mount}"
    elif shown.notice and shown.text <= _MAX_BESIDE_NOTICE and shown.chars <= _MAX_SHOWN_BESIDE_NOTICE:
        why = ""
    elif _is_bare(shown, built, noscript):
        why = "nothing to read"
    else:
        return None
    leading = "one of which, or noscript, leads elsewhere" if built.leads_elsewhere else ""
    parts = (why, _scripts(built), leading, _quoted(noscript, "noscript"), _quoted(shown.notice, "the page"))
    return f"{', '.join(filter(None, parts))}; {shown.chars} characters shown besides"


def _is_bare(shown: _Shown, built: _Built, noscript: str | None) -> bool:
    """Whether a page without a known mount shows nothing, and scripts would change that."""
    if built.has_content or not built.scripts:
        return False
    if shown.chars <= _MAX_PLACEHOLDER and (noscript or built.leads_elsewhere):
        return True
    return not shown.chars and (built.is_own or shown.has_placeholder)


def _scripts(built: _Built) -> str:
    return f"{built.scripts} script{'s' * (built.scripts != 1)}" if built.scripts else ""


def _quoted(text: str | None, who: str) -> str:
    if not text:
        return ""
    return f"{who} says “{text if len(text) <= _MAX_QUOTE else text[:_MAX_QUOTE].rstrip() + '…'}”"
