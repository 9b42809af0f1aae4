"""Pages made of the texts of others, as people meet them first: briefs among cards of other articles, front pages,
posts in series, copies that nobody sees, lists that are the article itself.

Texts, and names of elements, are those of real pages of one fold; how they are put together is drawn anew for every
page: tags, nesting, where the cards stand, what each has, whether names say what it is. So what there is to learn is
what holds for all layouts: which texts belong together. All choices follow from the page's name.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from copydesk.cleaners.sentence_ends import split_after_terminals
from copydesk.cleaners.types import Kind, Label, PathStep
from training.bare_articles import headline_of
from training.pages import Example, Raw
from training.variants import lines_of, seeded

Chain = tuple[tuple[str, str], ...]
"""Elements around a text, outermost first: tag, and words of its class and id."""

_LEAST_PARAGRAPH, _MOST_PARAGRAPH = 60, 1_200  # characters
_LEAST_TITLE, _MOST_TITLE = 8, 160
_MOST_CARDS = 36
_LEAST_ENTRIES, _MOST_ENTRIES = 4, 16  # paragraphs of a list that is the article
_LEAST_OTHERS = 40  # stories in a page's language, below which any others are taken, too
_INNER = 4  # elements around a block whose names are drawn
_BLOCK_TAGS = frozenset(
    {"div", "section", "ul", "ol", "li", "article", "aside", "main", "header", "table", "p"}
)
_HEADINGS = ("h2", "h3", "h3", "h4", "h5", "div", "p", "span", "strong")
_NEUTRAL = (
    "block",
    "row",
    "col",
    "item",
    "inner",
    "wrap",
    "text",
    "content",
    "box",
    "region",
    "part",
    "module",
    "cell",
)
_MORE = ("→", "»", "…", "+", ">")


@dataclass(frozen=True, slots=True)
class Story:
    """What a page has to give: headline, paragraphs, and the elements around its paragraphs and around its links to
    other articles.
    """

    site: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    body: Chain
    cards: tuple[Chain, ...]


def story_of(page: Example, language: str) -> Story | None:
    """The story of a page with tags, or None where it has no headline or too little text."""
    headline = headline_of(page)
    kept = [block for block, keep in zip(page.blocks, page.keep, strict=True) if keep]
    long_enough = [
        block
        for block in kept
        if block.kind is Kind.PARAGRAPH and _LEAST_PARAGRAPH <= len(block.text) <= _MOST_PARAGRAPH
    ]
    if headline is None or not long_enough or not _LEAST_TITLE <= len(headline.text) <= _MOST_TITLE:
        return None
    cards = {
        _chain(block.path)[-_INNER:]: None
        for block, label in zip(page.blocks, page.labels, strict=True)
        if label is Label.RELATED and block.link_chars and block.path
    }
    paragraphs = tuple(" ".join(block.text.split()) for block in long_enough)
    body = _chain(long_enough[0].path)[:-1]
    return Story(page.site, language, headline.text, paragraphs, body[-_INNER - 1 :], tuple(cards))


def composed_stories(folder: Path) -> Iterator[Story]:
    """Stories of one sentence or two in languages of which few pages are known, from texts composed for the judgement
    of wording.
    """
    for path in sorted(folder.glob("*.jsonl")):
        rows = map(json.loads, path.read_text("utf-8").splitlines())
        texts = [row["text"] for row in rows if row["label"] == "body" and row.get("trap") == "plain"]
        for one, other in zip(texts[::2], texts[1::2], strict=False):
            if len(one) <= _MOST_TITLE:
                yield Story("", path.stem, one.rstrip(".。!"), (other,), (), ())


def _chain(path: Sequence[PathStep]) -> Chain:
    return tuple((step.tag, step.words) for step in path if step.tag not in ("html", "body"))


@dataclass(slots=True)
class _Page:
    """A page as it is written: ``html`` and, in order, each text with its label."""

    chance: random.Random
    named: bool
    html: list[str] = field(default_factory=list)
    labels: list[tuple[str, str]] = field(default_factory=list)

    def text(self, label: Label, text: str, tag: str = "p", words: str = "", link: str | None = None) -> None:
        """A text in an element of its own, or in a link in it."""
        self.labels.append((label, text))
        inner = escape(text) if link is None else f'<a href="{escape(link)}">{escape(text)}</a>'
        self.html.append(f"{self.start(tag, words)}{inner}</{tag}>")

    def start(self, tag: str, words: str = "", attributes: str = "") -> str:
        """A start tag; on pages without names no class is written."""
        named = f' class="{escape(words)}"' if words and self.named else ""
        return f"<{tag}{named}{attributes}>"

    def open(self, chain: Chain) -> None:
        """Opens elements that ``close`` closes."""
        self.html += [self.start(_container(tag), words) for tag, words in chain]

    def close(self, chain: Chain) -> None:
        """Closes what ``open`` opened."""
        self.html += [f"</{_container(tag)}>" for tag, _ in reversed(chain)]


def _container(tag: str) -> str:
    # a paragraph or heading as a container would be ended by the first block in it
    return tag if tag in _BLOCK_TAGS - {"p", "li", "ul", "ol", "table"} else "div"


def everyday_page(story: Story, others: Sequence[Story], number: int) -> Raw:
    """A page of ``story`` among cards of ``others``, or of their cards alone; ``number``: which of several."""
    seed = Example(f"{story.site}:{story.title}:{number}", "blocks", story.site, (), (), ())
    chance = seeded(seed, "everyday")
    page = _Page(chance, named=chance.random() < 0.7)
    page.html.append("<!DOCTYPE html><html><head>")
    site = story.site.split(".")[0].capitalize()
    is_front = chance.random() < 0.14
    head = (
        site
        if is_front
        else chance.choice((story.title, f"{story.title} - {site}", f"{story.title} | {site}"))
    )
    page.text(Label.TITLE, head, "title")
    page.html.append("</head><body>")
    _header(page, others, site)
    layout = _Layout(page, story, others)
    layout.front() if is_front else layout.article()
    _footer(page, story, site)
    page.html.append("</body></html>")
    truth = "\n".join(text for label, text in page.labels if label in _TEXT)
    body = "".join(page.html).encode()
    return Raw(f"everyday:{seed.name}", "blocks", story.site, body, truth, tuple(page.labels))


_TEXT = frozenset({Label.PARAGRAPH, Label.HEADING, Label.STANDFIRST, Label.LIST_ITEM})


def _header(page: _Page, others: Sequence[Story], site: str) -> None:
    chance = page.chance
    tag = chance.choice(("header", "header", "div", "nav"))
    page.html.append(page.start(tag, chance.choice(("header", "site-header", "top", "masthead", ""))))
    if chance.random() < 0.7:
        page.text(Label.NAV, site, chance.choice(("div", "p", "a", "span")), "logo", link="/")
    words = [word for other in others for word in other.title.split() if len(word) > 3][:400]
    if words and chance.random() < 0.9:
        is_list = chance.random() < 0.7
        outer, inner = ("ul", "li") if is_list else ("div", chance.choice(("div", "span", "p")))
        page.html.append(
            f"<nav>{page.start(outer, 'menu')}" if chance.random() < 0.6 else page.start(outer, "menu")
        )
        is_in_nav = page.html[-1].startswith("<nav>")
        for _ in range(chance.randint(3, 14)):
            word = chance.choice(words).strip("\"“”‘’'.,:;!?()»«").capitalize()
            if word:
                page.text(Label.NAV, word, inner, "menu-item", link=f"/{_slug(word)}/")
        page.html.append(f"</{outer}>" + "</nav>" * is_in_nav)
    page.html.append(f"</{tag}>")


def _footer(page: _Page, story: Story, site: str) -> None:
    chance = page.chance
    tag = chance.choice(("footer", "footer", "div"))
    page.html.append(page.start(tag, chance.choice(("footer", "site-footer", "bottom", ""))))
    for _ in range(chance.randint(0, 4)):
        label, text = _line(page, story.language, (Label.NAV, Label.COOKIE, Label.SOCIAL))
        if text:
            page.text(label, text, chance.choice(("li", "div", "p", "span")), link=f"/{_slug(text)}")
    if chance.random() < 0.8:
        page.text(
            Label.COPYRIGHT,
            f"© {chance.randint(2008, 2026)} {site}",
            chance.choice(("p", "div")),
            "copyright",
        )
    page.html.append(f"</{tag}>")


def _line(page: _Page, language: str, labels: Sequence[Label]) -> tuple[Label, str]:
    """A line of the lexicon with one of these labels; "" where there is none."""
    lines = [line for line in lines_of(language) or lines_of("en") if line[0] in labels]
    return page.chance.choice(lines) if lines else (Label.OTHER, "")


def _slug(text: str) -> str:
    words = [
        "".join(char for char in word.lower() if char.isascii() and char.isalnum()) for word in text.split()
    ]
    return "-".join(filter(None, words))[:60] or "x"


class _Layout:
    """How one page is put together."""

    def __init__(self, page: _Page, story: Story, others: Sequence[Story]) -> None:
        chance = page.chance
        self.page, self.story, self.others, self.chance = page, story, list(others), chance
        chance.shuffle(self.others)
        self.address = chance.choice(("/{}", "/news/{}", "/2026/05/{}", "/{}.html", "/a/{}-4{}", "/?p={n}"))
        with_chains = [other for other in self.others if other.body]
        self.body = chance.choice(with_chains).body if with_chains and chance.random() < 0.7 else story.body
        chains = [chain for other in self.others for chain in other.cards]
        self.card_names = chance.choice(chains) if chains else (("div", ""), ("a", ""))
        self.style = chance.choices(("real", "neutral", "as the body"), (6, 3, 2))[0]

    def front(self) -> None:
        """Cards and no article."""
        page, chance = self.page, self.chance
        page.open(self.body[:2])
        if chance.random() < 0.4:
            page.text(Label.NAV, chance.choice(self.others).title.split()[0], "h1")
        for _ in range(chance.randint(1, 3)):
            self.cards(chance.randint(3, 16), is_front=True)
        page.close(self.body[:2])

    def article(self) -> None:
        """The article, and cards before, in, beside or below it."""
        page, chance = self.page, self.chance
        place = chance.choices(
            ("below", "aside", "aside first", "before", "within", "one main"), (32, 14, 8, 10, 12, 24)
        )[0]
        count = (
            0 if chance.random() < 0.1 else chance.randint(3, _MOST_CARDS if chance.random() < 0.5 else 10)
        )
        outer, inner = self.containers(place)
        page.open(outer)
        if count and place == "aside first":
            self.cards(count, "aside")
        if count and place == "before":
            self.cards(min(count, 12))
        page.open(inner)
        self.post()
        if count and place == "within":
            self.cards(count)
        if place != "one main":
            page.close(inner)
        if count and place in ("below", "aside", "one main"):
            self.cards(count, "aside" if place == "aside" else "")
            if chance.random() < 0.25:
                self.cards(chance.randint(3, 8))
        if place == "one main":
            page.close(inner)
        if chance.random() < 0.12:
            self.series()
        if chance.random() < 0.12:
            self.concealed()
        page.close(outer)

    def containers(self, place: str) -> tuple[Chain, Chain]:
        """The elements around article and cards, and those around the article alone."""
        chance = self.chance
        body = tuple(step for step in self.body if step[0] not in ("article", "main")) or (("div", ""),)
        border = chance.randrange(len(body) + 1)
        outer, inner = body[:border], body[border:]
        if chance.random() < 0.5:
            outer = (*outer, ("main", ""))
        if place != "one main" and chance.random() < 0.6:
            inner = (("article", chance.choice(("", "post", "article", "entry hentry", "story"))), *inner)
        if place in ("below", "aside", "aside first", "before") and not inner:
            inner = (("div", chance.choice(("", *_NEUTRAL))),)
        return outer, inner

    def post(self) -> None:
        """Headline, byline, paragraphs and what sites put around them."""
        page, chance, story = self.page, self.chance, self.story
        page.text(Label.TITLE, story.title, "h1", chance.choice(("", "title", "entry-title", "headline")))
        if chance.random() < 0.6:
            name = " ".join(chance.choice(self.others).title.split()[:2])
            text = chance.choice(
                (
                    name,
                    f"{chance.randint(1, 28)}.{chance.randint(1, 12)}.2026",
                    f"{name} · 2026-05-1{chance.randrange(10)}",
                )
            )
            page.text(
                Label.BYLINE,
                text,
                chance.choice(("p", "div", "span", "time")),
                chance.choice(("", "byline", "meta")),
            )
        if chance.random() < 0.3:
            self.lines((Label.SOCIAL,), 4)
        count = chance.choice((1, 1, 2, 2, 3, 4, 6, 12))
        if chance.random() < 0.3 and len(story.paragraphs) >= _LEAST_ENTRIES:
            self.entries()
        else:
            self.paragraphs(story.paragraphs[:count])
        for labels, share, most in (
            ((Label.TAGS,), 0.2, 2),
            ((Label.SOCIAL,), 0.3, 5),
            ((Label.NEWSLETTER,), 0.25, 2),
            ((Label.COMMENT_FORM,), 0.2, 3),
            ((Label.AD, Label.PAYWALL), 0.1, 1),
        ):
            if chance.random() < share:
                self.lines(labels, most)

    def paragraphs(self, texts: Sequence[str]) -> None:
        """Paragraphs one after the other, some pages have each in a box of its own, some conceal the later ones until a
        reader has paid.
        """
        page, chance = self.page, self.chance
        tag = "p" if chance.random() < 0.9 else "div"
        box = chance.choice(_NEUTRAL) if chance.random() < 0.2 else None
        paid = chance.randint(1, 4) if chance.random() < 0.06 else len(texts)
        for at, text in enumerate(texts):
            if at == paid:
                page.html.append(
                    page.start("div", chance.choice(("paywall", *_NEUTRAL)), ' style="display:none"')
                )
            if at and at % 4 == 0 and chance.random() < 0.4:
                page.text(Label.HEADING, " ".join(text.split()[:5]), "h2")
            if box:
                page.html.append(page.start("div", box))
            page.text(Label.PARAGRAPH, text, tag)
            if box:
                page.html.append("</div>")
        if paid < len(texts):
            page.html.append("</div>")

    def lines(self, labels: Sequence[Label], most: int) -> None:
        """Some lines of the lexicon in a box of their own."""
        page, chance = self.page, self.chance
        page.html.append(page.start("div", chance.choice(_NEUTRAL)))
        for _ in range(chance.randint(1, most)):
            label, text = _line(page, self.story.language, labels)
            if text:
                page.text(
                    label, text, chance.choice(("p", "div", "span", "li")), link=chance.choice((None, "/x"))
                )
        page.html.append("</div>")

    def entries(self) -> None:
        """A list that is the article: its own paragraphs as entries with headings, of one shape, in one subject, some
        with links as cards have them.
        """
        page, chance, story = self.page, self.chance, self.story
        page.text(Label.PARAGRAPH, story.paragraphs[0])
        outer, tag = chance.choice(
            (("", "div"), ("div", "section"), ("ul", "li"), ("div", "article"), ("", ""))
        )
        heading = chance.choice(("h2", "h2", "h3", "h4", "strong"))
        names = [words for _, words in self.card_names] if chance.random() < 0.3 else _NEUTRAL
        words = chance.choice(("", "", *names))
        address = chance.choice((None, None, None, "https://shop.example.net/p", "/{}", "#{}"))
        if outer:
            page.html.append(page.start(outer, words))
        for number, text in enumerate(story.paragraphs[1:_MOST_ENTRIES], start=1):
            if tag:
                page.html.append(page.start(tag, words))
            if chance.random() < 0.3:
                page.html.append('<img src="/i.jpg" alt="">')
            head = " ".join(text.split()[: chance.randint(2, 6)]).strip(" ,.;:")
            head = head if chance.random() < 0.6 else f"{number}. {head}"
            page.text(Label.HEADING, head, heading, link=address and address.format(_slug(head)))
            page.text(Label.PARAGRAPH, text)
            if tag:
                page.html.append(f"</{tag}>")
        if outer:
            page.html.append(f"</{outer}>")

    def cards(self, count: int, tag: str = "", *, is_front: bool = False) -> None:
        """A box with cards of other articles."""
        page, chance = self.page, self.chance
        card = _Card(self)
        tag = tag or chance.choice(("section", "div", "div", "aside", ""))
        if tag:
            page.html.append(page.start(tag, card.box))
        if chance.random() < (0.4 if is_front else 0.65):
            _, text = _line(page, self.story.language, (Label.RELATED,))
            if text:
                page.text(Label.RELATED, text, chance.choice(("h2", "h2", "h3", "div", "p", "h4")), card.box)
        outer, inner = card.list_tags
        if outer:
            page.html.append(page.start(outer, card.list_name))
        for number in range(count):
            card.write(self.others[number % len(self.others)], inner)
        if outer:
            page.html.append(f"</{outer}>")
        if tag:
            page.html.append(f"</{tag}>")

    def series(self) -> None:
        """Whole posts of others below, each in an element like the article's."""
        page, chance = self.page, self.chance
        tag, heading = chance.choice(("article", "article", "div")), chance.choice(("h2", "h2", "h1", "h3"))
        for number, other in enumerate(self.others[: chance.randint(1, 4)]):
            page.html.append(page.start(tag, f"post post-{number + 12}"))
            link = self.url(other) if chance.random() < 0.7 else None
            page.text(Label.RELATED, other.title, heading, link=link)
            for text in other.paragraphs[: chance.randint(1, 5)]:
                page.text(Label.RELATED, text)
            page.html.append(f"</{tag}>")

    def concealed(self) -> None:
        """What no reader sees: the body again, or bodies of others."""
        page, chance = self.page, self.chance
        how = chance.choice((' style="display:none"', " hidden", ' style="display: none"'))
        page.html.append(page.start("div", chance.choice(_NEUTRAL), how))
        if chance.random() < 0.5:
            for text in self.story.paragraphs[:12]:
                page.text(Label.HIDDEN, text)
        else:
            for other in self.others[: chance.randint(1, 5)]:
                page.html.append(page.start("div", chance.choice(_NEUTRAL)))
                page.text(Label.HIDDEN, other.title, "h3", link=self.url(other))
                for text in other.paragraphs[:4]:
                    page.text(Label.HIDDEN, text)
                page.html.append("</div>")
        page.html.append("</div>")

    def url(self, other: Story) -> str:
        """The address of another page of the site."""
        number = self.chance.randrange(10**5)
        return self.address.format(_slug(other.title), number, n=number)


class _Card:
    """What all cards of one box have."""

    def __init__(self, layout: _Layout) -> None:
        chance = layout.chance
        self.layout, self.page, self.chance = layout, layout.page, chance
        names = [words for _, words in layout.card_names]
        if layout.style == "neutral":
            names = [chance.choice(_NEUTRAL) for _ in range(5)]
        elif layout.style == "as the body":
            names = [words for _, words in layout.body] or names
        names = [*names, "", "", "", ""][:5]
        self.box, self.list_name, self.unit, self.heading, self.summary = names
        self.list_tags = chance.choice(
            (
                ("ul", "li"),
                ("ol", "li"),
                ("div", "div"),
                ("div", "article"),
                ("", "div"),
                ("", "article"),
                ("", ""),
            )
        )
        self.heading_tag = chance.choice(_HEADINGS)
        self.summary_tag = chance.choice(("p", "p", "p", "div", "span"))
        self.sentences = chance.choices((0, 1, 2, 3), (20, 45, 25, 10))[0]
        self.linked = chance.choices(("heading", "all", "more", "both", "none"), (58, 16, 10, 12, 4))[0]
        self.has_more = self.linked == "more" or chance.random() < 0.15
        self.is_dated = chance.random() < 0.3
        self.has_section = chance.random() < 0.2
        self.is_wrapped = chance.random() < 0.35
        self.more = _line(layout.page, layout.story.language, (Label.RELATED,))[1] or chance.choice(_MORE)

    def write(self, other: Story, tag: str) -> None:
        """One card, of another story."""
        page, chance, url = self.page, self.chance, self.layout.url(other)
        if tag:
            page.html.append(page.start(tag, self.unit))
        if chance.random() < 0.5:
            page.html.append('<img src="/i.jpg" alt="">')
        if self.is_wrapped:
            page.html.append(page.start("div", self.unit))
        self._texts(other, url)
        if self.is_wrapped:
            page.html.append("</div>")
        if tag:
            page.html.append(f"</{tag}>")

    def _texts(self, other: Story, url: str) -> None:
        page, chance = self.page, self.chance
        if self.has_section:
            page.text(Label.RELATED, other.title.split()[0], "span", link="/s/")
        if self.linked == "all":
            page.html.append(f'<a href="{escape(url)}">')
        heading_link = url if self.linked in ("heading", "both") else None
        page.text(Label.RELATED, other.title, self.heading_tag, self.heading, link=heading_link)
        if self.is_dated:
            page.text(Label.RELATED, f"{chance.randint(1, 28)}.{chance.randint(1, 12)}.2026", "time")
        if text := _opening(other, self.sentences):
            link = url if self.linked == "both" else None
            page.text(Label.RELATED, text, self.summary_tag, self.summary, link=link)
        if self.linked == "all":
            page.html.append("</a>")
        if self.has_more:
            page.text(Label.RELATED, self.more, chance.choice(("div", "p")), link=url)


def _opening(story: Story, sentences: int) -> str:
    found = [one.strip() for one in split_after_terminals(story.paragraphs[0]) if one.strip()]
    return " ".join(found[:sentences])


def by_language(stories: Sequence[Story], composed: Sequence[Story], story: Story) -> list[Story]:
    """The stories of which a page of ``story`` may have cards: of other sites in its language, then composed ones, then
    any.
    """
    own = [one for one in stories if one.language == story.language and one.site != story.site]
    own += [one for one in composed if one.language == story.language]
    return own if len(own) >= _LEAST_OTHERS else own + [one for one in stories if one.site != story.site]
