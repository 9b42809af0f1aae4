"""Names of the fields of pages: given by options or tables, and written so that they are read back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.sources.opening.field_names import (
    BODIES,
    FIELDS,
    USUAL_NAMES,
    named_fields,
    parse_field_names,
    read_field_names,
)

GIVEN = st.dictionaries(st.sampled_from(FIELDS), st.text(min_size=1, max_size=8), max_size=5).filter(
    lambda given: len(set(given.values())) == len(given)
)


@pytest.mark.slow
@given(GIVEN)
def test_what_was_stated_is_written_so_that_it_reads_the_same(given: dict[str, str]) -> None:
    names = read_field_names(given)
    assert read_field_names(named_fields(names)) == names
    for field, name in given.items():
        assert names.looked_for[field] == name


@pytest.mark.slow
@given(GIVEN)
def test_where_one_body_is_named_no_other_is_looked_for(given: dict[str, str]) -> None:
    looked_for = read_field_names(given).looked_for
    named = [field for field in BODIES if field in given]
    assert [field for field in BODIES if field in looked_for] == (named or list(BODIES))
    others = set(FIELDS) - set(BODIES)
    by_itself = others - {"author", "date", "modified"}
    assert {field: name for field, name in looked_for.items() if field in others} == {
        field: given.get(field, field) for field in by_itself | (others & set(given))
    }


def test_the_usual_names_are_the_default_and_a_name_may_hold_an_equals_sign() -> None:
    assert read_field_names({}) == parse_field_names([]) == USUAL_NAMES
    assert named_fields(USUAL_NAMES) == {}
    assert USUAL_NAMES.bodies == "body, html, text, markdown"
    assert read_field_names({"text": "words"}).bodies == "words"
    assert parse_field_names(["html=a=b", "url=link"]).looked_for["html"] == "a=b"


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        (["hmtl=a"], "unknown field 'hmtl'; did you mean html?"),
        (["=a"], "unknown field ''"),
        (["html"], "'html': expected field=name, such as body=html_content"),
        (["html="], "html: expected the name that the field has in the file"),
        (["html=a", "html=b"], "'html' is named twice"),
        (["html=a", "url=a"], "'a' is given to two fields; a name is of one"),
        (["x" * 500 + "=a"], "unknown field 'xxx"),
    ],
)
def test_what_is_wrong_is_reported_in_a_line(pairs: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match="^" + problem.replace("?", r"\?")) as caught:
        parse_field_names(pairs)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("name", [1, None, "", ["a"], True])
def test_a_name_in_a_table_is_a_text(name: object) -> None:
    with pytest.raises(ValueError, match="url: expected the name"):
        read_field_names({"url": name})
