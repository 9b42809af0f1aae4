"""The walk over libxml2's nodes: what it reads where text and attributes lie in unusual ways, and what it refuses."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from lxml import etree

from copydesk import _core
from copydesk._core.walk import Finder, walk
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.html_blocks import segment

SPACES = {chr(code) for code in range(0x110000) if chr(code).isspace()}


def texts(root: etree._Element, max_depth: int = 100) -> list[str]:
    return [block.raw for block in walk(root, max_depth)[0]]


def test_what_is_white_space_says_python() -> None:
    beside = {chr(ord(char) + step) for char in SPACES for step in (-1, 1)}
    for text in sorted({*SPACES, *beside} - {"\0"}):
        root = etree.Element("body")
        try:
            etree.SubElement(root, "p").text = text
        except ValueError:  # a character that no tree holds
            continue
        assert texts(root) == ([] if text.isspace() else [text]), ascii(text)


def test_text_in_several_nodes_is_one_piece() -> None:
    root = parse("<p>one <i>two</i> <i> three</i> <i>four</i></p><p>five", Options())
    etree.strip_tags(root, "i")  # leaves the text where it was, node beside node
    assert [block.raw for block in segment(root, Options())[0].blocks] == ["one two three four", "five"]


def test_a_thousand_names_of_elements_are_told_apart() -> None:
    page = "".join(f"<x{at}><p>word</x{at}>" for at in range(1_000))
    blocks, _, number, _ = walk(parse(page, Options()), 10_000)
    assert [block.path[2].tag for block in blocks] == [f"x{at}" for at in range(1_000)]
    assert number == 2 + 2 * 1_000


def test_too_deep_a_tree_is_refused() -> None:
    root = parse("<div>" * 50 + "deep", Options())
    assert texts(root) == ["deep"]
    with pytest.raises(TooDeep, match="nests more than 20 elements"):
        walk(root, 20)


def test_a_reading_with_a_remark_inside_is_set_apart() -> None:
    page = b"<html><body><p>A <ruby>x<rt>kori<!-- remark --></rt></ruby> b</p></body></html>"
    root = etree.fromstring(page, parser=etree.HTMLParser())
    assert texts(root, 10**12) == ["A x b", "kori"]


def test_attributes_in_a_namespace_are_others() -> None:
    """A name that a namespace has made another one conceals nothing, and leads nowhere."""
    source = (
        '<html xmlns:x="https://example.org/x"><body x:class="hidden" x:hidden="">'
        '<p x:style="display:none">Ice <a x:href="/ice">melts</a></p></body></html>'
    )
    root = etree.fromstring(source)
    (block,) = walk(root, 100)[0]
    assert (block.is_hidden, block.link_url) == (False, "")
    assert Finder({"any": dict.fromkeys(("class", "href"), ("",))}).find(root) == {"any": []}


def test_elements_are_found_by_what_their_attributes_hold() -> None:
    root = parse(
        '<!-- a --><p class="Harbour post"><i id=c class=post></i><b class="" title="HARBOUR"><u class>',
        Options(),
    )
    finder = Finder(
        {
            "post": {"class": ("post", "posted"), "id": ("",)},
            "harbour": dict.fromkeys(("class", "title"), ("harbour",)),
            "any": {"class": ("",)},
            "small": {"class": ("harbour",)},
            "nothing": {"rel": ("",)},
        },
        lowered=("harbour",),
    )
    found = {kind: "".join([one.tag for one in elements]) for kind, elements in finder.find(root).items()}
    assert found == {"post": "pi", "harbour": "pb", "any": "pibu", "small": "", "nothing": ""}


def test_a_finder_refuses_what_it_cannot_look_for() -> None:
    with pytest.raises(ValueError, match="at most 16 attributes"):
        Finder({"a": dict.fromkeys("abcdefghijklmnopq", ("bb",))})
    with pytest.raises(ValueError, match="two bytes or more"):
        Finder({"a": {"class": ("b",)}})


def test_a_value_in_several_nodes_is_read_whole() -> None:
    source = '<!DOCTYPE html [<!ENTITY ice "ice">]><html><p class="a&ice;b">Go <a href="/&ice;/b">there</a></p></html>'
    (block,) = walk(etree.fromstring(source, parser=etree.XMLParser(resolve_entities=False)), 100)[0]
    assert (block.link_url, block.path[-1].words) == ("/ice/b", "aiceb")


def test_what_is_no_element_is_refused() -> None:
    # a class can be called though it makes an element of nothing
    nothing = etree._Element()  # type: ignore[call-arg, unused-ignore]
    for root in (etree.Comment("a"), etree.PI("a", "b"), etree.Entity("ice"), nothing):
        with pytest.raises(ValueError, match="no element"):
            walk(root, 100)


def test_media_and_blocks_outlive_their_tree() -> None:
    root = parse(
        "<div class=a><figure><a href=/b><img src=c.jpg></a></figure><p>Ice</p></div>" * 20, Options()
    )
    blocks, media, _, _ = walk(root, 100)
    for element in list(root.iter("div", "img")):
        element.clear()
        element.set("class", "other")
        if (above := element.getparent()) is not None:
            above.remove(element)
    del root, element, above
    gc.collect()
    assert [block.raw for block in blocks] == ["Ice"] * 20
    classes = [[one.get("class") for *_, one in medium.above] for medium in media]
    assert classes == [[None, None, "other", None, None]] * 20


def test_no_function_of_the_core_swallows_an_exception() -> None:
    """One that may raise nothing calls nothing of Python: of that Cython makes sure where it holds no GIL."""
    folder = Path(_core.__file__).parent
    lines = [line for path in folder.glob("*.pyx") for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if "noexcept" in line and not line.endswith(" noexcept nogil:")] == []


def test_every_part_of_the_core_is_known() -> None:
    folder = Path(_core.__file__).parent
    for suffix in ("pyx", "pyi"):
        assert sorted(path.stem for path in folder.glob(f"*.{suffix}")) == list(_core.MODULES)
    too_long = [
        f"{path.name}:{number}"
        for path in folder.glob("*.pyx")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert too_long == []
