"""The compiled walk gives what the plain one gives, block by block and field by field, whatever the tree."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from copydesk import _core
from copydesk._core import compiled
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.segment import attributes, html_blocks, plain_walk
from copydesk.cleaners.segment.elements import APART, BARE_MARKS, BLOCK_TAGS, SHAPES
from copydesk.cleaners.types import Options

CORE = compiled("walk")
if CORE is None and os.environ.get("REQUIRE_CORE") != "1":
    pytest.skip("copydesk was installed without a compiler", allow_module_level=True)

TAGS = sorted(
    {*BLOCK_TAGS, *SHAPES, *APART, *BARE_MARKS, "a", "br", "img", "source", "ruby", "span", "td", "th"}
)
WORDS = ("a", "Wide sr-only", "hidden", "Screen-Reader-Text", "ΑΣ", " ")
ATTRIBUTES = (
    "class", "id", "role", "itemprop", "rel", "href", "src", "hidden", "style", "colspan", "rowspan", "lang",
)  # fmt: skip
VALUES = (*WORDS, "/a?b=1&amp;c=2", "https://example.org/ü", "display : none", "2", "3", "data:,", "")
TEXTS = (
    "word", " ", "\n\t ", "\xa0", "\u3000\n", "\x1c", "a\xa0", "two  words\r\n", "氷", "\x85", "&amp;", "e\u0301", "\u2028", "x\ty",
)  # fmt: skip
SPACES = tuple(chr(code) for code in range(0x110000) if chr(code).isspace())


def attribute() -> st.SearchStrategy[str]:
    return st.builds('{}="{}"'.format, st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES))


def element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags, attributes = st.sampled_from(TAGS), st.lists(attribute(), max_size=3).map(" ".join)
    return st.builds(
        lambda tag, attributes, inside: f"<{tag} {attributes}>{inside}</{tag}>", tags, attributes, inside
    )


markup = st.recursive(
    st.sampled_from(TEXTS), lambda inside: element(st.lists(inside, max_size=5).map("".join)), max_leaves=60
)


# what parsers of HTML make no trees of: names in namespaces, values with references to entities
XML_NAMES = ("class", "x:class", "hidden", "x:hidden", "style", "x:style", "href", "x:href", "rel", "x:rel")
XML_VALUES = ("Wide hidden", "display:none", "/ice", "&ice;", "a&ice;b", "")
XML_TEXTS = ("word", " ", "\n", "<!-- a -->", "<?a b?>", "<![CDATA[ c ]]>")


def xml_element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    attribute = st.builds('{}="{}"'.format, st.sampled_from(XML_NAMES), st.sampled_from(XML_VALUES))
    return st.builds(
        lambda tag, attributes, inside: f"<{tag} {attributes}>{inside}</{tag}>",
        st.sampled_from(("p", "a", "b", "span", "ruby", "rt", "td", "tr", "pre", "li")),
        st.lists(attribute, max_size=3, unique_by=lambda one: one.split("=")[0]).map(" ".join),
        inside,
    )


xml = st.recursive(
    st.sampled_from(XML_TEXTS),
    lambda inside: xml_element(st.lists(inside, max_size=4).map("".join)),
    max_leaves=20,
)


def both(root: etree._Element, max_depth: int = 100) -> tuple[object, object]:
    """What the two walks make of a tree."""
    return tuple(
        tuple(walked) if (walked := walk(root, max_depth)) else walked
        for walk in (CORE.walk, plain_walk.walk)
    )  # type: ignore[return-value]


@settings(max_examples=100)
@given(
    st.lists(markup, min_size=1, max_size=8).map("".join),
    st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES), max_size=8),
)
def test_the_same_elements_have_an_attribute_that_is_wanted(page: str, wanted: dict[str, str]) -> None:
    root = parse(f"<html><!-- a --><body>{page}</body></html>", Options())
    tests = {name: value.__contains__ for name, value in wanted.items()}
    for top in (root, root[-1]):
        found = attributes.plain_elements_having(top, tests)
        assert CORE.elements_having(top, tests) == found


@settings(max_examples=100)
@given(st.lists(markup, min_size=1, max_size=8).map("".join))
def test_any_tree_is_cut_alike(page: str) -> None:
    compiled, plain = both(parse(f"<html><body>{page}</body></html>", Options()))
    assert compiled == plain


def test_what_is_white_space_is_the_same() -> None:
    beside = {chr(ord(char) + step) for char in SPACES for step in (-1, 1)}
    texts = sorted({*SPACES, *beside} - {"\0", "<", "&"})
    root = etree.Element("body")
    for text in texts:
        try:
            etree.SubElement(root, "p").text = text
        except ValueError:  # a character that no tree holds
            continue
        etree.SubElement(root[-1], "b").tail = f"{text}{text}"
    compiled, plain = both(root)
    assert compiled == plain


def test_text_in_several_nodes_is_one_piece() -> None:
    root = parse("<p>one <i>two</i> <i> three</i> <i>four</i></p><p>five", Options())
    etree.strip_tags(root, "i")  # leaves the text where it was, node beside node
    compiled, plain = both(root)
    assert compiled == plain
    assert [block.raw for block in html_blocks.segment(root, Options())] == ["one two three four", "five"]


def test_a_thousand_names_of_elements_are_told_apart() -> None:
    page = "".join(f"<x{at}>word <y{at}>in</y{at}></x{at}><p>" for at in range(1_000))
    compiled, plain = both(parse(page, Options()), 10_000)
    assert compiled == plain


def test_too_deep_a_tree_is_refused_alike() -> None:
    root = parse("<div>" * 50 + "deep", Options())
    assert all(len(walked[0]) == 1 for walked in both(root))  # type: ignore[index]
    for walk in (html_blocks._WALK, plain_walk.walk):
        with pytest.raises(TooDeep, match="nests more than 20 elements"):
            walk(root, 20)


def test_a_reading_with_a_remark_inside_is_cut_alike() -> None:
    page = b"<html><body><p>A <ruby>x<rt>kori<!-- remark --></rt></ruby> b</p></body></html>"
    compiled, plain = both(etree.fromstring(page, parser=etree.HTMLParser()), 10**12)
    assert compiled == plain


def test_a_tree_of_another_parser_is_left_to_the_plain_walk() -> None:
    root = etree.fromstring('<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Ice</p></body></html>')
    assert CORE.walk(root, 100) is None
    assert [block.raw for block in html_blocks.segment(root, Options())] == ["Ice"]


@settings(max_examples=100)
@given(st.lists(xml, min_size=1, max_size=4).map("".join), st.booleans())
def test_a_tree_of_xml_is_cut_alike_or_left_to_the_plain_walk(page: str, resolves: bool) -> None:
    source = f'<!DOCTYPE html [<!ENTITY ice "ice">]><html xmlns:x="https://example.org/x"><body>{page}</body></html>'
    root = etree.fromstring(source, parser=etree.XMLParser(resolve_entities=resolves))
    compiled, plain = both(root)
    assert compiled in (None, plain)
    found = attributes.plain_elements_having(root, {"class": bool, "href": bool})
    assert CORE.elements_having(root, {"class": bool, "href": bool}) == found


def test_attributes_in_a_namespace_are_others() -> None:
    """A name that a namespace has made another one conceals nothing, and leads nowhere."""
    source = (
        '<html xmlns:x="https://example.org/x"><body x:class="hidden" x:hidden="">'
        '<p x:style="display:none">Ice <a x:href="/ice">melts</a></p></body></html>'
    )
    compiled, plain = both(etree.fromstring(source))
    assert compiled == plain
    (block,) = plain[0]  # type: ignore[index]
    assert (block.is_hidden, block.link_url) == (False, "")


def test_elements_in_a_namespace_are_others() -> None:
    root = etree.fromstring('<html xmlns:x="https://example.org/x"><a class="b"/><x:a class="c"/></html>')
    for tags in (None, {"a"}):
        found = attributes.plain_elements_having(root, {"class": bool}, tags)
        assert CORE.elements_having(root, {"class": bool}, tags) == found


def included(tmp_path: Path) -> etree._Element:
    """A tree into which a text was included: where it begins and ends, it has nodes of their own kind."""
    (tmp_path / "part.txt").write_text("part")
    include = '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="part.txt" parse="text"/>'
    (tmp_path / "whole.xml").write_text(f"<html><body>a{include}b<i>c</i></body></html>")
    tree = etree.parse(str(tmp_path / "whole.xml"))
    tree.xinclude()
    return tree.getroot()


def test_what_no_parser_of_html_makes_is_left_to_the_plain_walk(tmp_path: Path) -> None:
    body = etree.Element("body")
    body.append(etree.Entity("ice"))
    roots = [body, included(tmp_path), etree.Comment("a"), etree.PI("a", "b"), etree.Entity("ice")]
    # a class can be called though it makes an element of nothing
    roots.append(etree._Element())  # type: ignore[call-arg, unused-ignore]
    assert [CORE.walk(root, 100) for root in roots] == [None] * len(roots)


def test_media_and_blocks_outlive_their_tree() -> None:
    root = parse(
        "<div class=a><figure><a href=/b><img src=c.jpg></a></figure><p>Ice</p></div>" * 20, Options()
    )
    compiled, plain = both(root)
    for element in list(root.iter("div", "img")):
        element.clear()
        element.set("class", "other")
        if (above := element.getparent()) is not None:
            above.remove(element)
    del root, element, above
    gc.collect()
    assert compiled == plain
    classes = [[one.get("class") for *_, one in medium.above] for medium in compiled[1]]  # type: ignore[index]
    assert classes == [[None, None, "other", None, None]] * 20


def nothing(_root: etree._Element, _depth: int) -> plain_walk.Walked:
    return plain_walk.Walked([], [], 0, [])


def failing(_root: etree._Element, _depth: int) -> plain_walk.Walked:
    raise SystemError("no such node")


OTHERS = {
    "cuts otherwise": SimpleNamespace(walk=nothing, LIBXML2=etree.LIBXML_VERSION[0]),
    "fails": SimpleNamespace(walk=failing, LIBXML2=etree.LIBXML_VERSION[0]),
    "is for another libxml2": SimpleNamespace(walk=plain_walk.walk, LIBXML2=etree.LIBXML_VERSION[0] + 1),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_core_for_another_lxml_is_not_used(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_blocks, "compiled", lambda _name: OTHERS[case])
    with pytest.warns(RuntimeWarning, match="another lxml"):
        assert html_blocks._tested_walk() is plain_walk.walk


def test_a_core_that_cannot_be_loaded_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ImportError("GLIBC_2.99 not found", name=name)

    assert _core.compiled.__wrapped__("no_such_part") is None
    monkeypatch.setattr(_core, "import_module", broken)
    with pytest.warns(RuntimeWarning, match="walk cannot be loaded .GLIBC_2.99 not found"):
        assert _core.compiled.__wrapped__("walk") is None


@pytest.mark.slow
def test_it_can_be_left_out() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", "from copydesk._core import described; print(described())"],
            env={**os.environ, **change},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for change in ({}, {"COPYDESK_CORE": "plain"})
    ]
    assert told == ["compiled core", "plain Python"]


def test_no_function_of_the_core_swallows_an_exception() -> None:
    """One that may raise nothing calls nothing of Python: of that Cython makes sure where it holds no GIL."""
    folder = Path(_core.__file__).parent
    lines = [line for path in folder.glob("*.pyx") for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if "noexcept" in line and not line.endswith(" noexcept nogil:")] == []


def test_every_part_of_the_core_is_known() -> None:
    folder = Path(_core.__file__).parent
    assert sorted(path.stem for path in folder.glob("*.pyx")) == list(_core.MODULES)
    too_long = [
        f"{path.name}:{number}"
        for path in folder.glob("*.pyx")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert too_long == []
