"""Text of strangers is shown as it is, and leads nowhere but to the web."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from copydesk.flows.run.reporting.text import escaped, is_linkable, linked, table

MARKS = "\\`*_{}[]()#+-.!|<>&;:/@~^=\"' \n"
hostile = st.one_of(
    st.text(alphabet=st.sampled_from(MARKS + "aw1é"), max_size=40),
    st.text(max_size=40),
    st.sampled_from(
        ["<script>alert(1)</script>", "| a | b |", "https://evil.example", "www.evil.example", "&lt;b&gt;", "![x](y)", "\u202egnp.exe", "a@b.example", "```"]
    ),
)  # fmt: skip


def inline(markdown: str) -> list[Token]:
    """The tokens of the only cell that strangers fill, of a table as it is shown."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = reader.parse(table(("head", "other"), [(markdown, "end")]))
    cells = [token for token in tokens if token.type == "inline"]
    assert [cell.content for cell in (cells[0], cells[1], cells[3])] == ["head", "other", "end"]
    assert len(cells) == 4
    return cells[2].children or []


@given(hostile)
def test_a_text_is_shown_as_it_is_and_nothing_in_it_counts(text: str) -> None:
    tokens = inline(escaped(text))
    # bare addresses that some readers make links of (GFM, Autolinks)
    assert not re.search(r"https?://|www\.|[^\\\\]@", escaped(text))
    assert {token.type for token in tokens} <= {"text", "text_special"}
    shown = "".join(token.content for token in tokens)
    kept = [mark for mark in shown if mark.isprintable() and not mark.isspace()]
    meant = [mark for mark in text if mark.isprintable() and not mark.isspace()]
    assert kept == meant


@given(hostile, st.one_of(hostile, hostile.map(lambda rest: f"https://courier.example/{rest}")))
def test_a_link_leads_to_the_web_and_holds_its_text(text: str, url: str) -> None:
    tokens = inline(linked(text, url))
    leads = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert len(leads) == is_linkable(url)
    assert all(lead.startswith(("http://", "https://")) for lead in leads)
    assert {token.type for token in tokens} <= {"text", "text_special", "link_open", "link_close"}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://", "//a.example", "http://[half", "https://a.example/" + "a" * 2_000]
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_no_link(url: str) -> None:
    assert linked("headline", url) == "headline"


def test_an_address_leads_where_it_did() -> None:
    url = "https://courier.example/a?b=1&copy;=2#c"
    (lead,) = [token.attrs["href"] for token in inline(linked("x", url)) if token.type == "link_open"]
    assert str(lead).replace("%3B", ";") == url
