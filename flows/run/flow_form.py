"""The parameters of the flow, as Prefect's page shows and checks them: made of the options of a run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec
from pydantic import BeforeValidator, Field, TypeAdapter, WithJsonSchema

from copydesk.flows.config.run_options import (
    DRY_RUN,
    IngestOptions,
    RunOption,
    read_value,
    run_options,
)

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


def _field(option: RunOption) -> inspect.Parameter:
    """A parameter of the types that JSON has: a list for a tuple, text for a path."""
    is_list, is_path = get_origin(option.type) is tuple, option.type is Path
    kind = list[str] if is_list else str if is_path else option.type
    default = list(option.default) if is_list else str(option.default) if is_path else option.default
    # become an enumeration and bounds in the JSON Schema: the form offers the values, and refuses others
    if choices := option.shown.choices:
        kind = Literal[choices] if option.default is not None else Literal[choices] | None
    elif int in {option.type, *get_args(option.type)}:
        kind = Annotated[kind, Field(ge=0, le=option.shown.most)]
    elif float in get_args(option.type):
        kind = Annotated[kind, Field(ge=0, le=1)]
    # a field of its own kind: of a choice of types the form makes a switch that says "None"
    if option.default is None and not choices:
        shown = next(one for one in TypeAdapter(kind).json_schema()["anyOf"] if one.get("type") != "null")
        kind = Annotated[kind, WithJsonSchema(shown)]
    # in words: Prefect's title is the parameter's name, and this goes over it
    title = Field(json_schema_extra={"title": option.name.replace("_", " ").capitalize()})
    # first of all, so that what the form does not know (a schedule's parameters) is refused in the model's words
    kind = Annotated[kind, title, BeforeValidator(partial(_as_json, option))]
    return inspect.Parameter(
        option.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=default,
        annotation=kind,
    )


def _as_json(option: RunOption, value: object) -> object:
    # what the form makes of a field that was emptied
    if value == "" and option.default is None:
        return None
    read = read_value(option, value)
    return list(read) if isinstance(read, tuple) else str(read) if isinstance(read, Path) else read


def as_parameters(options: IngestOptions) -> dict[str, Any]:
    """Options as the flow's parameters, of the types JSON has; without ``dry_run``, as that is no run of the flow."""
    found = msgspec.to_builtins(options, enc_hook=str)
    return {
        # the flow's signature has list, and Prefect checks parameters against it
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if name != DRY_RUN
    }
