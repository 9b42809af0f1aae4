"""Names of AI tools and their makers in a text, through the table ``vendors.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import tomli
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.patterns import lazy_pattern

_LATIN = lazy_pattern("[a-z]+")
_LATIN_ALONE = bytes(code if chr(code) in ascii_lowercase else 32 for code in range(256))
_VERSION_AT_END = lazy_pattern(r"(?: #)+$")  # in a folded name


class Tool(Struct, frozen=True):
    """A name of the table: company, product (None for the company alone), what it makes."""

    vendor: str | None
    model: str | None
    medium: str | None
    is_ambiguous: bool
    is_general: bool = False
    """A company known for other things than AI."""


class VendorHit(Struct, frozen=True):
    """A tool named in a text. ``model`` carries the version as written (``Gemini 1.5 Pro``).

    ``is_sure`` is False for a name that may as well be a person, a place or a ship; ``is_general`` is True for the
    name alone of a company that is known for other things.
    """

    quote: str
    start: int
    vendor: str | None
    model: str | None
    medium: str | None
    is_sure: bool
    is_general: bool = False


def find_vendors(text: str) -> tuple[VendorHit, ...]:
    """Every AI tool named in ``text``, in order."""
    # the pattern takes 2 ms to compile, and longer to search than a look at the words
    found = tools_in(text)
    if not found:
        return ()
    names = _tools()
    hits = [
        _hit(match, names) for match in _matches(text, found) if not _is_part_of_a_name(match, names, text)
    ]
    if any(hit.is_sure and hit.model is None for hit in hits):
        # the company is beside its product: "Gemini, by Google"
        makers = {hit.vendor for hit in hits if hit.model is None}
        hits = [replace(hit, is_sure=hit.is_sure or hit.vendor in makers) for hit in hits]
    return tuple(hits)


def _matches(text: str, names: Iterable[str]) -> Iterator[re.Match[str]]:
    lowered = text.casefold()
    if len(lowered) != len(text):  # else places are the same
        yield from _pattern().finditer(text)
        return
    # at each other letter the pattern would try all names of the table
    starts = {found.start() for name in names for found in re.finditer(re.escape(name), lowered)}
    end = 0
    for start in sorted(starts):
        match = _pattern().match(text, start) if start >= end else None
        if match:
            yield match
            end = match.end()


@cache
def tool_probes() -> Mapping[bool, Sequence[str]]:
    """What a folded text holds that names a tool (with spaces around words: see
    `copydesk.cleaners.lexicon.phrase_gates`), by whether it is the name alone of a company that is known for other
    things.
    """
    found: dict[bool, list[str]] = {False: [], True: []}
    for name, tool in _tools().items():
        # a name with a version ("Imagen 3") is looked for without: any other may stand there
        folded = _VERSION_AT_END.sub("", fold(name))
        # a version may be written together with the name
        probes = (f" {folded} ", f" {folded}#") if _LATIN.match(name) else (folded,)
        found[tool.is_general] += probes
    return found


def tools_in(text: str) -> frozenset[str]:
    """The names of vendors and tools that are in a text, casefolded, wherever they are in its words: a quick look,
    which misses no tool that `find_vendors` finds.
    """
    lowered = text.casefold()
    names = _names_by_word()
    # as bytes: a page has thousands of words, and the pattern would find them one by one
    words = names.keys() & lowered.encode("ascii", "replace").translate(_LATIN_ALONE).split()
    found = {name for word in words for name in names[word] if name in lowered}
    if not text.isascii() and _other_names().search(lowered):
        found.update(name for name in _tools() if name in lowered and not _LATIN.match(name))
    return frozenset(found)


def texts_naming_tools(texts: Sequence[str]) -> set[int]:
    """The numbers of the texts that may name a vendor or a tool. A quick look at all together: most pages name none."""
    tools = tools_in("\n".join(texts))
    return {
        at
        for at, text in enumerate(texts if tools else ())
        if any(map(text.casefold().__contains__, tools)) and tools_in(text)
    }


@cache
def _names_by_word() -> Mapping[bytes, Sequence[str]]:
    """The names that begin with Latin letters, by their first word."""
    found: dict[bytes, list[str]] = {}
    for name in _tools():
        if word := _LATIN.match(name):
            found.setdefault(word.group().encode(), []).append(name)
    return found


@cache
def _other_names() -> re.Pattern[str]:
    """Any of the names that do not begin with Latin letters."""
    return re.compile("|".join(re.escape(name) for name in _tools() if not _LATIN.match(name)))


def find_tool(name: str) -> tuple[str | None, str | None]:
    """Vendor and model for a name given alone (a header, an attribute); unknown names are models.

    ``find_tool("gemini-pro")`` is ``("Google", "gemini-pro")``: the value as declared is kept.
    """
    # identifiers have strokes where names have spaces
    hits = find_vendors(name.replace("-", " ").replace("_", " "))
    if not hits:
        return None, name or None
    hit = hits[0]
    return hit.vendor, (name if hit.model else None)


def find_sole_tool(name: str, *, is_program: bool = False) -> tuple[str | None, str | None] | None:
    """Vendor and model where a name given alone is a known tool's and nothing else's; None where it is not.

    ``Claude`` and ``Marie-Claude`` may be people. The first counts where it is declared that it ``is_program``;
    then a tool's sure name may have other words beside it too.
    """
    spaced = name.replace("-", " ").replace("_", " ")
    hits = find_vendors(spaced)
    if not hits:
        return None
    # a word left over makes it somebody's name, or a sentence
    is_all = not any(char.isalpha() for char in _without(spaced, hits))
    if is_program:
        is_known = is_all or any(hit.is_sure and hit.model for hit in hits)
    else:
        is_known = is_all and all(hit.is_sure for hit in hits)
    # the maker of the product, where a company is beside it that only carries it
    vendor = next((hit.vendor for hit in hits if hit.model), hits[0].vendor)
    return (vendor, name if any(hit.model for hit in hits) else None) if is_known else None


def _without(text: str, hits: Iterable[VendorHit]) -> str:
    """The words beside the tools' names."""
    for hit in hits:
        text = text.replace(hit.quote, " ", 1)
    return text


def _hit(match: re.Match[str], names: Mapping[str, Tool]) -> VendorHit:
    tool = names[match["name"].casefold()]
    version = match["version"] or ""
    model = tool.model + re.sub(r"\s+", " ", version.rstrip(" -")) if tool.model else None
    # a version settles it: nobody is called Claude 3.5
    is_sure = not tool.is_ambiguous or bool(version.strip())
    return VendorHit(
        match.group().strip(), match.start(), tool.vendor, model, tool.medium, is_sure, tool.is_general
    )


def _is_part_of_a_name(match: re.Match[str], names: Mapping[str, Tool], text: str) -> bool:
    """Whether an ambiguous name goes on ("Claude Martin", "Nova Scotia") or is none at all ("kimi" in Turkish)."""
    if not names[match["name"].casefold()].is_ambiguous or match["version"]:
        return False
    if match["name"].islower():
        return True
    after = text[match.end() :]
    # small letters after the capital: "Claude Martin" goes on, "Claude AI" does not
    return len(after) > 2 and after[0] == " " and after[1].isupper() and after[2].islower()


@cache
def _data() -> Mapping[str, Any]:
    return tomli.loads(Path(__file__).with_name("vendors.toml").read_text("utf-8"))


@cache
def _tools() -> Mapping[str, Tool]:
    """Each tool by its name, case folded."""
    names: dict[str, Tool] = {}
    for name, tool in _each_tool():
        # of two entries with one name the first counts
        names.setdefault(name.casefold(), tool)
    return names


@cache
def _pattern() -> re.Pattern[str]:
    # the first that fits is taken: "Google Translate" has to come before "Google"
    words = "|".join(re.escape(name) for name in sorted(_tools(), key=len, reverse=True))
    editions = "|".join(map(re.escape, _data()["versions"]))
    # 4o, -3.5, v1.1; and editions behind them or alone: "Gemini 1.5 Pro", "Gemini Pro"
    version = rf"(?:[ -]?\d+(?:\.\d+)?[a-z]?\b| v\d+(?:\.\d+)*\b)?(?: (?:{editions})\b)*"
    # no \b at either end: between T and 生 in ChatGPT生成 there is none, as both are letters
    return re.compile(
        rf"(?<![A-Za-z0-9À-ɏ])(?P<name>{words})(?![A-Za-zÀ-ɏ])(?P<version>{version})", re.IGNORECASE
    )


def _each_tool() -> Iterator[tuple[str, Tool]]:
    for entry in _data()["vendor"]:
        vendor, medium = entry["name"] or None, entry.get("medium")
        for alias in entry.get("aliases", ()):
            yield alias, Tool(vendor, None, medium, False, bool(entry.get("general", False)))
        for model in entry.get("models", ()):
            yield from _read_model(model, vendor, medium)


def _read_model(
    model: Mapping[str, Any], vendor: str | None, medium: str | None
) -> Iterator[tuple[str, Tool]]:
    is_ambiguous = bool(model.get("ambiguous", False))
    # a company whose name is ambiguous is listed as a model is, and has no product to name
    product = None if model.get("company") else model["name"]
    own = Tool(vendor, product, model.get("medium", medium), is_ambiguous)
    yield model["name"], own
    # the company's name before the product's makes it sure: "Google Gemini"
    full = Tool(vendor, product, own.medium, False)
    for alias in model.get("aliases", ()):
        names_vendor = vendor is not None and vendor.casefold().split()[0] in alias.casefold()
        yield alias, full if names_vendor or " " in alias else own
