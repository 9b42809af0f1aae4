"""The parameters of the flow, as Prefect's page shows and checks them: made of the options of a run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, WithJsonSchema

from copydesk.flows.config.option import Option
from copydesk.flows.config.run_options import DRY_RUN, IngestOptions, run_options

Run = TypeVar("Run", bound=Callable[..., Any])


def with_form_of_a_run(run: Run) -> Run:
    """Gives a function of keyword arguments the signature from which Prefect makes its form and checks parameters."""
    known = run_options()
    fields = [_field(option) for name, option in known.items() if name != DRY_RUN]
    # inspect.signature prefers this attribute: of `**parameters` alone Prefect would show no field
    run.__signature__ = inspect.Signature(fields, return_annotation=Any)  # type: ignore[attr-defined]
    # Prefect's form takes descriptions from a docstring in Google's style alone
    described = "".join(f"\n    {field.name}: {known[field.name].shown.help}" for field in fields)
    run.__doc__ = f"{inspect.cleandoc(run.__doc__ or '')}\n\nArgs:{described}"
    return run


def _field(option: Option) -> inspect.Parameter:
    """A parameter of the types that JSON has: a list for a tuple, text for a path and for words."""
    kind = list[str] if option.is_repeated else str if option.type is Path else option.type
    if option.has_words:
        kind = str | None
    elif option.shown.choices:
        kind = Literal[option.choices]
    # become bounds in the JSON Schema: the form refuses others
    elif option.kind is int:
        kind = Annotated[kind, Field(ge=0, le=option.shown.most)]
    elif option.kind is float:
        kind = Annotated[kind, Field(ge=0, le=1)]
    default = _in_json(option, option.default)
    # a field of its own kind: of a choice of types the form makes a switch that says "None"
    if default is None and not option.choices:
        shown = next(one for one in TypeAdapter(kind).json_schema()["anyOf"] if one.get("type") != "null")
        kind = Annotated[kind, WithJsonSchema(shown)]
    # in words: Prefect's title is the parameter's name, and this goes over it
    title = Field(json_schema_extra={"title": option.name.replace("_", " ").capitalize()})
    # first of all, so that what the form does not know (a schedule's parameters) is refused in the model's words
    kind = Annotated[kind, title, BeforeValidator(partial(_read, option))]
    return inspect.Parameter(
        option.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind
    )


def _read(option: Option, value: object) -> object:
    # what the form makes of a field that was emptied
    return _in_json(option, option.read(None if value == "" and not option.default else value))


def _in_json(option: Option, value: Any) -> object:
    if option.has_words:
        return ",".join(value) or None
    return list(value) if option.is_repeated else str(value) if option.type is Path else value


def as_parameters(options: IngestOptions) -> dict[str, Any]:
    """Options as the flow's parameters, of the types JSON has; without ``dry_run``, as that is no run of the flow."""
    return {
        name: _in_json(option, getattr(options, name))
        for name, option in run_options().items()
        if name != DRY_RUN
    }
