"""The JSON in a page's scripts, whichever way it got there, and what scripts may hold instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.markup.script_json import MAX_DEPTH, MAX_SCRIPT_CHARS, page_data, parse_json
from copydesk.cleaners.options import Options

NOON = {"title": "Clock strikes noon", "body": "The clock struck noon."}
JSON = json.dumps(NOON)


def data(markup: str, *, at_least: int = 1) -> list[tuple[str, object]]:
    return list(
        page_data(parse(f"<html><body>{markup}<p>Noon</p></body></html>", Options()), at_least=at_least)
    )


def streamed(*chunks: str) -> object:
    pushes = "".join(f"<script>self.__next_f.push([1,{json.dumps(chunk)}])</script>" for chunk in chunks)
    ((origin, rows),) = data(pushes)
    assert origin == "script:__next_f"
    return rows


@pytest.mark.parametrize(("markup", "origin"), [
    (f"<script type=application/json>{JSON}</script>", "script:application/json"),
    (f"<script type=application/json id=__STATE__>{JSON}</script>", "script:__STATE__"),
    (f"<script type='Application/JSON'>{JSON}</script>", "script:application/json"),
    (f"<script>window.__STATE__ = {JSON};</script>", "script:__STATE__"),
    (f"<script>window.__STATE__={JSON};(function(){{}})()</script>", "script:__STATE__"),
    (f"<script>self['data']= {JSON}</script>", "script:data"),
    (f'<script>globalThis [ "data" ] = {JSON}</script>', "script:data"),
    (f"<script>var page = {JSON}, other = 1</script>", "script:page"),
    (f"<script>const $page={JSON}</script>", "script:$page"),
    (f"<script>let page = JSON.parse({json.dumps(JSON)})</script>", "script:page"),
    (f"<script>window.page = {json.dumps(JSON)}</script>", "script:page"),
    (f"<script>window.queue.push({JSON})</script>", "script:queue"),
])  # fmt: skip
def test_data_is_found_with_the_name_it_is_given(markup: str, origin: str) -> None:
    assert data(markup) == [(origin, NOON)]


@pytest.mark.parametrize("markup", [
    f"<script type=application/ld+json>{JSON}</script>", f"<script>page = {JSON}</script>",
    f"<script>window.page == {JSON}</script>", f"<script>variable = {JSON}</script>",
    "<script>window.page = 12; var x = true</script>", "<script>window.page = {title: 'Noon'}</script>",
    "<script>window.page = 'Noon'</script>", f"<script>window.page = {JSON[:-1]}</script>",
    f"<p>window.page = {JSON}</p>", "<script></script>",
])  # fmt: skip
def test_other_scripts_hold_no_data(markup: str) -> None:
    assert data(markup) == []


def test_broken_json_in_an_element_for_data_is_nothing() -> None:
    assert data(f"<script type=application/json>{JSON[:-1]}</script>") == [("script:application/json", None)]


def test_several_values_of_a_script_are_found_in_order_and_code_between_them_is_passed() -> None:
    script = f"var a = {{x: 1}}; window.b = [1, 2]; function f() {{ return {JSON} }} window.c = {JSON}; let d = [[]"
    assert data(f"<script>{script}</script>") == [("script:b", [1, 2]), ("script:c", NOON)]


def test_a_script_of_code_is_skipped() -> None:
    code = "var x = {y: 1};" * 30
    assert data(f"<script>{code} window.page = {JSON}</script>") == []
    assert len(data(f"<script>{'var x = [1];' * 1_000}</script>")) == 200


def test_short_scripts_are_not_read() -> None:
    markup = f"<script>window.page = {JSON}</script><script type=application/json>{JSON}</script>"
    assert len(data(markup, at_least=len(JSON))) == 2
    assert data(markup, at_least=1_000) == []


def test_scripts_are_read_up_to_a_bound() -> None:
    long = "x" * (MAX_SCRIPT_CHARS - 1_000)
    markup = f"<script>/*{long}*/</script><script>window.a = {JSON}</script>"
    assert [origin for origin, _ in data(markup)] == ["script:a"]
    assert data(f"{markup}<script>/*{long}*/</script><script>window.b = {JSON}</script>") == [
        ("script:a", NOON)
    ]


def test_rows_of_a_stream_refer_to_each_other() -> None:
    rows = streamed('0:{"page":"$1","promise":"$@1","lazy":"$L1","price":"$5"}\n1:["noon"]\n')
    assert rows == [{"page": ["noon"], "promise": ["noon"], "lazy": ["noon"], "price": "$5"}, ["noon"]]


def test_a_stream_may_be_split_anywhere() -> None:
    whole = '0:{"body":"$1f"}\n1f:Tc,Noon, at last'
    for place in range(1, len(whole)):
        assert streamed(whole[:place], whole[place:]) == [{"body": "Noon, at las"}]


def test_the_length_of_a_text_is_counted_in_bytes() -> None:
    body = "Es schlägt zwölf — 正午"
    size = len(body.encode())
    assert streamed(f'0:{{"body":"$2"}}\n2:T{size:x},{body}3:["after"]\n') == [{"body": body}, ["after"]]


def test_rows_that_hold_no_data_are_left_out() -> None:
    assert streamed(
        '1:I["mod.js",[]]\n2:HL["/a.css"]\n:HC["/"]\n3:null\nfree text\n4:{"a":1}\n5:{"broken"\n'
    ) == [{"a": 1}, None]


@pytest.mark.slow
def test_a_hostile_stream_comes_to_an_end() -> None:
    rows = streamed(*(f'{n:x}:["${n + 1:x}","${n + 1:x}","${n + 1:x}"]\n' for n in range(40)))
    assert isinstance(rows, list)
    assert len(rows) == 40
    assert len(json.dumps(rows)) < 10 * MAX_SCRIPT_CHARS
    assert streamed('0:["$0"]\n') == [nested(None, levels=16)]


def nested(value: object, *, levels: int) -> object:
    for _ in range(levels):
        value = [value]
    return value


def flat(values: object) -> object:
    ((_, value),) = data(f"<script type=application/json id=__NUXT_DATA__>{json.dumps(values)}</script>")
    return value


@pytest.mark.parametrize(("values", "value"), [
    ([{"title": 1, "tags": 2}, "Noon", [3, 4], "sea", "goat"], {"title": "Noon", "tags": ["sea", "goat"]}),
    (["Noon"], "Noon"), ([[1, 1], 7], [7, 7]),
    ([{"a": 9, "b": -1, "c": 1}, None], {"a": None, "b": None, "c": None}),
    ([{"a": "1"}, "Noon"], {"a": None}), ([{"a": 1.0}, "Noon"], {"a": None}), ([], None), ({"a": 1}, None),
    ("Noon", None),
])  # fmt: skip
def test_numbers_of_a_flat_list_are_places_in_it(values: object, value: object) -> None:
    assert flat(values) == value


def test_a_flat_list_that_holds_itself_ends_at_the_depth_that_is_looked_into() -> None:
    assert flat([[0]]) == nested(None, levels=MAX_DEPTH + 1)


scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=10)
json_values = st.dictionaries(st.text(max_size=6), scalars | st.lists(scalars, max_size=3), max_size=3)


@given(json_values | st.lists(json_values, max_size=2))
def test_what_is_assigned_is_what_is_found(value: Any) -> None:
    written = json.dumps(value).replace("</", "<\\/")
    assert data(f"<script>window.page = {written};</script>") == [("script:page", value)]


@given(st.text(max_size=200) | st.text(alphabet='{}[]":,$1TI\n\\ux', max_size=80))
def test_any_script_is_survived(text: str) -> None:
    legal = "".join(char for char in text if char.isprintable() or char == "\n").replace("<", "")
    for opening in ("", "window.page = ", 'self.__next_f.push([1,"'):
        for origin, _ in data(f"<script>{opening}{legal}</script>"):
            assert origin.startswith("script:")
    parse_json(text)


def test_nesting_beyond_any_data_is_nothing() -> None:
    assert parse_json("[" * 100_000) is None
    assert data(f"<script>window.page = {'[' * 100_000}</script>") == []
