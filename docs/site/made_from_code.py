"""What the reference says, made from the code each time the site is built: no second copy that could grow old.

A document holds the place of such a part by a comment, ``<!-- made from code: commands -->``.
``python -m docs.site.made_from_code commands`` prints it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import fill
from typing import Any

import click

import copydesk
from copydesk.cleaners.record.records import json_schema
from copydesk.cleaners.types import KEPT, OPTIONAL, Label
from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.rules import (
    FAMILIES,
    Figures,
    RuleFigures,
    ShownRule,
    all_rules,
    family_of,
    read_figures,
    rules_for,
)
from copydesk.flows.config import settings
from docs.site.gallery import gallery, sample

PLACE = re.compile(r"<!-- made from code: (?P<part>[a-z ]+) -->")
# what Markdown would read as its own in a sentence that is shown as it is
_SIGNS = re.compile(r"([\\`*_{}\[\]<>|#])")
# of a help text: what has click leave lines as they are
_AS_THEY_ARE = "\b"
_WIDTH = 100


def with_parts(document: str) -> str:
    """A document with what is made from code in its places. Raises KeyError for a part that nobody makes."""
    return PLACE.sub(lambda place: PARTS[place["part"]](), document)


def commands() -> str:
    """Every command with its arguments and options, as ``--help`` tells them."""
    return "\n".join(line for name in sorted(cli.commands) for line in _command(cli.commands[name], [name]))


def _command(command: click.Command, path: Sequence[str]) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(("copydesk", *path)), max_content_width=_WIDTH)
    yield f"{'#' * (len(path) + 1)} copydesk {' '.join(path)}\n"
    yield f"    {command.get_usage(context).removeprefix('Usage: ')}\n"
    for paragraph in (command.help or "").split("\n\n"):
        yield _plain(paragraph.replace(_AS_THEY_ARE, "")) + "\n"
    options = [
        record for option in command.get_params(context) if (record := option.get_help_record(context))
    ]
    yield from _table(("option", ""), ((_code(flags), _plain(text)) for flags, text in options))
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _command(command.commands[name], [*path, name])


def settable() -> str:
    """Every key of the settings file with its variable, the commands that have it, and what it says."""
    found: dict[str, tuple[click.Parameter, list[str]]] = {}
    for path, command in _all_commands(cli, ()):
        for option in command.params:
            if option.envvar == settings.variable(str(option.name)):
                found.setdefault(str(option.name), (option, []))[1].append(path)
    rows = (
        (_code(name), _code(settings.variable(name)), ", ".join(map(_code, paths)), _setting_in_words(option))
        for name, (option, paths) in sorted(found.items())
    )
    return "\n".join(_table(("key", "variable", "commands", ""), rows))


def _all_commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield " ".join((*path, name)), command
        if isinstance(command, click.Group):
            yield from _all_commands(command, (*path, name))


def _setting_in_words(option: click.Parameter) -> str:
    if not isinstance(option, click.Option):
        return "as the arguments of the command"
    default = option.default
    is_shown = isinstance(default, (str, int, float)) and not isinstance(default, bool)
    return _plain(option.help or "") + (f" Default: {_code(str(default))}." if is_shown else "")


def record_fields() -> str:
    """The fields of a record and of its parts, with their types, from the JSON Schema."""
    return "\n".join(line for name, one in json_schema()["$defs"].items() for line in _struct(name, one))


def _struct(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {name}\n"
    if described := schema.get("description"):
        yield _plain(described) + "\n"
    if "enum" in schema:
        yield f"One of {_values(schema)}.\n"
    required = schema.get("required", ())
    rows = (
        (_code(field), _type(of), "" if field in required else _default(of))
        for field, of in schema.get("properties", {}).items()
    )
    yield from _table(("field", "type", "where nothing is known"), rows)


def _type(schema: Mapping[str, Any]) -> str:
    """A type in words: what it may be, lists of what, and links to its parts."""
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return _values(schema)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"names to {_type(schema['additionalProperties'])}"
    return str(schema.get("type", "anything"))


def _values(schema: Mapping[str, Any]) -> str:
    return ", ".join(_code(str(value)) for value in schema["enum"])


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return "all of its defaults" if isinstance(default, dict) else _code(json.dumps(default))


def labels() -> str:
    """Every label, where its text goes, and the rules that give it."""
    rows = ((_code(label), _fate(label), _givers(label)) for label in Label)
    return "\n".join(_table(("label", "its text", "rules that give it"), rows))


def rules_by_label() -> str:
    """The same as a list, whose lines are no longer than those of a document."""
    lines = (f"- {_code(label)}: {_givers(label)}" for label in Label)
    return "\n".join(fill(line, 120, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def _givers(label: Label) -> str:
    givers = (_giver(one.id) for one in rules_for(all_rules(()), label))
    return ", ".join(dict.fromkeys(givers)) or "none of one page"


def _giver(rule_id: str) -> str:
    family = rule_id.partition(".")[0]
    return {"learned": "network", "platform": "platforms"}.get(family, _code(rule_id))


def _fate(label: Label) -> str:
    fate = "kept" if label in KEPT else "removed"
    return f"{fate}, unless an option says otherwise" if label in OPTIONAL else fate


def rules() -> str:
    """Every rule by family, in the order they are asked: its label, its reason, its cases and its record."""
    figures = read_figures()
    measured = ", ".join(f"{count} of {_code(name)}" for name, count in figures.pages.items())
    lines = [
        f"Measured {figures.measured} on pages of sites unseen: {measured}.",
        "*Better* and *worse* are pages whose text is better or worse with the rule than without it;",
        "a rule without figures was not met on them.\n",
    ]
    for family, group in groupby(
        sorted(all_rules(()), key=lambda rule: [*FAMILIES].index(family_of(rule))), family_of
    ):
        lines += [f"## {family}\n", f"What these rules look at: {_plain(FAMILIES[family])}.\n"]
        lines += _table(
            ("rule", "label", "why", "cases", "better", "worse"), (_rule(one, figures) for one in group)
        )
    return "\n".join(lines)


def _rule(rule: ShownRule, figures: Figures) -> Sequence[str]:
    record: RuleFigures | None = figures.rules.get(rule.id)
    pages = (str(record.pages.better), str(record.pages.worse)) if record else ("", "")
    return (_code(rule.id), _code(rule.label), _plain(rule.why), str(len(rule.cases)), *pages)


def python_names() -> str:
    """Every name of the public door, for Sphinx to describe."""
    return "\n".join(
        line for name in sorted(set(copydesk.__all__) - {"__version__"}) for line in _described(name)
    )


def _described(name: str) -> Iterator[str]:
    kind = "autoclass" if isinstance(getattr(copydesk, name), type) else "autofunction"
    shown = ["   :members:", "   :undoc-members:"] if name in ("Page", "Options") else []
    yield from (f"## {name}\n", "```{eval-rst}", f".. {kind}:: copydesk.{name}", *shown, "```", "")


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A table of Markdown, and an empty line below it; nothing where there are no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield from (f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines, "")


def _plain(text: str) -> str:
    """A text in one line, in which nothing is read as Markdown."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`".replace("|", "\\|")


PARTS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settable,
    "record fields": record_fields,
    "labels": labels,
    "rules": rules,
    "python": python_names,
    "gallery": gallery,
    "sample": sample,
}

if __name__ == "__main__":
    sys.stdout.write("\n\n".join(PARTS[name]() for name in sys.argv[1:]))
