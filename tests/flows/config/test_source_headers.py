"""Headers of a source: what they may contain, filled from the environment, and never shown."""

from __future__ import annotations

import pytest
from rich.pretty import pretty_repr

from copydesk.flows.config.source_keys import Headers, read_headers
from copydesk.flows.errors import SettingsError


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("Accept: a", "expected a table, such as"),
        ([], "expected a table, such as"),
        ({"X Key": "a"}, "'X Key' is no name of a header"),
        ({"": "a"}, "'' is no name of a header"),
        ({"X-Kéy": "a"}, "is no name of a header"),
        ({"X-Key:": "a"}, "is no name of a header"),
        ({"X-Key": "a", "x-key": "b"}, "x-key is there twice"),
        ({"Host": "a"}, "Host is set by copydesk; leave it out"),
        ({"ACCEPT-ENCODING": "a"}, "ACCEPT-ENCODING is set by copydesk; leave it out"),
        ({"TE": "trailers"}, "TE is set by copydesk; leave it out"),
        ({"user-agent": "a"}, "user-agent is set by copydesk, and robots.txt is read for that name; identify yourself with --contact"),
        ({"Range": "bytes=0-"}, "Range requests a part of a page, and only whole ones are read; leave it out"),
        ({"If-None-Match": "a"}, "If-None-Match is set by copydesk from what it has fetched before; leave it out"),
        ({"X-Key": "hunter2\r\nX: y"}, "X-Key: expected a text of one line"),
        ({"X-Key": "hunter2\x7f"}, "X-Key: expected a text of one line"),
        ({"X-Key": 7}, "X-Key: expected a text of one line"),
        ({"X-Key": "hunter2 ${}"}, "X-Key: a variable is written"),
        ({"X-Key": "hunter2 ${1A}"}, "X-Key: a variable is written"),
        ({"X-Key": "hunter2 ${A"}, "X-Key: a variable is written"),
        ({"X-Key": "hunter2 ${no-name}"}, "X-Key: a variable is written ${NAME}, "),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_reported_without_its_value(value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_headers(value)
    assert problem in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_variables_are_filled_in_anywhere() -> None:
    headers = read_headers(
        {"Authorization": "Bearer ${TOKEN}", "X-Two": "${A}-${B_2}${A}", "Accept": "a$b", "Cookie": "c"}
    )
    environment = {"TOKEN": "  secret\n", "A": "1", "B_2": "2"}
    assert headers.missing(environment) == ()
    assert headers.filled(environment) == {
        "Authorization": "Bearer secret",
        "X-Two": "1-21",
        "Accept": "a$b",
        "Cookie": "c",
    }
    assert headers.missing({"A": ""}) == ("TOKEN", "B_2")


def test_a_missing_variable_or_a_line_break_is_reported_by_name_alone() -> None:
    headers = read_headers({"Authorization": "Bearer ${TOKEN}"})
    with pytest.raises(SettingsError, match="environment: TOKEN is not set, but a source's header uses it"):
        headers.filled({})
    line_break = "environment: header Authorization: its value has a line break"
    with pytest.raises(SettingsError, match=line_break) as caught:
        headers.filled({"TOKEN": "hunter2\r\nX: y"})
    assert "hunter2" not in str(caught.value)


def test_a_value_that_came_from_a_variable_is_not_filled_again() -> None:
    assert read_headers({"A": "${ONE}"}).filled({"ONE": "${TWO}", "TWO": "secret"}) == {"A": "${TWO}"}


def test_nothing_that_shows_them_shows_their_values() -> None:
    headers = read_headers({"X-Key": "hunter2", "Cookie": "hunter3"})
    for shown in (repr(headers), str(headers), pretty_repr(headers)):
        assert "hunter" not in shown
        assert "X-Key" in shown
        assert "Cookie" in shown
    assert headers
    assert not Headers()
