"""Pages of our own making, for measures of speed and memory where there is no data folder."""

from __future__ import annotations

import random

SUBJECTS = "the council|a spokesman|the harbour master|her neighbour|the orchestra|our reporter|the bakery|a retired engineer"
VERBS = "announced|denied|rebuilt|visited|postponed|measured|forgot|welcomed|described"
OBJECTS = "the old ferry|three new bridges|a plan for the winter|the missing archive|the night train|two concerts|the flood wall"
ENDINGS = "on Tuesday|before the vote|without a word about the cost|as it had been promised|for the second time this year|in spite of the rain"


def compose_page(*, paragraphs: int, seed: int) -> str:
    """Compose a news page with ``paragraphs`` paragraphs of article among menus, teasers and a footer.

    A paragraph brings about 1.5 KB of HTML. The same arguments give the same page.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    title = compose_sentence(chance).rstrip(".")
    body = "".join(_paragraph(chance, place) for place in range(paragraphs))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Composed Courier</title>'
        f'<meta property="og:title" content="{title}"><meta property="article:published_time" content="2026-03-{1 + seed % 28:02}T08:00:00Z">'
        f"<script>{_script(chance, paragraphs)}</script></head><body>"
        f'<header><nav><ul>{_links(chance, 12)}</ul></nav></header><main><article class="story"><h1>{title}</h1>'
        f'<p class="byline">By <a rel="author" href="/people/{seed}">Nora Quill</a></p>{body}</article>'
        f'<aside class="related"><h2>More stories</h2><ul>{_links(chance, 8 + paragraphs)}</ul></aside></main>'
        '<div class="newsletter"><p>Sign up for our newsletter.</p></div>'
        f"<footer><ul>{_links(chance, 20)}</ul><p>&copy; 2026 The Composed Courier</p></footer></body></html>"
    )


def compose_pages(count: int) -> list[str]:
    """``count`` pages from about 10 KB to about 300 KB, most of them middling, as on the web."""
    sizes = (5, 15, 30, 30, 45, 60, 90, 180)
    return [compose_page(paragraphs=sizes[seed % len(sizes)], seed=seed) for seed in range(count)]


def compose_sentence(chance: random.Random) -> str:
    """A sentence of words drawn by ``chance``."""
    parts = (chance.choice(part.split("|")) for part in (SUBJECTS, VERBS, OBJECTS, ENDINGS))
    return " ".join(parts).capitalize() + "."


def _paragraph(chance: random.Random, place: int) -> str:
    text = " ".join(compose_sentence(chance) for _ in range(chance.randint(2, 7)))
    heading = f'<h2 class="story__heading">{compose_sentence(chance)}</h2>' if place % 6 == 5 else ""
    advert = (
        '<div class="ad-slot" data-slot="inline"><span>Advertisement</span></div>' if place % 4 == 3 else ""
    )
    return f'{heading}<div class="story__block story__block--text" data-component="paragraph"><p>{text}</p></div>{advert}'


def _links(chance: random.Random, count: int) -> str:
    return "".join(
        f'<li class="menu__item"><a class="menu__link" href="/news/{chance.randrange(10**6)}">{compose_sentence(chance)}</a></li>'
        for _ in range(count)
    )


def _script(chance: random.Random, paragraphs: int) -> str:
    """Real pages carry more script than text."""
    return "window.state=[" + ",".join(str(chance.randrange(10**9)) for _ in range(60 * paragraphs)) + "];"
