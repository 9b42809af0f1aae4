"""``copydesk explain``: which blocks are kept and removed, and why, in words."""

from __future__ import annotations

import click
import pytest
from conftest import ARTICLE
from msgspec.structs import replace

from copydesk.cleaners import explain
from copydesk.cleaners.options import Options
from copydesk.cleaners.types import Block, Kind, Label, Labelled, Page, Source, Verdict
from copydesk.flows.commands.explain import in_entries, summary
from copydesk.flows.review.cut_page import in_words


def shown(page: str, *, width: int = 80) -> list[str]:
    explained = explain(Page(body=page, source=Source("file", "a.html")), Options())
    return [click.unstyle(line) for line in summary(explained, width)]


def test_what_is_kept_comes_first_a_line_a_block() -> None:
    lines = shown(ARTICLE)
    assert lines[0] == "Kept: 3 blocks, 99 words"
    kept = lines[1 : lines.index("")]
    assert len(kept) == 3
    assert kept[0].startswith("  The clock of the town hall struck noon on Friday")
    assert all(line.endswith(" words)") and len(line) <= 80 for line in kept)
    whole = shown(ARTICLE, width=300)
    assert whole[1].endswith("had come to the square to hear it.")


def test_menus_and_lists_of_links_are_one_line_with_counts() -> None:
    links = " ".join(f'<li><a href="/{at}">Section {at}</a></li>' for at in range(30))
    lines = shown(ARTICLE.replace("<nav>", f"<nav><ul>{links}</ul>"))
    (menu,) = [line for line in lines if line.startswith("  nav: ")]
    assert "blocks, " in menu
    assert len(menu) <= 80
    (rights,) = [at for at, line in enumerate(lines) if line.startswith("  copyright: “Copyright 2026")]
    assert "likely to be the article's" in lines[rights + 1]


@pytest.mark.parametrize(
    ("menu", "entries"),
    [
        ("<a>Home</a><a>News</a><a><b>Sport</b></a>", "Home · News · Sport"),
        ("<a>Home</a> <a>News</a>", "Home News"),
        ("Go to <a>Home</a>s, H<sub>2</sub>O, <a>N</a>", "Go to Homes, H2O, N"),
    ],
)
def test_entries_of_a_menu_that_only_styles_part_are_shown_apart(menu: str, entries: str) -> None:
    page = f"<nav><div>{menu.replace('<a>', '<a href=/x>')}</div></nav><p>{'The bell rang. ' * 20}</p>"
    first = explain(Page(body=page)).labelled[0]
    assert in_entries(first.block) == entries


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ("0.05 for keeping, 0.90 for author_bio: element “author-box”; in <aside>", "5 % likely to be the article's; element “author-box”; in <aside>"),
        ("0.20 for keeping, 0.90 for ad", "20 % likely to be the article's"),
        ("start (en): 'about us contact'", "begins with 'about us contact'"),
        ("lead (fr): 'à lire aussi'", "is led by 'à lire aussi'"),
        ("by its words (©, 0000, (page)) no part of the article (log-odds 5.1)", "no part of the article, by its words: ©, 0000, (page)"),
        ("by its words no part of the article (log-odds 5.2)", "no part of the article, by its words"),
        ("by its words part of the article (0.87)", "part of the article, by its words"),
        ("says so itself: this 'this article', tool 'chatgpt'",) * 2,
        ("", "by its rule"),
    ],
)  # fmt: skip
def test_evidence_is_reported_in_words(evidence: str, words: str) -> None:
    assert in_words(evidence) == words


@pytest.mark.parametrize(
    ("text", "keep", "is_shown"),
    [
        ("Opponents had asked for a shorter route along the old basin.", "0.38", True),
        ("Opponents had asked for a shorter route along the old basin.", "0.04", False),
        ("Most read today", "0.38", False),
    ],
)
def test_a_sentence_that_might_have_been_kept_is_not_folded(text: str, keep: str, is_shown: bool) -> None:
    explained = explain(Page(ARTICLE, media="html"), Options())
    verdict = Verdict(Label.RELATED, "learned.drop", f"{keep} for keeping, 0.40 for related")
    cut = Labelled(Block(len(explained.labelled), Kind.PARAGRAPH, text), (verdict,))
    lines = [*map(click.unstyle, summary(replace(explained, labelled=(*explained.labelled, cut)), 120))]
    assert (f"  related: “{text}”" in lines) == is_shown
