"""Pages that a browser has to build are called so, and nothing else is; every sentence composed for this."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import bounded

from copydesk import Page, clean, explain
from copydesk.cleaners.page_kind.page_shell import find_shell

URL = "https://courier.example/2026/04/the-second-bell"
ASK = "You need to enable JavaScript to run this app."
NAV = "<header><nav><ul>{}</ul></nav></header>".format(
    "".join(
        f'<li><a href="/{name.lower()}">{name}</a></li>' for name in ("News", "Sport", "Culture", "Weather")
    )
)
FOOTER = "<footer><p>© 2026 Harbour Courier. All rights reserved.</p><a href=/terms>Terms</a></footer>"
MODULE = '<script type="module" crossorigin src="/assets/index-1f.js"></script>'
SCRIPT = '<script defer src="/static/js/main.1f.js"></script>'
STORY = (
    "The ferry left the pier at six, as it had on every morning since the war, and came back with eleven goats.",
    "Nobody on the council could say who had ordered the second bell, or why it hung there without a rope.",
    "Mrs Alder keeps the key in a tin, and the tin in a drawer that sticks when it rains from the east.",
    "By noon the tide had taken the sandbags, two bicycles and most of the mayor's patience with engineers.",
)
PROSE = "".join(f"<p>{sentence}</p>" for sentence in STORY)


def page(body: str, *, head: str = "<title>The second bell | Harbour Courier</title>", html: str = "") -> str:
    return f'<!doctype html><html lang="en"{html}><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'


SHELL = page(f'<noscript>{ASK}</noscript><div id="root"></div>{SCRIPT}')
ALONE = page(f"<p>{ASK}</p>")
DECLARED = page(
    f'{NAV}<div id="app"></div>{FOOTER}{MODULE}',
    head='<title>The second bell</title><meta property="og:type" content="article"><meta property="og:title" '
    'content="The second bell"><meta property="article:published_time" content="2026-04-02T07:00:00Z">',
)


def code(markup: str, *, url: str | None = URL) -> tuple[str, str]:
    """Status and reason code of a page."""
    record = clean(markup, url=url)
    return record.status, (record.reason or "").partition(":")[0]


def test_the_evidence_names_what_was_seen() -> None:
    reason = clean(SHELL, url=URL).reason
    assert reason == (
        f'needs_javascript: nothing in <div id="root">, 1 script, noscript says “{ASK}”; 0 characters shown besides'
    )


def test_what_it_declares_of_itself_is_kept() -> None:
    record = clean(DECLARED, url=URL)
    assert (record.title, record.date_published) == ("The second bell", "2026-04-02T07:00:00+00:00")


def test_blocks_that_were_kept_are_left_out_by_the_rule_of_the_page() -> None:
    explanation = explain(Page(body=ALONE, url=URL))
    (sentence,) = [item for item in explanation.labelled if item.block.text == ASK]
    assert not sentence.is_kept
    assert {removed.text for removed in explanation.record.removed} >= {ASK}


# what is none of them


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(STORY), min_size=2, max_size=8, unique=False),
    st.sampled_from(["root", "app", "__next", "___gatsby"]),
    st.booleans(),
    st.booleans(),
)
def test_no_story_is_a_shell(sentences: list[str], mount: str, is_inside: bool, has_noscript: bool) -> None:
    story = "<h1>The second bell</h1>" + "".join(f"<p>{sentence}</p>" for sentence in sentences)
    inside, outside = (story, "") if is_inside else ("", story)
    noscript = f"<noscript>{ASK}</noscript>" if has_noscript else ""
    markup = page(f'{noscript}{NAV}<div id="{mount}">{inside}</div>{outside}{MODULE}{FOOTER}')
    bare = page(f"{NAV}{story}{FOOTER}")
    assert code(markup)[1] != "needs_javascript"
    assert code(markup)[0] == code(bare)[0]


def test_a_short_report_on_such_a_page_is_untouched() -> None:
    text = f"“{ASK}” was all that the town's new website had to tell its oldest reader on Monday. She went fishing."
    assert code(page(f"<h1>Site without words</h1><p>{text}</p>{SCRIPT}"))[1] != "needs_javascript"
    assert code(f"Site without words\n\n{text}")[1] != "needs_javascript"


def test_an_ordinary_page_is_checked_in_no_time() -> None:
    explanation = explain(Page(body=page(f"{NAV}<article>{PROSE * 40}</article>{FOOTER}"), url=URL))
    with bounded(7):
        for _ in range(100):
            assert find_shell(explanation.labelled, None) is None
