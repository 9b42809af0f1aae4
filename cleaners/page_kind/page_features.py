"""What a whole page looks like, in numbers that know no language: the measures its type is predicted from.

Everything is read from what other stages have found: blocks with their labels, the phrases in them, what the
page declares. Words of addresses and of ``class`` attributes (``page_words.toml``) are those that shop, forum
and blog software writes, whatever the page's language.

The measures are weighed by a multinomial logistic regression (``page_weights.toml``, written by
``python -m training.page_type``); ``page_words.toml`` describes each measure in words, for the evidence.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import tomli
from msgspec import Struct

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.page_kind.cards import OwnText, own_text
from copydesk.cleaners.page_kind.page_evidence import (
    PROSE_CHARS,
    Address,
    PageEvidence,
    is_prose,
    page_words,
    read_address,
)
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE
from copydesk.cleaners.rules.prices import PRICE
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled

# "/2026/08/ferries-stop": folders of years are an article's
_YEAR = lazy_pattern(r"(?:19|20)\d\d")
_WORD_BORDER = lazy_pattern(r"[-_]+")
_PHRASES: Final = {"page.cart": "shop", "page.thread": "thread", "page.category": "list"}
# a handful of signs is enough: what is for sale is priced the same way a hundred times
_PRICED_CHARS = 120  # a longer block with a sum in it is a sentence
# of a card's headline; of 9,270 labelled blocks of teasers 354 are longer;
# shorter links are menus
_CARD_CHARS = (20, 160)
_CARD_KIND_COUNT = 4  # as many alike make cards of links
# shares of linked characters, set by hand; the weights are learned from what these give
_LINKED = 0.8
_PROSE_LINKS = 0.4
_FEW_PRICES = 2  # in cards beside an article, at most; as in a list that is no shop's
_NEAR = 5  # elements above a block whose names are read
_FILE: Final = Path(__file__).with_name("page_weights.toml")
_WORDS: Final = Path(__file__).with_name("page_words.toml")
CLIP: Final = 4.0
"""Standard deviations beyond which a measure says no more."""
# measures named in the evidence; set by hand, so that it stays a line a person reads
_REASONS = 3


def measure(seen: PageEvidence) -> dict[str, float]:
    """Every measure by name; shares are 0 to 1, ``log_`` are logarithms of counts, ``count_`` and ``chars_`` plain."""
    # a saved page may have no other address
    canonical = seen.metadata.best("canonical_url")
    url = seen.url or (canonical.value if canonical else None)
    address = read_address(url)
    is_front = bool(url) and not address.queries and (not address.folders or _is_index(address))
    declared = _declared(seen)
    # what a template says of every page it says of the front page, too
    if is_front and not declared["is_dated"]:
        declared["declares_article"] = 0.0
    return {
        **declared,
        **(_address(address) if url else {}),  # no address says nothing
        **_found_phrases(seen),
        **_classes(seen.labelled),
        **_apart_from_cards(seen.labelled, seen.memoized(own_text), is_front=is_front),
        "count_replies": float(_count_replies(seen)),
        "shows_paywall": float(any(map(_sells_access, seen.labelled))),
    }


def _is_index(address: Address) -> bool:
    """Whether an address is a site's front page by its file's name: "/index.html"."""
    return len(address.folders) == 1 and address.last in ("index", "default", "home")


def _sells_access(item: Labelled) -> bool:
    """Whether a block is a wall or an offer of a subscription, and not by the network or the name of a box alone."""
    return item.label is Label.PAYWALL and not item.verdict.rule.startswith(("learned.", "together."))


def _count_replies(seen: PageEvidence) -> int:
    """Comments, and what is kept in elements named so: the network takes some threads for one text."""
    named = seen.page.table.inside(seen.page.table.elements_where(_is_named_comment, ("comment",)))
    return sum(
        [
            not item.block.is_hidden and (item.label is Label.COMMENT or (item.is_kept and at in named))
            for at, item in enumerate(seen.labelled)
        ]
    )


def _is_named_comment(words: str, tag: str) -> bool:
    return "comment" in words and tag not in WHOLE_PAGE


def _declared(seen: PageEvidence) -> dict[str, float]:
    types = page_words()["types"]
    names = ("article", "product", "offer", "forum", "list")
    return {
        **{f"declares_{name}": float(not seen.declared.isdisjoint(types[name])) for name in names},
        "is_dated": float(seen.metadata.best("date_published") is not None),
        "is_signed": float(seen.metadata.best("author") is not None),
    }


def _address(address: Address) -> dict[str, float]:
    """Telling words of the address and the shape of its last part."""
    words = page_words()["address"]
    names = ("article", "forum", "product", "list")
    found = {f"address_{name}": float(not address.words.isdisjoint(words[name])) for name in names}
    if any(_YEAR.fullmatch(word) for word in address.words):
        found["address_article"] = 1.0
    # no weight is learned of it: few pages have one
    found["count_thread_words"] = float(
        len(address.words & words["thread"]) + len(address.queries & page_words()["queries"]["thread"])
    )
    slug = _WORD_BORDER.split(address.last) if address.last else []
    return {
        **found,
        # capped by hand: the next word or folder would say no more
        "slug_words": float(min(10, len(slug))),
        "address_depth": float(min(6, len(address.folders))),
    }


def _found_phrases(seen: PageEvidence) -> dict[str, float]:
    """How often words of shops, threads and lists stand on controls and short lines, and how many different ones."""
    found: dict[str, Counter[str]] = {rule_id: Counter() for rule_id in _PHRASES}
    for hits in seen.page.phrases:
        for rule_id in hits:
            if rule_id in found:
                found[rule_id][hits[rule_id].phrase] += 1
    # logarithms: from none to one says more than from ten to twenty
    logs = {f"log_{_PHRASES[rule_id]}_phrases": math.log1p(some.total()) for rule_id, some in found.items()}
    kinds = {f"{_PHRASES[rule_id]}_phrase_kinds": float(len(some)) for rule_id, some in found.items()}
    return {**logs, **kinds}


def _classes(labelled: Sequence[Labelled]) -> dict[str, float]:
    """How many elements have a known word in ``class`` or ``id``."""
    counts = Counter(_element_words(labelled))
    # most words of the table are on no element of a page: one search for each, of all elements at once
    joined = "\0".join(counts)
    found = {}
    for name, known in page_words()["classes"].items():
        met = [word for word in known if word in joined]
        count = sum([counts[words] for words in counts if any(map(words.__contains__, met))]) if met else 0
        found[f"log_class_{name}"] = math.log1p(count)
    # the body is at the top or just below html
    body = next((step.words for item in labelled for step in item.block.path[:2] if step.tag == "body"), "")
    in_body = {
        f"body_{name}": float(any(map(body.__contains__, known)))
        for name, known in page_words()["body"].items()
    }
    return {**found, **in_body}


def _element_words(labelled: Sequence[Labelled]) -> list[str]:
    """The words of the elements next to the text, each element once: numbers grow, what is new is at a
    path's end.
    """
    found = []
    last = -1
    for item in labelled:
        path = item.block.path
        # from the inside out: above an element that was seen, all were
        for step in reversed(path[-_NEAR:]):
            if step.number <= last:
                break
            if step.words:
                found.append(step.words)
        if path:
            last = max(last, path[-1].number)
    return found


class _Shown(Struct, frozen=True, gc=False):
    """A block that is shown, as far as its shape goes."""

    size: int
    linked: int
    label: Label
    is_prose: bool
    block: Block


def _shape(labelled: Sequence[Labelled]) -> dict[str, float]:
    """Where the page's characters are: in prose, in links, in cards, under one roof or many."""
    shown = []
    for item in labelled:
        block = item.block
        if not block.is_hidden and block.kind is not Kind.TITLE:
            size = len(block.raw)
            prose = size >= PROSE_CHARS or (not block.raw.isascii() and is_prose(block.raw))
            shown.append(_Shown(size, block.link_chars, item.shape, prose, block))
    size = max(1, sum([one.size for one in shown]))
    # joined, so that one search does for all
    prices = len(PRICE.findall("\n".join([one.block.raw for one in shown if one.size < _PRICED_CHARS])))
    return {
        **_kept_shape([one for one in shown if one.label in KEPT], size),
        **_card_shape(shown, size),
        **_roofs([one.block for one in shown if one.is_prose and one.linked < _PROSE_LINKS * one.size]),
        "link_share": sum([one.linked for one in shown]) / size,
        "price_share": min(1.0, prices / max(1, len(shown))),
        "count_prices": float(prices),
    }


def _kept_shape(kept: Sequence[_Shown], size: int) -> dict[str, float]:
    own = prose = short = headings = linked = 0
    for one in kept:
        own += one.size
        linked += one.linked
        headings += one.label is Label.HEADING
        if not one.is_prose:
            short += one.size
        elif one.label is not Label.HEADING and one.linked < _PROSE_LINKS * one.size:
            prose += one.size
    return {
        "prose_share": prose / size,
        "kept_share": own / size,
        "short_share": short / max(1, own),
        "heading_share": headings / max(1, len(kept)),
        "kept_link_share": linked / max(1, own),
        "chars_prose": float(prose),
    }


def _card_shape(shown: Sequence[_Shown], size: int) -> dict[str, float]:
    """Links of the length of a headline, at least four of them in elements that look the same."""
    least, most = _CARD_CHARS
    cards: dict[tuple[str, str, int], list[int]] = {}
    for one in shown:
        # menus look like cards, too
        if least <= one.size <= most and one.linked > _LINKED * one.size and one.label is not Label.NAV:
            path = one.block.path
            if path:
                cards.setdefault((path[-1].tag, path[-1].words, len(path)), []).append(one.size)
    alike = [sizes for sizes in cards.values() if len(sizes) >= _CARD_KIND_COUNT]
    return {"card_share": sum(map(sum, alike)) / size, "count_cards": float(sum(map(len, alike)))}


def _roofs(prose: Sequence[Block]) -> dict[str, float]:
    """How much of the prose, kept or not, is in one element, and in one element of elements."""
    parents: Counter[int] = Counter()
    grandparents: Counter[int] = Counter()
    for block in prose:
        if len(block.path) > 2:
            parents[block.path[-2].number] += len(block.raw)
            grandparents[block.path[-3].number] += len(block.raw)
    size = max(1, sum([len(block.raw) for block in prose]))
    most = max(parents.values(), default=0)
    return {
        "parent_share": most / size,
        "grandparent_share": max(grandparents.values(), default=0) / size,
        "chars_parent": float(most),
    }


def _apart_from_cards(labelled: Sequence[Labelled], own: OwnText, *, is_front: bool) -> dict[str, float]:
    """The shape of the page, its text apart from its cards, and these. Below an article with a headline above it,
    cards say nothing of the page, unless they have prices (then it is a shop that describes its shelf) or the address
    is that of the site's front (``is_front``).
    """
    whole = _shape(labelled)
    shape, is_beside = whole, False
    if own.cards and own.is_article and own.is_headed and not is_front:
        rest = _shape([item for item in labelled if item.block.index not in own.cards])
        is_beside = whole["count_prices"] - rest["count_prices"] <= _FEW_PRICES
        shape = rest if is_beside else whole
    return {
        **shape,
        "log_own_chars": math.log1p(own.prose),
        "own_share": own.prose / max(1, own.prose + own.kept_in_cards),
        "grid_share": 0.0 if is_beside else own.in_cards / max(1, own.in_cards + own.unlinked),
        "log_grid_cards": 0.0 if is_beside else math.log1p(len(own.targets)),
        "is_headed": float(own.is_headed),
        "count_own_texts": float(own.is_article),
        "count_fronts": float(is_front),
    }


class Weights(Struct, frozen=True):
    """A measure's mean, scale and weight for each of ``kinds``, and each kind's bias."""

    kinds: tuple[str, ...]
    bias: tuple[float, ...]
    measures: Mapping[str, tuple[float, float, tuple[float, ...]]]


def probabilities(measures: Mapping[str, float], weights: Weights) -> dict[str, float]:
    """Probability of each kind the weights know; they add up to 1."""
    scores = list(weights.bias)
    for parts in _contributions(measures, weights).values():
        scores = [score + part for score, part in zip(scores, parts, strict=True)]
    # the largest is subtracted: exp() of a large score would overflow
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    return {kind: power / sum(powers) for kind, power in zip(weights.kinds, powers, strict=True)}


def why(measures: Mapping[str, float], weights: Weights, *, kind: str) -> str:
    """The few measures that spoke most for a kind rather than for an article."""
    here, there = weights.kinds.index(kind), weights.kinds.index("article")
    spoke = {name: parts[here] - parts[there] for name, parts in _contributions(measures, weights).items()}
    # by name where equal, so that evidence never depends on the file's order
    chosen = sorted(spoke, key=lambda name: (-spoke[name], name))[:_REASONS]
    return ", ".join(_describe(name, measures[name]) for name in chosen)


def _contributions(measures: Mapping[str, float], weights: Weights) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for name, (mean, scale, some) in weights.measures.items():
        if name not in measures:  # not known of this page: as on the average one
            continue
        standard = max(-CLIP, min(CLIP, (measures[name] - mean) / scale))
        found[name] = tuple([standard * weight for weight in some])
    return found


def _describe(name: str, value: float) -> str:
    words = _descriptions()[name]
    # expm1 undoes the log1p of counts; bounded, for a plain measure may be too large for it
    description = words.format(
        value=value, count=round(math.expm1(min(value, 20.0))), percent=round(100 * value)
    )
    return description if value or description != words else f"no sign of {words}"


@cache
def _descriptions() -> Mapping[str, str]:
    found: dict[str, str] = tomli.loads(_WORDS.read_text("utf-8"))["descriptions"]
    return found


@cache
def packaged_weights() -> Weights:
    """The weights that come with copydesk. Raises BadData where the file is wrong."""
    return read_weights(tomli.loads(_FILE.read_text("utf-8")), where=_FILE.name)


def read_weights(data: Mapping[str, Any], *, where: str) -> Weights:
    """Checks the content of a weights file. Raises BadData with ``where`` and what is wrong."""
    kinds, bias = tuple(data.get("kinds", ())), tuple(data.get("bias", ()))
    if not {"article", "list"} <= set(kinds) or len(bias) != len(kinds):
        raise BadData(f"{where}: expected kinds with 'article' and 'list' among them, and a bias for each")
    measures = {}
    for name, entry in data.get("measures", {}).items():
        weights = tuple(entry.get("weights", ()))
        if len(weights) != len(kinds) or not entry.get("scale") or name not in _descriptions():
            raise BadData(
                f"{where}: measures.{name} needs mean, scale, {len(kinds)} weights and its words in {_WORDS.name}"
            )
        measures[name] = (float(entry["mean"]), float(entry["scale"]), weights)
    return Weights(kinds, bias, measures)
