"""The flow's parameters as Prefect checks them: made of the options of a run, refused in the same words."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from copydesk.flows.config.run_options import DRY_RUN, IngestOptions, run_options
from copydesk.flows.run.flow_form import as_parameters, with_form_of_a_run


@with_form_of_a_run
def work(**parameters: Any) -> Any:
    """Does something.

    More of it.
    """
    return parameters


FIELDS = inspect.signature(work).parameters


def checked(name: str, value: object) -> Any:
    return TypeAdapter(FIELDS[name].annotation).validate_python(value)


def test_every_option_of_a_run_but_a_dry_one_is_a_parameter_with_its_default() -> None:
    assert list(FIELDS) == [name for name in run_options() if name != DRY_RUN]
    assert {name: field.default for name, field in FIELDS.items()} == as_parameters(IngestOptions())
    assert work(limit=3) == {"limit": 3}


def test_each_is_described_as_the_command_line_does() -> None:
    text = inspect.getdoc(work) or ""
    assert text.startswith("Does something.\n\nMore of it.\n\nArgs:\n")
    for name in FIELDS:
        assert f"\n    {name}: {run_options()[name].shown.help}" in text


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("sources", ["a", "b"], ["a", "b"]), ("output", "out", "out"), ("limit", "7", 7), ("limit", None, None),
        ("jobs", 0, 0), ("keep_raw", "no", False), ("removed", "counts", "counts"),
        ("fields", ["html=content"], ["html=content"]), ("since", "24h", "24h"),
    ],
)  # fmt: skip
def test_values_become_those_that_json_has(name: str, value: object, read: object) -> None:
    assert checked(name, value) == read
    assert type(checked(name, value)) is type(read)


def test_a_text_in_place_of_a_list_is_refused() -> None:
    """Other refused values: ``test_run_options.py``."""
    with pytest.raises(ValidationError, match="expected a list of texts, not seeds"):
        checked("sources", "seeds")


def test_the_form_offers_choices_and_bounds() -> None:
    choices = TypeAdapter(FIELDS["removed"].annotation).json_schema()
    assert choices["enum"] == ["full", "counts", "none"]
    jobs = TypeAdapter(FIELDS["jobs"].annotation).json_schema()
    number = next(kind for kind in jobs.get("anyOf", [jobs]) if kind.get("type") == "integer")
    found = {**jobs, **number}
    assert (found.get("minimum"), found.get("maximum")) == (0, 4_096)
