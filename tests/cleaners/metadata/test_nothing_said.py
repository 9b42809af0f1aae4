"""Pages that say neither who wrote them nor when, in many languages: ``nothing_said.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

from copydesk import clean

LANGUAGES = tomli.loads(Path(__file__).with_name("nothing_said.toml").read_text("utf-8"))
NAMES = (
    '<p class="byline">{}</p>',
    '<span class="author">{}</span>',
    '<div class="article-author"><p>{}</p></div>',
)
DAYS = ("{text}<p>{line}</p>{text}", "{text}{text}<ul><li>{line}</li></ul>", "<figure><img src=/a.jpg><figcaption>{line}</figcaption></figure>{text}{text}",
        "{text}<table><tr><td>{line}</td><td>it began</td></tr><tr><td>{line}</td><td>it ended</td></tr></table>{text}",
        "<blockquote class=twitter-tweet><p>{line}</p></blockquote>{text}{text}", "<p>{line}</p>{text}{text}")  # fmt: skip


def page(language: str, body: str) -> str:
    title = LANGUAGES[language]["title"]
    return f'<html lang="{language}"><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>'


def pages(kind: str) -> Iterator[object]:
    for language, said in LANGUAGES.items():
        text = f"<p>{said['prose']}</p>" * 3
        for line in said[kind]:
            if kind == "nobody":
                bodies = [f"{form.format(line)}{text}" for form in NAMES]
            else:
                bodies = [form.format(line=line, text=text) for form in DAYS]
            yield from (
                pytest.param(page(language, body), id=f"{language}-{line}-{at}")
                for at, body in enumerate(bodies)
            )


@pytest.mark.parametrize("html", [*pages("nobody")])
def test_a_line_that_names_nobody_gives_no_author(html: str) -> None:
    assert clean(html).authors == ()


@pytest.mark.parametrize("html", [*pages("no_day")])
def test_a_day_of_something_else_is_not_that_of_publication(html: str) -> None:
    assert clean(html).date_published is None
