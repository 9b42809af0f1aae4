"""Platforms as data: what a file may say, and when what it says holds."""

from __future__ import annotations

from typing import Any

import pytest

from copydesk import Options, clean
from copydesk.cleaners.platforms.platform_files import packaged, read_platform
from copydesk.cleaners.user_tables import BadKey

CMS: dict[str, Any] = {
    "name": "my-cms",
    "signs": ["generator: MyCMS"],
    "content": ["cms-article"],
    "inline": ["cms-mark"],
    "parts": {"newsletter": ["cms-letter"], "reference": ["cms-mark"]},
}
PROSE = "<p>The bell of the town hall rings at noon again, after a winter in which nobody could find the rope.</p>"
OWLS = "The ringers write a letter every month, about ropes, and about the owls in the tower."
LETTER = f"<div class='cms-letter'><p>{OWLS}</p></div>"


def cleaned(body: str, *, head: str = '<meta name="generator" content="MyCMS 4">') -> Any:
    page = f"<html><head>{head}</head><body><h1>Noon bell returns</h1>{body}</body></html>"
    return clean(page, options=Options(platforms=(read_platform(CMS),)))


@pytest.mark.parametrize(("key", "value", "message"), [
    ("nam", "a", "nam: unknown key; did you mean name?"),
    ("name", "My CMS", "name: 'My CMS' is no name of lower-case letters, digits and hyphens"),
    ("name", None, "name is missing; required: name, signs, parts"),
    ("signs", [], "signs: expected a list of texts"),
    ("signs", ["wp"], "signs: 'wp' is too short to tell a platform: 6 letters or more"),
    ("parts", {}, "parts: expected a table of labels, each with a list of names"),
    ("parts", {"newsleter": ["a"]}, "parts: 'newsleter' is no label of what is removed, nor paragraph; did you mean newsletter?"),
    ("parts", {"nav": [".menu"]}, "parts.nav: '.menu' is no single word in lower case; write it without dot or #"),
    ("parts", {"nav": "menu"}, "parts.nav: expected a list of texts"),
    ("content", ["Cms"], "content: 'Cms' is no single word in lower case; write it without dot or #"),
])  # fmt: skip
def test_what_is_wrong_in_a_file_is_told_in_one_line(key: str, value: object, message: str) -> None:
    data = {name: one for name, one in {**CMS, key: value}.items() if one is not None}
    with pytest.raises(BadKey) as caught:
        read_platform(data)
    assert str(caught.value) == message


def test_how_text_is_written_is_not_given_by_a_platform() -> None:
    with pytest.raises(match="parts: 'heading' is no label of what is removed, nor paragraph"):
        read_platform({**CMS, "parts": {"heading": ["cms-text"]}})


def test_what_is_marked_as_text_is_kept_as_its_tags_write_it() -> None:
    notes = "<div class='cms-signup'><div class='cms-text'><ul><li>Share this</li></ul></div><p>Share that</p></div>"
    platform = read_platform({**CMS, "parts": {"paragraph": ["cms-text"]}})
    head = '<meta name="generator" content="MyCMS 4">'
    page = f"<html><head>{head}</head><body><h1>Noon bell returns</h1>{PROSE * 3}{notes}</body></html>"
    record = clean(page, options=Options(platforms=(platform,)))
    assert record.text.endswith("\n\nShare this")
    assert "- Share this" in record.markdown


def test_each_name_of_a_platform_is_given_once() -> None:
    for platform in packaged():
        names = [name for _, some in platform.parts for name in some]
        assert len(names) == len(set(names)), platform.name


@pytest.mark.parametrize(("head", "is_removed"), [
    ('<meta name="generator" content="MyCMS 4">', True),
    ("", False),
    ('<meta name="description" content="generator: MyCMS">', False),
])  # fmt: skip
def test_names_say_something_on_pages_of_the_platform_alone(head: str, *, is_removed: bool) -> None:
    record = cleaned(PROSE + LETTER + PROSE * 3, head=head)
    assert (OWLS not in record.text) == is_removed
    assert [one.rule for one in record.removed if one.text == OWLS] == ["platform.my-cms"] * is_removed


def test_nothing_is_removed_where_it_is_most_of_the_page() -> None:
    record = cleaned(f"<div class='cms-letter'>{PROSE * 4}</div><p>{OWLS}</p>")
    assert record.text.count("nobody could find the rope") == 4


def test_a_button_that_is_marked_as_a_paywall_says_that_readers_pay() -> None:
    platform = read_platform({**CMS, "parts": {"paywall": ["cms-wall"]}})
    wall = "<div class='cms-wall'><button>Claim my copy</button></div>"
    head = '<meta name="generator" content="MyCMS 4">'
    page = f"<html><head>{head}</head><body><h1>Noon bell returns</h1>{PROSE * 3}{wall}</body></html>"
    record = clean(page, options=Options(platforms=(platform,)))
    assert (record.status, record.is_accessible_for_free) == ("partial", False)


@pytest.mark.parametrize("tag", ["article", "main", "body"])
def test_elements_of_whole_pages_are_none_of_its_parts(tag: str) -> None:
    record = cleaned(f"<{tag} class='cms-letter'>{PROSE * 2}</{tag}>{PROSE * 4}")
    assert "platform.my-cms" not in {one.rule for one in record.removed}


def test_what_is_below_the_article_is_none_of_it() -> None:
    below = (
        "<p>Hubert wrote that he has had the rope all along, and that nobody had ever asked him about it.</p>"
    )
    record = cleaned(f"<div class='cms-article'>{PROSE * 9}</div>{below}")
    assert "Hubert" not in record.text
    assert [(one.label, one.rule) for one in record.removed if "Hubert" in one.text] == [
        ("other", "platform.my-cms")
    ]


def test_marks_leave_their_sentence_and_stay_in_the_record() -> None:
    marked = PROSE.replace("again,", "again<sup class='cms-mark'>[1]</sup>,")
    record = cleaned(PROSE + marked + PROSE)
    assert "[1]" not in record.text
    assert "rings at noon again, after" in record.text.split("\n\n")[1]
    assert [(one.label, one.text) for one in record.removed if "[1]" in one.text] == [("reference", "[1]")]


def test_flattened_text_is_of_no_platform() -> None:
    lines = [
        OWLS,
        *["The bell of the town hall rings at noon again, said the mayor, who had found the rope."] * 4,
    ]
    assert OWLS in clean("\n\n".join(lines), options=Options(platforms=(read_platform(CMS),))).text


@pytest.mark.parametrize("names", [["x"], [f"note{number}" for number in range(300)]])
def test_any_names_within_sentences(names: list[str]) -> None:
    platform = read_platform(
        {"name": "own", "signs": ["generator: MyCMS"], "parts": CMS["parts"], "inline": names}
    )
    page = f"<html><head><meta name=generator content='MyCMS 4'></head><body><h1>Noon bell</h1>{PROSE}<p>The bell <span class={names[-1]}>[9]</span> rings at noon again, after a winter without a rope.</p>"
    record = clean(page, options=Options(platforms=(platform,)))
    assert "The bell rings at noon" in " ".join(record.text.split())
    assert "[9]" in [gone.text for gone in record.removed]
