"""Pages as a media monitor meets them first, composed: articles of a paragraph or twelve with cards of other articles
around them, and front pages of the same cards.

Texts are in ``everyday/xx.toml``, the markup is in ``everyday/shapes.toml``; all of both composed by us. Nothing learns
from them.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import tomli

from benchmarks.sets import Case

FOLDER = Path(__file__).with_name("everyday")
AXES: Mapping[str, tuple[Any, ...]] = {
    "paragraphs": (1, 2, 4, 7, 12),
    "cards": (0, 3, 9, 20, 40),
    "sentences": (0, 1, 2),
    "container": ("aside", "section", "div", "div, no article"),
    "place": ("below", "before", "beside"),
    "is_marked": (True, False),
    "has_byline": (True, False),
    "metadata": ("og", "json-ld", "none"),
}
"""What pages differ in, beside language and shape. A page of no card has the rest of the axes for nothing."""
FRONT_CARDS = (9, 20, 40)
"""Cards of a front page: three alone would be no page that anyone can tell from a notice."""
PAGES_A_LANGUAGE = 80
FRONT_PAGES_A_LANGUAGE = 10
_UNSPACED = ("ja", "zh")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a page is in the grid: a value of each of the AXES, and the number of a shape."""

    shape: int
    paragraphs: int
    cards: int
    sentences: int
    container: str
    place: str
    is_marked: bool
    has_byline: bool
    metadata: str


@dataclass(frozen=True, slots=True)
class Page:
    """A composed page; a front page has no ``paragraphs``. ``cards``: every headline and summary around the article."""

    id: str
    language: str
    layout: Layout
    url: str
    html: str
    title: str
    paragraphs: tuple[str, ...]
    cards: tuple[str, ...]

    @property
    def is_front(self) -> bool:
        """Whether there is no article on it."""
        return not self.paragraphs

    def as_case(self) -> Case:
        """The page as the extractors take it."""
        truth = "\n".join(self.paragraphs)
        return Case(id=self.id, file=Path(), truth=truth, url=self.url, body=self.html, title=self.title)


def composed_pages(
    seed: int = 0, *, articles: int = PAGES_A_LANGUAGE, fronts: int = FRONT_PAGES_A_LANGUAGE
) -> Iterator[Page]:
    """So many pages a language, spread over the grid: each value of an axis as often as any other. The same arguments
    give the same pages.
    """
    for language in languages():
        chance = random.Random(f"{language} {seed}")  # noqa: S311 - no secret
        texts = read_texts(language)
        for number, layout in enumerate(_spread(chance, articles, AXES)):
            yield _Composer(language, texts, layout, chance).article(f"{language}-{number:03}")
        for number, layout in enumerate(_spread(chance, fronts, {**AXES, "cards": FRONT_CARDS})):
            yield _Composer(language, texts, layout, chance).front(f"{language}-front-{number:02}")


def languages() -> list[str]:
    """Codes of the languages there are texts in."""
    return sorted(file.stem for file in FOLDER.glob("??.toml"))


@cache
def read_texts(language: str) -> Mapping[str, Any]:
    """The texts of a language: articles, cards and the words around them."""
    return tomli.loads((FOLDER / f"{language}.toml").read_text("utf-8"))


@cache
def read_markup() -> Mapping[str, Any]:
    """The shapes of articles and cards, of headers and footers."""
    return tomli.loads((FOLDER / "shapes.toml").read_text("utf-8"))


def _spread(chance: random.Random, pages: int, axes: Mapping[str, Sequence[Any]]) -> list[Layout]:
    """So many layouts, each axis in an order of its own."""
    values = {"shape": range(len(read_markup()["shapes"])), **axes}
    orders = {name: [some[at % len(some)] for at in range(pages)] for name, some in values.items()}
    for order in orders.values():
        chance.shuffle(order)
    return [Layout(**{one.name: orders[one.name][at] for one in fields(Layout)}) for at in range(pages)]


class _Composer:
    """One page in the making."""

    def __init__(
        self, language: str, texts: Mapping[str, Any], layout: Layout, chance: random.Random
    ) -> None:
        self._language, self._texts, self._layout, self._chance = language, texts, layout, chance
        self._shape = read_markup()["shapes"][layout.shape]
        self._numbers = count(chance.randrange(10_000, 900_000))
        cards = chance.sample(texts["cards"], layout.cards)
        joint = "" if language in _UNSPACED else " "
        self._cards = [(title, joint.join(sentences[: layout.sentences])) for title, *sentences in cards]
        self._date = f"2026-{chance.randint(1, 9):02}-{chance.randint(1, 28):02}"

    def article(self, name: str) -> Page:
        """An article with its cards."""
        story = self._chance.choice(self._texts["articles"])
        paragraphs = tuple(story["paragraphs"][: self._layout.paragraphs])
        body = "".join(self._shape["paragraph"].format(text=escape(text, quote=False)) for text in paragraphs)
        meta = self._shape["meta"].format(
            byline=self._texts["byline"].format(name=story["author"]),
            number=self._layout.shape,
            **self._dated(),
        )
        article = self._shape["article"].format(
            title=escape(story["title"], quote=False),
            meta=meta if self._layout.has_byline else "",
            body=body,
            number=next(self._numbers),
        )
        if "no article" in self._layout.container:
            article = re.sub(r"(</?)article\b", r"\1div", article)
        path = self._chance.choice(("{slug}/{number}", "{date}/story-{number}", "article-{number}.html"))
        url = path.format(slug=self._slug(0), number=next(self._numbers), date=self._date.replace("-", "/"))
        main = self._around(article, self._box()) if self._cards else f"<main>{article}</main>"
        return self._page(name, url, main, story["title"], story)

    def front(self, name: str) -> Page:
        """A front page, or that of a section: the cards in one to three boxes."""
        boxes = self._chance.randint(1, 3)
        per_box = -(-len(self._cards) // boxes)
        parts = [self._cards[at : at + per_box] for at in range(0, len(self._cards), per_box)]
        inner = "".join(self._box(part, at) for at, part in enumerate(parts))
        is_section = self._chance.random() < 0.5
        title = self._texts["menu"][0] if is_section else self._texts["site"]
        heading = f"<h1>{title}</h1>" if is_section else ""
        url = f"{self._slug(0)}/" if is_section else ""
        return self._page(name, url, f"<main>{heading}{inner}</main>", title, None)

    def _page(self, name: str, path: str, main: str, title: str, story: Mapping[str, Any] | None) -> Page:
        head = self._head(title, story["author"] if story else None)
        paragraphs = tuple(story["paragraphs"][: self._layout.paragraphs]) if story else ()
        header, footer = (self._chance.choice(read_markup()[part]) for part in ("headers", "footers"))
        html = (
            f'<!DOCTYPE html><html lang="{self._language}"><head><meta charset="utf-8">{head}</head><body>'
            f"{self._links(header, 'menu')}{main}{self._links(footer, 'footer')}</body></html>"
        )
        host = f"https://www.{self._language}-{self._shape['name']}.example/"
        cards = tuple(text for card in self._cards for text in card if text)
        return Page(name, self._language, self._layout, host + path, html, title, paragraphs, cards)

    def _around(self, article: str, box: str) -> str:
        """The article and the box: where, and which of them is within ``main``."""
        is_outside = self._layout.container in ("aside", "section") and self._layout.shape % 2 == 0
        main = f"<main>{article}</main>" if is_outside else article
        if self._layout.place == "beside":
            columns = [f'<div class="col-8">{main}</div>', f'<div class="col-4">{box}</div>']
            if self._layout.shape % 3 == 0:
                columns.reverse()
            both = f'<div class="columns">{"".join(columns)}</div>'
        else:
            both = box + main if self._layout.place == "before" else main + box
        return both if is_outside else f"<main>{both}</main>"

    def _box(self, cards: Sequence[tuple[str, str]] | None = None, at: int = 0) -> str:
        """The cards with what holds them; where it is bare without a heading or a class that says anything."""
        tag = self._layout.container.partition(",")[0]
        group = self._shape["group"].format(cards="".join(map(self._card, cards or self._cards)))
        if self._layout.is_marked:
            names = self._texts["more"]
            text = names[(self._layout.shape + at) % len(names)]
            heading = self._shape["heading"].format(text=text)
            return f'<{tag} class="{self._shape["more"]}">{heading}{group}</{tag}>'
        return _bare(f'<{tag} class="outer">{group}</{tag}>', self._shape["neutral"])

    def _card(self, card: tuple[str, str]) -> str:
        title, text = (escape(part) for part in card)
        number = next(self._numbers)
        kicker = self._texts["menu"][number % len(self._texts["menu"])]
        return str(
            self._shape["card"].format(
                title=title,
                summary=self._shape["summary"].format(text=text) if text else "",
                href=f"/{self._slug(number)}/{number}",
                number=number,
                kicker=kicker,
                read=self._texts["read"],
                **self._dated(),
            )
        )

    def _dated(self) -> dict[str, str]:
        year, month, day = (int(part) for part in self._date.split("-"))
        date = self._texts["date"].format(day=day, month=month, year=year)
        return {"iso": f"{self._date}T08:00:00+00:00", "date": date}

    def _head(self, title: str, author: str | None) -> str:
        kind = "article" if author else "website"
        shown = escape(title)
        head = f"<title>{shown} | {self._texts['site']}</title>"
        if self._layout.metadata == "og":
            head += f'<meta property="og:title" content="{shown}"><meta property="og:type" content="{kind}">'
        if self._layout.metadata == "json-ld" and author:
            about = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title}
            about |= {"datePublished": self._date, "author": author}
            head += f'<script type="application/ld+json">{json.dumps(about, ensure_ascii=False)}</script>'
        return head

    def _links(self, markup: Mapping[str, str], part: str) -> str:
        items = (
            markup["item"].format(slug=self._slug(at), text=text) for at, text in enumerate(self._texts[part])
        )
        return markup["html"].format(site=self._texts["site"], items="".join(items))

    @staticmethod
    def _slug(number: int) -> str:
        names = ("news", "local", "culture", "sports", "business", "weather", "travel", "about", "contact")
        return names[number % len(names)]


def _bare(markup: str, names: Sequence[str]) -> str:
    """The markup with each class under a name that says nothing, the same one for the same class."""
    given: dict[str, str] = {}

    def neutral(found: re.Match[str]) -> str:
        return f'class="{given.setdefault(found[1], names[len(given) % len(names)])}"'

    return re.sub(r'class="([^"]*)"', neutral, markup)
