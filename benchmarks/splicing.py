"""Pages with an intrusion: what of another page is where, and what the page's true text is then."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from benchmarks.intruders import WANTED, Piece, article, pieces, questions
from benchmarks.page_trees import PageTree, as_page, read_tree, shown_text
from benchmarks.sets import Case
from copydesk.cleaners.language.detection import detect
from training.pages import site_of

LEAST_PROSE, LEAST_STEPS = 6, 4
"""Texts of an article, and elements its container holds them in, for something to be put between them."""
LEAST_FOUND = 0.8
"""Share of the true words that are in elements that are kept: less, and nobody knows where the article is."""
_FEW = 3  # pieces in the language of the page, below which those of any other do
_THREADS, _BIOS, _QUESTIONS = 5, 3, 4


@dataclass(frozen=True)
class Material:
    """What the other pages of a fold have to give, by language and the kind of piece."""

    pieces: dict[str, list[tuple[str, Piece]]] = field(default_factory=dict)
    questions: list[tuple[str, str, tuple[str, str]]] = field(default_factory=list)

    def add(self, page: PageTree) -> None:
        """Take what a labelled page has."""
        language = language_of(page.case.truth)
        for name, wanted in WANTED.items():
            self.pieces.setdefault(name, []).extend((language, piece) for piece in pieces(page, wanted))
        whole = article(page)
        if whole is not None:
            self.pieces.setdefault("article", []).append((language, whole))
        site = site_of(page.case.url, page.case.id)
        self.questions.extend((language, site, pair) for pair in questions(page))

    def of(self, name: str, page: PageTree) -> list[Piece]:
        """The pieces of other sites, in the language of the page where there are a few."""
        language, site = language_of(page.case.truth), site_of(page.case.url, page.case.id)
        others = [(spoken, piece) for spoken, piece in self.pieces.get(name, ()) if piece.site != site]
        mine = [piece for spoken, piece in others if spoken == language]
        return mine if len(mine) >= _FEW else [piece for _, piece in others]

    def answered(self, page: PageTree) -> list[tuple[str, str]]:
        """Questions and answers of other sites, likewise."""
        language, site = language_of(page.case.truth), site_of(page.case.url, page.case.id)
        others = [(spoken, pair) for spoken, owner, pair in self.questions if owner != site]
        mine = [pair for spoken, pair in others if spoken == language]
        return mine if len(mine) >= _FEW else [pair for _, pair in others]


def language_of(text: str) -> str:
    """The language of a true text."""
    return detect(text[:3000]).language


@dataclass(frozen=True, slots=True)
class Intruded:
    """A page with an intrusion, and the same untouched, both written from the same tree.

    ``case`` has the truth of the page with it. ``inserted``: what was put in; ``origin``: the page it is from.
    """

    kind: str
    untouched: Case
    case: Case
    inserted: str
    origin: str


@dataclass(frozen=True, slots=True)
class Spliced:
    """What was done to a tree: ``truths`` are the true texts now, the first where only one is meant."""

    inserted: str
    origin: str
    truths: tuple[str, ...]


Splice = Callable[[PageTree, Material, random.Random], Spliced | None]


def intrude(case: Case, kind: str, material: Material) -> Intruded | None:
    """A page that is fit with an intrusion of this kind; None where there is nothing to put in, or no place."""
    page = read_tree(case)
    if page is None:
        return None
    plain = replace(case, blocks=(), body=as_page(page.root))
    digest = hashlib.sha256(f"{kind}:{case.id}".encode()).digest()
    done = KINDS[kind](page, material, random.Random(digest))  # noqa: S311 - no secret
    if done is None:
        return None
    changed = replace(plain, body=as_page(page.root), truth=done.truths[0], alternatives=done.truths[1:])
    return Intruded(kind, plain, changed, done.inserted, done.origin)


def is_fit(page: PageTree) -> bool:
    """Whether the article is in elements that are known, and in several of one container."""
    if len(page.prose) < LEAST_PROSE or len(page.steps) < LEAST_STEPS:
        return False
    found = sum(leaf.words for leaf in page.leaves if leaf.is_kept)
    return found >= LEAST_FOUND * len(page.case.truth.split())


def _after(place: etree._Element, elements: Iterable[etree._Element]) -> None:
    outer = _around(place)
    for at, element in enumerate(elements, outer.index(place) + 1):
        outer.insert(at, element)


def _around(element: etree._Element) -> etree._Element:
    outer = element.getparent()
    if outer is None:
        raise ValueError("nothing can be put beside the root of a page")
    return outer


def _behind_container(page: PageTree, elements: Sequence[etree._Element]) -> None:
    if page.container.tag == "body":
        page.container.extend(elements)
    else:
        _after(page.container, elements)


def _foreign(chosen: Sequence[Piece], page: PageTree) -> Spliced:
    inserted = "\n".join(piece.text for piece in chosen)
    return Spliced(inserted, ", ".join(dict.fromkeys(piece.page for piece in chosen)), (page.case.truth,))


def _second_article(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
    """Another article below the container, as endless scrolling appends them."""
    return _whole(page, material, chance, lambda element: _behind_container(page, [element]))


def _article_element(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
    """Another article in an ``article`` element, beside the page's own where it has one."""

    def put(element: etree._Element) -> None:
        element.tag = "article"
        around = [one for one in (page.container, *page.container.iterancestors()) if one.tag == "article"]
        if around:
            _after(around[-1], [element])
        else:
            _behind_container(page, [element])

    return _whole(page, material, chance, put)


def _hidden_copy(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
    """Another article that no reader sees, ready to be shown."""

    def put(element: etree._Element) -> None:
        element.set("style", "display:none")
        _behind_container(page, [element])

    return _whole(page, material, chance, put)


def _whole(
    page: PageTree, material: Material, chance: random.Random, put: Callable[[etree._Element], None]
) -> Spliced | None:
    articles = material.of("article", page)
    if not articles:
        return None
    chosen = chance.choice(articles)
    put(chosen.copy())
    return _foreign([chosen], page)


def _between(name: str) -> Splice:
    """A piece between two paragraphs of the article."""

    def splice(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
        found = material.of(name, page)
        if not found:
            return None
        chosen = chance.choice(found)
        _after(chance.choice(page.steps[1:-1]), [chosen.copy()])
        return _foreign([chosen], page)

    return splice


def _at_end(name: str, *, count: int) -> Splice:
    """Pieces of different pages after the last paragraph, in the container."""

    def splice(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
        by_page = {piece.page: piece for piece in material.of(name, page)}
        if not by_page:
            return None
        chosen = chance.sample(sorted(by_page.values(), key=lambda one: one.page), min(count, len(by_page)))
        _after(page.steps[-1], [piece.copy() for piece in chosen])
        return _foreign(chosen, page)

    return splice


def _comments(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
    """The comments of another page below the container."""
    found = material.of("comments", page)
    if not found:
        return None
    donor = chance.choice(sorted({piece.page for piece in found}))
    chosen = [piece for piece in found if piece.page == donor][:_THREADS]
    _behind_container(page, [piece.copy() for piece in chosen])
    return _foreign(chosen, page)


def _questions(page: PageTree, material: Material, chance: random.Random) -> Spliced | None:
    """The page's own last paragraphs as answers that fold, each below a question of another article.

    All belongs to the article; the questions may be there or not. Answers of another article would not do: their
    subject separates them from this one, and rightly.
    """
    answers = [leaf.element for leaf in page.prose[len(page.prose) // 2 :] if leaf.element.tag == "p"]
    answers, found = answers[-_QUESTIONS:], material.answered(page)
    if not found or not answers:
        return None
    chosen = [question for question, _ in chance.sample(found, min(len(answers), len(found)))]
    answers = answers[-len(chosen) :]
    section = etree.Element("section")
    _after(page.steps[-1], [section])
    for question, answer in zip(chosen, answers, strict=True):
        folded = etree.SubElement(section, "details")
        etree.SubElement(folded, "summary").text = question
        folded.append(_taken(answer))
    inserted = "\n".join(map(shown_text, answers))
    return Spliced(inserted, "", (page.case.truth, "\n".join((page.case.truth, *chosen))))


def _taken(element: etree._Element) -> etree._Element:
    """The element out of its place; what follows it stays there."""
    place = etree.Element("span")
    _around(element).replace(element, place)
    place.tail, element.tail = element.tail, None
    return element


def _live(page: PageTree, _material: Material, chance: random.Random) -> Spliced | None:
    """The later half of the page's own paragraphs as entries with their times, the newest last.

    All belongs to the article; the times may be there or not.
    """
    entries = [leaf.element for leaf in page.prose[len(page.prose) // 2 :] if leaf.element.tag == "p"]
    if not entries:
        return None
    minute = chance.randrange(6 * 60, 9 * 60)
    stamps = []
    for paragraph in entries:
        minute += chance.randrange(3, 25)
        stamps.append(f"{minute // 60:02}:{minute % 60:02}")
        entry = etree.Element("section")
        _around(paragraph).replace(paragraph, entry)
        entry.tail, paragraph.tail = paragraph.tail, None
        etree.SubElement(entry, "time").text = stamps[-1]
        entry.append(paragraph)
    inserted = "\n".join(map(shown_text, entries))
    return Spliced(inserted, "", (page.case.truth, "\n".join((page.case.truth, *stamps))))


KINDS: Mapping[str, Splice] = {
    "second-article": _second_article,
    "article-element": _article_element,
    "hidden-copy": _hidden_copy,
    "teasers": _between("teasers"),
    "newsletter": _between("newsletter"),
    "call-to-action": _between("call"),
    "boilerplate": _at_end("boilerplate", count=1),
    "bios": _at_end("bios", count=_BIOS),
    "comments": _comments,
    "live-blog": _live,
    "faq": _questions,
}
"""Intrusions by name; the last two belong to the article."""
OWN = frozenset({"live-blog", "faq"})
"""What is put in and is the article's."""
